//! What is decided about transactions, of what, and what other transactions have to do with it.

use contracts::payments::TransactionType;
use contracts::risk::{ProposedTransaction, Risk, RiskLevel, RiskOutcome};
use http::{Method, StatusCode};
use serde_json::json;
use testkit::engines;
use values::SECOND;

use crate::support::{App, codes, org, user};

#[tokio::test]
async fn a_small_amount_passes_and_a_large_one_asks_for_a_code() {
    for engine in engines() {
        let app = App::on(engine).await;
        let small = app.assess(&app.transfer(1, "ann", "bob", 100_000)).await;
        assert_eq!((small.outcome, small.score), (RiskOutcome::Approve, 40));
        assert_eq!(codes(&small), ["payer_not_verified"]);
        let large = app.assess(&app.transfer(2, "ann", "bob", 1_500_000)).await;
        assert_eq!(
            (large.outcome, large.level),
            (RiskOutcome::StepUp, RiskLevel::High)
        );
        assert_eq!((large.score, large.rule_set), (90, 1));
        let expected = [
            "payer_not_verified",
            "amount_over_5000",
            "amount_over_10000",
        ];
        assert_eq!(codes(&large), expected);
    }
}

#[tokio::test]
async fn an_amount_in_another_currency_is_compared_in_the_base_currency() {
    for engine in engines() {
        let app = App::on(engine).await;
        // 4,700.00 EUR are 5,076.00 USD.
        for (number, currency, amount, expected) in [
            (1, "EUR", 470_000, RiskOutcome::StepUp),
            (2, "EUR", 460_000, RiskOutcome::Approve),
            // Nobody knows how much that is.
            (3, "ISK", 100, RiskOutcome::StepUp),
        ] {
            let proposed = ProposedTransaction {
                currency,
                ..app.transfer(number, "ann", "bob", amount)
            };
            let decision = app.assess(&proposed).await;
            assert_eq!(
                decision.outcome, expected,
                "{amount} {currency}: {decision:?}"
            );
        }
    }
}

#[tokio::test]
async fn ten_transactions_at_once_see_one_another() {
    for engine in engines() {
        let app = App::on(engine).await;
        let asked = (0..10).map(|number| {
            let proposed = app.transfer(number, "ann", "bob", 100);
            let service = app.service.clone();
            tokio::spawn(async move { service.assess(&proposed).await.unwrap() })
        });
        let mut many = 0;
        for asked in asked.collect::<Vec<_>>() {
            let decision = asked.await.unwrap();
            many += usize::from(codes(&decision).contains(&"many_on_one_day"));
        }
        assert_eq!(many, 5);
    }
}

#[tokio::test]
async fn what_was_not_made_or_is_not_heard_of_for_a_minute_does_not_count() {
    for engine in engines() {
        let app = App::on(engine).await;
        for number in 0..6 {
            let proposed = app.transfer(number, "ann", "bob", 100);
            app.assess(&proposed).await;
            app.service.dropped(proposed.id);
        }
        let asked = app.assess(&app.transfer(10, "ann", "bob", 100)).await;
        assert_eq!(codes(&asked), ["payer_not_verified"]);
        for number in 11..15 {
            app.assess(&app.transfer(number, "ann", "bob", 100)).await;
        }
        let many = app.assess(&app.transfer(15, "ann", "bob", 100)).await;
        assert!(codes(&many).contains(&"many_on_one_day"), "{many:?}");
        app.clock.advance(61 * SECOND);
        let asked = app.assess(&app.transfer(16, "ann", "bob", 100)).await;
        assert_eq!(codes(&asked), ["payer_not_verified"]);
    }
}

#[tokio::test]
async fn what_was_made_counts_once_however_often_it_is_told_and_after_a_restart() {
    for engine in engines() {
        let mut app = App::on(engine).await;
        for number in 0..5 {
            app.pays(number, "ann", "bob", 100).await;
        }
        // Declined at once, it does not count; asked for by somebody else, neither.
        let declined = app.transfer(20, "ann", "bob", 100);
        app.assess(&declined).await;
        app.tell(&declined, "ann", "bob", "failed");
        app.pays(21, "bob", "ann", 100).await;
        app.service.catch_up().await.unwrap();
        app.clock.advance(120 * SECOND);
        for number in 0..3 {
            let asked = app
                .assess(&app.transfer(100 + number, "ann", "bob", 100))
                .await;
            let is_many = codes(&asked).contains(&"many_on_one_day");
            assert!(is_many, "{number}: {asked:?}");
            app.service
                .dropped(app.transfer(100 + number, "ann", "bob", 1).id);
            let bobs = app
                .assess(&app.transfer(200 + number, "bob", "ann", 100))
                .await;
            assert!(!codes(&bobs).contains(&"many_on_one_day"), "{bobs:?}");
            app.service
                .dropped(app.transfer(200 + number, "bob", "ann", 1).id);
            app = app.restarted().await;
        }
    }
}

