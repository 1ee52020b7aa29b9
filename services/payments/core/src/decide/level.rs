//! Limits of a user's level of verification. What has left counts over all wallets that the user
//! has in the currency: a second wallet gives no second limit.

use contracts::payments::TransactionType;
use money::Amount;
use uuid::Uuid;

use crate::command::{Actor, Command, NewTransaction};
use crate::level::{LevelExceeded, LevelPeriod};
use crate::refusal::Refused;
use crate::state::State;
use crate::total::Total;

/// Refuses a transaction that exceeds a limit of its maker's level.
pub fn enforce(
    state: &State,
    command: &Command,
    new: &NewTransaction,
    (kind, from): (TransactionType, Option<Uuid>),
) -> Result<(), Refused> {
    let (Some(limits), Actor::User(user)) = (new.level, command.actor) else {
        return Ok(());
    };
    let total = |minor: i64| Total(Amount::from_minor(minor, new.currency));
    let exceeded = |of, most: i64, used: i64| {
        Refused::LevelExceeded(LevelExceeded {
            level: limits.level,
            of,
            most: total(most),
            left: total(most.saturating_sub(used).max(0)),
        })
    };
    if let Some(most) = limits.each.filter(|most| new.amount > *most) {
        return Err(exceeded(LevelPeriod::Each(kind), most, 0));
    }
    if from.is_none() || (limits.daily.is_none() && limits.monthly.is_none()) {
        return Ok(());
    }
    let (on_day, in_month) = state.spent_by(user, new.currency);
    for (of, limit, used) in [
        (LevelPeriod::Day, limits.daily, on_day),
        (LevelPeriod::Month, limits.monthly, in_month),
    ] {
        let fits = |most: i64| used.checked_add(new.amount).is_some_and(|sum| sum <= most);
        if let Some(most) = limit.filter(|most| !fits(*most)) {
            return Err(exceeded(of, most, used));
        }
    }
    Ok(())
}

#[cfg(test)]
#[expect(
    clippy::arithmetic_side_effects,
    clippy::wildcard_enum_match_arm,
    reason = "small numbers, and what is not expected fails the test"
)]
mod tests {
    use contracts::kyc::KycLevel;
    use money::Currency;
    use values::{DAY, Timestamp};

    use super::*;
    use crate::assessment::Assessment;
    use crate::batch::{Loaded, Position, Wanted};
    use crate::command::{Answer, Movement, NewWallet, Operation};
    use crate::decide::decide;
    use crate::level::LevelLimits;
    use crate::transaction::{Instrument, InstrumentKind};
    use crate::wallet::{DepositLimits, Limits};

    const USER: Uuid = Uuid::from_u128(7);
    const OTHER: Uuid = Uuid::from_u128(8);
    /// Noon of a day in the middle of a month.
    const NOON: Timestamp = Timestamp(1_700_049_600_000_000);

    fn wallet(number: u128) -> Uuid {
        Uuid::from_u128(100 + number)
    }

    /// Decides as a batch does: with what the store would have of it, which is all in memory here.
    fn submit(state: &mut State, actor: Actor, operation: Operation) -> Result<(), Refused> {
        let command = Command {
            org: 1,
            actor,
            idempotency: None,
            request_id: None,
            operation,
        };
        let mut wanted = Wanted::default();
        state.want(&command, &mut wanted);
        let mut loaded = Loaded::default();
        for (user, month) in &wanted.spenders {
            loaded.spent.push((*user, state.spent_from(*user, *month)));
        }
        state.take_in(loaded, &mut wanted);
        match decide(state, &command).unwrap() {
            Answer::Created(_) | Answer::Done(_) => Ok(()),
            Answer::Refused(refused) => Err(refused),
            other => panic!("{other:?}"),
        }
    }

    /// Wallets 1 and 2 of the user in dollars, 3 in euros, 4 of somebody else; each has 1,000.00.
    fn state() -> State {
        let mut state = State::default();
        state.begin(Position::default(), NOON);
        for (number, owner, currency) in [
            (1, USER, Currency::USD),
            (2, USER, Currency::USD),
            (3, USER, Currency::EUR),
            (4, OTHER, Currency::USD),
        ] {
            let new = NewWallet {
                id: wallet(number),
                owner,
                currency,
                label: None,
                limits: Limits::default(),
                most: None,
            };
            submit(&mut state, Actor::User(owner), Operation::OpenWallet(new)).unwrap();
            let fund = Movement::Deposit {
                to: wallet(number),
                instrument: None,
                limits: DepositLimits::default(),
            };
            let fund = new_transaction(500 + number, fund, 100_000, currency, None);
            submit(&mut state, Actor::System, Operation::Create(fund)).unwrap();
        }
        state
    }

    fn new_transaction(
        id: u128,
        what: Movement,
        amount: i64,
        currency: Currency,
        level: Option<LevelLimits>,
    ) -> NewTransaction {
        NewTransaction {
            id: Uuid::from_u128(id),
            what,
            amount,
            currency,
            description: None,
            external_id: None,
            metadata: None,
            risk: None::<Assessment>,
            level,
        }
    }

    fn limits(each: Option<i64>, daily: Option<i64>, monthly: Option<i64>) -> Option<LevelLimits> {
        Some(LevelLimits {
            level: KycLevel::None,
            each,
            daily,
            monthly,
        })
    }

