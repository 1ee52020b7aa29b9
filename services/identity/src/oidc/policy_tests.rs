//! Tests of which providers are accepted and of what becomes of whom they vouch for.
#![cfg(test)]

use serde_json::json;
use uuid::Uuid;

use super::*;

const ANN: UserId = UserId(Uuid::from_u128(1));
const BOB: UserId = UserId(Uuid::from_u128(2));

fn provider(settings: Value) -> ProviderConfig {
    let mut all = json!({"issuer": "https://id.example", "client_id": "payflow"});
    all.as_object_mut()
        .unwrap()
        .extend(settings.as_object().unwrap().clone());
    serde_json::from_value(all).unwrap()
}

fn claims(email: &str, verified: bool) -> Claims {
    Claims {
        subject: "248289761001".to_owned(),
        email: Some(email.to_owned()),
        email_verified: verified,
        ..Claims::default()
    }
}

fn saying(all: Value) -> Claims {
    let Value::Object(all) = all else {
        panic!("no object")
    };
    Claims {
        all,
        ..claims("ann@pay.example", true)
    }
}

#[test]
fn a_provider_that_cannot_work_is_refused_with_what_is_wrong() {
    let said =
        |name: &str, settings: Value| provider(settings).checked(name).unwrap_err().to_string();
    for (name, settings, hint) in [
        ("", json!({}), "a name has"),
        ("Corp", json!({}), "a name has"),
        ("a/b", json!({}), "a name has"),
        ("exchange", json!({}), "path of the API"),
        ("google", json!({}), "the issuer of `google`"),
        ("corp", json!({"issuer": ""}), "issuer must"),
        (
            "corp",
            json!({"issuer": "http://id.example"}),
            "issuer must",
        ),
        (
            "corp",
            json!({"issuer": "http://localhost.evil.example"}),
            "issuer must",
        ),
        (
            "corp",
            json!({"issuer": "https://id.example?x=1"}),
            "issuer must",
        ),
        (
            "corp",
            json!({"issuer": "https://me@id.example"}),
            "issuer must",
        ),
        ("corp", json!({"client_id": ""}), "client_id"),
        ("corp", json!({"role_claim": "groups"}), "role_claim"),
        (
            "corp",
            json!({"roles": {"staff": "operator"}}),
            "role_claim",
        ),
        ("corp", json!({"timeout_ms": 0}), "timeout_ms"),
        (
            "corp",
            json!({"allowed_domains": "ann@pay.example"}),
            "allowed_domains",
        ),
        (
            "corp",
            json!({"allowed_domains": "*.pay.example"}),
            "allowed_domains",
        ),
    ] {
        let said = said(name, settings);
        assert!(
            said.starts_with(&format!("identity.oidc.{name}: ")) && said.contains(hint),
            "{said}"
        );
    }
}

#[test]
fn google_needs_no_issuer_and_others_may_be_on_this_machine() {
    let google = provider(json!({"issuer": ""})).checked("google").unwrap();
    assert_eq!(
        (google.issuer.as_str(), google.label.as_str()),
        (GOOGLE.1, "Google")
    );
    for issuer in [
        "http://127.0.0.1:1",
        "http://[::1]:1/x",
        "http://localhost:1",
        "https://id.example/realms/a",
    ] {
        assert!(
            provider(json!({"issuer": issuer})).checked("corp").is_ok(),
            "{issuer}"
        );
    }
}

#[test]
fn the_secret_is_never_printed() {
    let provider = provider(json!({"client_secret": "hunter2"}));
    let printed = format!("{provider:?} {}", serde_json::to_string(&provider).unwrap());
    assert!(
        !printed.contains("hunter2") && printed.contains("(hidden)"),
        "{printed}"
    );
}

