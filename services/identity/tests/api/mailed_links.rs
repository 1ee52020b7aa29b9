//! The links in mails: looking at one does nothing, and the page that it leads to works in any
//! browser, without a script.

use axum::body::Body;
use axum::http::{Method, Request, header};
use serde_json::json;
use values::{DAY, SECOND};

use crate::support::{Answer, App, PASSWORD, fast, on_each_engine};

const NEW: &str = "purple velocipede uphill";

/// The link of the last mail, from its path on.
async fn mailed(app: &App) -> String {
    app.service.carry_out_requests().await.unwrap();
    app.service.deliver_messages().await.unwrap();
    let mails = app.inbox.take();
    let mut links = mails.iter().filter_map(|mail| {
        let (_, rest) = mail.text.split_once("http://127.0.0.1:8080")?;
        rest.split_whitespace().next()
    });
    links.next_back().unwrap().to_owned()
}

/// One link of each kind, each on a node of its own kind, and what shows whether it was followed.
async fn links(app: &App) -> Vec<(App, String, &'static str, &'static str)> {
    let mut links = Vec::new();
    app.registered("ann@example.com").await;
    let verified = "SELECT count(*) FROM users WHERE email_verified <> 0";
    links.push((
        app.another_node().await,
        mailed(app).await,
        "Confirm your e-mail address",
        verified,
    ));
    // Another user's: what was asked for before an address was proved ends when it is.
    let access = app.confirmed("cleo@example.com").await.access;
    let body = json!({"email": "new@example.com", "current_password": PASSWORD}).to_string();
    let asked = app.send_as("PATCH", &access, "/api/v1/users/me", body);
    assert_eq!(asked.await.status, 200);
    app.service.deliver_messages().await.unwrap();
    let changed = "SELECT count(*) FROM users WHERE email = 'new@example.com'";
    let mails = app.inbox.take();
    let mail = mails.iter().find(|mail| mail.to == "new@example.com");
    let (_, link) = mail.unwrap().text.split_once("8080").unwrap();
    let link = link.split_whitespace().next().unwrap().to_owned();
    let heading = "Confirm your new e-mail address";
    links.push((app.another_node().await, link, heading, changed));
    let mut config = fast();
    config.registration.confirm_email_first = true;
    let careful = app.another_node_with(config).await;
    assert_eq!(careful.register("bob@example.com").await.status, 202);
    let link = mailed(&careful).await;
    let registered = "SELECT count(*) FROM users WHERE email = 'bob@example.com'";
    links.push((careful, link, "Open your account", registered));
    links
}

async fn count(app: &App, sql: &'static str) -> i64 {
    app.db.fetch_one::<(i64,)>(sql, vec![]).await.unwrap().0
}

async fn look(app: &App, method: Method, link: &str) -> Answer {
    let request = Request::builder().method(method).uri(link);
    app.send(request.body(Body::empty()).unwrap()).await
}

/// Presses the button of a page, as a browser without scripts does.
async fn press(app: &App, page: &str, typed: &[(&str, &str)]) -> Answer {
    let part = |before: &str| {
        let (_, rest) = page.split_once(before).unwrap();
        rest.split('"').next().unwrap().to_owned()
    };
    let path = format!("/api/v1/auth/{}", part("action=\""));
    let mut form = format!("token={}", part("name=\"token\" value=\""));
    for (name, value) in typed {
        assert!(page.contains(&format!("name=\"{name}\"")), "{page}");
        form += &format!("&{name}={}", value.replace(' ', "+"));
    }
    let request = Request::post(path)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header(header::ORIGIN, "null")
        .body(Body::from(form))
        .unwrap();
    app.send(request).await
}

/// The page of an answer, with its heading.
fn shown<'a>(answer: &'a Answer, heading: &str) -> &'a str {
    assert_eq!(answer.headers["content-type"], "text/html; charset=utf-8");
    assert_eq!(answer.headers["cache-control"], "no-store");
    assert_eq!(answer.headers["referrer-policy"], "no-referrer");
    let page = answer.body.as_str().unwrap();
    assert!(page.contains(&format!("<h1>{heading}</h1>")), "{page}");
    page
}

#[tokio::test]
async fn looking_at_a_link_uses_nothing_up_and_its_button_does_what_it_is_for_once() {
    on_each_engine(async |app| {
        for (app, link, heading, followed) in links(&app).await {
            let before = count(&app, followed).await;
            for _ in 0..2 {
                let head = look(&app, Method::HEAD, &link).await;
                assert_eq!((head.status, &head.body), (200, &json!(null)));
                let seen = look(&app, Method::GET, &link).await;
                assert_eq!(seen.status, 200);
                shown(&seen, heading);
            }
            assert_eq!(count(&app, followed).await, before, "{heading}");
            let seen = look(&app, Method::GET, &link).await;
            let page = shown(&seen, heading);
            let done = press(&app, page, &[]).await;
            assert_eq!(done.status, 200, "{heading}: {done:?}");
            assert_eq!(count(&app, followed).await, before + 1, "{heading}");
            for again in [
                press(&app, page, &[]).await,
                look(&app, Method::GET, &link).await,
            ] {
                assert_eq!(again.status, 422);
                shown(&again, "This link is no longer good");
            }
            let by_program = app.follow(&link).await;
            assert_eq!(by_program.refusal(), (422, "invalid_link"));
        }
    })
    .await;
}

