//! One-time codes of other services: sent at once by the first way that takes them.

use contracts::identity::OrgId;
use contracts::notifications::{CodeChannel, CodeNotSent, CodeSent, Codes, OneTimeCode};
use notifications::Config;
use serde_json::json;
use testkit::{Engine, engines};
use values::SECOND;

use crate::messages;
use crate::phones::verify;
use crate::provider::{Answer, Provider};
use crate::smtp_server::SmtpServer;
use crate::support::{App, user};
use crate::twilio;

const CODE: &str = "914073";

pub fn code(channels: &[CodeChannel]) -> OneTimeCode {
    OneTimeCode {
        org: OrgId::DEFAULT,
        user: user("bob"),
        code: CODE.into(),
        minutes: 5,
        facts: json!({"amount": "12.50", "currency": "USD", "counterparty": "Ann"}),
        channels: channels.to_vec(),
    }
}

/// With a mail server, a provider of SMS, and a number of Bob's.
async fn app(
    engine: Engine,
    change: impl FnOnce(&mut Config),
) -> (App, Provider, std::sync::Arc<SmtpServer>) {
    let (provider, server) = (Provider::start().await, SmtpServer::start().await);
    let mut config = twilio::config(&provider);
    config.email = messages::config(server.port, 0).email;
    change(&mut config);
    let app = App::with(engine, config).await;
    verify(&app, &provider, "bob", "+4915112345678").await;
    (app, provider, server)
}

fn sent(channel: CodeChannel, hint: &str) -> Result<CodeSent, CodeNotSent> {
    let hint = hint.to_owned();
    Ok(CodeSent { channel, hint })
}

#[tokio::test]
async fn a_code_goes_by_the_first_way_and_by_the_next_where_that_fails_at_once() {
    use CodeChannel::{Email, Push, Sms};
    for engine in engines() {
        let (app, provider, server) = app(engine, |_| {}).await;
        let by_sms = sent(Sms, "+49***78");
        let by_mail = sent(Email, "b***@example.com");
        assert_eq!(app.service.send_code(&code(&[Sms, Email])).await, by_sms);
        let text = provider.take()[0].field("Body").unwrap();
        assert!(
            text.starts_with("914073 ") && text.contains("12.50 USD to Ann"),
            "{text}"
        );
        assert!(text.contains("5 minutes") && server.take().is_empty());
        // There is no device.
        assert_eq!(app.service.send_code(&code(&[Push, Email])).await, by_mail);
        let mails = server.take();
        assert_eq!(mails.len(), 1);
        provider.refuses(429, 20_429);
        assert_eq!(app.service.send_code(&code(&[Sms, Email])).await, by_mail);
        assert_eq!((provider.take().len(), server.take().len()), (1, 1));
        // Perhaps taken: it is not sent by mail as well.
        provider.answers([Answer::Never]);
        assert_eq!(app.service.send_code(&code(&[Sms, Email])).await, by_sms);
        assert!(server.take().is_empty());
        provider.take();
        provider.refuses(400, 21_211);
        let nobody = app.service.send_code(&code(&[Push, Sms])).await;
        assert_eq!(nobody, Err(CodeNotSent::NotNow));
        // Nothing of it is sent later, and nothing is kept that could be.
        app.clock.advance(3_600 * SECOND);
        app.service.send_messages().await.unwrap();
        assert!(server.take().is_empty() && provider.take().len() == 1);
        let kept = "SELECT count(*) FROM messages WHERE data IS NOT NULL";
        assert_eq!(messages::count(&app, kept).await, 0);
    }
}

#[tokio::test]
async fn the_mail_with_the_code_of_a_transaction_leads_to_the_page_for_it() {
    for engine in engines() {
        let (app, _provider, server) = app(engine, |_| {}).await;
        let mut code = code(&[CodeChannel::Email]);
        app.service.send_code(&code).await.unwrap();
        assert!(!server.take()[0].text.contains("/wallet/confirm/"));
        code.facts["transaction"] = "txn_1".into();
        app.service.send_code(&code).await.unwrap();
        let mail = &server.take()[0];
        assert!(mail.text.contains("/wallet/confirm/txn_1"), "{}", mail.text);
        assert!(mail.text.contains("Enter the code"), "{}", mail.text);
    }
}

#[tokio::test]
async fn codes_have_limits_by_sms_and_others_by_mail_and_need_a_way() {
    use CodeChannel::{Email, Sms};
    for engine in engines() {
        let (app, provider, _server) = app(engine, |config| {
            config.codes.per_user_and_hour = 3;
            config.codes.per_number_and_day = 5;
            config.codes.mails_per_user_and_hour = 2;
        })
        .await;
        let send = async |ways: &[CodeChannel]| app.service.send_code(&code(ways)).await;
        let channel = async |ways: &[CodeChannel]| send(ways).await.unwrap().channel;
        assert_eq!(send(&[]).await, Err(CodeNotSent::NoWay));
        // One went out to verify the number. No more than these by SMS: the next way takes them.
        for expected in [Sms, Sms, Email, Email] {
            assert_eq!(channel(&[Sms, Email]).await, expected);
        }
        assert_eq!(provider.take().len(), 2);
        for ways in [&[Sms, Email][..], &[Email], &[Sms]] {
            let refused = send(ways).await.unwrap_err();
            let CodeNotSent::TooMany { retry_after_s } = refused else {
                panic!("{refused}");
            };
            assert!((1..=3_600).contains(&retry_after_s));
        }
        app.clock.advance(3_600 * SECOND);
        // The number has two more on that day.
        for expected in [Sms, Sms, Email] {
            assert_eq!(channel(&[Sms, Email]).await, expected);
        }
        app.village.change("bob", |bob| bob.email_verified = false);
        assert_eq!(send(&[Email]).await, Err(CodeNotSent::NoWay));
        app.village.close("bob");
        assert_eq!(send(&[Email]).await, Err(CodeNotSent::NoWay));
    }
}

#[test]
fn a_code_is_not_shown() {
    assert!(!format!("{:?}", code(&[])).contains(CODE));
}