#[test]
#[expect(clippy::too_many_lines, reason = "it is one table")]
fn what_becomes_of_somebody_is_a_table() {
    let nothing = LinkState::default();
    let known = LinkState {
        email_known: true,
        ..nothing
    };
    let linked = LinkState {
        linked: Some(ANN),
        ..nothing
    };
    let linking = LinkState {
        linking: Some(ANN),
        ..nothing
    };
    let (mine, foreign) = (
        claims("ann@pay.example", true),
        claims("ann@evil.example", true),
    );
    let unverified = claims("ann@pay.example", false);
    let without = Claims {
        email: None,
        ..mine.clone()
    };
    let (listed, any, none) = (json!(["Pay.example", "x.example"]), json!("*"), json!([]));
    for (domains, claims, links, expected) in [
        (&listed, &mine, nothing, Ok(Decision::Create)),
        (&any, &foreign, nothing, Ok(Decision::Create)),
        (&none, &mine, nothing, Err(Refusal::NoAccount)),
        (&listed, &foreign, nothing, Err(Refusal::DomainNotAllowed)),
        (
            &listed,
            &unverified,
            nothing,
            Err(Refusal::EmailNotVerified),
        ),
        (&listed, &without, nothing, Err(Refusal::EmailNotVerified)),
        (&any, &unverified, nothing, Err(Refusal::EmailNotVerified)),
        (&any, &unverified, known, Err(Refusal::EmailNotVerified)),
        (&any, &mine, known, Err(Refusal::LinkRequired)),
        (&none, &mine, known, Err(Refusal::NoAccount)),
        (&any, &without, linked, Ok(Decision::SignIn(ANN))),
        (&none, &unverified, linked, Ok(Decision::SignIn(ANN))),
        (
            &listed,
            &mine,
            LinkState {
                email_known: true,
                ..linked
            },
            Ok(Decision::SignIn(ANN)),
        ),
        (&listed, &foreign, linked, Err(Refusal::DomainNotAllowed)),
        (&none, &mine, linking, Ok(Decision::Link(ANN))),
        (
            &any,
            &mine,
            LinkState {
                email_known: true,
                ..linking
            },
            Ok(Decision::Link(ANN)),
        ),
        (&listed, &foreign, linking, Err(Refusal::DomainNotAllowed)),
        (
            &any,
            &mine,
            LinkState {
                linked: Some(ANN),
                ..linking
            },
            Ok(Decision::Linked(ANN)),
        ),
        (
            &any,
            &mine,
            LinkState {
                linked: Some(BOB),
                ..linking
            },
            Err(Refusal::LinkedElsewhere),
        ),
        (
            &any,
            &mine,
            LinkState {
                has_another: true,
                ..linking
            },
            Err(Refusal::AnotherLinked),
        ),
    ] {
        let provider = provider(json!({"allowed_domains": domains}));
        assert_eq!(
            decide(&provider, claims, links),
            expected,
            "{domains} {claims:?} {links:?}"
        );
    }
}

#[test]
fn a_domain_is_the_whole_of_what_follows_the_last_at() {
    let provider = provider(json!({"allowed_domains": "pay.example"}));
    for email in [
        "ann@notpay.example",
        "ann@x.pay.example",
        "ann@pay.example@evil.example",
        "pay.example",
        "ann@pay.example.",
        "",
    ] {
        let refused = decide(&provider, &claims(email, true), LinkState::default());
        assert_eq!(refused, Err(Refusal::DomainNotAllowed), "{email}");
    }
}

#[test]
fn google_must_say_that_somebody_still_belongs_to_a_domain() {
    let google = provider(json!({"issuer": "", "allowed_domains": "pay.example, gmail.com"}))
        .checked("google")
        .unwrap();
    let decided = |claims: &Claims| decide(&google, claims, LinkState::default());
    assert_eq!(
        decided(&claims("ann@pay.example", true)),
        Err(Refusal::DomainNotAllowed)
    );
    assert_eq!(
        decided(&saying(json!({"hd": "evil.example"}))),
        Err(Refusal::DomainNotAllowed)
    );
    assert_eq!(
        decided(&saying(json!({"hd": "pay.example"}))),
        Ok(Decision::Create)
    );
    assert_eq!(
        decided(&claims("ann@gmail.com", true)),
        Ok(Decision::Create)
    );
}

