//! Rules about dependencies: who may know whom, and what the pure core may not know.
//!
//! They work on the answer of `cargo metadata`, never on manifests: what counts is what Cargo
//! resolved. Dev-dependencies are free, except where a rule says otherwise.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::Value;

use crate::Violation;

/// What any service may know of the house.
const FOR_SERVICES: [&str; 11] = [
    "access",
    "contracts",
    "db",
    "events",
    "idempotency",
    "module",
    "money",
    "platform",
    "values",
    "vault",
    "web",
];

/// What one service may know beyond that: (service, crate).
const FOR_ONE_SERVICE: [(&str, &str); 4] = [
    ("payments", "ledger"),
    ("payments", "payments-core"),
    ("risk", "risk-core"),
    ("risk", "screening"),
];

/// The libraries, and the pure part of a service, that may know only these crates of the house.
const FOR_LIBRARIES: [(&str, &[&str]); 17] = [
    ("access", &["contracts", "values", "web"]),
    ("contracts", &["money", "values"]),
    ("db", &["platform", "values"]),
    ("events", &["contracts", "db", "platform", "values"]),
    (
        "idempotency",
        &["access", "contracts", "db", "values", "vault", "web"],
    ),
    ("ledger", &["money"]),
    ("ledger-model", &["ledger", "money"]),
    ("module", &["contracts", "db", "platform", "values"]),
    ("money", &[]),
    ("payments-core", &["contracts", "ledger", "money", "values"]),
    ("platform", &["values"]),
    ("risk-core", &["contracts", "money", "values"]),
    ("screening", &[]),
    ("tidy", &[]),
    ("values", &[]),
    ("vault", &["platform"]),
    ("web", &["platform", "values"]),
];

/// The folders of the programs that know all services: the one that is shipped, and the one that
/// measures it.
const WHOLE: [&str; 2] = ["payflow", "bench"];

/// Crates that bring I/O, an async runtime, a clock or a source of randomness.
const IMPURE: [&str; 29] = [
    "async-io",
    "async-std",
    "chrono",
    "curl",
    "diesel",
    "fastrand",
    "getrandom",
    "hyper",
    "jiff",
    "libsqlite3-sys",
    "mio",
    "postgres",
    "quinn",
    "rand",
    "rand_core",
    "redis",
    "reqwest",
    "rusqlite",
    "smol",
    "socket2",
    "sqlx",
    "sqlx-core",
    "sqlx-postgres",
    "sqlx-sqlite",
    "time",
    "tokio",
    "tokio-postgres",
    "tokio-util",
    "ureq",
];

/// The crates that decide and do nothing else.
const CORE: [&str; 5] = ["ledger", "money", "payments-core", "risk-core", "screening"];

/// What the core may reach all the same: (crate, impure crate that it needs).
const EXCEPTED: [(&str, &str); 2] = [
    // Cargo gives a crate one set of features for the whole program, and `platform` has UUIDs made.
    // `clippy.toml` bans the calls that make one.
    ("uuid", "getrandom"),
    // `values` writes and reads times in one text form. It asks `time` for no clock.
    ("values", "time"),
];

/// Crates that talk HTTP: what the core decides is a fact, and others say it in statuses.
const HTTP: [&str; 5] = ["axum", "http", "hyper", "tower-http", "web"];

/// How a crate of the house depends on another crate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Normal,
    Build,
    Dev,
}

/// A crate of the house.
#[derive(Debug)]
struct Member {
    id: String,
    name: String,
    /// Folder from the root, for example `services/payments`.
    folder: String,
    needs: Vec<(String, Kind)>,
}

impl Member {
    fn is_service(&self) -> bool {
        self.folder.starts_with("services/") && !self.is_core_of_service()
    }

    /// The pure part of a service, a crate of its own in a folder of the service's:
    /// `services/payments/core`.
    fn is_core_of_service(&self) -> bool {
        self.folder.starts_with("services/") && self.folder.matches('/').count() == 2
    }

