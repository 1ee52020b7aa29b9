//! Counters against a list of all events that is looked through.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "small numbers, and an overflow fails the test"
)]

use std::collections::BTreeSet;

use contracts::identity::UserId;
use contracts::payments::TransactionType;
use proptest::prelude::*;
use uuid::Uuid;

use super::*;
use crate::rules::{Key, Window};

const MINUTE: i64 = 60_000_000;
const DAY: i64 = 24 * 60 * MINUTE;
/// Some day, at midnight.
const START: i64 = 20_000 * DAY;

fn user(number: u64) -> UserId {
    UserId::from_uuid(Uuid::from_u128(u128::from(number) + 1))
}

fn transaction(number: u64) -> TransactionId {
    TransactionId::from_uuid(Uuid::from_u128(u128::from(number)))
}

fn question(measure: Measure, window: Window, key: Key) -> Velocity {
    Velocity {
        measure,
        window,
        key,
        only: None,
        at_least: 0,
    }
}

/// From the first user to the second, at so many µs after the start.
fn transfer(number: u64, at: i64, from: u64, to: u64, amount: i64) -> Event {
    Event {
        transaction: transaction(number),
        kind: TransactionType::Transfer,
        at: Timestamp(START + at),
        amount: Some(amount),
        payer: Some(user(from)),
        payee: Some(user(to)),
        instrument: None,
    }
}

fn counters(questions: &[Velocity]) -> Counters {
    Counters::new(questions, Timestamp::FIRST, Bounds::default())
}

/// Looks through all events; the last one is at hand.
fn naive(events: &[Event], at_hand: &Event, question: &Velocity) -> Seen {
    let begin = question.window.begin(at_hand.at);
    let key = |event: &Event| match question.key {
        Key::Payer => event.payer.map(|user| format!("{user}")),
        Key::Payee => event.payee.map(|user| format!("{user}")),
        Key::Pair => {
            let from = event
                .payer
                .map(|user| user.to_string())
                .or(event.instrument.clone());
            let to = event
                .payee
                .map(|user| user.to_string())
                .or(event.instrument.clone());
            let here = event.payer.is_some() || event.payee.is_some();
            from.zip(to)
                .filter(|_| here)
                .map(|(from, to)| format!("{from} {to}"))
        }
        Key::Instrument => event.instrument.clone(),
        Key::Organisation => Some(String::new()),
    };
    let other = |event: &Event| {
        let (payer, payee) = (
            event.payer.map(|u| u.to_string()),
            event.payee.map(|u| u.to_string()),
        );
        match question.key {
            Key::Payer => payee.or(event.instrument.clone()),
            Key::Payee => payer.or(event.instrument.clone()),
            Key::Instrument => payer.or(payee),
            Key::Pair | Key::Organisation => None,
        }
    };
    let Some(wanted) = key(at_hand) else {
        return Seen::Unknown(Unknown::NotApplicable);
    };
    let with_it = question.measure != Measure::AmountAverage;
    let within: Vec<&Event> = events
        .iter()
        .chain(with_it.then_some(at_hand))
        .filter(|event| key(event).as_ref() == Some(&wanted) && event.at >= begin)
        .filter(|event| question.only.is_none_or(|only| only == event.kind))
        .collect();
    if within.len() < question.at_least as usize {
        return Seen::Unknown(Unknown::TooLittleData);
    }
    let sum: Option<i64> = within.iter().map(|event| event.amount).sum();
    let count = i64::try_from(within.len()).unwrap();
    let different = |set: BTreeSet<String>| Seen::Number(i64::try_from(set.len()).unwrap());
    match question.measure {
        Measure::Count => Seen::Number(count),
        Measure::AmountSum => sum.map_or(Seen::Unknown(Unknown::Error), Seen::Number),
        Measure::AmountAverage if sum.is_none() => Seen::Unknown(Unknown::Error),
        Measure::AmountAverage if count == 0 => Seen::Unknown(Unknown::TooLittleData),
        Measure::AmountAverage => Seen::Number(sum.unwrap() / count),
        Measure::DistinctCounterparties => {
            different(within.iter().filter_map(|event| other(event)).collect())
        }
        Measure::DistinctInstruments => different(
            within
                .iter()
                .filter_map(|event| event.instrument.clone())
                .collect(),
        ),
    }
}

