//! Step-up codes: who gets one, for what it is good, and how often it may be tried.

use contracts::notifications::CodeNotSent;
use contracts::payments::TransactionId;
use contracts::risk::{CodeCheck, Risk, Terms};
use serde_json::json;
use testkit::engines;
use values::SECOND;

use crate::support::{App, org, user, uuid};

fn terms(transaction: u128) -> Terms {
    Terms {
        org: org("ann"),
        transaction: TransactionId(uuid(transaction)),
        user: user("ann"),
        amount: "15000.00".to_owned(),
        currency: "USD".to_owned(),
        payee: "Bob Example".to_owned(),
    }
}

/// A code that it is not.
fn another(code: &str) -> String {
    let number: u32 = code.parse().unwrap();
    format!("{:06}", (number + 1) % 1_000_000)
}

async fn check(app: &App, terms: &Terms, code: &str) -> CodeCheck {
    app.service.check_code(terms, code).await.unwrap()
}

async fn send(app: &App, terms: &Terms) -> String {
    app.service.send_code(terms).await.unwrap();
    app.mailbox.last().code
}

#[tokio::test]
async fn a_code_names_amount_and_payee_and_is_good_once() {
    for engine in engines() {
        let app = App::on(engine).await;
        let terms = terms(1);
        assert_eq!(check(&app, &terms, "000000").await, CodeCheck::None);
        let code = send(&app, &terms).await;
        let sent = app.mailbox.last();
        assert!(code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()));
        assert_eq!((sent.user, sent.minutes), (user("ann"), 5));
        let facts = json!({"amount": "15000.00", "currency": "USD", "counterparty": "Bob Example"});
        assert_eq!(sent.facts, facts);
        let wrong = check(&app, &terms, &another(&code)).await;
        assert_eq!(wrong, CodeCheck::Wrong { left: 4 });
        assert_eq!(check(&app, &terms, &code).await, CodeCheck::Right);
        assert_eq!(check(&app, &terms, &code).await, CodeCheck::None);
    }
}

#[tokio::test]
async fn a_code_is_for_one_transaction_user_organisation_amount_and_payee() {
    for engine in engines() {
        let app = App::on(engine).await;
        let terms = terms(1);
        let code = send(&app, &terms).await;
        let other = |change: fn(&mut Terms)| {
            let mut other = terms.clone();
            change(&mut other);
            other
        };
        for other in [
            other(|it| it.transaction = TransactionId(uuid(2))),
            other(|it| it.user = user("bob")),
            other(|it| it.org = org("stranger")),
            other(|it| it.amount = "15000.01".to_owned()),
            other(|it| it.currency = "EUR".to_owned()),
            other(|it| it.payee = "Mallory".to_owned()),
        ] {
            assert_eq!(
                check(&app, &other, &code).await,
                CodeCheck::None,
                "{other:?}"
            );
        }
        assert_eq!(check(&app, &terms, &code).await, CodeCheck::Right);
    }
}

#[tokio::test]
async fn a_code_ends_where_the_credentials_of_its_user_change() {
    for engine in engines() {
        let app = App::on(engine).await;
        let terms = terms(1);
        let code = send(&app, &terms).await;
        app.trail.credentials_change();
        assert_eq!(check(&app, &terms, &code).await, CodeCheck::None);
        app.clock.advance(30 * SECOND);
        let code = send(&app, &terms).await;
        assert_eq!(check(&app, &terms, &code).await, CodeCheck::Right);
    }
}

#[tokio::test]
async fn a_code_is_good_for_five_minutes_and_five_tries() {
    for engine in engines() {
        let app = App::on(engine).await;
        let (first, second) = (terms(1), terms(2));
        let code = send(&app, &first).await;
        app.clock.advance(300 * SECOND - 1);
        let wrong = another(&code);
        assert_eq!(
            check(&app, &first, &wrong).await,
            CodeCheck::Wrong { left: 4 }
        );
        app.clock.advance(1);
        assert_eq!(check(&app, &first, &code).await, CodeCheck::None);
        let code = send(&app, &second).await;
        for left in (0..5).rev() {
            let tried = check(&app, &second, &another(&code)).await;
            assert_eq!(tried, CodeCheck::Wrong { left });
        }
        assert_eq!(check(&app, &second, &code).await, CodeCheck::None);
    }
}

