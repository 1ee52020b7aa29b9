//! Each format on small files made by hand, and what is no such file.

use screening::lists::eu::Eu;
use screening::lists::ofac::Ofac;
use screening::lists::un::Un;
use screening::lists::{Birth, Country, Entry, File, Format, Gender, List, ListError, acceptable};
use screening::text::Kind;

const SDN: &str = "36,\"AEROCARIBBEAN AIRLINES\",-0- ,\"CUBA\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n\
2674,\"ABBAS, Abu\",\"individual\",\"SDGT] [IRAN\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,\"DOB 10 Dec 1948; alt. DOB circa 1950; POB Safed, Israel; nationality Iran; alt. citizen Syria; Gender Male; Passport 123 (Iran); a.k.a. 'THE ; OTHER'; a.k.a. 'ABU-'UMAR'.\"\r\n\
9001,\"ARMAN 1\",\"vessel\",\"IRAN\",-0- ,-0- ,-0- ,-0- ,-0- ,\"Panama\",-0- ,\"MMSI 5\"\r\n\x1a";
const ALT: &str = "36,12,\"aka\",\"AERO-CARIBBEAN\",-0- \r\n2674,1795,\"aka\",\"ZAYDAN, Muhammad\",-0- \r\n\x1a\n";
const ADD: &str = "36,25,-0- ,\"Havana\",\"Cuba\",-0- \r\n\x1a";

fn ofac(files: &[(&str, &[u8])]) -> Result<List, ListError> {
    read(&Ofac, files)
}

fn read(format: &dyn Format, files: &[(&str, &[u8])]) -> Result<List, ListError> {
    let files: Vec<File<'_>> = files
        .iter()
        .map(|(name, bytes)| File { name, bytes })
        .collect();
    format.read(&files)
}

fn sound() -> List {
    let files: [(&str, &[u8]); 3] = [
        ("sdn.csv", SDN.as_bytes()),
        ("alt.csv", ALT.as_bytes()),
        ("add.csv", ADD.as_bytes()),
    ];
    ofac(&files).unwrap()
}

fn names(entry: &Entry) -> Vec<(&str, bool)> {
    entry
        .names
        .iter()
        .map(|name| (&*name.text, name.weak))
        .collect()
}

fn codes(entry: &Entry) -> Vec<&str> {
    entry.countries.iter().map(Country::code).collect()
}

#[test]
fn an_ofac_list_is_read_with_what_only_remarks_say() {
    let list = sound();
    assert_eq!(list.faults, []);
    let [company, person, ship] = &list.entries[..] else {
        panic!("{list:?}")
    };
    assert_eq!(company.kind, Kind::Entity);
    assert_eq!(
        names(company),
        [("AEROCARIBBEAN AIRLINES", false), ("AERO-CARIBBEAN", false)]
    );
    assert_eq!(codes(company), ["CU"]);
    assert_eq!(person.kind, Kind::Person);
    let expected = [
        ("ABBAS, Abu", false),
        ("ZAYDAN, Muhammad", false),
        ("THE ; OTHER", true),
        ("ABU-'UMAR", true),
    ];
    assert_eq!(names(person), expected);
    let births = [
        Birth {
            from: 19_481_210,
            to: 19_481_210,
        },
        Birth {
            from: 19_490_101,
            to: 19_511_231,
        },
    ];
    assert_eq!(person.births, births);
    assert_eq!(person.gender, Some(Gender::Male));
    assert_eq!(codes(person), ["IL", "IR", "SY"]);
    assert_eq!(person.papers, ["Passport 123 (Iran)".into()]);
    assert_eq!(person.programs, ["SDGT".into(), "IRAN".into()]);
    assert_eq!((ship.kind, codes(ship)), (Kind::Vessel, vec!["PA"]));
}

