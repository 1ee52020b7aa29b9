//! Rules as operators work on them: a draft that several may change, which somebody else brings
//! into force; versions, and the way back; rules that are quiet for a customer. What a rule means
//! is `risk-core`'s.

pub(crate) mod check;
pub(crate) mod error;
pub(crate) mod http;
pub(crate) mod preview;
pub(crate) mod snoozes;
pub(crate) mod store;

use std::collections::{BTreeMap, BTreeSet};

use contracts::identity::{OperatorAction, OrgId, UserId};
use idempotency::{IdempotentRequest, keep_answer};
use risk_core::defaults;
use risk_core::rules::{Fault, Rule, RuleSet, Stage, read_set, validate_set};
use values::DAY;

use crate::breakers::{self, Breakers};
use crate::cases::store::reading::{self as cases, OutcomeRow};
use crate::error::Error;
use crate::lists::kind::ListKind;
use crate::lists::store as lists;
use crate::memory::policy::{FIRST_VERSION, names};
use crate::service::Service;
use crate::trail::Who;
use error::RuleError;
use http::body::RuleBody;
use http::list_rules::DAYS;
use store::{CountRow, DraftRow, SetRow};

/// What stands at the place of a code in a path.
const PREVIEW: &str = "preview";
/// How often a change is tried that another one came before.
const TRIES: usize = 3;

/// The rules in force, and the draft.
pub(crate) struct Rules {
    pub(crate) in_force: SetRow,
    pub(crate) set: RuleSet,
    pub(crate) draft: Option<(DraftRow, RuleSet)>,
    pub(crate) counts: Vec<CountRow>,
    /// What operators have decided where rules have hit.
    pub(crate) outcomes: Vec<OutcomeRow>,
    /// The breakers that have put their rules into shadow.
    pub(crate) trips: Breakers,
    /// For how many customers rules are quiet.
    pub(crate) snoozed: BTreeMap<String, i64>,
}

impl Rules {
    /// The set that somebody works on, or the one in force.
    pub(crate) fn newest(&self) -> &RuleSet {
        self.draft.as_ref().map_or(&self.set, |(_, set)| set)
    }

    /// Whether a rule is in force.
    pub(crate) fn has(&self, code: &str) -> bool {
        rule(&self.set, code).is_some()
    }
}

/// The rule with a code.
pub(crate) fn rule<'a>(set: &'a RuleSet, code: &str) -> Option<&'a Rule> {
    set.rules.iter().find(|rule| rule.code == code)
}

/// The code of a rule that asks about a list.
pub(crate) fn rule_asking(set: &RuleSet, list: &str) -> Option<String> {
    let asks = |rule: &&Rule| {
        let json = serde_json::to_string(&rule.when).unwrap_or_default();
        json.contains(&format!("\"list\":\"{list}\""))
    };
    set.rules.iter().find(asks).map(|rule| rule.code.clone())
}

/// A set that was stored.
pub(crate) fn stored(json: &str) -> Result<RuleSet, Error> {
    read_set(json).map_err(|_| Error::Row("rule_sets"))
}

fn json(set: &RuleSet) -> Result<String, Error> {
    serde_json::to_string(set).map_err(|_| Error::Row("rule_sets"))
}

/// Ids with spaces between.
pub(crate) fn authors(text: &str) -> Vec<UserId> {
    let ids = text.split_whitespace();
    ids.filter_map(|id| id.parse().ok()).collect()
}

/// A reason or note: one line of which something is to be seen.
pub(crate) fn reason(text: &str) -> Result<(), RuleError> {
    let length = text.chars().count();
    let is_line = !text.contains('\n') && platform::text::free_text(text);
    match (1..=500).contains(&length) && is_line {
        true => Ok(()),
        false => Err(RuleError::Reason),
    }
}

