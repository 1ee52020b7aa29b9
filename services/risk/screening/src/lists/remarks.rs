//! What OFAC says of an entry in its remarks: parts that end with `;`, each with a word that tells
//! what it is.

use super::{Birth, Entry, Gender};

/// How papers and numbers begin.
const PAPERS: [&str; 26] = [
    "Passport",
    "National ID",
    "Cedula",
    "Tax ID",
    "SSN",
    "C.U.R.P.",
    "R.F.C.",
    "I.F.E.",
    "D.N.I.",
    "Identification Number",
    "Registration",
    "Personal ID",
    "National Foreign ID",
    "NIT",
    "RUC",
    "Residency Number",
    "Driver's License",
    "V.A.T.",
    "SWIFT/BIC",
    "MMSI",
    "Vessel Registration",
    "Digital Currency Address",
    "Aircraft",
    "Company Number",
    "Commercial Registry",
    "Matricula",
];

/// Adds what remarks say.
pub(super) fn read(remarks: &str, entry: &mut Entry) {
    for part in parts(remarks) {
        let said = part.strip_prefix("alt. ").unwrap_or(part);
        if let Some(alias) = alias(said) {
            entry.add_name(alias, true);
        } else if let Some(birth) = said.strip_prefix("DOB ") {
            entry.add_birth(Birth::read_words(birth));
        } else if let Some(country) = said
            .strip_prefix("nationality ")
            .or_else(|| said.strip_prefix("citizen "))
        {
            entry.add_country(country);
        } else if let Some(place) = said.strip_prefix("POB ") {
            entry.add_country(place.rsplit(',').next().unwrap_or(place));
        } else if let Some(gender) = said.strip_prefix("Gender ") {
            entry.gender = entry.gender.or(Gender::read(gender));
        } else if PAPERS.iter().any(|paper| said.starts_with(paper)) {
            entry.papers.push(said.into());
        }
    }
}

/// The parts of remarks. A `;` inside quotes of a name ends nothing.
fn parts(remarks: &str) -> impl Iterator<Item = &str> {
    let mut rest = remarks;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let begins = alias_begin(rest.trim_start().trim_start_matches("alt. ")).is_some();
        let end = if begins {
            rest.find("';").map(|at| at + 1)
        } else {
            rest.find(';')
        };
        let (part, left) = match end {
            Some(at) => (&rest[..at], &rest[at + 1..]),
            None => (rest, ""),
        };
        rest = left;
        Some(part.trim().trim_end_matches('.').trim_end())
    })
    .filter(|part| !part.is_empty())
}

fn alias_begin(part: &str) -> Option<&str> {
    ["a.k.a. '", "f.k.a. '", "n.k.a. '"]
        .into_iter()
        .find_map(|begin| part.strip_prefix(begin))
}

fn alias(part: &str) -> Option<&str> {
    let alias = alias_begin(part)?;
    let alias = alias.strip_suffix('\'').unwrap_or(alias).trim();
    (!alias.is_empty()).then_some(alias)
}