fn a_question() -> impl Strategy<Value = Velocity> {
    let minutes = prop_oneof![
        1..5_u32,
        170..200_u32,
        Just(60),
        Just(24 * 60),
        (7 * 24 * 60 - 61)..(7 * 24 * 60 + 61_u32),
        Just(Window::MOST_MINUTES),
        1..=Window::MOST_MINUTES,
    ];
    let window = prop_oneof![1 => Just(Window::Day), 4 => minutes.prop_map(Window::Minutes)];
    let measure = prop::sample::select(&Measure::ALL[..]);
    let only = prop::option::weighted(0.2, Just(TransactionType::Deposit));
    (
        measure,
        window,
        prop::sample::select(&Key::ALL[..]),
        only,
        0..3_u32,
    )
        .prop_map(|(measure, window, key, only, at_least)| Velocity {
            measure,
            window,
            key,
            only,
            at_least,
        })
}

/// An event and how long after the one before: mostly on edges of minutes, hours and days.
fn an_event() -> impl Strategy<Value = (i64, Event)> {
    let step = prop_oneof![
        Just(0),
        Just(MINUTE - 1),
        Just(MINUTE),
        Just(30 * MINUTE),
        Just(60 * MINUTE),
        Just(60 * MINUTE - 1),
        Just(DAY),
        (0..9 * DAY),
        (-59 * MINUTE..0_i64),
    ];
    let who = (
        prop::option::weighted(0.8, 0..3_u64),
        prop::option::weighted(0.8, 0..3_u64),
    );
    let amount = prop::option::weighted(0.95, 1..1_000_i64);
    (step, who, amount, 0..3_u8).prop_map(|(step, (payer, payee), amount, token)| {
        let outside = payer.is_none() || payee.is_none();
        let kind = if payer.is_none() {
            TransactionType::Deposit
        } else {
            TransactionType::Transfer
        };
        let event = Event {
            transaction: transaction(0),
            kind,
            at: Timestamp(0),
            amount,
            payer: payer.map(user),
            payee: payee.map(user),
            instrument: outside.then(|| format!("tok_{token}")),
        };
        (step, event)
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    /// Events come up to an hour out of order, some are on their way, some never arrive, and all
    /// are told twice. Windows reach over folded buckets.
    #[test]
    fn each_answer_is_that_of_a_list_that_is_looked_through(
        questions in prop::collection::vec(a_question(), 1..6),
        steps in prop::collection::vec((an_event(), 0..4_u8), 1..60),
    ) {
        let mut counters = counters(&questions);
        prop_assert!(counters.covers(&questions));
        let (mut at, mut seq) = (START + 5 * MINUTE, 0);
        let mut latest = at;
        let mut known = Vec::new();
        let mut late: Vec<Event> = Vec::new();
        for (number, ((step, mut event), fate)) in (1..).zip(steps) {
            at = (at + step).max(latest - 59 * MINUTE);
            latest = latest.max(at);
            event.at = Timestamp(at);
            event.transaction = transaction(number);
            let expected: Vec<_> =
                questions.iter().map(|question| naive(&known, &event, question)).collect();
            prop_assert_eq!(counters.ask(&event, &questions), expected.clone());
            let expires = event.at.plus(1_000 * DAY);
            prop_assert_eq!(counters.assess(&event, expires, &questions), Ok(expected.clone()));
            prop_assert_eq!(counters.assess(&event, expires, &questions), Ok(expected));
            if fate == 3 {
                prop_assert!(counters.drop_in_flight(event.transaction));
                prop_assert!(!counters.drop_in_flight(event.transaction));
                continue;
            }
            known.push(event.clone());
            late.push(event);
            // Some arrive at once, with all that were late.
            if fate == 0 {
                for event in late.drain(..) {
                    seq += 2;
                    prop_assert!(counters.confirm(seq, &event));
                    prop_assert!(!counters.confirm(seq, &event));
                    prop_assert!(!counters.confirm(seq - 1, &event));
                }
                prop_assert_eq!(counters.in_flight(), 0);
            }
        }
    }
}

#[test]
fn a_question_from_more_than_an_hour_before_the_latest_has_too_little_data() {
    let count = [question(Measure::Count, Window::Minutes(180), Key::Payer)];
    let mut counters = counters(&count);
    counters.confirm(1, &transfer(1, DAY, 1, 2, 1));
    let ask = |at: i64| counters.ask(&transfer(2, at, 1, 2, 1), &count).remove(0);
    assert_eq!(ask(DAY - 60 * MINUTE), Seen::Number(2));
    assert_eq!(
        ask(DAY - 121 * MINUTE),
        Seen::Unknown(Unknown::TooLittleData)
    );
}

#[test]
fn ten_at_the_same_time_see_one_another() {
    let count = [question(Measure::Count, Window::Minutes(1), Key::Payer)];
    let mut counters = counters(&count);
    let seen: Vec<_> = (1..=10)
        .map(|number| {
            let event = transfer(number, 0, 1, number, 100);
            counters
                .assess(&event, event.at.plus(MINUTE), &count)
                .unwrap()
                .remove(0)
        })
        .collect();
    assert_eq!(seen, (1..=10).map(Seen::Number).collect::<Vec<_>>());
}

#[test]
fn what_expires_or_is_dropped_does_not_count_and_what_arrives_counts_once() {
    let sum = [question(Measure::AmountSum, Window::Day, Key::Payer)];
    let mut counters = counters(&sum);
    let at_hand = |at: i64| transfer(9, at, 1, 2, 1_000);
    for number in 1..=3 {
        let event = transfer(
            number,
            0,
            1,
            2,
            10_i64.pow(u32::try_from(number).unwrap() - 1),
        );
        counters
            .assess(&event, event.at.plus(MINUTE), &sum)
            .unwrap();
    }
    assert_eq!(counters.ask(&at_hand(0), &sum), [Seen::Number(1_111)]);
    assert!(counters.drop_in_flight(transaction(1)));
    assert_eq!(counters.ask(&at_hand(0), &sum), [Seen::Number(1_110)]);
    assert!(counters.confirm(1, &transfer(2, 0, 1, 2, 10)));
    assert_eq!(counters.in_flight(), 1);
    assert_eq!(
        counters.ask(&at_hand(MINUTE - 1), &sum),
        [Seen::Number(1_110)]
    );
    assert_eq!(
        counters.ask(&at_hand(MINUTE), &sum),
        [Seen::Number(1_010)],
        "the third expired"
    );
    assert_eq!(counters.expire(Timestamp(START + MINUTE)), 1);
    assert_eq!(counters.in_flight(), 0);
    assert!(
        counters.confirm(2, &transfer(3, 0, 1, 2, 100)),
        "it was made all the same"
    );
    assert_eq!(counters.ask(&at_hand(MINUTE), &sum), [Seen::Number(1_110)]);
    assert_eq!(counters.applied(), Some(2));
}

#[test]
fn a_window_that_begins_before_all_is_known_has_too_little_data() {
    let count = [question(Measure::Count, Window::Minutes(60), Key::Payer)];
    let since = Timestamp(START + 30 * MINUTE + 1);
    let counters = Counters::new(&count, since, Bounds::default());
    let ask = |at: i64| counters.ask(&transfer(1, at, 1, 2, 1), &count).remove(0);
    assert_eq!(ask(90 * MINUTE), Seen::Unknown(Unknown::TooLittleData));
    assert_eq!(ask(91 * MINUTE), Seen::Number(1));
}

#[test]
fn a_key_that_was_forgotten_for_room_has_too_little_data_and_not_zero() {
    let count = [question(Measure::Count, Window::Minutes(60), Key::Payer)];
    let bounds = Bounds {
        keys: 100,
        in_flight: 2,
    };
    let mut counters = Counters::new(&count, Timestamp::FIRST, bounds);
    for number in 1..=200 {
        let at = i64::try_from(number).unwrap() * MINUTE / 10;
        assert!(counters.confirm(at, &transfer(number, at, number, 0, 1)));
    }
    let at = 20 * MINUTE;
    let ask = |payer: u64| {
        counters
            .ask(&transfer(999, at, payer, 0, 1), &count)
            .remove(0)
    };
    assert_eq!(ask(1), Seen::Unknown(Unknown::TooLittleData));
    assert_eq!(
        ask(500),
        Seen::Unknown(Unknown::TooLittleData),
        "nobody knows whether it is new"
    );
    assert!(counters.series[0].tallies.len() <= 100);
    let later = counters.ask(&transfer(999, at + 70 * MINUTE, 1, 0, 1), &count);
    assert_eq!(
        later,
        [Seen::Number(1)],
        "the window begins after what was forgotten"
    );

    let mut counters = counters;
    let expires = Timestamp(START + at + MINUTE);
    for number in 1..=2 {
        let event = transfer(number, at, 200, 0, 1);
        assert!(counters.assess(&event, expires, &count).is_ok());
    }
    assert_eq!(
        counters.assess(&transfer(3, at, 200, 0, 1), expires, &count),
        Err(Full)
    );
    assert!(
        counters
            .assess(&transfer(2, at, 200, 0, 1), expires, &count)
            .is_ok()
    );
    assert!(
        counters
            .assess(&transfer(3, at + MINUTE, 200, 0, 1), expires, &count)
            .is_ok()
    );
}

#[test]
fn what_no_window_reaches_is_swept_and_an_older_question_is_not_answered() {
    let count = [question(Measure::Count, Window::Day, Key::Payer)];
    let mut counters = counters(&count);
    counters.confirm(1, &transfer(1, 0, 1, 2, 1));
    counters.confirm(2, &transfer(2, 3 * DAY, 2, 1, 1));
    assert_eq!(counters.sweep(Timestamp(START + 3 * DAY)), 1);
    assert_eq!(counters.sweep(Timestamp(START + 3 * DAY)), 0);
    let ask = |at: i64| counters.ask(&transfer(3, at, 1, 2, 1), &count).remove(0);
    assert_eq!(ask(3 * DAY), Seen::Number(1));
    assert_eq!(ask(0), Seen::Unknown(Unknown::TooLittleData));
}

#[test]
fn counters_that_lack_a_question_say_so() {
    let hour = question(Measure::Count, Window::Minutes(60), Key::Payer);
    let counters = counters(&[hour]);
    let event = transfer(1, 0, 1, 2, 1);
    for other in [
        question(Measure::Count, Window::Minutes(120), Key::Payer),
        question(Measure::Count, Window::Minutes(60), Key::Payee),
        question(
            Measure::DistinctInstruments,
            Window::Minutes(60),
            Key::Payer,
        ),
        Velocity {
            only: Some(TransactionType::Deposit),
            ..hour
        },
    ] {
        assert!(!counters.covers(&[hour, other]));
        assert_eq!(
            counters.ask(&event, &[other]),
            [Seen::Unknown(Unknown::Error)]
        );
    }
    let shorter = question(Measure::AmountSum, Window::Minutes(1), Key::Payer);
    assert!(counters.covers(&[shorter]));
}

#[test]
fn counters_that_are_built_again_take_over_what_is_on_its_way() {
    let count = [question(Measure::Count, Window::Minutes(60), Key::Payer)];
    let longer = [question(Measure::Count, Window::Minutes(120), Key::Payer)];
    let mut old = counters(&count);
    let event = transfer(1, 0, 1, 2, 1);
    old.assess(&event, event.at.plus(MINUTE), &count).unwrap();
    let mut new = counters(&longer);
    new.adopt_in_flight(&old);
    assert_eq!(
        new.ask(&transfer(2, 0, 1, 2, 1), &longer),
        [Seen::Number(2)]
    );
    new.confirm(1, &event);
    assert_eq!(
        new.ask(&transfer(2, 0, 1, 2, 1), &longer),
        [Seen::Number(2)]
    );
}

#[test]
fn different_ones_are_exact_up_to_their_bound() {
    let window = Window::Minutes(60);
    let different = [question(
        Measure::DistinctCounterparties,
        window,
        Key::Payer,
    )];
    let mut counters = counters(&different);
    for number in 1..=6_000 {
        let at = i64::try_from(number).unwrap() * MINUTE / 100;
        let expected = i64::try_from(number).unwrap().min(Measure::MOST_DISTINCT);
        let event = transfer(number, at, 1, number + 1, 1);
        if number % 500 == 0 || (4_090..4_100).contains(&number) {
            assert_eq!(
                counters.ask(&event, &different),
                [Seen::Number(expected)],
                "{number}"
            );
        }
        counters.confirm(at, &event);
    }
    // Of 6,000 in an hour those of the last 40 minutes and the begun one are within the window.
    let event = transfer(9_999, 80 * MINUTE, 1, 6_001, 1);
    assert_eq!(counters.ask(&event, &different), [Seen::Number(4_001)]);
}

#[test]
fn a_hundred_thousand_customers_take_less_than_a_hundred_megabytes() {
    let questions: Vec<_> = [
        (Measure::Count, Window::Day, Key::Payer),
        (
            Measure::AmountSum,
            Window::Minutes(Window::MOST_MINUTES),
            Key::Payer,
        ),
        (
            Measure::DistinctCounterparties,
            Window::Minutes(24 * 60),
            Key::Payer,
        ),
        (Measure::Count, Window::Minutes(60), Key::Payee),
        (Measure::AmountSum, Window::Minutes(7 * 24 * 60), Key::Pair),
        (Measure::Count, Window::Minutes(10), Key::Organisation),
    ]
    .into_iter()
    .map(|(measure, window, key)| question(measure, window, key))
    .collect();
    let mut counters = counters(&questions);
    let customers = 100_000;
    // Each makes four transactions in four days, three of them to the same payee.
    for round in 0..4_u64 {
        for customer in 0..customers {
            let number = round * customers + customer;
            let at =
                i64::try_from(round).unwrap() * DAY + i64::try_from(customer).unwrap() * 800_000;
            let to = (customer + 1 + round / 3) % customers;
            counters.confirm(
                i64::try_from(number).unwrap(),
                &transfer(number, at, customer, to, 5),
            );
        }
    }
    let bytes = counters.bytes();
    assert!(bytes < 100_000_000, "{bytes}");
    assert!(bytes > 20_000_000, "the count of bytes is wrong: {bytes}");
}
