//! The lists in force in memory, and what a name comes to by them. Pure but for the lock: a swap is
//! the exchange of one pointer, and who is being compared goes on with the lists that they began
//! with.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use aws_lc_rs::digest::{SHA256, digest};
use contracts::identity::{OrgId, Role, UserId};
use screening::THRESHOLD;
use screening::index::Index;
use screening::lists::{Entry, List, Source};
use screening::qualifiers::Known;
use screening::search::{Hit, Query};
use screening::text::Kind;
use vault::Vault;

/// Entries below this score, in thousandths, are not looked at.
pub(crate) const LEAST: i32 = 500;
/// The most entries that are looked at.
const MOST: usize = 100;
/// What fingerprints are of.
const PERSON: &str = "screenings.person";
/// The most customers whose results are kept in memory; beyond it all are compared anew.
const MOST_KNOWN: usize = 200_000;

/// Who is compared.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) kind: Kind,
}

impl Person {
    /// A customer. A merchant may be a person or a company.
    pub(crate) fn of(name: String, role: Role) -> Self {
        let kind = match role {
            Role::Merchant => Kind::Unknown,
            Role::User | Role::Operator | Role::Auditor | Role::Admin => Kind::Person,
        };
        Self { name, kind }
    }

    /// Keyed hashes of what is compared, by which it is known whether it is another: with each key,
    /// the newest first.
    pub(crate) fn fingerprints(&self, vault: &Vault) -> Vec<Vec<u8>> {
        let text = format!("{:?}\0{}", self.kind, self.name);
        vault.fingerprints(PERSON, text.as_bytes()).collect()
    }

    fn query(&self) -> Query<'_> {
        Query {
            name: &self.name,
            kind: self.kind,
            known: Known::default(),
        }
    }
}

/// SHA-256.
pub(crate) fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest(&SHA256, bytes).as_ref().to_vec()
}

/// By what it is known whether an entry is another than before.
pub(crate) fn entry_digest(entry: &Entry) -> Vec<u8> {
    sha256(&serde_json::to_vec(entry).unwrap_or_default())
}

/// The lists in force.
#[derive(Debug)]
pub(crate) struct Lists {
    pub(crate) index: Index,
    /// The version of each list.
    pub(crate) versions: BTreeMap<Source, i64>,
    /// Lists that customers are to be compared with and that were never loaded.
    pub(crate) missing: BTreeSet<Source>,
}

impl Lists {
    /// Of some lists with their versions, of those that there should be.
    pub(crate) fn new(lists: Vec<(i64, List)>, wanted: &BTreeSet<Source>) -> Self {
        let of = |(version, list): &(i64, List)| (list.source, *version);
        let versions: BTreeMap<_, _> = lists.iter().map(of).collect();
        let missing = wanted.iter().filter(|it| !versions.contains_key(it));
        Self {
            missing: missing.copied().collect(),
            versions,
            index: Index::new(lists.into_iter().map(|(_, list)| list).collect()),
        }
    }

    /// The newest version; 0: nothing was ever loaded.
    pub(crate) fn version(&self) -> i64 {
        self.versions.values().copied().max().unwrap_or_default()
    }

    /// A list in force.
    pub(crate) fn list(&self, source: Source) -> Option<&List> {
        let mut lists = self.index.lists().iter();
        lists.find(|list| list.source == source)
    }

    /// The entries that somebody is like, the likeliest first: those from [`LEAST`] on.
    pub(crate) fn compare(&self, person: &Person) -> Vec<Hit<'_>> {
        self.index.search(&person.query(), LEAST, MOST).hits
    }

    /// What somebody comes to.
    pub(crate) fn screen(&self, person: &Person, vault: &Vault) -> Screened {
        let hits = self.compare(person);
        let alerts = hits.iter().filter(|hit| hit.score >= THRESHOLD);
        let below = hits.iter().map(|hit| hit.score);
        Screened {
            version: self.version(),
            complete: self.missing.is_empty(),
            persons: person.fingerprints(vault),
            near: alerts.map(Near::of).collect(),
            below: below.filter(|it| *it < THRESHOLD).max().unwrap_or_default(),
        }
    }

    /// An index over those entries alone that are named; of lists that are not named, none.
    pub(crate) fn only(&self, named: &BTreeMap<String, BTreeSet<String>>) -> Index {
        let mut lists = Vec::new();
        for list in self.index.lists() {
            let Some(ids) = named.get(list.source.as_str()) else {
                continue;
            };
            let entries = list.entries.iter().filter(|it| ids.contains(&*it.id));
            lists.push(List {
                source: list.source,
                published: None,
                entries: entries.cloned().collect(),
                faults: Vec::new(),
            });
        }
        Index::new(lists)
    }
}

/// Whether somebody is like an entry of an index at all.
pub(crate) fn touches(index: &Index, person: &Person) -> bool {
    !index.search(&person.query(), LEAST, 1).hits.is_empty()
}

/// What somebody came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Screened {
    /// By which version of the lists.
    pub(crate) version: i64,
    /// Whether it was compared with all lists that there should be.
    pub(crate) complete: bool,
    /// Fingerprints of the name.
    pub(crate) persons: Vec<Vec<u8>>,
    /// Entries from the threshold on.
    pub(crate) near: Vec<Near>,
    /// The highest score below it.
    pub(crate) below: i32,
}

/// An entry that somebody is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Near {
    pub(crate) list: Source,
    pub(crate) entry: Box<str>,
    pub(crate) digest: Vec<u8>,
    pub(crate) score: i32,
}

impl Near {
    fn of(hit: &Hit<'_>) -> Self {
        Self {
            list: hit.source,
            entry: hit.entry.id.clone(),
            digest: entry_digest(hit.entry),
            score: hit.score,
        }
    }
}

/// What customers came to, as far as somebody has asked since the start.
#[derive(Debug, Default)]
pub(crate) struct KnownResults {
    of: RwLock<HashMap<(i64, UserId), Arc<Screened>>>,
    /// How often somebody was forgotten: what was begun before is not kept.
    forgotten: AtomicU64,
}

impl KnownResults {
    /// Before a name is asked for.
    pub(crate) fn stamp(&self) -> u64 {
        self.forgotten.load(Ordering::Acquire)
    }

    /// What somebody came to by a version of the lists.
    pub(crate) fn get(&self, org: OrgId, user: UserId, version: i64) -> Option<Arc<Screened>> {
        let known = self.of.read().unwrap_or_else(PoisonError::into_inner);
        let known = known.get(&(org.0, user));
        known.filter(|it| it.version == version).cloned()
    }

    /// Keeps a result, unless a name has changed since the stamp.
    pub(crate) fn put(&self, stamp: u64, (org, user): (OrgId, UserId), result: Arc<Screened>) {
        let mut known = self.of.write().unwrap_or_else(PoisonError::into_inner);
        if self.stamp() != stamp {
            return;
        }
        if known.len() >= MOST_KNOWN {
            known.clear();
        }
        known.insert((org.0, user), result);
    }

    /// Somebody is called otherwise, or is no customer any more.
    pub(crate) fn forget(&self, org: OrgId, user: UserId) {
        let mut known = self.of.write().unwrap_or_else(PoisonError::into_inner);
        self.forgotten.fetch_add(1, Ordering::AcqRel);
        known.remove(&(org.0, user));
    }
}