impl Service {
    async fn in_force(&self, org: OrgId) -> Result<SetRow, Error> {
        let row = store::in_force(&self.db, org).await?;
        Ok(row.unwrap_or_else(|| SetRow {
            version: FIRST_VERSION,
            rules: defaults::JSON.to_owned(),
            authors: String::new(),
            published_by: None,
            restores: None,
            note: "The rules to begin with.".to_owned(),
            published_at: self.clock.now().micros(),
        }))
    }

    /// The rules of an organisation, and how often they hit in the last days.
    pub(crate) async fn rules(&self, org: OrgId, days: i64) -> Result<Rules, Error> {
        let in_force = self.in_force(org).await?;
        let draft = store::draft(&self.db, org).await?;
        let draft = draft.map(|row| stored(&row.rules).map(|set| (row, set)));
        let since = self.clock.now().plus(-days * DAY).day();
        let mut snoozed = BTreeMap::new();
        for row in self.snoozes(org).await? {
            *snoozed.entry(row.rule).or_default() += 1;
        }
        Ok(Rules {
            set: stored(&in_force.rules)?,
            in_force,
            draft: draft.transpose()?,
            counts: store::counts(&self.db, org, since).await?,
            outcomes: cases::outcomes(&self.db, org, since).await?,
            trips: breakers::read(breakers::store::tripped(&self.db, org).await?)?,
            snoozed,
        })
    }

    /// A version, and the set before it.
    pub(crate) async fn version(
        &self,
        org: OrgId,
        version: i64,
    ) -> Result<(SetRow, Option<SetRow>), RuleError> {
        let row = store::set(&self.db, org, version).await?;
        let row = match row {
            Some(row) => row,
            None if version == FIRST_VERSION => self.in_force(org).await?,
            None => return Err(RuleError::NoSuchVersion),
        };
        if row.version != version {
            return Err(RuleError::NoSuchVersion);
        }
        let before = store::set(&self.db, org, version - 1).await?;
        Ok((row, before))
    }

    /// The versions before one, the newest first.
    pub(crate) async fn versions(
        &self,
        org: OrgId,
        before: i64,
        limit: i64,
    ) -> Result<Vec<SetRow>, Error> {
        Ok(store::sets(&self.db, org, before, limit).await?)
    }

    pub(crate) async fn list_names(&self, org: OrgId) -> Result<BTreeSet<String>, Error> {
        Ok(names(&lists::all(&self.db, org).await?))
    }

    /// What is wrong with rules that somebody works on.
    pub(crate) async fn faults(
        &self,
        org: OrgId,
        set: &RuleSet,
        stage: Stage,
    ) -> Result<Vec<Fault>, Error> {
        let rows = lists::all(&self.db, org).await?.into_iter();
        let kinds = rows.filter_map(|row| Some((row.name, ListKind::from_name(&row.kind)?)));
        let known = check::Known {
            lists: kinds.collect(),
            rates: &self.memory.rates,
        };
        Ok(check::faults(set, stage, &known))
    }

    /// Adds a rule to the draft.
    pub(crate) async fn add_rule(
        &self,
        who: Who<'_>,
        new: &Rule,
        once: &IdempotentRequest<RuleBody>,
    ) -> Result<RuleBody, RuleError> {
        let code = new.code.clone();
        let add = |set: &mut RuleSet| {
            if rule(set, &new.code).is_some() {
                return Err(RuleError::Exists(new.code.clone()));
            }
            set.rules.push(new.clone());
            Ok(())
        };
        let added = self.change_draft(who, code, add, Some(once)).await?;
        added.ok_or(RuleError::Changed)
    }

    /// Changes a rule in the draft.
    pub(crate) async fn change_rule(
        &self,
        who: Who<'_>,
        code: &str,
        changed: &Rule,
    ) -> Result<(), RuleError> {
        let change = |set: &mut RuleSet| {
            let mut rules = set.rules.iter_mut();
            let found = rules.find(|rule| rule.code == code);
            let found = found.ok_or(RuleError::NoSuchRule)?;
            if changed.code != code {
                return Err(RuleError::OtherCode(code.to_owned()));
            }
            *found = changed.clone();
            Ok(())
        };
        let changed = self.change_draft(who, code.to_owned(), change, None);
        changed.await.map(drop)
    }