#[tokio::test]
async fn a_forgotten_password_is_chosen_on_the_page_of_its_link() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        let body = json!({"email": "ann@example.com"});
        app.post("/api/v1/auth/forgot-password", body).await;
        let link = mailed(&app).await;
        let heading = "Choose a new password";
        assert_eq!(look(&app, Method::HEAD, &link).await.status, 200);
        let seen = look(&app, Method::GET, &link).await;
        let page = shown(&seen, heading);
        let typed = async |new: &str, repeated: &str| {
            let typed = [("new_password", new), ("repeated", repeated)];
            press(&app, page, &typed).await
        };
        for (new, repeated, said) in [
            (NEW, PASSWORD, "The two passwords differ."),
            ("tiny7", "tiny7", "12 to 128 characters"),
            ("aaaaaaaaaaaaaa", "aaaaaaaaaaaaaa", "role=\"alert\""),
        ] {
            let refused = typed(new, repeated).await;
            assert_eq!(refused.status, 422);
            let again = shown(&refused, heading);
            assert!(again.contains(said) && !again.contains(new), "{again}");
            assert!(again.contains("name=\"token\""), "{again}");
        }
        let done = typed(NEW, NEW).await;
        assert_eq!(done.status, 200, "{done:?}");
        shown(&done, "Your password is changed");
        assert_eq!(app.log_in("ann@example.com", NEW).await.status, 200);
        assert_eq!(app.log_in("ann@example.com", PASSWORD).await.status, 401);
        let again = typed(PASSWORD, PASSWORD).await;
        shown(&again, "This link is no longer good");
    })
    .await;
}

#[tokio::test]
async fn a_page_shows_only_the_links_that_are_its_own_and_good() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        let verify = mailed(&app).await;
        app.clock.advance(61 * SECOND);
        let body = json!({"email": "ann@example.com"});
        app.post("/api/v1/auth/forgot-password", body).await;
        let reset = mailed(&app).await;
        assert_eq!(look(&app, Method::GET, &verify).await.status, 200);
        assert_eq!(look(&app, Method::GET, &reset).await.status, 200);
        for bad in [
            verify.replace("verify-email", "reset-password"),
            reset.replace("reset-password", "verify-email"),
            format!("{verify}x"),
            "/api/v1/auth/reset-password?token=".to_owned(),
            "/api/v1/auth/verify-email?token=%3Cscript%3E".to_owned(),
        ] {
            let refused = look(&app, Method::GET, &bad).await;
            assert_eq!(refused.status, 422, "{bad}");
            let page = shown(&refused, "This link is no longer good");
            assert!(
                !page.contains("<script") && !page.contains("<form"),
                "{page}"
            );
        }
        app.clock.advance(3_600 * SECOND);
        let late = look(&app, Method::GET, &reset).await;
        shown(&late, "This link is no longer good");
    })
    .await;
}

/// The tokens in the mails that come of asking so often for a link, once a minute, as anybody may.
async fn asked_again(app: &App, path: &str, times: usize) -> Vec<String> {
    let mut tokens = vec![];
    for _ in 0..times {
        app.clock.advance(60 * SECOND);
        let asked = app.post(path, json!({ "email": "ann@example.com" })).await;
        assert_eq!(asked.status, 202);
        app.service.carry_out_requests().await.unwrap();
        app.service.deliver_messages().await.unwrap();
        let mails = app.inbox.take().into_iter();
        let after = |mail: crate::support::Mail| {
            let (_, rest) = mail.text.split_once("?token=")?;
            Some(rest.lines().next()?.to_owned())
        };
        tokens.extend(mails.filter_map(after));
    }
    tokens
}

#[tokio::test]
async fn whoever_asks_for_anothers_links_ends_none_and_has_only_five_mailed() {
    on_each_engine(async |app| {
        app.registered("ann@example.com").await;
        app.service.deliver_messages().await.unwrap();
        app.inbox.take();
        let reset = asked_again(&app, "/api/v1/auth/forgot-password", 8).await;
        assert_eq!(reset.len(), 5);
        let verify = asked_again(&app, "/api/v1/auth/resend-verification", 8).await;
        assert_eq!(verify.len(), 4, "and the one of the registration");

        let link = format!("/api/v1/auth/verify-email?token={}", verify[0]);
        assert_eq!(app.follow(&link).await.status, 204);
        let other = format!("/api/v1/auth/verify-email?token={}", verify[3]);
        assert_eq!(app.follow(&other).await.refusal(), (422, "invalid_link"));
        let new = |token: &str| json!({"token": token, "new_password": NEW});
        let path = "/api/v1/auth/reset-password";
        // They belong to the epoch before the e-mail was confirmed.
        assert_eq!(app.post(path, new(&reset[4])).await.status, 422);
        let reset = asked_again(&app, "/api/v1/auth/forgot-password", 2).await;
        assert_eq!(app.post(path, new(&reset[0])).await.status, 204);
        let used = app.post(path, new(&reset[1])).await;
        assert_eq!(used.refusal(), (422, "invalid_link"));
        assert_eq!(app.log_in("ann@example.com", PASSWORD).await.status, 401);
    })
    .await;
}

#[tokio::test]
async fn a_registration_by_a_clock_that_was_ahead_makes_no_account_once_it_is_right() {
    on_each_engine(async |app| {
        let mut config = fast();
        config.registration.confirm_email_first = true;
        let app = app.another_node_with(config).await;
        app.clock.step(100 * DAY);
        assert_eq!(app.register("bob@example.com").await.status, 202);
        let link = mailed(&app).await;
        app.clock.step(-100 * DAY);
        let followed = app.follow(&link).await;
        assert_eq!(followed.refusal(), (422, "invalid_link"));
    })
    .await;
}
