//! What every connector promises, asked of the simulated acquirer directly and over HTTP.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::routing::post;
use http::{HeaderMap, StatusCode};
use payments::acquirer::http::{HttpAcquirer, read_notification};
use payments::acquirer::simulated::Simulated;
use payments::acquirer::{Acquirer, AcquirerConfig, Direction, Notification, Unanswered, Verdict};
use payments_core::transaction::InstrumentKind;
use platform::clock::Clock;
use testkit::FakeClock;
use tokio::sync::mpsc::{self, UnboundedReceiver};
use tokio::task::JoinSet;
use web::signature::NotificationKey;

use super::server::{Served, protocol, send_on, serve};
use super::{API_KEY, NOTIFICATION_KEY, charge, code, instruction, over_http};

#[derive(Clone, Copy)]
enum Way {
    Direct,
    OverHttp,
}

/// A connector to a simulated acquirer, and what that tells on its own accord.
struct Connected {
    acquirer: Arc<dyn Acquirer>,
    notifications: UnboundedReceiver<Notification>,
    _servers: Vec<Served>,
    _tasks: JoinSet<()>,
}

impl Connected {
    async fn notification(&mut self) -> Notification {
        self.notifications.recv().await.unwrap()
    }
}

async fn connect(way: Way, config: AcquirerConfig) -> Connected {
    let (told, notifications) = mpsc::unbounded_channel();
    let simulated = Arc::new(Simulated::new(&config, told));
    let mut tasks = JoinSet::new();
    match way {
        Way::Direct => Connected {
            acquirer: simulated,
            notifications,
            _servers: Vec::new(),
            _tasks: tasks,
        },
        Way::OverHttp => {
            let clock = FakeClock::new();
            let (heard, arrived) = mpsc::unbounded_channel();
            let listener = serve(listen(clock.clone(), heard)).await;
            let url = format!("{}/notifications", listener.url);
            tasks.spawn(send_on(notifications, url, NOTIFICATION_KEY, clock));
            let server = serve(protocol(simulated, API_KEY)).await;
            let config = AcquirerConfig {
                timeout_ms: config.timeout_ms,
                ..over_http(format!("{}/v1/", server.url))
            };
            Connected {
                acquirer: Arc::new(HttpAcquirer::new(&config).unwrap()),
                notifications: arrived,
                _servers: vec![listener, server],
                _tasks: tasks,
            }
        }
    }
}

/// Takes signed notifications in.
fn listen(clock: Arc<FakeClock>, heard: mpsc::UnboundedSender<Notification>) -> Router {
    let key = NotificationKey::new(NOTIFICATION_KEY);
    let handler = async move |headers: HeaderMap, body: Bytes| {
        key.verify(&headers, &body, clock.now()).unwrap();
        heard.send(read_notification(&body).unwrap()).unwrap();
        StatusCode::NO_CONTENT
    };
    Router::new().route("/notifications", post(handler))
}

