//! The acquirer in this process, for development and tests. Which token an instruction carries
//! decides how it behaves; it forgets everything with the process, as if it had never been
//! instructed, and never moves money.

use std::collections::{HashMap, VecDeque};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use contracts::payments::TransactionId;
use payments_core::transaction::{Failure, InstrumentKind};
use tokio::time::Instant;

use super::{
    Acquirer, AcquirerConfig, Instruction, Notification, Notifications, Unanswered, Verdict,
};

/// The most instructions remembered; the oldest are forgotten first.
const REMEMBERED: usize = 100_000;

/// An acquirer that obeys the token:
///
/// | token | what happens |
/// |---|---|
/// | `tok_ok` | approved at once |
/// | `tok_declined` | declined: `card_declined` or `account_rejected` |
/// | `tok_insufficient_funds` | declined: `insufficient_funds` |
/// | `tok_timeout` | no answer ever; enquiries say that it is at work |
/// | `tok_late` | at work, and approved after `late_ms` with a notification |
/// | `tok_twice` | approved at once, and two notifications say it again |
/// | any other | declined: `invalid_token` |
#[derive(Debug)]
pub struct Simulated {
    book: Mutex<Book>,
    failure_percent: u8,
    late: Duration,
    told: Notifications,
}

/// What became of the instructions that arrived, the oldest first.
#[derive(Debug, Default)]
struct Book {
    outcomes: HashMap<TransactionId, TokenOutcome>,
    order: VecDeque<TransactionId>,
}

/// What becomes of an instruction. It is settled when the instruction arrives.
#[derive(Debug, Clone)]
enum TokenOutcome {
    Approved,
    Declined(Failure),
    Silent,
    Late { approved_from: Instant },
}

impl TokenOutcome {
    fn verdict(&self, now: Instant) -> Verdict {
        match self {
            Self::Approved => Verdict::Approved,
            Self::Declined(failure) => Verdict::Declined(failure.clone()),
            Self::Late { approved_from } if now >= *approved_from => Verdict::Approved,
            Self::Silent | Self::Late { .. } => Verdict::Pending,
        }
    }
}

impl Simulated {
    /// An acquirer without a past.
    #[must_use]
    pub fn new(config: &AcquirerConfig, told: Notifications) -> Self {
        Self {
            book: Mutex::default(),
            failure_percent: config.failure_percent,
            late: Duration::from_millis(config.late_ms),
            told,
        }
    }

    /// What becomes of an instruction, and whether it arrived only now.
    fn take_in(&self, instruction: &Instruction) -> (TokenOutcome, bool) {
        let mut book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(outcome) = book.outcomes.get(&instruction.id) {
            return (outcome.clone(), false);
        }
        if book.order.len() == REMEMBERED
            && let Some(oldest) = book.order.pop_front()
        {
            book.outcomes.remove(&oldest);
        }
        let outcome = self.outcome(instruction);
        book.outcomes.insert(instruction.id, outcome.clone());
        book.order.push_back(instruction.id);
        (outcome, true)
    }

    fn outcome(&self, instruction: &Instruction) -> TokenOutcome {
        let declined = |code: &str, detail: &str| {
            TokenOutcome::Declined(Failure {
                code: code.to_owned(),
                detail: detail.to_owned(),
            })
        };
        if percentile(instruction.id) < self.failure_percent {
            return declined(
                "processing_error",
                "The acquirer could not process the instruction.",
            );
        }
        match (
            instruction.instrument.token.as_str(),
            instruction.instrument.kind,
        ) {
            ("tok_ok" | "tok_twice", _) => TokenOutcome::Approved,
            ("tok_declined", InstrumentKind::Card) => {
                declined("card_declined", "The card's issuer declined.")
            }
            ("tok_declined", InstrumentKind::BankAccount) => {
                declined("account_rejected", "The account's bank rejected it.")
            }
            ("tok_insufficient_funds", _) => declined(
                "insufficient_funds",
                "There is not enough money behind the token.",
            ),
            ("tok_timeout", _) => TokenOutcome::Silent,
            ("tok_late", _) => TokenOutcome::Late {
                approved_from: Instant::now() + self.late,
            },
            _ => declined("invalid_token", "The acquirer does not know the token."),
        }
    }

    /// Tells of an approval on its own accord, where the token asks for that.
    fn notify(&self, instruction: &Instruction, outcome: &TokenOutcome) {
        let notification = Notification {
            id: instruction.id,
            verdict: Verdict::Approved,
        };
        match outcome {
            TokenOutcome::Late { approved_from } => {
                let (told, at) = (self.told.clone(), *approved_from);
                tokio::spawn(async move {
                    tokio::time::sleep_until(at).await;
                    send(&told, notification);
                });
            }
            TokenOutcome::Approved if instruction.instrument.token == "tok_twice" => {
                send(&self.told, notification.clone());
                send(&self.told, notification);
            }
            TokenOutcome::Approved | TokenOutcome::Declined(_) | TokenOutcome::Silent => {}
        }
    }
}

fn send(told: &Notifications, notification: Notification) {
    // Where nobody listens any more, an enquiry still tells.
    drop(told.send(notification));
}

/// Where an id stands among all ids, 0 to 99: the same at every attempt, and no pattern over the
/// ids.
fn percentile(id: TransactionId) -> u8 {
    let hash = blake3::hash(id.uuid().as_bytes());
    let bytes = hash.as_bytes().iter().take(8);
    let number = bytes.fold(0_u64, |number, byte| (number << 8) | u64::from(*byte));
    u8::try_from(number % 100).unwrap_or_default()
}

#[async_trait::async_trait]
impl Acquirer for Simulated {
    async fn instruct(&self, instruction: &Instruction) -> Result<Verdict, Unanswered> {
        let (outcome, is_new) = self.take_in(instruction);
        if is_new {
            self.notify(instruction, &outcome);
        }
        if matches!(outcome, TokenOutcome::Silent) {
            return std::future::pending().await;
        }
        Ok(outcome.verdict(Instant::now()))
    }

    async fn enquire(&self, instruction: &Instruction) -> Result<Verdict, Unanswered> {
        let book = self.book.lock().unwrap_or_else(PoisonError::into_inner);
        let outcome = book.outcomes.get(&instruction.id);
        Ok(outcome.map_or(Verdict::Unknown, |outcome| outcome.verdict(Instant::now())))
    }
}

#[cfg(test)]
mod tests {
    use money::{Amount, Currency};
    use tokio::sync::mpsc;
    use uuid::Uuid;

    use super::*;
    use crate::acquirer::Direction;
    use payments_core::transaction::Instrument;

    #[tokio::test]
    async fn the_oldest_instruction_is_forgotten_first() {
        let (told, _notifications) = mpsc::unbounded_channel();
        let simulated = Simulated::new(&AcquirerConfig::default(), told);
        let instruction = |number: usize| Instruction {
            id: TransactionId(Uuid::from_u128(number as u128)),
            direction: Direction::Charge,
            amount: Amount::from_minor(1_250, Currency::USD),
            instrument: Instrument {
                kind: InstrumentKind::Card,
                token: "tok_ok".to_owned(),
            },
        };
        for number in 0..=REMEMBERED {
            let verdict = simulated.instruct(&instruction(number)).await;
            assert_eq!(verdict, Ok(Verdict::Approved));
        }
        assert_eq!(
            simulated.enquire(&instruction(0)).await,
            Ok(Verdict::Unknown)
        );
        for number in [1, REMEMBERED] {
            let verdict = simulated.enquire(&instruction(number)).await;
            assert_eq!(verdict, Ok(Verdict::Approved));
        }
    }
}
