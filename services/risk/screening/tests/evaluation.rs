//! The evaluation, on sets that are small enough to reckon by hand.

use screening::evaluate::{AlertsOf, FoundOf, Labelled, Pair, Person, evaluate};
use screening::index::Index;
use screening::lists::Source;
use screening::qualifiers::Known;
use screening::text::Kind;

use crate::searching::list;

fn pair(one: &str, other: &str, is_match: bool) -> Pair {
    let (one, other) = (one.to_owned(), other.to_owned());
    Pair {
        kind: Kind::Person,
        one,
        other,
        is_match,
    }
}

fn person(name: &str) -> Person {
    Person {
        name: name.to_owned(),
        known: Known::default(),
    }
}

#[test]
fn figures_are_those_of_the_sets() {
    let mut un = list(&[("FAROUK, Gamal", "individual", "-0-")]);
    un.source = Source::Un;
    let ofac = list(&[("PETRENKO, Nikolai", "individual", "-0-")]);
    let labelled = Labelled {
        pairs: vec![
            pair("Gamal Farouk", "Jamal Faruk", true),
            pair("Gamal Farouk", "Farouk Gamal", true),
            pair("Gamal Farouk", "Peter Miller", true),
            pair("Gamal Farouk", "Gamal Farouk", false),
        ],
        // The second is listed, but not by the United Nations.
        misspelled: vec![person("Gamal Faruk"), person("Nikolai Petrenko")],
        benign: vec![
            person("Nikolai Petrenko"),
            person("Peter Miller"),
            person(""),
        ],
    };
    let mut clock = 0;
    let evaluation = evaluate(&Index::new(vec![ofac, un]), &labelled, || {
        clock += 1000;
        clock
    });
    let thousandths = |share: f64| (share * 1000.0).round();
    assert_eq!(thousandths(evaluation.name_pairs.precision), 667.0);
    assert_eq!(thousandths(evaluation.name_pairs.recall), 667.0);
    assert_eq!(thousandths(evaluation.name_pairs.f1), 667.0);
    assert_eq!(evaluation.misspelled, FoundOf { found: 1, of: 2 });
    assert_eq!(evaluation.benign, AlertsOf { alerts: 1, of: 3 });
    assert_eq!((evaluation.p50_us, evaluation.p99_us), (1, 1));
    let names: Vec<&str> = evaluation.baselines.iter().map(|one| one.name).collect();
    assert_eq!(names, ["exact", "jaro_winkler"]);
    assert_eq!(
        evaluation.baselines[0].misspelled,
        FoundOf { found: 0, of: 2 }
    );
}

#[test]
fn empty_sets_have_no_figures() {
    let evaluation = evaluate(&Index::new(vec![]), &Labelled::default(), || 0);
    assert_eq!(evaluation.misspelled, FoundOf { found: 0, of: 0 });
    assert!(evaluation.name_pairs.f1.abs() < f64::EPSILON);
}
