//! A thousand logins at the same moment: the machine keeps its memory, and anyone who comes alone
//! gets in.

use identity::{Carrier, Fault, LoginError, PasswordError};
use tokio::task::JoinSet;
use web::client::Client;

use crate::support::{App, PASSWORD, on_each_engine};

const EMAIL: &str = "ann@example.com";

/// How a login ended.
#[derive(Debug, PartialEq, Eq)]
enum End {
    In,
    Busy,
}

/// Logs in once from each of these addresses, all at the same moment.
async fn all_at_once(app: &App, addresses: Vec<[u8; 4]>) -> Vec<([u8; 4], End)> {
    let mut logins = JoinSet::new();
    for address in addresses {
        let service = app.service.clone();
        logins.spawn(async move {
            let client = Client::new(address.into(), Some("crowd"));
            let password = PASSWORD.into();
            let done = service.log_in(None, EMAIL, &password, Carrier::Tokens, &client);
            let end = match done.await {
                Ok(_) => End::In,
                // Anyone who cannot even ask the database within its time-out is told to come
                // again, too.
                Err(
                    LoginError::Password(PasswordError::Busy)
                    | LoginError::Fault(Fault::Database(_)),
                ) => End::Busy,
                Err(other) => panic!("{other:?}"),
            };
            (address, end)
        });
    }
    logins.join_all().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_thousand_logins_at_once_are_all_answered_and_then_it_is_as_before() {
    on_each_engine(async |app| {
        app.registered(EMAIL).await;
        let ends = all_at_once(&app, vec![[198, 51, 100, 66]; 1_000]).await;
        assert_eq!(ends.len(), 1_000);
        let inside = ends.iter().filter(|(_, end)| *end == End::In).count();
        assert!(inside >= 66, "two at work and 64 places: {inside}");
        assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 200);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_from_one_network_keeps_nobody_else_out() {
    on_each_engine(async |app| {
        app.registered(EMAIL).await;
        let eve = [198, 51, 100, 66];
        let others: Vec<_> = (1..=20).map(|number| [203, 0, 113, number]).collect();
        let mut addresses = vec![eve; 200];
        addresses.extend(&others);
        addresses.extend(vec![eve; 50]);
        let ends = all_at_once(&app, addresses).await;
        for (address, end) in ends {
            if address != eve {
                assert_eq!(end, End::In, "{address:?}");
            }
        }
    })
    .await;
}