#[test]
fn a_header_row_and_a_byte_order_mark_change_nothing() {
    let header = "ent_num,SDN_name,SDN_type,Program,Title,Call_Sign,Vess_type,Tonnage,GRT,Vess_flag,Vess_owner,Remarks\n";
    let sdn = format!("\u{feff}{header}{SDN}");
    let with_header = ofac(&[
        ("sdn.csv", sdn.as_bytes()),
        ("alt.csv", ALT.as_bytes()),
        ("add.csv", ADD.as_bytes()),
    ]);
    assert_eq!(with_header.unwrap().entries, sound().entries);
}

#[test]
fn comments_go_on_where_remarks_end() {
    let sdn = SDN
        .replace("Passport 123 (Iran)", "Passport 123 (Ir")
        .replace("; a.k.a. 'THE ; OTHER'; a.k.a. 'ABU-'UMAR'.", "");
    let comments = "2674,\"an); a.k.a. 'MORE'.\"\r\n\x1a";
    let list = ofac(&[
        ("sdn.csv", sdn.as_bytes()),
        ("alt.csv", ALT.as_bytes()),
        ("sdn_comments.csv", comments.as_bytes()),
    ]);
    let list = list.unwrap();
    assert_eq!(list.entries[1].papers, ["Passport 123 (Iran)".into()]);
    assert_eq!(names(&list.entries[1]).last(), Some(&("MORE", true)));
}

#[test]
fn latin_1_and_utf_8_are_read_in_one_file() {
    let row = |name: &[u8]| {
        [
            b"1,\"",
            name,
            b"\",-0- ,\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n",
        ]
        .concat()
    };
    let mut sdn = row(b"PE\xd1A");
    let second = row("PEÑA".as_bytes());
    sdn.extend(b"2");
    sdn.extend(&second[1..]);
    let list = ofac(&[
        ("sdn.csv", &sdn),
        ("alt.csv", b"1,1,\"aka\",\"P\",-0- \r\n"),
    ])
    .unwrap();
    let read: Vec<&str> = list
        .entries
        .iter()
        .map(|entry| &*entry.names[0].text)
        .collect();
    assert_eq!(read, ["PEÑA", "PEÑA"]);
}

#[test]
fn broken_rows_are_named_and_the_others_read() {
    let broken = "x,\"NOBODY\",-0- ,\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n\
36,\"AGAIN\",-0- ,\"X\",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n7,\"SHORT\"\r\n\x1a";
    let sdn = SDN.replace('\x1a', broken);
    let alt = ALT.replace("36,12", "37,12");
    let list = ofac(&[("sdn.csv", sdn.as_bytes()), ("alt.csv", alt.as_bytes())]).unwrap();
    assert_eq!(list.entries.len(), 3);
    let faults: Vec<String> = list
        .faults
        .iter()
        .map(|fault| {
            format!(
                "{} {} {} {}",
                fault.file, fault.line, fault.orphan, fault.reason
            )
        })
        .collect();
    let expected = [
        "sdn.csv 4 false `x` is not the number of an entry",
        "sdn.csv 5 false the entry 36 is there twice",
        "sdn.csv 6 false has 2 columns instead of 12",
        "alt.csv 1 true names the entry 37, which is not in sdn.csv",
    ];
    assert_eq!(faults, expected);
}

#[test]
fn a_file_that_is_mostly_broken_is_refused() {
    let sdn = SDN.replace('\x1a', &"7,\"SHORT\"\r\n".repeat(4));
    let refused = ofac(&[("sdn.csv", sdn.as_bytes()), ("alt.csv", ALT.as_bytes())]);
    assert!(
        matches!(
            refused,
            Err(ListError::TooManyFaults {
                faults: 4,
                rows: 7,
                ..
            })
        ),
        "{refused:?}"
    );
}

