//! The simulated acquirer's own times.

use std::time::Duration;

use payments::acquirer::simulated::Simulated;
use payments::acquirer::{Acquirer, AcquirerConfig, Verdict};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::charge;

#[tokio::test(start_paused = true)]
async fn a_late_approval_comes_when_the_settings_say() {
    let (told, mut notifications) = mpsc::unbounded_channel();
    let simulated = Simulated::new(
        &AcquirerConfig {
            late_ms: 3_000,
            ..AcquirerConfig::default()
        },
        told,
    );
    let (sent, start) = (charge("tok_late"), Instant::now());
    assert_eq!(simulated.instruct(&sent).await, Ok(Verdict::Pending));
    tokio::time::advance(Duration::from_millis(2_999)).await;
    assert_eq!(simulated.enquire(&sent).await, Ok(Verdict::Pending));
    assert!(notifications.try_recv().is_err());
    let notification = notifications.recv().await.unwrap();
    assert_eq!(
        (notification.id, start.elapsed().as_millis()),
        (sent.id, 3_000)
    );
    assert_eq!(simulated.enquire(&sent).await, Ok(Verdict::Approved));
}

#[tokio::test(start_paused = true)]
async fn an_enquiry_knows_of_a_late_approval_even_before_the_notification_is_heard() {
    let (told, notifications) = mpsc::unbounded_channel();
    let simulated = Simulated::new(&AcquirerConfig::default(), told);
    let sent = charge("tok_late");
    assert_eq!(simulated.instruct(&sent).await, Ok(Verdict::Pending));
    drop(notifications);
    tokio::time::advance(Duration::from_secs(3)).await;
    assert_eq!(simulated.enquire(&sent).await, Ok(Verdict::Approved));
}
