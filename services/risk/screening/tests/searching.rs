//! Searches over small lists, qualifiers, and input that is meant to be slow.

use screening::THRESHOLD;
use screening::index::Index;
use screening::lists::ofac::Ofac;
use screening::lists::{Birth, Country, File, Format, Gender, List};
use screening::qualifiers::{Known, MOST, Qualifier};
use screening::search::Query;
use screening::text::Kind;

/// A list of rows of sdn.csv: name, type, remarks.
pub fn list(rows: &[(&str, &str, &str)]) -> List {
    let rows = rows.iter().enumerate().map(|(at, (name, kind, remarks))| {
        format!("{at},\"{name}\",{kind},\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"{remarks}\"\r\n")
    });
    let sdn: String = rows.collect();
    let alt = "0,1,\"aka\",\"Somebody Else Altogether\",-0- \r\n";
    let files = [("sdn.csv", sdn.as_str()), ("alt.csv", alt)].map(|(name, text)| File {
        name,
        bytes: text.as_bytes(),
    });
    Ofac.read(&files).unwrap()
}

/// An index over people of these names.
pub fn index(names: &[&str]) -> Index {
    let rows: Vec<(&str, &str, &str)> = names
        .iter()
        .map(|name| (*name, "individual", "-0-"))
        .collect();
    Index::new(vec![list(&rows)])
}

fn query(name: &str) -> Query<'_> {
    Query {
        name,
        kind: Kind::Person,
        known: Known::default(),
    }
}

fn ids(index: &Index, query: &Query<'_>) -> Vec<String> {
    let found = index.search(query, THRESHOLD, 10);
    found
        .hits
        .iter()
        .map(|hit| hit.entry.id.to_string())
        .collect()
}

#[test]
fn names_are_found_however_they_are_misspelled() {
    let index = index(&[
        "FAROUK, Gamal Hassan",
        "PETRENKO, Nikolai",
        "AL-HAMDANI, Mohammed Yusif",
        "WANG, Xiaoming",
        "HARTFIELD, William",
        "KIM, Pong-chol",
    ]);
    for (name, expected) in [
        ("Gamal Hasan Faruk", "0"),
        ("Gmaal Farouk", "0"),
        ("NikolaiPetrenko", "1"),
        ("Nikolai Petr enko", "1"),
        ("Николай Петренко", "1"),
        ("محمد يوسف الحمداني", "2"),
        ("王 小明", "3"),
        ("Bill Hartfield", "4"),
        ("Kim Bong Chol", "5"),
    ] {
        assert_eq!(ids(&index, &query(name)), [expected], "{name}");
    }
    for name in ["Gamal Petrenko", "Somebody", "", "Kim", "王 小红"] {
        assert_eq!(ids(&index, &query(name)), [""; 0], "{name}");
    }
}

#[test]
fn people_are_not_found_among_companies() {
    let index = Index::new(vec![list(&[
        ("EMMA DANIELS LLC", "-0- ", "-0-"),
        ("EMMA", "vessel", "-0-"),
    ])]);
    assert_eq!(ids(&index, &query("Emma Daniels")), [""; 0]);
    let company = Query {
        kind: Kind::Entity,
        ..query("Emma Daniels")
    };
    assert_eq!(ids(&index, &company), ["0"]);
    let unknown = Query {
        kind: Kind::Unknown,
        ..query("Emma Daniels")
    };
    assert_eq!(ids(&index, &unknown), ["0"]);
}

#[test]
fn what_else_is_known_moves_a_score_a_little() {
    let remarks = "DOB 10 Dec 1948; nationality Iran; Gender Male";
    let index = Index::new(vec![list(&[("FAROUK, Gamal", "individual", remarks)])]);
    let known = |birth, gender, country| Known {
        birth: Birth::read_iso(birth),
        gender: Gender::read(gender),
        countries: Country::read(country).into_iter().collect(),
    };
    let score = |name, known| {
        let found = index.search(
            &Query {
                known,
                ..query(name)
            },
            1,
            1,
        );
        found.hits.first().map_or(0, |hit| hit.score)
    };
    let alone = score("Gamal Faruq", Known::default());
    assert!(score("Gamal Faruq", known("1948-12-10", "male", "ir")) >= alone);
    assert!(score("Gamal Faruq", known("1980-01-01", "male", "ir")) < alone);
    let against = score("Gamal Faruq", known("1980-01-01", "female", "fr"));
    assert_eq!(against, alone - MOST);
    assert_eq!(
        score("Gamal Farouk", known("1980-01-01", "female", "fr")),
        1000 - MOST
    );
    // A birth alone is nobody.
    assert!(score("Peter Miller", known("1948-12-10", "male", "ir")) < 100);
}

#[test]
fn a_weak_alias_alerts_only_with_something_that_corroborates_it() {
    let remarks = "DOB 10 Dec 1948; a.k.a. 'EL PATRON'";
    let index = Index::new(vec![list(&[("FAROUK, Gamal", "individual", remarks)])]);
    let search = |birth| {
        let known = Known {
            birth: Birth::read_iso(birth),
            ..Known::default()
        };
        let query = Query {
            known,
            ..query("El Patron")
        };
        let found = index.search(&query, 1, 1);
        let hit = &found.hits[0];
        (
            hit.score >= THRESHOLD,
            hit.qualifiers
                .iter()
                .any(|one| matches!(one, Qualifier::WeakAlias(_))),
        )
    };
    assert_eq!(search(""), (false, true));
    assert_eq!(search("1948-12-10"), (true, false));
}

#[test]
fn equal_hits_are_always_in_the_same_order() {
    let index = index(&["FAROUK, Gamal", "FAROUK, Gamal", "FAROUK, Gamal"]);
    for _ in 0..5 {
        assert_eq!(ids(&index, &query("Gamal Farouk")), ["0", "1", "2"]);
    }
}

#[test]
fn of_a_very_long_name_a_bounded_part_is_read_and_that_is_said() {
    let index = index(&["FAROUK, Gamal"]);
    let thousand = "Gamal Farouk ".repeat(500);
    for text in [
        "a".repeat(10_000),
        thousand,
        "王".repeat(10_000),
        "a ".repeat(5_000),
        "ﷺ".repeat(10_000),
    ] {
        assert!(index.search(&query(&text), 1, 10).cut);
    }
    assert!(!index.search(&query("Gamal Farouk"), 1, 10).cut);
}

#[test]
fn a_search_is_bounded_however_many_names_are_alike() {
    let names: Vec<String> = (0..3000).map(|at| format!("FAROUK, Gamal {at}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let index = index(&names);
    let hits = index
        .search(&query(&"Gamal Farouk ".repeat(15)), 1, 1000)
        .hits
        .len();
    assert!(hits <= 150, "{hits}");
}
