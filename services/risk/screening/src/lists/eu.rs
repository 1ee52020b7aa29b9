//! The consolidated list of financial sanctions of the European Union, in XML (1.1).
//!
//! The schema is that of `xmlFullSanctionsList_1_1` of the Commission's files for financial
//! sanctions: everything is in attributes; aliases with `strong="false"` are weak.

use roxmltree::Node;

use super::xml::{children, document, line};
use super::{Birth, Entry, Fault, File, Format, Gender, List, ListError, Source, bearable, needed};
use crate::text::Kind;

/// The format.
#[derive(Debug, Clone, Copy)]
pub struct Eu;

const FILE: &str = "eu.xml";

impl Format for Eu {
    fn source(&self) -> Source {
        Source::Eu
    }

    fn files(&self) -> &'static [(&'static str, bool)] {
        &[(FILE, true)]
    }

    fn read(&self, files: &[File<'_>]) -> Result<List, ListError> {
        let document = document(FILE, needed(files, FILE)?, "export")?;
        let root = document.root_element();
        let (mut entries, mut faults, mut rows) = (Vec::new(), Vec::new(), 0);
        for node in children(root, "sanctionEntity") {
            rows += 1;
            match entry(node) {
                Ok(entry) => entries.push(entry),
                Err(reason) => faults.push(Fault {
                    file: FILE,
                    line: line(node),
                    reason,
                    orphan: false,
                }),
            }
        }
        bearable(FILE, rows, &faults)?;
        if entries.is_empty() {
            return Err(ListError::Empty);
        }
        Ok(List {
            source: Source::Eu,
            published: root.attribute("generationDate").map(str::to_owned),
            entries,
            faults,
        })
    }
}

fn entry(node: Node<'_, '_>) -> Result<Entry, String> {
    let said = |name: &str| node.attribute(name).unwrap_or_default().trim();
    let id = [said("euReferenceNumber"), said("logicalId")]
        .into_iter()
        .find(|id| !id.is_empty());
    let id = id.ok_or("the entry has no number")?;
    let kind = children(node, "subjectType").find_map(|one| one.attribute("code"));
    let kind = match kind {
        Some("person") => Kind::Person,
        Some("enterprise") => Kind::Entity,
        _ => {
            return Err(format!(
                "the entry {id} is neither a person nor an enterprise"
            ));
        }
    };
    let mut entry = Entry::new(id, kind);
    for alias in children(node, "nameAlias") {
        let weak = alias.attribute("strong") == Some("false");
        entry.add_name(alias.attribute("wholeName").unwrap_or_default(), weak);
        entry.gender = entry
            .gender
            .or(Gender::read(alias.attribute("gender").unwrap_or_default()));
    }
    if entry.names.is_empty() {
        return Err(format!("the entry {id} has no name"));
    }
    for birth in children(node, "birthdate") {
        let year = birth.attribute("year").and_then(|year| year.parse().ok());
        let exact = birth.attribute("birthdate").and_then(Birth::read_iso);
        let birth_is = exact.or_else(|| Birth::day(year?, 0, 0));
        let about = birth.attribute("circa") == Some("true");
        entry.add_birth(birth_is.map(|one| if about { one.about() } else { one }));
    }
    for place in ["citizenship", "birthdate", "address"]
        .into_iter()
        .flat_map(|name| children(node, name))
    {
        entry.add_country(place.attribute("countryIso2Code").unwrap_or_default());
    }
    for paper in children(node, "identification") {
        if let Some(number) = paper
            .attribute("number")
            .filter(|number| !number.is_empty())
        {
            let kind = paper
                .attribute("identificationTypeCode")
                .unwrap_or_default();
            entry.papers.push(format!("{kind} {number}").trim().into());
        }
    }
    let programs = children(node, "regulation").filter_map(|one| one.attribute("programme"));
    entry.programs = programs
        .filter(|one| !one.is_empty())
        .map(Into::into)
        .collect();
    entry.programs.dedup();
    Ok(entry)
}