    /// Takes a rule out of the draft.
    pub(crate) async fn remove_rule(&self, who: Who<'_>, code: &str) -> Result<(), RuleError> {
        let remove = |set: &mut RuleSet| {
            let before = set.rules.len();
            set.rules.retain(|rule| rule.code != code);
            match set.rules.len() < before {
                true => Ok(()),
                false => Err(RuleError::NoSuchRule),
            }
        };
        let removed = self.change_draft(who, code.to_owned(), remove, None);
        removed.await.map(drop)
    }

    /// Puts a whole set in the place of the draft.
    pub(crate) async fn replace_draft(&self, who: Who<'_>, new: &RuleSet) -> Result<(), RuleError> {
        let replace = |set: &mut RuleSet| {
            *set = new.clone();
            Ok(())
        };
        let replaced = self.change_draft(who, "draft".to_owned(), replace, None);
        replaced.await.map(drop)
    }

    /// Changes the draft; where a request is given that happens once, the rule that it has made.
    async fn change_draft(
        &self,
        who: Who<'_>,
        subject: String,
        change: impl Fn(&mut RuleSet) -> Result<(), RuleError>,
        once: Option<&IdempotentRequest<RuleBody>>,
    ) -> Result<Option<RuleBody>, RuleError> {
        let (org, user) = (who.0.org, who.0.user);
        for _ in 0..TRIES {
            let draft = match store::draft(&self.db, org).await? {
                Some(draft) => draft,
                None => {
                    let in_force = self.in_force(org).await?;
                    DraftRow {
                        base: in_force.version,
                        revision: 0,
                        rules: in_force.rules,
                        authors: String::new(),
                        updated_at: 0,
                    }
                }
            };
            let mut set = stored(&draft.rules)?;
            change(&mut set)?;
            if rule(&set, PREVIEW).is_some() {
                return Err(RuleError::Reserved(PREVIEW));
            }
            let faults = self.faults(org, &set, Stage::Draft).await?;
            if !faults.is_empty() {
                return Err(RuleError::Faults(faults));
            }
            let mut known = authors(&draft.authors);
            if !known.contains(&user) {
                known.push(user);
            }
            let known: Vec<_> = known.iter().map(ToString::to_string).collect();
            let changed = DraftRow {
                rules: json(&set)?,
                authors: known.join(" "),
                updated_at: self.clock.now().micros(),
                ..draft
            };
            let made = match once {
                Some(_) => self.drafted(org, (&changed, set), &subject).await?,
                None => None,
            };
            let mut tx = self.db.begin().await?;
            if store::put_draft(&mut tx, org, &changed).await? {
                if let Some((once, made)) = once.zip(made.as_ref()) {
                    let now = self.clock.now();
                    keep_answer(&mut tx, &self.vault, once, made, now).await?;
                }
                tx.commit().await?;
                self.record(who, OperatorAction::RuleDrafted, subject).await;
                return Ok(made);
            }
        }
        Err(RuleError::Changed)
    }

    /// A rule as it is once the draft is like that.
    async fn drafted(
        &self,
        org: OrgId,
        (draft, set): (&DraftRow, RuleSet),
        code: &str,
    ) -> Result<Option<RuleBody>, Error> {
        let rules = Rules {
            draft: Some((draft.clone(), set)),
            ..self.rules(org, DAYS).await?
        };
        Ok(RuleBody::of(&rules, code))
    }

    /// Ends the draft.
    pub(crate) async fn discard_draft(&self, who: Who<'_>) -> Result<(), RuleError> {
        let org = who.0.org;
        let draft = store::draft(&self.db, org).await?;
        let draft = draft.ok_or(RuleError::NoDraft)?;
        let mut tx = self.db.begin().await?;
        if !store::end_draft(&mut tx, org, draft.revision).await? {
            return Err(RuleError::Changed);
        }
        tx.commit().await?;
        let action = OperatorAction::RulesDiscarded;
        self.record(who, action, "draft".to_owned()).await;
        Ok(())
    }

