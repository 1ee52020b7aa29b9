//! Decisions: written down behind the answer, and what became of them by the feed. Payments keeps
//! what was decided with the transaction; here is what rules are judged by.

pub(crate) mod http;
pub(crate) mod store;
pub(crate) mod written;

use std::collections::BTreeMap;

use access::Principal;
use contracts::identity::OrgId;
use contracts::risk::{DecisionId, RiskDecision, RiskOutcome};
use db::Db;
use risk_core::decide::{Inputs, RuleOutcome, ScenarioOutcome, Standing};
use risk_core::rules::Answer;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use values::Timestamp;

use crate::error::Error;
use crate::rules::store::{self as rules, CountRow};
use crate::service::Service;
use store::{DecisionRow, NewDecision};
use written::Made;

/// How many are read at once.
const BATCH: i64 = 512;

/// What is kept of how a decision was made: with the rules of its version it can be made again.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Kept {
    /// What it was made of.
    pub(crate) inputs: Inputs,
    /// What rules said that did not say no.
    pub(crate) rules: Vec<RuleOutcome>,
    /// What scenarios came to.
    #[serde(default)]
    pub(crate) scenarios: Vec<ScenarioOutcome>,
    /// What would have become of it if no condition had allowed it; none where none did.
    #[serde(default)]
    pub(crate) without_allowance: Option<RiskOutcome>,
}

impl Service {
    /// Writes what was decided and waits for it: what the background does, for tests.
    ///
    /// # Errors
    /// A fault of the database: what was not written waits.
    pub async fn write_decided(&self) -> Result<(), Error> {
        self.store_trips().await?;
        loop {
            let made = self.written.take();
            if made.is_empty() {
                self.written.all_are();
                return Ok(());
            }
            if let Err(error) = self.write(&made).await {
                self.written.put_back(made);
                return Err(error);
            }
        }
    }

    async fn write(&self, made: &[Made]) -> Result<(), Error> {
        let mut tx = self.db.begin_unsynced().await?;
        for one in made {
            store::decide(&mut tx, row(one)?).await?;
            let of = (one.org, one.transaction);
            self.cases.assessed(&mut tx, of, &one.decision).await?;
        }
        for ((org, day, _), count) in counts(made) {
            rules::count(&mut tx, OrgId(org), day, &count).await?;
        }
        Ok(tx.commit().await?)
    }

    /// A decision of the caller's organisation.
    ///
    /// # Errors
    /// [`Error::NoSuchDecision`], or a fault.
    pub(crate) async fn decision(
        &self,
        principal: &Principal,
        id: DecisionId,
    ) -> Result<(DecisionRow, RiskDecision, Kept), Error> {
        let row = store::one(&self.db, principal.org, id).await?;
        let row = row.ok_or(Error::NoSuchDecision)?;
        let decision = read(row.decision.as_deref())?.ok_or(Error::NoSuchDecision)?;
        let kept = read(row.facts.as_deref())?.ok_or(Error::NoSuchDecision)?;
        Ok((row, decision, kept))
    }

    pub(crate) async fn delete_decisions_before(&self, before: Timestamp) -> Result<(), Error> {
        rules::delete_counts(&self.db, before.day()).await?;
        Ok(store::delete_before(&self.db, before).await?)
    }
}

fn row(made: &Made) -> Result<NewDecision, Error> {
    let kept = Kept {
        inputs: made.inputs.clone(),
        rules: made
            .decided
            .rules
            .iter()
            .filter(|it| it.answer != Answer::Miss)
            .cloned()
            .collect(),
        scenarios: made.decided.scenarios.clone(),
        without_allowance: (made.decided.allowed).then_some(made.decided.without_allowance),
    };
    let json = |made: Result<String, serde_json::Error>| made.map_err(|_| Error::Row("decisions"));
    Ok(NewDecision {
        transaction: made.transaction.uuid(),
        org: made.org,
        id: made.decision.id,
        decision: json(serde_json::to_string(&made.decision))?,
        facts: json(serde_json::to_string(&kept))?,
        created_at: made.inputs.at,
    })
}

/// By organisation, day and rule, how often rules were asked and what they said.
fn counts(made: &[Made]) -> BTreeMap<(i64, i64, &str), CountRow> {
    let mut counts = BTreeMap::new();
    for one in made {
        let day = one.inputs.at.day();
        for said in &one.decided.rules {
            let key = (one.org.0, day, said.rule.as_str());
            let count = counts.entry(key).or_insert_with(|| CountRow {
                rule: said.rule.clone(),
                asked: 0,
                hits: 0,
                unknown: 0,
                counted: 0,
            });
            let is_hit = said.answer == Answer::Hit;
            let counts = said.standing == Standing::Counted;
            count.asked += 1;
            count.hits += i64::from(is_hit);
            count.unknown += i64::from(!is_hit && said.answer != Answer::Miss);
            count.counted += i64::from(is_hit && counts);
        }
    }
    counts
}

/// JSON of a row.
pub(crate) fn read<'a, T: Deserialize<'a>>(json: Option<&'a str>) -> Result<Option<T>, Error> {
    let read = json.map(serde_json::from_str).transpose();
    read.map_err(|_| Error::Row("decisions"))
}

/// Reads every decision; how many there are.
///
/// # Errors
/// A fault, or the first that cannot be read.
pub(crate) async fn verify(db: &Db) -> Result<u64, Error> {
    let (mut count, mut after) = (0, Uuid::nil());
    loop {
        let rows = store::all(db, after, BATCH).await?;
        let Some((last, _)) = rows.last() else {
            return Ok(count);
        };
        after = *last;
        for (_, decision) in &rows {
            count += u64::from(read::<RiskDecision>(decision.as_deref())?.is_some());
        }
    }
}