#[test]
fn what_is_cut_off_or_something_else_is_an_error() {
    let sdn = |bytes: &[u8]| ofac(&[("sdn.csv", bytes), ("alt.csv", ALT.as_bytes())]);
    let whole = SDN.as_bytes();
    for length in [0, 1, whole.len() / 2, whole.len() - 20, whole.len() - 3] {
        let cut = sdn(&whole[..length]);
        assert!(
            matches!(cut, Err(ListError::Truncated { .. })),
            "{length}: {cut:?}"
        );
    }
    for other in [
        "<html><body>Not found</body></html>\n",
        "a,b\n1,2\n",
        ALT,
        "%PDF-1.7\n\n",
    ] {
        let refused = sdn(other.as_bytes());
        assert!(
            matches!(refused, Err(ListError::OtherFormat { .. })),
            "{other}: {refused:?}"
        );
    }
    let missing = ofac(&[("sdn.csv", whole)]);
    assert_eq!(missing, Err(ListError::Missing { file: "alt.csv" }));
}

const UN: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<CONSOLIDATED_LIST dateGenerated="2026-02-27T00:00:09Z"><INDIVIDUALS>
<INDIVIDUAL><DATAID>1</DATAID><FIRST_NAME>ERIC</FIRST_NAME><SECOND_NAME>BADEGE</SECOND_NAME>
<UN_LIST_TYPE>DRC</UN_LIST_TYPE><REFERENCE_NUMBER>CDi.001</REFERENCE_NUMBER><GENDER>Male</GENDER>
<NATIONALITY><VALUE>Democratic Republic of the Congo</VALUE></NATIONALITY>
<NAME_ORIGINAL_SCRIPT>إريك</NAME_ORIGINAL_SCRIPT>
<INDIVIDUAL_ALIAS><QUALITY>Good</QUALITY><ALIAS_NAME>Erik Badege</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY>Low</QUALITY><ALIAS_NAME>Rumuli</ALIAS_NAME></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ALIAS><QUALITY/><ALIAS_NAME/></INDIVIDUAL_ALIAS>
<INDIVIDUAL_ADDRESS><COUNTRY>Rwanda</COUNTRY></INDIVIDUAL_ADDRESS>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>EXACT</TYPE_OF_DATE><DATE>1971-02-03</DATE></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>BETWEEN</TYPE_OF_DATE><FROM_YEAR>1973</FROM_YEAR><TO_YEAR>1974</TO_YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DATE_OF_BIRTH><TYPE_OF_DATE>APPROXIMATELY</TYPE_OF_DATE><YEAR>1980</YEAR></INDIVIDUAL_DATE_OF_BIRTH>
<INDIVIDUAL_DOCUMENT><TYPE_OF_DOCUMENT>Passport</TYPE_OF_DOCUMENT><NUMBER>7</NUMBER></INDIVIDUAL_DOCUMENT></INDIVIDUAL>
<INDIVIDUAL><DATAID>2</DATAID></INDIVIDUAL></INDIVIDUALS>
<ENTITIES><ENTITY><DATAID>3</DATAID><FIRST_NAME>ADF</FIRST_NAME>
<ENTITY_ALIAS><QUALITY>a.k.a.</QUALITY><ALIAS_NAME>Allied Democratic Forces</ALIAS_NAME></ENTITY_ALIAS>
</ENTITY></ENTITIES></CONSOLIDATED_LIST>
"#;

#[test]
fn a_list_of_the_united_nations_is_read() {
    let list = read(&Un, &[("consolidated.xml", UN.as_bytes())]).unwrap();
    assert_eq!(list.published.as_deref(), Some("2026-02-27T00:00:09Z"));
    let [person, group] = &list.entries[..] else {
        panic!("{list:?}")
    };
    let expected = [
        ("ERIC BADEGE", false),
        ("إريك", false),
        ("Erik Badege", false),
        ("Rumuli", true),
    ];
    assert_eq!(names(person), expected);
    let births: Vec<(i32, i32)> = person.births.iter().map(|one| (one.from, one.to)).collect();
    assert_eq!(
        births,
        [
            (19_710_203, 19_710_203),
            (19_730_101, 19_741_231),
            (19_790_101, 19_811_231)
        ]
    );
    assert_eq!(codes(person), ["CD", "RW"]);
    assert_eq!(
        (person.gender, person.kind),
        (Some(Gender::Male), Kind::Person)
    );
    assert_eq!(
        person.papers,
        ["Reference CDi.001".into(), "Passport 7".into()]
    );
    assert_eq!((group.kind, names(group).len()), (Kind::Entity, 2));
    let [fault] = &list.faults[..] else {
        panic!("{:?}", list.faults)
    };
    assert_eq!(
        (fault.line, fault.reason.as_str()),
        (15, "the entry 2 has no name")
    );
}