    fn sends(
        state: &mut State,
        (id, from, amount): (u128, u128, i64),
        level: Option<LevelLimits>,
    ) -> Result<(), Refused> {
        let (to, currency) = match from {
            3 => (wallet(3), Currency::EUR),
            _ => (wallet(4), Currency::USD),
        };
        let what = match from {
            3 => Movement::Withdrawal {
                from: to,
                instrument: card(),
            },
            _ => Movement::Transfer {
                from: wallet(from),
                to,
            },
        };
        let new = new_transaction(id, what, amount, currency, level);
        submit(state, Actor::User(USER), Operation::Create(new))
    }

    fn card() -> Instrument {
        Instrument {
            kind: InstrumentKind::Card,
            token: "tok_ok".to_owned(),
        }
    }

    fn told(refused: Result<(), Refused>) -> (LevelPeriod, String, String) {
        let Err(Refused::LevelExceeded(exceeded)) = refused else {
            panic!("{refused:?}");
        };
        (
            exceeded.of,
            exceeded.most.to_string(),
            exceeded.left.to_string(),
        )
    }

    #[test]
    fn a_limit_of_a_level_is_reached_to_the_cent_over_all_wallets_of_a_currency() {
        let mut state = state();
        let level = limits(None, Some(10_000), None);
        sends(&mut state, (1_001, 1, 6_000), level).unwrap();
        let refused = sends(&mut state, (1_002, 2, 4_001), level);
        let day = (
            LevelPeriod::Day,
            "100.00 USD".to_owned(),
            "40.00 USD".to_owned(),
        );
        assert_eq!(told(refused), day);
        sends(&mut state, (1_003, 2, 4_000), level).unwrap();
        assert!(sends(&mut state, (1_004, 1, 1), level).is_err());
        // Another currency has its own, and without a limit nothing stands against it.
        sends(&mut state, (1_005, 3, 10_000), level).unwrap();
        sends(&mut state, (1_006, 1, 1), None).unwrap();
        sends(&mut state, (1_007, 1, 1), limits(None, None, None)).unwrap();
    }

    #[test]
    fn a_new_day_begins_at_nothing_and_the_month_goes_on() {
        let mut state = state();
        let level = limits(None, Some(10_000), Some(15_000));
        sends(&mut state, (1_001, 1, 10_000), level).unwrap();
        let writes = state.writes().position;
        state.begin(writes, NOON.plus(DAY));
        let refused = sends(&mut state, (1_002, 2, 5_001), level);
        let month = (
            LevelPeriod::Month,
            "150.00 USD".to_owned(),
            "50.00 USD".to_owned(),
        );
        assert_eq!(told(refused), month);
        sends(&mut state, (1_003, 2, 5_000), level).unwrap();
        state.begin(writes, NOON.plus(30 * DAY));
        sends(&mut state, (1_004, 2, 10_000), level).unwrap();
    }

    #[test]
    fn one_transaction_is_limited_by_its_type_and_so_is_a_deposit() {
        let mut state = state();
        let level = limits(Some(5_000), None, None);
        let refused = sends(&mut state, (1_001, 1, 5_001), level);
        let transfer = LevelPeriod::Each(TransactionType::Transfer);
        let expected = (transfer, "50.00 USD".to_owned(), "50.00 USD".to_owned());
        assert_eq!(told(refused), expected);
        sends(&mut state, (1_002, 1, 5_000), level).unwrap();
        for (id, amount, passes) in [(1_003, 5_001, false), (1_004, 5_000, true)] {
            let what = Movement::Deposit {
                to: wallet(1),
                instrument: Some(card()),
                limits: DepositLimits::default(),
            };
            let new = new_transaction(id, what, amount, Currency::USD, level);
            let made = submit(&mut state, Actor::User(USER), Operation::Create(new));
            assert_eq!(made.is_ok(), passes, "{made:?}");
        }
    }

    #[test]
    fn what_is_refused_says_what_is_left_and_what_raises_it() {
        let mut state = state();
        let refused = sends(&mut state, (1_001, 1, 2), limits(None, Some(1), None)).unwrap_err();
        let expected = "as long as your identity is not verified, at most 0.01 USD may leave your wallets of this \
                        currency in a day, and 0.01 USD is left: choose a lower amount, or verify more of your \
                        identity, which raises this";
        assert_eq!(refused.to_string(), expected);
        assert_eq!(
            (refused.code(), refused.param()),
            ("limit_exceeded", Some("amount"))
        );
    }

    #[test]
    fn what_was_refused_or_never_left_does_not_count() {
        let mut state = state();
        let level = limits(None, Some(10_000), None);
        // More than is there: the ledger refuses it.
        assert!(sends(&mut state, (1_001, 1, 100_001), None).is_err());
        sends(&mut state, (1_002, 3, 10_000), level).unwrap();
        let failed = Operation::Settle {
            transaction: Uuid::from_u128(1_002),
            id: Uuid::from_u128(2_002),
            outcome: crate::command::Outcome::Failed(crate::transaction::Failure {
                code: "declined".to_owned(),
                detail: "It was declined.".to_owned(),
            }),
            answers: None,
        };
        submit(&mut state, Actor::Acquirer, failed).unwrap();
        sends(&mut state, (1_003, 3, 10_000), level).unwrap();
        sends(&mut state, (1_004, 1, 10_000), level).unwrap();
    }
}
