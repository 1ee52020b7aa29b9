//! Customers are compared with the lists: those who are new or called otherwise at once, everybody
//! when a list has changed, whether they ever come again or not. Who waits stands in the database,
//! so that a restart goes on where it was.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use contracts::identity::{OrgId, UserId};
use db::Tx;
use screening::THRESHOLD;
use screening::index::Index;
use screening::search::Hit;
use serde_json::json;
use values::Timestamp;

use crate::error::Error;
use crate::rules::store as rules;
use crate::sanctions::lists::{LEAST, Lists, Person, entry_digest, touches};
use crate::sanctions::standing::{Compared, MatchState};
use crate::sanctions::store::lists as list_store;
use crate::sanctions::store::matches::{self as match_store, MatchRow};
use crate::sanctions::store::screenings::{self as store, WaitingRow};
use crate::sanctions::{EDITION, MatchId};
use crate::service::Service;

/// How many customers are compared in one transaction.
const BATCH: i64 = 100;

/// What is new since a version of the lists: none where that is everything.
type Deltas = BTreeMap<i64, Option<Arc<Index>>>;

/// Somebody who is compared, with the lists of this moment.
struct Comparing<'a> {
    lists: &'a Lists,
    row: &'a WaitingRow,
    person: Person,
    /// Fingerprints of the name.
    persons: Vec<Vec<u8>>,
    now: Timestamp,
}

impl Service {
    /// With what somebody who takes part in a transaction was compared; they are compared now where
    /// that was not done since the lists or the name have changed.
    pub(crate) async fn compared(&self, org: OrgId, user: UserId) -> Compared {
        if self.sanctions.sources.is_empty() {
            return Compared::NoLists;
        }
        let lists = self.sanctions.lists();
        if lists.versions.is_empty() {
            return Compared::Unknown;
        }
        let known = &self.sanctions.known;
        if let Some(screened) = known.get(org, user, lists.version()) {
            return Compared::With(screened);
        }
        let stamp = known.stamp();
        let Ok(Some(contact)) = self.contacts.contact(org, user).await else {
            return Compared::Unknown;
        };
        let person = Person::of(contact.name, contact.role);
        let screened = Arc::new(lists.screen(&person, &self.vault));
        known.put(stamp, (org, user), screened.clone());
        Compared::With(screened)
    }

    /// Compares all who wait; how many there were.
    ///
    /// # Errors
    /// A fault, or identity does not answer: who was not compared waits.
    pub async fn screen_waiting(&self) -> Result<u64, Error> {
        let mut deltas = Deltas::new();
        let (mut count, mut newest) = (0, 0);
        loop {
            let lists = self.sanctions.lists();
            if lists.versions.is_empty() {
                return Ok(count);
            }
            if newest != lists.version() {
                (deltas, newest) = (Deltas::new(), lists.version());
            }
            let rows = store::waiting(&self.db, newest, BATCH).await?;
            if rows.is_empty() {
                self.sanctions.metrics.waiting(0);
                return Ok(count);
            }
            self.compare_batch(&lists, &rows, &mut deltas).await?;
            count += rows.len() as u64;
            let waiting = store::count_waiting(&self.db, newest).await?;
            self.sanctions.metrics.waiting(waiting);
        }
    }

    async fn compare_batch(
        &self,
        lists: &Lists,
        rows: &[WaitingRow],
        deltas: &mut Deltas,
    ) -> Result<(), Error> {
        let mut people = Vec::with_capacity(rows.len());
        for row in rows {
            let (org, user) = row.whose();
            let contact = self.contacts.contact(org, user).await?;
            people.push(contact.map(|it| Person::of(it.name, it.role)));
            self.delta_since(lists, row.version, deltas).await?;
        }
        let now = self.clock.now();
        let mut changed = BTreeSet::new();
        let mut tx = self.db.begin().await?;
        for (row, person) in rows.iter().zip(people) {
            let Some(person) = person else {
                store::forget(&mut tx, row.whose()).await?;
                continue;
            };
            let persons = person.fingerprints(&self.vault);
            let delta = deltas.get(&row.version).and_then(Option::as_ref);
            let comparing = Comparing {
                lists,
                row,
                person,
                persons,
                now,
            };
            if comparing.is_untouched(delta.map(|it| &**it)) {
                let by = (lists.version(), EDITION);
                store::untouched(&mut tx, row, by, now).await?;
            } else if self.compare(&mut tx, &comparing).await? {
                changed.insert(row.org);
            }
        }
        for org in &changed {
            rules::change(&mut tx, OrgId(*org)).await?;
        }
        tx.commit().await?;
        if !changed.is_empty() {
            self.refresh().await?;
        }
        Ok(())
    }

    /// What is new since a version, unless that is known.
    async fn delta_since(
        &self,
        lists: &Lists,
        version: i64,
        deltas: &mut Deltas,
    ) -> Result<(), Error> {
        if deltas.contains_key(&version) {
            return Ok(());
        }
        let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut is_all = version == 0;
        for (list, delta) in list_store::deltas(&self.db, version).await? {
            let Some(delta) = delta else {
                is_all = true;
                continue;
            };
            let ids: Vec<String> =
                serde_json::from_str(&delta).map_err(|_| Error::Row("sanctions_versions"))?;
            named.entry(list).or_default().extend(ids);
        }
        let index = (!is_all).then(|| Arc::new(lists.only(&named)));
        deltas.insert(version, index);
        Ok(())
    }