#[test]
fn an_email_is_verified_where_the_provider_says_true_in_any_form_and_nowhere_else() {
    let of = |verified: Value| {
        let claims = json!({"sub": "ann", "email": "ann@pay.example", "email_verified": verified});
        Claims::of(claims.as_object().unwrap().clone())
    };
    for yes in [json!(true), json!("true"), json!(1)] {
        assert_eq!(
            of(yes.clone()).verified_email(),
            Some("ann@pay.example"),
            "{yes}"
        );
    }
    for no in [
        json!(false),
        json!("false"),
        json!("True"),
        json!("yes"),
        json!(""),
        json!(0),
        json!(2),
        json!(-1),
        json!(null),
        json!([true]),
        json!({"value": true}),
    ] {
        let claims = of(no.clone());
        assert_eq!(claims.verified_email(), None, "{no}");
        assert_eq!(claims.subject, "ann");
    }
}

#[test]
fn what_is_told_later_adds_to_what_is_signed_and_changes_nothing_of_it() {
    let of = |claims: Value| Claims::of(claims.as_object().unwrap().clone());
    let mut claims = of(json!({"sub": "ann", "name": "Ann", "groups": ["shop"]}));
    claims.complete(of(json!({
        "sub": "ann", "name": "Boss", "groups": ["boss"], "hd": "pay.example",
        "email": "ann@pay.example", "email_verified": "true",
    })));
    assert_eq!(claims.verified_email(), Some("ann@pay.example"));
    assert_eq!(claims.name.as_deref(), Some("Ann"));
    assert_eq!(claims.find("groups"), Some(&json!(["shop"])));
    assert_eq!(claims.find("hd"), Some(&json!("pay.example")));
    // Nobody vouches for the signed e-mail by vouching for another.
    let mut claims = of(json!({"sub": "ann", "email": "boss@pay.example"}));
    claims.complete(of(
        json!({"sub": "ann", "email": "ann@pay.example", "email_verified": true}),
    ));
    assert_eq!(claims.verified_email(), None);
}

#[test]
fn a_claim_gives_a_role_and_never_more_than_the_settings_say() {
    let roles = json!({"staff": "operator", "boss": "admin", "shop": "merchant"});
    let role = |claim: &str, others: Value| {
        let provider = provider(json!({"role_claim": claim, "roles": roles}));
        provider.role(&saying(others)).unwrap()
    };
    assert_eq!(role("groups", json!({"groups": "staff"})), Role::Operator);
    assert_eq!(
        role("groups", json!({"groups": ["shop", "boss", "staff"]})),
        Role::Admin
    );
    assert_eq!(
        role("realm.roles", json!({"realm": {"roles": ["staff"]}})),
        Role::Operator
    );
    assert_eq!(
        role(
            "https://pay.example/roles",
            json!({"https://pay.example/roles": ["shop"]})
        ),
        Role::Merchant
    );
    for others in [
        json!({}),
        json!({"groups": []}),
        json!({"groups": "admin"}),
        json!({"groups": ["Boss", " boss"]}),
        json!({"groups": {"boss": true}}),
        json!({"groups": [["boss"]]}),
        json!({"groups": null}),
        json!({"role": "boss"}),
    ] {
        assert_eq!(role("groups", others.clone()), Role::User, "{others}");
    }
    assert_eq!(
        provider(json!({})).role(&saying(json!({"groups": "boss"}))),
        None
    );
}

#[test]
fn a_new_user_is_called_what_the_provider_says_or_like_the_email() {
    let named = |name: &str| {
        Claims {
            name: Some(name.to_owned()),
            ..Claims::default()
        }
        .name_or("ann@pay.example")
    };
    assert_eq!(named("Ann Example"), "Ann Example");
    assert_eq!(named(" "), "ann");
    assert_eq!(named("a\nb"), "ann");
    assert_eq!(named("nn\u{202e}A"), "ann");
    assert_eq!(named("\u{200b}"), "ann");
    assert_eq!(Claims::default().name_or("ann@pay.example"), "ann");
}
