//! What an organisation has said: its rules, compiled, with lists, conditions and snoozes. It is
//! read as a whole where something of it has changed, and never changes itself.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use contracts::identity::{OrgId, UserId};
use db::Db;
use risk_core::decide::Snooze;
use risk_core::defaults;
use risk_core::rules::{CompiledSet, RuleSet, compile, read_set};
use uuid::Uuid;
use values::Timestamp;

use crate::breakers::{self, Breakers};
use crate::cases::store::reading as cases;
use crate::conditions::store as conditions;
use crate::error::Error;
use crate::lists::store as lists;
use crate::memory::conditions::Conditions;
use crate::rules::store as rules;
use crate::sanctions::standing::Matches;
use crate::sanctions::store::matches;

/// The version of the rules that an organisation begins with.
pub(crate) const FIRST_VERSION: i64 = 1;
/// The fields about e-mail addresses.
const EMAIL_FIELDS: [&str; 4] = [
    "email_of_payer",
    "email_of_payee",
    "email_verified_of_payer",
    "email_verified_of_payee",
];
/// How many entries of a list, or conditions, are read at once.
const BATCH: i64 = 4_096;

/// What an organisation has said.
#[derive(Debug)]
pub(crate) struct Policy {
    /// How often it has changed.
    pub(crate) changes: i64,
    /// The rules in force.
    pub(crate) set: CompiledSet,
    /// Whether a rule asks about an e-mail address, which is not in memory.
    pub(crate) asks_for_email: bool,
    /// By list the values on it, and until when.
    lists: HashMap<String, HashMap<String, Option<Timestamp>>>,
    snoozes: HashMap<UserId, Vec<Snooze>>,
    /// Users about whom a case has ended as confirmed.
    confirmed: HashSet<UserId>,
    /// Customers who are like somebody on a sanctions list.
    pub(crate) matches: Matches,
    /// The breakers that have put their rules into shadow.
    pub(crate) trips: Breakers,
    /// What operators have said about people, wallets and those outside.
    pub(crate) conditions: Conditions,
}

impl Policy {
    /// The rules to begin with, and nothing else.
    ///
    /// # Errors
    /// The rules of this version are none: a mistake that every test finds.
    pub(crate) fn first() -> Result<Self, Error> {
        Self::of(0, FIRST_VERSION, defaults::JSON)
    }

    fn of(changes: i64, version: i64, json: &str) -> Result<Self, Error> {
        let read = |json: &str| -> Result<(RuleSet, CompiledSet), ()> {
            let set = read_set(json).map_err(drop)?;
            let compiled = compile(&set, version).map_err(drop)?;
            Ok((set, compiled))
        };
        let (_, set) = read(json).map_err(|()| Error::Row("rule_sets"))?;
        let asks = |name: &str| json.contains(&format!("\"{name}\""));
        Ok(Self {
            changes,
            set,
            asks_for_email: EMAIL_FIELDS.into_iter().any(asks),
            lists: HashMap::new(),
            snoozes: HashMap::new(),
            confirmed: HashSet::new(),
            matches: Matches::default(),
            trips: Breakers::new(),
            conditions: Conditions::default(),
        })
    }

    /// What the database has.
    ///
    /// # Errors
    /// A fault, or rules that this version cannot read.
    pub(crate) async fn read(
        db: &Db,
        org: OrgId,
        changes: i64,
        now: Timestamp,
    ) -> Result<Self, Error> {
        let row = rules::in_force(db, org).await?;
        let mut policy = match &row {
            Some(row) => Self::of(changes, row.version, &row.rules)?,
            None => Self {
                changes,
                ..Self::first()?
            },
        };
        for list in lists::all(db, org).await? {
            policy.lists.insert(list.name, entries(db, list.id).await?);
        }
        for row in rules::snoozes(db, org, now).await? {
            let of_user = policy.snoozes.entry(UserId(row.user_id)).or_default();
            of_user.push(Snooze {
                rule: row.rule,
                until: Timestamp(row.until),
            });
        }
        let confirmed = cases::confirmed(db, org).await?.into_iter();
        policy.confirmed = confirmed.map(|(user,)| UserId(user)).collect();
        policy.matches = active_matches(db, org).await?;
        policy.trips = breakers::read(breakers::store::tripped(db, org).await?)?;
        policy.conditions = read_conditions(db, org, now).await?;
        Ok(policy)
    }

    /// Whether a case about somebody has ended as confirmed.
    pub(crate) fn was_confirmed(&self, user: UserId) -> bool {
        self.confirmed.contains(&user)
    }

    /// Whether a text is on a list at a time; none where there is no such list.
    pub(crate) fn is_on(&self, list: &str, text: &str, at: Timestamp) -> Option<bool> {
        let entry = self.lists.get(list)?.get(text);
        Some(entry.is_some_and(|until| until.is_none_or(|until| at < until)))
    }

    /// The rules that are quiet for somebody.
    pub(crate) fn snoozes_of(&self, user: UserId) -> Vec<Snooze> {
        self.snoozes.get(&user).cloned().unwrap_or_default()
    }
}

async fn entries(db: &Db, list: Uuid) -> Result<HashMap<String, Option<Timestamp>>, Error> {
    let (mut all, mut after) = (HashMap::new(), String::new());
    loop {
        let rows = lists::entries(db, list, (&after, ""), BATCH).await?;
        let Some(last) = rows.last() else {
            return Ok(all);
        };
        after.clone_from(&last.value);
        all.extend(
            rows.into_iter()
                .map(|row| (row.value, row.expires_at.map(Timestamp))),
        );
    }
}

async fn active_matches(db: &Db, org: OrgId) -> Result<Matches, Error> {
    let (mut all, mut after) = (Matches::default(), Uuid::nil());
    loop {
        let rows = matches::active(db, org, after, BATCH).await?;
        let Some(last) = rows.last() else {
            return Ok(all);
        };
        after = last.id;
        for row in rows {
            all.add(row)?;
        }
    }
}

/// The conditions that count now or will.
async fn read_conditions(db: &Db, org: OrgId, now: Timestamp) -> Result<Conditions, Error> {
    let (mut all, mut after) = (Conditions::default(), 0);
    loop {
        let rows = conditions::live(db, org, after, now, BATCH).await?;
        let Some(last) = rows.last() else {
            return Ok(all);
        };
        after = last.no;
        for row in &rows {
            all.add(row.condition()?);
        }
    }
}

/// The names of an organisation's lists, which rules may ask about.
pub(crate) fn names(rows: &[lists::ListRow]) -> BTreeSet<String> {
    rows.iter().map(|row| row.name.clone()).collect()
}

/// By name, how often each organisation has changed something.
pub(crate) async fn changes(db: &Db) -> Result<BTreeMap<i64, i64>, Error> {
    Ok(rules::changes(db).await?.into_iter().collect())
}
