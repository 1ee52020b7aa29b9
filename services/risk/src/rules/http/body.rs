//! Rules, sets and snoozes as the API shows them.

use contracts::identity::UserId;
use money::Currency;
use risk_core::breaker::{Breaker, Trip};
use risk_core::rules::Rule;
use risk_core::sentence::sentence;
use serde::Serialize;
use utoipa::ToSchema;
use values::Timestamp;

use crate::cases::store::reading::OutcomeRow;
use crate::rules::store::{CountRow, DraftRow, SetRow, SnoozeRow};
use crate::rules::{Rules, authors, rule};

/// Where a rule is between what is in force and the draft.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum RuleState {
    /// In force, and the same in the draft.
    InForce,
    /// In force, and another in the draft.
    Changed,
    /// In the draft only.
    New,
    /// In force, and not in the draft.
    Removed,
}

/// How often a rule was asked, and what it said.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct HitRate {
    /// How often it was asked.
    asked: i64,
    /// How often it hit, in shadow or not.
    hits: i64,
    /// How often it could not say.
    unknown: i64,
    /// How often it hit and counted.
    counted: i64,
}

impl From<&CountRow> for HitRate {
    fn from(row: &CountRow) -> Self {
        Self {
            asked: row.asked,
            hits: row.hits,
            unknown: row.unknown,
            counted: row.counted,
        }
    }
}

/// What operators have decided about transactions that a rule has hit, in shadow or not.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
pub(crate) struct Precision {
    /// How many cases operators have decided; what ended by itself is not counted.
    decided: i64,
    /// How many of them as confirmed.
    confirmed: i64,
    /// The share of confirmed ones, in percent, rounded down; `null` where none was decided.
    percent: Option<i64>,
}

impl From<&OutcomeRow> for Precision {
    fn from(row: &OutcomeRow) -> Self {
        Self {
            decided: row.decided,
            confirmed: row.confirmed,
            percent: (row.confirmed * 100).checked_div(row.decided),
        }
    }
}

/// A rule: in force, in the draft, or both.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RuleBody {
    /// Its code.
    #[schema(example = "amount_over_5000")]
    code: String,
    /// Where it is.
    state: RuleState,
    /// As it is in force.
    in_force: Option<Rule>,
    /// As the draft has it, where there is one and it differs.
    draft: Option<Rule>,
    /// The newest of both, as a sentence.
    sentence: String,
    /// The last 30 days.
    hit_rate: HitRate,
    /// What became of its hits in cases that were decided in the last 30 days.
    precision: Precision,
    /// Why the rule in force is in shadow, where its breaker has tripped.
    breaker: Option<Trip>,
    /// For how many customers it is quiet.
    snoozed_for: i64,
}

/// The version in force.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct VersionBody {
    /// Its number.
    version: i64,
    /// Who changed it since the version before.
    authors: Vec<UserId>,
    /// Who brought it into force; `null` for the rules that an organisation begins with.
    published_by: Option<UserId>,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    published_at: Timestamp,
    /// The version whose rules it put back in force.
    restores: Option<i64>,
    /// Why.
    note: String,
}

impl From<&SetRow> for VersionBody {
    fn from(row: &SetRow) -> Self {
        Self {
            version: row.version,
            authors: authors(&row.authors),
            published_by: row.published_by.map(UserId),
            published_at: Timestamp(row.published_at),
            restores: row.restores,
            note: row.note.clone(),
        }
    }
}

/// The draft.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DraftBody {
    /// The version that it began with.
    base: i64,
    /// Counted up with each change: who publishes it names the one that they have seen.
    revision: i64,
    /// Who has changed it: none of them can publish it.
    authors: Vec<UserId>,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    updated_at: Timestamp,
}

impl From<&DraftRow> for DraftBody {
    fn from(row: &DraftRow) -> Self {
        Self {
            base: row.base,
            revision: row.revision,
            authors: authors(&row.authors),
            updated_at: Timestamp(row.updated_at),
        }
    }
}

/// All rules.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RulesBody {
    /// What is in force.
    version: VersionBody,
    /// What somebody works on.
    draft: Option<DraftBody>,
    /// The rules, in their order; those that the draft removes at the end.
    data: Vec<RuleBody>,
}

impl From<&Rules> for RulesBody {
    fn from(rules: &Rules) -> Self {
        let newest = rules.newest();
        let gone = rules.set.rules.iter();
        let gone = gone.filter(|it| rule(newest, &it.code).is_none());
        let all = newest.rules.iter().chain(gone);
        Self {
            version: VersionBody::from(&rules.in_force),
            draft: rules.draft.as_ref().map(|(row, _)| DraftBody::from(row)),
            data: all.filter_map(|it| RuleBody::of(rules, &it.code)).collect(),
        }
    }
}

impl RuleBody {
    /// The rule with a code; none where there is none.
    pub(crate) fn of(rules: &Rules, code: &str) -> Option<Self> {
        let in_force = rule(&rules.set, code).cloned();
        let draft = rules.draft.as_ref();
        let drafted = draft.map(|(_, set)| rule(set, code).cloned());
        let (state, draft) = match (&in_force, drafted) {
            (None, Some(Some(new))) => (RuleState::New, Some(new)),
            (Some(_), Some(None)) => (RuleState::Removed, None),
            (Some(old), Some(Some(new))) if *old != new => (RuleState::Changed, Some(new)),
            (Some(_), _) => (RuleState::InForce, None),
            (None, _) => return None,
        };
        let newest = draft.as_ref().or(in_force.as_ref())?;
        let base = Currency::from_code(&rules.newest().base_currency);
        let counted = rules.counts.iter().find(|row| row.rule == code);
        let decided = rules.outcomes.iter().find(|row| row.rule == code);
        Some(Self {
            code: code.to_owned(),
            state,
            sentence: base.map_or_else(|_| String::new(), |base| sentence(newest, base)),
            hit_rate: counted.map(HitRate::from).unwrap_or_default(),
            precision: decided.map(Precision::from).unwrap_or_default(),
            breaker: rules.trips.get(code).and_then(Breaker::trip).cloned(),
            snoozed_for: rules.snoozed.get(code).copied().unwrap_or_default(),
            in_force,
            draft,
        })
    }
}

/// A rule that is quiet for a customer.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SnoozeBody {
    /// The rule's code.
    rule: String,
    /// The customer.
    user: UserId,
    /// Until when.
    #[schema(value_type = String, format = DateTime)]
    until: Timestamp,
    /// Why.
    reason: String,
    /// Who said so.
    author: UserId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    created_at: Timestamp,
}

impl From<SnoozeRow> for SnoozeBody {
    fn from(row: SnoozeRow) -> Self {
        Self {
            rule: row.rule,
            user: UserId(row.user_id),
            until: Timestamp(row.until),
            reason: row.reason,
            author: UserId(row.author),
            created_at: Timestamp(row.created_at),
        }
    }
}