    fn is_library(&self) -> bool {
        self.folder.starts_with("libs/")
    }

    fn is_whole(&self) -> bool {
        WHOLE.contains(&self.folder.as_str())
    }

    fn violation(&self, message: String) -> Violation {
        Violation::of(format!("{}/Cargo.toml", self.folder), message)
    }

    /// Names of what it needs to run or to be built.
    fn needs(&self) -> impl Iterator<Item = &str> {
        let needed = self.needs.iter().filter(|(_, kind)| *kind != Kind::Dev);
        needed.map(|(name, _)| name.as_str())
    }
}

/// The crates of the house, and what each crate needs at run time, through all levels.
#[derive(Debug)]
pub struct Graph {
    members: Vec<Member>,
    /// Package id -> ids of its normal dependencies.
    edges: BTreeMap<String, Vec<String>>,
    /// Package id -> name.
    names: BTreeMap<String, String>,
}

impl Graph {
    /// Reads the output of `cargo metadata --format-version 1`. What is not there counts as
    /// empty; [`Graph::is_empty`] tells.
    #[must_use]
    pub fn from_metadata(metadata: &Value) -> Self {
        let root = text(&metadata["workspace_root"]);
        let house: BTreeSet<&str> = list(&metadata["workspace_members"]).map(text).collect();
        let mut members = Vec::new();
        let mut names = BTreeMap::new();
        for package in list(&metadata["packages"]) {
            let (id, name) = (text(&package["id"]), text(&package["name"]));
            names.insert(id.to_owned(), name.to_owned());
            if house.contains(id) {
                members.push(Member {
                    id: id.to_owned(),
                    name: name.to_owned(),
                    folder: folder(root, text(&package["manifest_path"])),
                    needs: list(&package["dependencies"])
                        .map(|need| (text(&need["name"]).to_owned(), kind(&need["kind"])))
                        .collect(),
                });
            }
        }
        let edges = list(&metadata["resolve"]["nodes"])
            .map(|node| {
                let needed = list(&node["deps"])
                    .filter(|need| {
                        list(&need["dep_kinds"]).any(|entry| kind(&entry["kind"]) == Kind::Normal)
                    })
                    .map(|need| text(&need["pkg"]).to_owned());
                (text(&node["id"]).to_owned(), needed.collect())
            })
            .collect();
        Self {
            members,
            edges,
            names,
        }
    }