#[tokio::test]
async fn another_code_ends_the_one_before_and_comes_only_so_often() {
    for engine in engines() {
        let app = App::on(engine).await;
        let terms = terms(1);
        let first = send(&app, &terms).await;
        app.clock.advance(29 * SECOND);
        let refused = app.service.send_code(&terms).await;
        assert_eq!(refused, Err(CodeNotSent::TooMany { retry_after_s: 1 }));
        app.clock.advance(SECOND);
        let mut last = send(&app, &terms).await;
        if first != last {
            let tried = check(&app, &terms, &first).await;
            assert_eq!(tried, CodeCheck::Wrong { left: 4 });
        }
        for _ in 0..3 {
            app.clock.advance(30 * SECOND);
            last = send(&app, &terms).await;
        }
        app.clock.advance(3_600 * SECOND);
        let refused = app.service.send_code(&terms).await;
        assert!(
            matches!(refused, Err(CodeNotSent::TooMany { .. })),
            "{refused:?}"
        );
        assert_eq!(check(&app, &terms, &last).await, CodeCheck::None);
    }
}

#[tokio::test]
async fn a_code_that_was_not_sent_leaves_the_one_before_and_does_not_count() {
    for engine in engines() {
        let app = App::on(engine).await;
        let terms = terms(1);
        let code = send(&app, &terms).await;
        app.clock.advance(30 * SECOND);
        for _ in 0..9 {
            *app.mailbox.refuses.lock().unwrap() = Some(CodeNotSent::NotNow);
            let refused = app.service.send_code(&terms).await;
            assert_eq!(refused, Err(CodeNotSent::NotNow));
        }
        assert_eq!(check(&app, &terms, &code).await, CodeCheck::Right);
        *app.mailbox.refuses.lock().unwrap() = None;
        send(&app, &terms).await;
    }
}

#[tokio::test]
async fn wrong_codes_of_a_user_count_whatever_the_transaction() {
    for engine in engines() {
        let app = App::on(engine).await;
        let mut wrong = 0;
        for transaction in 1..=4 {
            let terms = terms(transaction);
            let code = send(&app, &terms).await;
            for _ in 0..5 {
                let tried = check(&app, &terms, &another(&code)).await;
                assert!(matches!(tried, CodeCheck::Wrong { .. }), "{tried:?}");
                wrong += 1;
            }
        }
        assert_eq!(wrong, 20);
        let (own, of_bob) = (
            terms(5),
            Terms {
                user: user("bob"),
                ..terms(6)
            },
        );
        let code = send(&app, &own).await;
        let refused = check(&app, &own, &code).await;
        assert!(
            matches!(refused, CodeCheck::TooMany { retry_after_s: 1.. }),
            "{refused:?}"
        );
        let bobs = send(&app, &of_bob).await;
        assert_eq!(check(&app, &of_bob, &bobs).await, CodeCheck::Right);
        app.clock.advance(3_600 * SECOND);
        let code = send(&app, &own).await;
        assert_eq!(check(&app, &own, &code).await, CodeCheck::Right);
    }
}

#[tokio::test]
async fn a_code_that_is_typed_many_times_at_once_counts_each_time_and_is_right_once() {
    for engine in engines() {
        let app = App::on(engine).await;
        let terms = terms(1);
        let code = send(&app, &terms).await;
        let tries = (0..4).map(|_| {
            let (service, terms, code) = (app.service.clone(), terms.clone(), code.clone());
            tokio::spawn(async move { service.check_code(&terms, &code).await.unwrap() })
        });
        let mut results = Vec::new();
        for tried in tries.collect::<Vec<_>>() {
            results.push(tried.await.unwrap());
        }
        let right = results.iter().filter(|it| **it == CodeCheck::Right).count();
        let none = results.iter().filter(|it| **it == CodeCheck::None).count();
        assert_eq!((right, none), (1, 3), "{results:?}");
    }
}

#[tokio::test]
async fn a_code_is_nowhere_in_the_database() {
    for engine in engines() {
        let app = App::on(engine).await;
        let code = send(&app, &terms(1)).await;
        let sql = "SELECT code, terms FROM step_up_codes";
        let rows: Vec<(Vec<u8>, Vec<u8>)> = app.db.fetch_all(sql, Vec::new()).await.unwrap();
        let (hash, terms) = &rows[0];
        assert_eq!((hash.len(), terms.len()), (32, 32));
        let has = |bytes: &[u8]| bytes.windows(6).any(|part| part == code.as_bytes());
        assert!(!has(hash) && !has(terms));
    }
}