macro_rules! contract {
    ($($name:ident),+ $(,)?) => {
        mod directly {
            use super::Way;
            $(#[tokio::test(start_paused = true)] async fn $name() { super::$name(Way::Direct).await; })+
        }
        mod over_http {
            use super::Way;
            $(#[tokio::test] async fn $name() { super::$name(Way::OverHttp).await; })+
        }
    };
}

contract!(
    each_token_has_its_answer_for_both_directions_and_instruments,
    what_was_answered_is_what_an_enquiry_says,
    what_never_arrived_is_unknown,
    an_instruction_sent_again_is_carried_out_once,
    silence_is_no_answer_and_enquiries_say_that_it_is_at_work,
    a_late_approval_is_pending_until_the_notification,
    two_notifications_say_once_more_what_was_answered,
    a_failure_rate_fails_that_share_and_the_same_ones_each_time,
);

async fn each_token_has_its_answer_for_both_directions_and_instruments(way: Way) {
    use InstrumentKind::{BankAccount, Card};
    let connected = connect(way, AcquirerConfig::default()).await;
    for direction in [Direction::Charge, Direction::Payout] {
        for (token, kind, expected) in [
            ("tok_ok", Card, "approved"),
            ("tok_ok", BankAccount, "approved"),
            ("tok_twice", Card, "approved"),
            ("tok_late", BankAccount, "pending"),
            ("tok_declined", Card, "card_declined"),
            ("tok_declined", BankAccount, "account_rejected"),
            ("tok_insufficient_funds", Card, "insufficient_funds"),
            ("tok_insufficient_funds", BankAccount, "insufficient_funds"),
            ("tok_of_nobody", Card, "invalid_token"),
        ] {
            let sent = instruction(direction, kind, token);
            let verdict = connected.acquirer.instruct(&sent).await.unwrap();
            assert_eq!(code(&verdict), expected, "{direction:?} {kind:?} {token}");
            if let Verdict::Declined(failure) = verdict {
                assert!(failure.detail.ends_with('.'), "{failure:?}");
            }
        }
    }
}

async fn what_was_answered_is_what_an_enquiry_says(way: Way) {
    let connected = connect(way, AcquirerConfig::default()).await;
    for token in [
        "tok_ok",
        "tok_declined",
        "tok_insufficient_funds",
        "tok_twice",
        "tok_of_nobody",
    ] {
        let sent = charge(token);
        let answered = connected.acquirer.instruct(&sent).await.unwrap();
        assert_eq!(
            connected.acquirer.enquire(&sent).await,
            Ok(answered),
            "{token}"
        );
    }
}

async fn what_never_arrived_is_unknown(way: Way) {
    let connected = connect(way, AcquirerConfig::default()).await;
    for token in ["tok_ok", "tok_late", "tok_timeout"] {
        let verdict = connected.acquirer.enquire(&charge(token)).await;
        assert_eq!(verdict, Ok(Verdict::Unknown), "{token}");
    }
}

async fn an_instruction_sent_again_is_carried_out_once(way: Way) {
    let mut connected = connect(way, AcquirerConfig::default()).await;
    let sent = charge("tok_twice");
    for _ in 0..3 {
        assert_eq!(
            connected.acquirer.instruct(&sent).await,
            Ok(Verdict::Approved)
        );
    }
    let other = charge("tok_twice");
    assert_eq!(
        connected.acquirer.instruct(&other).await,
        Ok(Verdict::Approved)
    );
    // Two notifications of the first, then those of the other: no more came of sending it again.
    let mut told = Vec::new();
    for _ in 0..4 {
        told.push(connected.notification().await.id);
    }
    assert_eq!(told, [sent.id, sent.id, other.id, other.id]);
}

async fn silence_is_no_answer_and_enquiries_say_that_it_is_at_work(way: Way) {
    let connected = connect(
        way,
        AcquirerConfig {
            timeout_ms: 50,
            ..AcquirerConfig::default()
        },
    )
    .await;
    let sent = charge("tok_timeout");
    let patience = Duration::from_millis(match way {
        Way::Direct => 86_400_000,
        Way::OverHttp => 60_000,
    });
    for _ in 0..2 {
        let answer = tokio::time::timeout(patience, connected.acquirer.instruct(&sent)).await;
        match way {
            Way::Direct => assert!(answer.is_err(), "{answer:?}"),
            Way::OverHttp => assert_eq!(answer, Ok(Err(Unanswered::TimedOut))),
        }
        assert_eq!(
            connected.acquirer.enquire(&sent).await,
            Ok(Verdict::Pending)
        );
    }
}

async fn a_late_approval_is_pending_until_the_notification(way: Way) {
    let hour = AcquirerConfig {
        late_ms: 3_600_000,
        ..AcquirerConfig::default()
    };
    let connected = connect(way, hour).await;
    let sent = charge("tok_late");
    assert_eq!(
        connected.acquirer.instruct(&sent).await,
        Ok(Verdict::Pending)
    );
    assert_eq!(
        connected.acquirer.enquire(&sent).await,
        Ok(Verdict::Pending)
    );
    let soon = AcquirerConfig {
        late_ms: 1,
        ..AcquirerConfig::default()
    };
    let mut connected = connect(way, soon).await;
    let sent = charge("tok_late");
    assert_eq!(
        connected.acquirer.instruct(&sent).await,
        Ok(Verdict::Pending)
    );
    let approved = Notification {
        id: sent.id,
        verdict: Verdict::Approved,
    };
    assert_eq!(connected.notification().await, approved);
    assert_eq!(
        connected.acquirer.enquire(&sent).await,
        Ok(Verdict::Approved)
    );
    assert_eq!(
        connected.acquirer.instruct(&sent).await,
        Ok(Verdict::Approved)
    );
}

async fn two_notifications_say_once_more_what_was_answered(way: Way) {
    let mut connected = connect(way, AcquirerConfig::default()).await;
    let sent = charge("tok_twice");
    assert_eq!(
        connected.acquirer.instruct(&sent).await,
        Ok(Verdict::Approved)
    );
    let approved = Notification {
        id: sent.id,
        verdict: Verdict::Approved,
    };
    for _ in 0..2 {
        assert_eq!(connected.notification().await, approved);
    }
}

async fn a_failure_rate_fails_that_share_and_the_same_ones_each_time(way: Way) {
    for (failure_percent, least, most) in [(0, 0, 0), (50, 60, 140), (100, 200, 200)] {
        let config = AcquirerConfig {
            failure_percent,
            ..AcquirerConfig::default()
        };
        let (one, other) = (
            connect(way, config.clone()).await,
            connect(way, config).await,
        );
        let mut failed = 0;
        for _ in 0..200 {
            let sent = charge("tok_ok");
            let verdict = one.acquirer.instruct(&sent).await.unwrap();
            assert_eq!(other.acquirer.instruct(&sent).await, Ok(verdict.clone()));
            if verdict != Verdict::Approved {
                assert_eq!(code(&verdict), "processing_error");
                failed += 1;
            }
        }
        assert!(
            (least..=most).contains(&failed),
            "{failure_percent} %: {failed} of 200"
        );
    }
}
