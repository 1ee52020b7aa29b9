//! What is one name and what is another.

use screening::THRESHOLD;
use screening::scorer::{Comparison, Effect, Parts, WEIGHTS, score};
use screening::text::{Kind, Name};

pub fn compare(kind: Kind, one: &str, other: &str) -> Comparison {
    let parts = |text| Parts::of(&Name::read(text, kind));
    score(&parts(one), &parts(other), &WEIGHTS)
}

fn one_name(kind: Kind, pairs: &[(&str, &str)]) {
    for (one, other) in pairs {
        let found = compare(kind, one, other);
        assert!(found.score >= THRESHOLD, "{one} | {other}: {found:?}");
    }
}

fn two_names(kind: Kind, pairs: &[(&str, &str)]) {
    for (one, other) in pairs {
        let found = compare(kind, one, other);
        assert!(found.score < THRESHOLD, "{one} | {other}: {found:?}");
    }
}

#[test]
fn spellings_orders_and_initials_of_one_person_meet() {
    one_name(
        Kind::Person,
        &[
            ("Gamal Farouk", "Jamal Faruk"),
            ("FAROUK, Gamal", "Gamal Farouk"),
            ("Gamal Farouk", "Gamal Hassan Farouk"),
            ("G. Farouk Mansour", "Gamal Farouk Mansour"),
            ("Mr. Gamal Farouk", "Gamal Farouk"),
            ("GamalFarouk", "Gamal Farouk"),
            ("Gam al Farouk", "Gamal Farouk"),
            ("Abd al-Rahman Yusif", "ABDURRAHMAN YOUSSEF"),
            ("Bill Hartfield", "William Hartfield"),
            ("Nikolai Petr enko", "Nikolai Petrenko"),
        ],
    );
}

#[test]
fn another_family_name_is_another_person_however_much_else_is_the_same() {
    two_names(
        Kind::Person,
        &[
            (
                "Omar Khalid Nasser Al-Basri",
                "Omar Khalid Nasser Al-Hamadani",
            ),
            ("Viktor Sergeyevich Orlov", "Viktor Sergeyevich Baranov"),
            ("Farouk", "Gamal Hassan Farouk"),
            ("Gamal", "Gamal Farouk"),
            ("Salem bin Nasser al-Qadi", "Nasser bin Salem al-Qadi"),
        ],
    );
}

#[test]
fn six_scripts_meet_latin() {
    one_name(
        Kind::Person,
        &[
            ("Сергей Орлов", "Sergei Orlov"),
            ("Γιώργος Παπαδόπουλος", "Giorgos Papadopoulos"),
            ("محمد الحمداني", "Mohammed al-Hamdani"),
            ("王 小明", "Wang Xiaoming"),
            ("バラク・オバマ", "Baraku Obama"),
            ("김 철수", "Gim Cheolsu"),
            ("Володимир Петренко", "Volodymyr Petrenko"),
        ],
    );
    two_names(
        Kind::Person,
        &[("王 小明", "Wang Xiaohong"), ("김 철수", "Gim Cheolho")],
    );
}

#[test]
fn companies_are_told_by_their_own_words() {
    one_name(
        Kind::Entity,
        &[
            ("Kvarts Trading LLC", "OOO Kvarts Trading"),
            ("Nordwind Aktiengesellschaft", "NordwindAG"),
            ("The Harbour & Sons Co.", "Harbour and Sons"),
            ("L.X.C. Aviation", "LXC Aviation"),
            ("First Harbour Bank", "1st Harbour Bank"),
            ("Société Générale", "Societe Generale S.A."),
        ],
    );
    two_names(
        Kind::Entity,
        &[
            ("Belletech Corp", "11420 Corp."),
            ("A-B-C Company", "Harbour Company"),
            ("ABC International", "Harbour International"),
            ("Harbour Systems Inc", "Harbour Industries Inc"),
            ("Bank of Kvarts (Hong Kong)", "Bank of Kvarts (Singapore)"),
            ("Fund 17", "Fund 99"),
        ],
    );
}

#[test]
fn nothing_but_titles_forms_or_signs_is_nobody() {
    for text in [
        "",
        "   ",
        "…",
        "Mr.",
        "Sheikh Mullah",
        "Dr. Prof.",
        "bin al",
        "X",
        "J. K.",
    ] {
        let found = compare(Kind::Person, text, "Gamal Farouk");
        assert_eq!(found.score, 0, "{text}: {found:?}");
    }
    for text in ["Ltd", "JSC", "The and of"] {
        assert_eq!(
            compare(Kind::Entity, text, "Harbour Ltd").score,
            0,
            "{text}"
        );
    }
}

#[test]
fn a_score_says_which_words_met_and_what_lowered_it() {
    let found = compare(Kind::Person, "Gamal Farouk Basri", "Jamal Farouk Hamadani");
    let met: Vec<(&str, &str)> = found
        .met
        .iter()
        .map(|met| (met.asked.as_str(), met.listed.as_str()))
        .collect();
    assert_eq!(met, [("gamal", "jamal"), ("farouk", "farouk")]);
    assert_eq!(
        (found.asked_only, found.listed_only),
        (vec!["basri".into()], vec!["hamadani".into()])
    );
    assert!(matches!(found.effects[..], [Effect::Contradiction(effect)] if effect < 0));
}
