//! Conditions: what operators have said about a subject, whatever the rules say. It never lifts a
//! sanctions rule.

use contracts::identity::UserId;
use contracts::payments::WalletId;
use contracts::risk::{RiskFactor, RiskOutcome};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use values::Timestamp;

use super::factor::Factor;

/// About whom or what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
#[schema(as = ConditionSubject)]
pub enum Subject {
    /// A user.
    Person(UserId),
    /// A wallet.
    Wallet(WalletId),
    /// Somebody outside: the acquirer's token of a card or bank account.
    Counterparty(String),
    /// A device.
    Device(String),
    /// What the first user gives to the second.
    Pair {
        /// Who gives.
        from: UserId,
        /// Who receives.
        to: UserId,
    },
}

/// In which part the subject is meant.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[schema(as = ConditionSide)]
pub enum Side {
    /// Where it gives.
    Gives,
    /// Where it receives.
    Receives,
    /// Both.
    Both,
}

/// What is said, the strongest last.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum ConditionKind {
    /// Decline, unless the same subject is allowed.
    BlockSoft,
    /// Let pass what rules and soft blocks would stop.
    Allow,
    /// Decline. It takes two people.
    BlockHard,
}

/// A condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Condition {
    /// About whom or what.
    pub subject: Subject,
    /// In which part.
    pub side: Side,
    /// What is said.
    pub kind: ConditionKind,
    /// Why.
    pub reason: String,
    /// Who said so.
    pub author: UserId,
    /// Who agreed; a hard block is in force only with somebody else than its author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub second: Option<UserId>,
    /// From then on.
    #[schema(value_type = String, format = DateTime)]
    pub starts: Timestamp,
    /// Until then; at that moment it is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub expires: Option<Timestamp>,
}

/// One side of a transaction, as far as it is here.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartySubjects {
    /// The wallet's owner.
    pub person: UserId,
    /// The wallet.
    pub wallet: WalletId,
}

/// Who takes part in a transaction.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Parties {
    /// Who gives.
    #[serde(default)]
    pub giver: Option<PartySubjects>,
    /// Who receives.
    #[serde(default)]
    pub receiver: Option<PartySubjects>,
    /// The card or bank account outside: it gives where there is no giver, else it receives.
    #[serde(default)]
    pub counterparty: Option<String>,
    /// The device on which it is made; on both sides.
    #[serde(default)]
    pub device: Option<String>,
}

impl Condition {
    /// Whether it is in force at that time. A hard block takes two people.
    #[must_use]
    pub fn in_force(&self, at: Timestamp) -> bool {
        let agreed = match self.kind {
            ConditionKind::BlockHard => self.second.is_some_and(|second| second != self.author),
            ConditionKind::BlockSoft | ConditionKind::Allow => true,
        };
        agreed && self.starts <= at && self.expires.is_none_or(|end| at < end)
    }
}

impl Parties {
    /// All that a condition about this transaction can be about, each once.
    #[must_use]
    pub fn subjects(&self) -> Vec<Subject> {
        let mut subjects = Vec::new();
        let mut add = |subject: Subject| {
            if !subjects.contains(&subject) {
                subjects.push(subject);
            }
        };
        for party in [&self.giver, &self.receiver].into_iter().flatten() {
            add(Subject::Person(party.person));
            add(Subject::Wallet(party.wallet));
        }
        if let Some((giver, receiver)) = self.giver.as_ref().zip(self.receiver.as_ref()) {
            let (giver, receiver) = (giver.person, receiver.person);
            for (from, to) in [(giver, receiver), (receiver, giver)] {
                add(Subject::Pair { from, to });
            }
        }
        if let Some(token) = &self.counterparty {
            add(Subject::Counterparty(token.clone()));
        }
        if let Some(device) = &self.device {
            add(Subject::Device(device.clone()));
        }
        subjects
    }

    /// Whether a subject gives, and whether it receives.
    fn sides(&self, subject: &Subject) -> (bool, bool) {
        let giver = self.giver.as_ref();
        let receiver = self.receiver.as_ref();
        let is = |party: Option<&PartySubjects>, person: UserId| {
            party.is_some_and(|party| party.person == person)
        };
        match subject {
            Subject::Person(person) => (is(giver, *person), is(receiver, *person)),
            Subject::Wallet(wallet) => {
                let is = |party: &PartySubjects| party.wallet == *wallet;
                (giver.is_some_and(is), receiver.is_some_and(is))
            }
            Subject::Counterparty(token) => {
                let outside = self.counterparty.as_ref() == Some(token);
                (outside && giver.is_none(), outside && giver.is_some())
            }
            Subject::Device(device) => {
                let same = self.device.as_ref() == Some(device);
                (same, same)
            }
            Subject::Pair { from, to } => (
                is(giver, *from) && is(receiver, *to),
                is(giver, *to) && is(receiver, *from),
            ),
        }
    }
}