    /// Whether nothing was read: then the rules would hold of nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.members.is_empty() || self.edges.is_empty()
    }

    /// The crates of the house know each other only as ARCHITECTURE.md allows.
    #[must_use]
    pub fn who_may_know_whom(&self) -> Vec<Violation> {
        let mut violations = Vec::new();
        for member in &self.members {
            for needed in member.needs() {
                let Some(other) = self.member(needed) else {
                    continue;
                };
                if let Some(reason) = refusal(member, other) {
                    violations.push(member.violation(format!("depends on `{needed}`: {reason}")));
                }
            }
            let known = member.needs().filter_map(|name| self.member(name));
            if known.filter(|other| other.is_service()).count() > 1 && !member.is_whole() {
                let message = "only payflow/ and bench/ know several services".to_owned();
                violations.push(member.violation(message));
            }
        }
        violations
    }

    /// [`CORE`] reaches no crate that does I/O, waits, tells the time or rolls dice, and none that
    /// talks HTTP.
    #[must_use]
    pub fn core_is_pure(&self) -> Vec<Violation> {
        let impure = |name: &str| IMPURE.contains(&name) || HTTP.contains(&name);
        let mut violations = Vec::new();
        for member in self
            .members
            .iter()
            .filter(|member| CORE.contains(&member.name.as_str()))
        {
            for (impure, way) in self.reachable(&member.id, impure) {
                let message = format!("the core may not reach `{impure}`, but: {way}");
                violations.push(member.violation(message));
            }
        }
        violations
    }

    /// What services know of one another is not tied to a way of talking: neither HTTP nor a
    /// database.
    #[must_use]
    pub fn contracts_know_no_framework(&self) -> Vec<Violation> {
        let frameworks = |name: &str| matches!(name, "axum" | "hyper" | "sqlx" | "tower-http");
        let mut violations = Vec::new();
        for member in self.members.iter().filter(|one| one.name == "contracts") {
            for (framework, way) in self.reachable(&member.id, frameworks) {
                let message = format!("contracts may not reach `{framework}`, but: {way}");
                violations.push(member.violation(message));
            }
        }
        violations
    }

    /// Errors are types: `anyhow` is for the programs, which print them. Dev-dependencies too.
    #[must_use]
    pub fn anyhow_only_in_programs(&self) -> Vec<Violation> {
        let uses_it = |member: &&Member| member.needs.iter().any(|(name, _)| name == "anyhow");
        self.members
            .iter()
            .filter(|member| !member.is_whole())
            .filter(uses_it)
            .map(|member| member.violation("use a thiserror enum, not `anyhow`".to_owned()))
            .collect()
    }

    fn member(&self, name: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.name == name)
    }

    /// The crates that `wanted` names and that are reachable from `start` by normal
    /// dependencies, each with the shortest way there.
    fn reachable(&self, start: &str, wanted: fn(&str) -> bool) -> Vec<(String, String)> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::from([start]);
        let mut queue = VecDeque::from([(start, self.name(start).to_owned())]);
        while let Some((id, way)) = queue.pop_front() {
            if wanted(self.name(id)) {
                found.push((self.name(id).to_owned(), way.clone()));
            }
            for next in self.edges.get(id).into_iter().flatten() {
                if EXCEPTED.contains(&(self.name(id), self.name(next))) {
                    continue;
                }
                if seen.insert(next) {
                    queue.push_back((next, format!("{way} -> {}", self.name(next))));
                }
            }
        }
        found
    }

    fn name(&self, id: &str) -> &str {
        self.names.get(id).map_or("", String::as_str)
    }
}

/// Why `member` may not know `other`, if so.
fn refusal(member: &Member, other: &Member) -> Option<String> {
    let name = other.name.as_str();
    if other.folder == "bench" {
        return Some("nothing that is measured knows what measures it".to_owned());
    }
    if member.is_service() {
        let allowed =
            FOR_SERVICES.contains(&name) || FOR_ONE_SERVICE.contains(&(member.name.as_str(), name));
        return (!allowed).then(|| {
            let why = if other.is_service() {
                "a service knows another one only through its trait in `contracts`"
            } else {
                "a service knows `contracts`, `access`, `web`, `db`, `module`, `platform`, `values` and `money`, and its own core"
            };
            why.to_owned()
        });
    }
    if member.is_library() || member.is_core_of_service() {
        if !other.is_library() {
            return Some("a library knows no service and no binary".to_owned());
        }
        let (_, allowed) = FOR_LIBRARIES
            .iter()
            .find(|(library, _)| *library == member.name)?;
        return (!allowed.contains(&name)).then(|| {
            format!(
                "`{}` knows nothing of the house but {allowed:?}",
                member.name
            )
        });
    }
    None
}

fn folder(root: &str, manifest: &str) -> String {
    let inside = manifest
        .strip_prefix(root)
        .unwrap_or(manifest)
        .replace('\\', "/");
    inside
        .trim_start_matches('/')
        .trim_end_matches("/Cargo.toml")
        .to_owned()
}

fn kind(value: &Value) -> Kind {
    match value.as_str() {
        Some("dev") => Kind::Dev,
        Some("build") => Kind::Build,
        _ => Kind::Normal,
    }
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

#[cfg(test)]
#[path = "dependencies_tests.rs"]
mod tests;
