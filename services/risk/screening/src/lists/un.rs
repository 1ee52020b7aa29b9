//! The consolidated list of the Security Council of the United Nations, in XML.
//!
//! <https://main.un.org/securitycouncil/en/content/un-sc-consolidated-list>. Aliases of quality
//! `Low` are weak; names in their own script are names.

use roxmltree::Node;

use super::xml::{children, document, line, text};
use super::{Birth, Entry, Fault, File, Format, Gender, List, ListError, Source, bearable, needed};
use crate::text::Kind;

/// The format.
#[derive(Debug, Clone, Copy)]
pub struct Un;

const FILE: &str = "consolidated.xml";

impl Format for Un {
    fn source(&self) -> Source {
        Source::Un
    }

    fn files(&self) -> &'static [(&'static str, bool)] {
        &[(FILE, true)]
    }

    fn read(&self, files: &[File<'_>]) -> Result<List, ListError> {
        let document = document(FILE, needed(files, FILE)?, "CONSOLIDATED_LIST")?;
        let root = document.root_element();
        let (mut entries, mut faults, mut rows) = (Vec::new(), Vec::new(), 0);
        for (group, row, kind) in [
            ("INDIVIDUALS", "INDIVIDUAL", Kind::Person),
            ("ENTITIES", "ENTITY", Kind::Entity),
        ] {
            for node in children(root, group).flat_map(|group| children(group, row)) {
                rows += 1;
                match entry(node, kind) {
                    Ok(entry) => entries.push(entry),
                    Err(reason) => faults.push(Fault {
                        file: FILE,
                        line: line(node),
                        reason,
                        orphan: false,
                    }),
                }
            }
        }
        bearable(FILE, rows, &faults)?;
        if entries.is_empty() {
            return Err(ListError::Empty);
        }
        Ok(List {
            source: Source::Un,
            published: root.attribute("dateGenerated").map(str::to_owned),
            entries,
            faults,
        })
    }
}

fn entry(node: Node<'_, '_>, kind: Kind) -> Result<Entry, String> {
    let id = text(node, "DATAID");
    if id.is_empty() {
        return Err("the entry has no DATAID".to_owned());
    }
    let mut entry = Entry::new(id, kind);
    let names = ["FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"];
    let parts: Vec<&str> = names
        .iter()
        .map(|part| text(node, part))
        .filter(|part| !part.is_empty())
        .collect();
    entry.add_name(&parts.join(" "), false);
    if entry.names.is_empty() {
        return Err(format!("the entry {id} has no name"));
    }
    entry.add_name(text(node, "NAME_ORIGINAL_SCRIPT"), false);
    for alias in ["INDIVIDUAL_ALIAS", "ENTITY_ALIAS"]
        .into_iter()
        .flat_map(|name| children(node, name))
    {
        let weak = text(alias, "QUALITY").eq_ignore_ascii_case("low");
        entry.add_name(text(alias, "ALIAS_NAME"), weak);
    }
    entry.gender = Gender::read(text(node, "GENDER"));
    for birth in children(node, "INDIVIDUAL_DATE_OF_BIRTH") {
        entry.add_birth(born(birth));
    }
    for value in children(node, "NATIONALITY").flat_map(|node| children(node, "VALUE")) {
        entry.add_country(value.text().unwrap_or_default());
    }
    for place in [
        "INDIVIDUAL_PLACE_OF_BIRTH",
        "INDIVIDUAL_ADDRESS",
        "ENTITY_ADDRESS",
    ] {
        for place in children(node, place) {
            entry.add_country(text(place, "COUNTRY"));
        }
    }
    for paper in children(node, "INDIVIDUAL_DOCUMENT") {
        let number = text(paper, "NUMBER");
        if !number.is_empty() {
            let paper = format!("{} {number}", text(paper, "TYPE_OF_DOCUMENT"));
            entry.papers.push(paper.trim().into());
        }
    }
    let program = text(node, "UN_LIST_TYPE");
    if !program.is_empty() {
        entry.programs.push(program.into());
    }
    let reference = text(node, "REFERENCE_NUMBER");
    if !reference.is_empty() {
        entry
            .papers
            .insert(0, format!("Reference {reference}").into());
    }
    Ok(entry)
}

fn born(node: Node<'_, '_>) -> Option<Birth> {
    let year = |name| text(node, name).parse::<i32>().ok();
    let birth = match (year("FROM_YEAR"), year("TO_YEAR")) {
        (Some(from), Some(to)) => Birth::day(from, 0, 0)?.until(Birth::day(to, 0, 0)?),
        (Some(one), None) | (None, Some(one)) => Birth::day(one, 0, 0)?,
        (None, None) => {
            Birth::read_iso(text(node, "DATE")).or_else(|| Birth::read_iso(text(node, "YEAR")))?
        }
    };
    let about = text(node, "TYPE_OF_DATE").eq_ignore_ascii_case("approximately");
    Some(if about { birth.about() } else { birth })
}