/// What the conditions come to.
pub(super) struct Standings<'c> {
    /// The block that stands.
    pub(super) blocked: Option<&'c Condition>,
    /// The allowance that stands.
    pub(super) allowed: Option<&'c Condition>,
    /// The soft block that an allowance of the same subject has lifted.
    lifted: Option<&'c Condition>,
}

/// What the conditions of those who take part come to. Per subject and side the strongest counts; a
/// block of one subject is not lifted by the allowance of another.
pub(super) fn standing(inputs: &super::Inputs) -> Standings<'_> {
    let mut standings = Standings {
        blocked: None,
        allowed: None,
        lifted: None,
    };
    let in_force = |side: fn((bool, bool)) -> bool, other: Side| {
        inputs.conditions.iter().filter(move |condition| {
            condition.side != other
                && condition.in_force(inputs.at)
                && side(inputs.parties.sides(&condition.subject))
        })
    };
    let gives = in_force(|sides| sides.0, Side::Receives).collect();
    let receives = in_force(|sides| sides.1, Side::Gives).collect();
    for on_this_side in [gives, receives] as [Vec<&Condition>; 2] {
        for condition in &on_this_side {
            let same = |other: &&&Condition| other.subject == condition.subject;
            let strongest = on_this_side
                .iter()
                .filter(same)
                .map(|other| other.kind)
                .max();
            match condition.kind {
                ConditionKind::Allow if strongest == Some(ConditionKind::Allow) => {
                    standings.allowed = standings.allowed.or(Some(condition));
                }
                ConditionKind::BlockSoft if strongest == Some(ConditionKind::Allow) => {
                    standings.lifted = standings.lifted.or(Some(condition));
                }
                ConditionKind::BlockHard => {
                    let soft = standings
                        .blocked
                        .filter(|one| one.kind == ConditionKind::BlockHard);
                    standings.blocked = soft.or(Some(condition));
                }
                ConditionKind::BlockSoft => {
                    standings.blocked = standings.blocked.or(Some(condition));
                }
                ConditionKind::Allow => {}
            }
        }
    }
    standings
}

impl Standings<'_> {
    /// What would have become of it if nobody had allowed it.
    pub(super) fn without_allowance(&self, by_rules: RiskOutcome) -> RiskOutcome {
        if self.blocked.is_some() || self.lifted.is_some() {
            RiskOutcome::Decline
        } else {
            by_rules
        }
    }

    pub(super) fn factors(&self) -> impl Iterator<Item = Factor> {
        let block = self
            .blocked
            .map(|condition| (condition, RiskOutcome::Decline, "blocks"));
        let allow = self
            .allowed
            .filter(|_| self.blocked.is_none())
            .map(|condition| (condition, RiskOutcome::Approve, "allows"));
        let lifted = self
            .lifted
            .filter(|_| self.blocked.is_none())
            .map(|condition| (condition, RiskOutcome::Approve, "would have blocked"));
        let factors = [block, allow, lifted];
        factors
            .into_iter()
            .flatten()
            .map(|(condition, outcome, does)| Factor {
                outcome,
                factor: RiskFactor {
                    code: condition.kind.code().to_owned(),
                    points: 0,
                    detail: format!(
                        "A condition about {} {does} it: {}",
                        condition.subject.words(),
                        condition.reason
                    ),
                },
            })
    }
}

impl ConditionKind {
    const fn code(self) -> &'static str {
        match self {
            Self::BlockSoft => "condition_block_soft",
            Self::Allow => "condition_allow",
            Self::BlockHard => "condition_block_hard",
        }
    }
}

impl Subject {
    fn words(&self) -> String {
        match self {
            Self::Person(person) => format!("the person {person}"),
            Self::Wallet(wallet) => format!("the wallet {wallet}"),
            Self::Counterparty(token) => format!("the card or bank account {token}"),
            Self::Device(device) => format!("the device {device}"),
            Self::Pair { from, to } => format!("what {from} gives to {to}"),
        }
    }
}
