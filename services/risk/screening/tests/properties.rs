//! What holds of any text.

use proptest::prelude::*;
use screening::index::Index;
use screening::lists::eu::Eu;
use screening::lists::ofac::Ofac;
use screening::lists::un::Un;
use screening::lists::{File, Format};
use screening::qualifiers::Known;
use screening::search::Query;
use screening::text::{Kind, Name};

use crate::names::compare;

fn kinds() -> impl Strategy<Value = Kind> {
    prop_oneof![
        Just(Kind::Person),
        Just(Kind::Entity),
        Just(Kind::Vessel),
        Just(Kind::Unknown)
    ]
}

/// Words that are met in names, and any others.
fn texts() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        Just("abdul".to_owned()),
        Just("al".to_owned()),
        Just("bin".to_owned()),
        Just("LLC".to_owned()),
        Just("S.A.".to_owned()),
        Just("mr".to_owned()),
        Just("王".to_owned()),
        Just("محمد".to_owned()),
        Just("3".to_owned()),
        Just(",".to_owned()),
        "[a-z]{1,9}",
        "\\PC{0,6}",
    ];
    prop::collection::vec(word, 0..7).prop_map(|words| words.join(" "))
}

proptest! {
    #[test]
    fn a_name_is_the_same_as_itself(text in texts(), kind in kinds()) {
        let name = Name::read(&text, kind);
        let expected = if name.tokens.is_empty() { 0 } else { 1000 };
        prop_assert_eq!(compare(kind, &text, &text).score, expected);
    }

    #[test]
    fn it_does_not_matter_which_name_is_asked_about(one in texts(), other in texts(), kind in kinds()) {
        let (there, back) = (compare(kind, &one, &other), compare(kind, &other, &one));
        prop_assert_eq!(there.score, back.score, "{:?} {:?}", there, back);
        prop_assert!((0..=1000).contains(&there.score));
    }

    #[test]
    fn any_text_can_be_searched_for(text in "\\PC*", kind in kinds()) {
        let index = index();
        let found = index.search(&Query { name: &text, kind, known: Known::default() }, 1, 10);
        prop_assert!(found.hits.iter().all(|hit| (1..=1000).contains(&hit.score)));
    }

    #[test]
    fn any_bytes_are_a_list_or_an_error(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        for format in [&Ofac as &dyn Format, &Un, &Eu] {
            let files: Vec<File<'_>> =
                format.files().iter().map(|(name, _)| File { name, bytes: &bytes }).collect();
            if let Ok(list) = format.read(&files) {
                prop_assert!(!list.entries.is_empty());
            }
        }
    }
}

fn index() -> Index {
    crate::searching::index(&["FAROUK, Gamal", "Wang Xiaoming", "محمد"])
}
