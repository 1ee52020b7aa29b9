//! What the background tells of PayFlow's own accounts.

use platform::metrics::Metrics;

use super::harness::{App, config};

#[tokio::test]
async fn an_account_that_runs_out_of_room_is_an_alarm_in_the_metrics() {
    App::each(config(), async |app, _script| {
        let metrics = Metrics::default();
        app.service.show_in(&metrics);
        let alarms = |count: u8| format!("payflow_payments_alarms {count}\n");
        app.wallet("ann", "EUR", i64::MAX / 100 * 79).await;
        app.tick().await;
        assert!(metrics.render().contains(&alarms(0)), "{}", metrics.render());
        app.wallet("ann", "EUR", i64::MAX / 100 * 2).await;
        app.tick().await;
        let text = metrics.render();
        let used = r#"payflow_payments_system_account_used_percent{account="settlement",currency="EUR"} 80"#;
        assert!(text.contains(&alarms(1)) && text.contains(used), "{text}");
    })
    .await;
}