#[test]
fn what_is_no_list_of_the_united_nations_is_an_error() {
    let un = |text: &str| read(&Un, &[("consolidated.xml", text.as_bytes())]);
    for (text, expected) in [
        (&UN[..UN.len() / 2], "truncated"),
        ("", "truncated"),
        ("<html></html>", "other"),
        (&UN.replace("</ENTITY>", ""), "other"),
        ("<CONSOLIDATED_LIST></CONSOLIDATED_LIST>", "empty"),
        // Entities that make a bomb are refused with all entities.
        (
            "<!DOCTYPE x [<!ENTITY a \"aa\">]><CONSOLIDATED_LIST>&a;</CONSOLIDATED_LIST>",
            "other",
        ),
    ] {
        let found = match un(text) {
            Err(ListError::Truncated { .. }) => "truncated",
            Err(ListError::OtherFormat { .. }) => "other",
            Err(ListError::Empty) => "empty",
            other => panic!("{text}: {other:?}"),
        };
        assert_eq!(found, expected, "{text}");
    }
}

#[test]
fn a_list_of_the_european_union_is_read() {
    let eu = r#"<?xml version="1.0" encoding="UTF-8"?><export xmlns="http://eu.europa.ec/fpi/fsd/export" generationDate="2026-01-02T03:04:05Z">
<sanctionEntity euReferenceNumber="EU.27.28" logicalId="13"><regulation programme="IRQ"/>
<subjectType code="person" classificationCode="P"/>
<nameAlias wholeName="Saddam Hussein Al-Tikriti" gender="M" strong="true"/>
<nameAlias wholeName="Abu Ali" gender="" strong="false"/>
<citizenship countryIso2Code="IQ"/><birthdate circa="false" birthdate="1937-04-28" year="1937"/>
<identification identificationTypeCode="passport" number="X1"/></sanctionEntity>
<sanctionEntity logicalId="14"><subjectType code="enterprise"/><nameAlias wholeName="Rafidain" strong="true"/></sanctionEntity>
<sanctionEntity logicalId="15"><subjectType code="person"/></sanctionEntity></export>"#;
    let list = read(&Eu, &[("eu.xml", eu.as_bytes())]).unwrap();
    let [person, company] = &list.entries[..] else {
        panic!("{list:?}")
    };
    assert_eq!(&*person.id, "EU.27.28");
    assert_eq!(
        names(person),
        [("Saddam Hussein Al-Tikriti", false), ("Abu Ali", true)]
    );
    assert_eq!(
        person.births,
        [Birth {
            from: 19_370_428,
            to: 19_370_428
        }]
    );
    assert_eq!(
        (person.gender, codes(person)),
        (Some(Gender::Male), vec!["IQ"])
    );
    assert_eq!((company.kind, &*company.id), (Kind::Entity, "14"));
    assert_eq!(list.faults.len(), 1);
}

#[test]
fn a_list_that_lost_too_much_does_not_take_the_place_of_the_one_in_force() {
    let old = sound();
    let mut new = old.clone();
    assert_eq!(acceptable(&old, &new, 10), Ok(()));
    new.entries.pop();
    assert!(acceptable(&old, &new, 10).is_err());
    assert_eq!(acceptable(&old, &new, 34), Ok(()));
    // As long as before, but of other people.
    for entry in &mut new.entries {
        entry.id = format!("9{}", entry.id).into();
    }
    assert!(acceptable(&old, &new, 10).is_err());
    new.entries.clear();
    assert!(acceptable(&new, &new, 100).is_err(), "nobody is listed");
}