    /// Brings the draft into force, as it was when it had this revision.
    pub(crate) async fn publish(
        &self,
        who: Who<'_>,
        revision: i64,
        note: &str,
    ) -> Result<SetRow, RuleError> {
        reason(note)?;
        let org = who.0.org;
        let draft = store::draft(&self.db, org).await?;
        let draft = draft.ok_or(RuleError::NoDraft)?;
        if authors(&draft.authors).contains(&who.0.user) {
            return Err(RuleError::OwnDraft);
        }
        if draft.revision != revision {
            return Err(RuleError::Changed);
        }
        let in_force = self.in_force(org).await?;
        if in_force.version != draft.base {
            return Err(RuleError::Outdated {
                base: draft.base,
                in_force: in_force.version,
            });
        }
        let set = stored(&draft.rules)?;
        let faults = self.faults(org, &set, Stage::Publish).await?;
        if !faults.is_empty() {
            return Err(RuleError::Faults(faults));
        }
        if set == stored(&in_force.rules)? {
            return Err(RuleError::NothingChanged);
        }
        let new = SetRow {
            version: in_force.version + 1,
            rules: draft.rules,
            authors: draft.authors,
            published_by: Some(who.0.user.uuid()),
            restores: None,
            note: note.to_owned(),
            published_at: self.clock.now().micros(),
        };
        let mut tx = self.db.begin().await?;
        if !store::end_draft(&mut tx, org, revision).await? {
            return Err(RuleError::Changed);
        }
        self.bring_into_force(tx, org, (&in_force, &new)).await?;
        let subject = new.version.to_string();
        self.record(who, OperatorAction::RulesPublished, subject)
            .await;
        Ok(new)
    }

    /// Puts the rules of an earlier version back in force, in the place of those that are.
    pub(crate) async fn roll_back(
        &self,
        who: Who<'_>,
        (to, in_force): (i64, i64),
        note: &str,
    ) -> Result<SetRow, RuleError> {
        reason(note)?;
        let org = who.0.org;
        let (earlier, _) = self.version(org, to).await?;
        let now = self.in_force(org).await?;
        if now.version != in_force {
            return Err(RuleError::Changed);
        }
        let set = stored(&earlier.rules)?;
        if set == stored(&now.rules)? {
            return Err(RuleError::NothingChanged);
        }
        let faults = validate_set(&set, Stage::Publish, &self.list_names(org).await?);
        if !faults.is_empty() {
            return Err(RuleError::Faults(faults));
        }
        let new = SetRow {
            version: now.version + 1,
            rules: earlier.rules,
            authors: String::new(),
            published_by: Some(who.0.user.uuid()),
            restores: Some(to),
            note: note.to_owned(),
            published_at: self.clock.now().micros(),
        };
        let tx = self.db.begin().await?;
        self.bring_into_force(tx, org, (&now, &new)).await?;
        let subject = new.version.to_string();
        self.record(who, OperatorAction::RulesRolledBack, subject)
            .await;
        Ok(new)
    }

    async fn bring_into_force(
        &self,
        mut tx: db::Tx,
        org: OrgId,
        (before, new): (&SetRow, &SetRow),
    ) -> Result<(), RuleError> {
        let set = stored(&new.rules)?;
        for old in &stored(&before.rules)?.rules {
            if rule(&set, &old.code) != Some(old) {
                breakers::store::forget(&mut tx, org, &old.code).await?;
            }
        }
        let first = self.clock.now();
        store::begin(&mut tx, org, first).await?;
        match store::publish(&mut tx, org, new).await {
            Ok(()) => tx.commit().await?,
            Err(db::DbError::Unique(_)) => return Err(RuleError::Changed),
            Err(error) => return Err(error.into()),
        }
        Ok(self.refresh().await?)
    }
}