#[tokio::test]
async fn what_a_node_has_not_written_it_hears_of_again_when_it_starts() {
    for engine in engines() {
        let app = App::on(engine).await;
        for number in 0..5 {
            // The consumer of the database handles none of it before the restart.
            app.pays(number, "ann", "bob", 100).await;
        }
        let app = app.restarted().await;
        let asked = app.assess(&app.transfer(10, "ann", "bob", 100)).await;
        assert!(codes(&asked).contains(&"many_on_one_day"), "{asked:?}");
    }
}

#[tokio::test]
async fn a_decision_is_shown_with_all_that_was_known_to_operators_of_the_organisation() {
    for engine in engines() {
        let app = App::on(engine).await;
        let decision = app.pays(1, "ann", "bob", 1_500_000).await;
        app.service.write_decided().await.unwrap();
        app.service.catch_up().await.unwrap();
        let path = format!("/risk/decisions/{}", decision.id);
        let shown = app.get("operator", &path).await;
        assert_eq!(shown["id"], json!(decision.id));
        assert_eq!(shown["outcome"], "step_up");
        assert_eq!(shown["status"], "completed");
        assert_eq!(shown["factors"], json!(decision.factors));
        assert_eq!(shown["facts"]["amount"], 1_500_000);
        assert_eq!(shown["facts"]["kyc_of_payer"], "none");
        assert_eq!(shown["facts"]["first_payment_to_counterparty"], true);
        let unknown = json!({"unknown": "not_applicable"});
        assert_eq!(shown["facts"]["sanctions_match_of_payee"], unknown);
        assert_eq!(shown["rules"].as_array().unwrap().len(), 3 + 2, "{shown:#}");
        for (who, expected) in [
            ("ann", StatusCode::FORBIDDEN),
            ("auditor", StatusCode::OK),
            ("foreign_admin", StatusCode::NOT_FOUND),
        ] {
            let (status, _) = app.request(who, Method::GET, &path, None).await;
            assert_eq!(status, expected, "{who}");
        }
        // The second payment is none to somebody new.
        let again = app.pays(2, "ann", "bob", 100).await;
        app.service.write_decided().await.unwrap();
        let shown = app
            .get("operator", &format!("/risk/decisions/{}", again.id))
            .await;
        assert_eq!(shown["facts"]["first_payment_to_counterparty"], false);
    }
}

#[tokio::test]
async fn a_deposit_has_no_payer_and_a_card() {
    for engine in engines() {
        let app = App::on(engine).await;
        let deposit = ProposedTransaction {
            kind: TransactionType::Deposit,
            from: None,
            instrument: Some("tok_ok".to_owned()),
            by: user("bob"),
            ..app.transfer(1, "ann", "bob", 100)
        };
        let decision = app.assess(&deposit).await;
        assert_eq!(
            (decision.outcome, decision.score),
            (RiskOutcome::Approve, 0)
        );
        app.service.write_decided().await.unwrap();
        let shown = app
            .get("operator", &format!("/risk/decisions/{}", decision.id))
            .await;
        assert_eq!(shown["facts"]["instrument"], "tok_ok");
        assert_eq!(
            shown["facts"]["payer"],
            json!({"unknown": "not_applicable"})
        );
    }
}

#[tokio::test]
async fn somebody_of_whom_no_event_tells_is_known_by_identity_and_by_nobody_else() {
    for engine in engines() {
        let app = App::on(engine).await;
        for (who, points) in [("imported", 40), ("nobody", 40)] {
            let asked = app.assess(&app.transfer(1, who, "bob", 100)).await;
            assert_eq!(
                (asked.score, codes(&asked)),
                (points, vec!["payer_not_verified"])
            );
            app.service.write_decided().await.unwrap();
            let path = format!("/risk/decisions/{}", asked.id);
            let shown = app.get("operator", &path).await;
            let expected = match who {
                "imported" => json!("none"),
                _ => json!({"unknown": "error"}),
            };
            assert_eq!(shown["facts"]["kyc_of_payer"], expected, "{who}");
        }
    }
}

#[tokio::test]
async fn people_who_are_taken_as_verified_pay_more_often_and_still_show_a_code_for_much() {
    for engine in engines() {
        let app = App::on(engine).await;
        let ann = [user("ann")];
        let verified = app.service.take_as_verified(org("ann"), &ann);
        verified.await.unwrap();
        for number in 0..7 {
            let small = app.assess(&app.transfer(number, "ann", "bob", 100)).await;
            assert_eq!(small.outcome, RiskOutcome::Approve, "{number}: {small:?}");
        }
        let large = app.assess(&app.transfer(8, "ann", "bob", 1_500_000)).await;
        assert_eq!(large.outcome, RiskOutcome::StepUp);
        // Kept, and of nobody else.
        let node = app.another_node().await;
        let small = node
            .assess(&app.transfer(9, "ann", "bob", 100))
            .await
            .unwrap();
        assert_eq!(codes(&small), Vec::<&str>::new());
        let other = app.assess(&app.transfer(10, "bob", "ann", 100)).await;
        assert_eq!(codes(&other), ["payer_not_verified"]);
    }
}