    /// Compares somebody; whether a match began or ended.
    async fn compare(&self, tx: &mut Tx, it: &Comparing<'_>) -> Result<bool, Error> {
        let hits = it.lists.compare(&it.person);
        let score = hits.first().map_or(0, |hit| i64::from(hit.score));
        let (by, person) = ((it.lists.version(), EDITION), it.newest_person());
        // First: of two nodes at the same customer the second one waits here.
        if !store::compared(tx, it.row, by, (person, score), it.now).await? {
            return Ok(false);
        }
        let known = match_store::of_user(tx, it.row.whose()).await?;
        let mut changed = false;
        let alerts = || hits.iter().filter(|hit| hit.score >= THRESHOLD);
        for hit in alerts() {
            changed |= self.found(tx, it, hit, &known).await?;
        }
        for row in &known {
            let is_found = alerts().any(|hit| is_about(row, hit));
            if !is_found && it.ends(row)? {
                self.end_match(tx, it.row.whose().0, row, it.now).await?;
                changed = true;
            }
        }
        Ok(changed)
    }

    /// Takes down that somebody is like an entry; whether that is new.
    async fn found(
        &self,
        tx: &mut Tx,
        it: &Comparing<'_>,
        hit: &Hit<'_>,
        known: &[MatchRow],
    ) -> Result<bool, Error> {
        let found = it.found(hit)?;
        if let Some(row) = known.iter().find(|row| is_about(row, hit)) {
            match MatchState::read(&row.state)? {
                MatchState::Open => {
                    match_store::update(tx, row.id, &found).await?;
                    return Ok(false);
                }
                MatchState::Confirmed => return Ok(false),
                MatchState::Cleared if it.is_same(row, &found.entry_digest) => return Ok(false),
                // What was cleared was another name, or another entry.
                MatchState::Cleared | MatchState::Ended => {
                    match_store::end(tx, row.id, it.now).await?;
                }
            }
        }
        let (id, whose) = (self.ids.next(), it.row.whose());
        match_store::insert(tx, id, whose, &found, it.now).await?;
        self.open_match_case(tx, whose, (MatchId(id), &it.person.name), &found)
            .await?;
        Ok(true)
    }
}

/// Whether a match is about the entry of a hit.
fn is_about(row: &MatchRow, hit: &Hit<'_>) -> bool {
    row.list == hit.source.as_str() && row.entry == *hit.entry.id
}

impl Comparing<'_> {
    fn newest_person(&self) -> &[u8] {
        self.persons.first().map_or(&[], Vec::as_slice)
    }

    fn is_same_person(&self, person: &[u8]) -> bool {
        self.persons.iter().any(|own| own == person)
    }

    /// Whether a match is about the same name and the same entry.
    fn is_same(&self, row: &MatchRow, entry_digest: &[u8]) -> bool {
        self.is_same_person(&row.person) && row.entry_digest == entry_digest
    }

    /// Whether the result is the same as before, since nothing that is new in the lists is like
    /// them, and nothing that was there is.
    fn is_untouched(&self, delta: Option<&Index>) -> bool {
        let same_person = self
            .row
            .person
            .as_deref()
            .is_some_and(|it| self.is_same_person(it));
        let was_far = self.row.score.is_some_and(|score| score < i64::from(LEAST));
        self.row.edition == EDITION
            && same_person
            && was_far
            && delta.is_some_and(|index| !touches(index, &self.person))
    }

    /// Whether a match whose entry was not found any more ends by itself: where it is the entry
    /// that has changed. A customer who calls themselves otherwise has to be looked at all the
    /// same.
    fn ends(&self, row: &MatchRow) -> Result<bool, Error> {
        Ok(match MatchState::read(&row.state)? {
            MatchState::Open => self.is_same_person(&row.person),
            MatchState::Cleared => true,
            MatchState::Confirmed | MatchState::Ended => false,
        })
    }

    fn found(&self, hit: &Hit<'_>) -> Result<match_store::Compared, Error> {
        let text =
            |value: serde_json::Result<String>| value.map_err(|_| Error::Row("sanctions_matches"));
        let explanation = json!({
            "name": hit.name,
            "comparison": hit.comparison,
            "qualifiers": hit.qualifiers,
        });
        Ok(match_store::Compared {
            list: hit.source.as_str(),
            entry: String::from(&*hit.entry.id),
            score: i64::from(hit.score),
            listed_name: hit
                .entry
                .names
                .first()
                .map_or_else(String::new, |it| it.text.to_string()),
            listed: text(serde_json::to_string(hit.entry))?,
            explanation: text(serde_json::to_string(&explanation))?,
            version: self.lists.version(),
            person: self.newest_person().to_vec(),
            entry_digest: entry_digest(hit.entry),
        })
    }
}
