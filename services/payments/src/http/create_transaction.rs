//! `POST /api/v1/transactions`: transfers, deposits, withdrawals and payments.

use std::sync::Arc;

use access::Principal;
use axum::extract::State;
use axum::response::Response;
use contracts::payments::WalletId;
use money::Currency;
use payments_core::command::{Actor, Answer, IdempotencyKey, Movement, NewTransaction, Operation};
use payments_core::refusal::Refused;
use payments_core::transaction::{Instrument, TransactionView};
use platform::text::hides_nothing;
use serde::Deserialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;
use uuid::Uuid;
use values::SECOND;
use web::extract::Json;
use web::idempotency::RequestKey;
use web::problem::Problem;

use super::docs::{IdempotencyKeyHeader, amount_schema};
use super::find_recipient::recipient_not_found;
use super::replies::respond;
use super::{amount, currency, idempotency, text};
use crate::error::Error;
use crate::risk::may_be_made;
use crate::service::Service;
use crate::store::answers::reply_under;
use crate::store::wallets::wallet;

/// What money to move. Which fields belong to it depends on `type`: `transfer` takes `from_wallet`
/// and `to_wallet` or `to_email`; `deposit` takes `to_wallet` and `source`; `withdrawal` takes
/// `from_wallet` and `destination`; `payment` takes `from_wallet`, `to_wallet` and `capture`.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct CreateTransaction {
    /// What it does.
    #[serde(rename = "type")]
    kind: NewKind,
    /// How much.
    #[schema(schema_with = amount_schema)]
    amount: Box<RawValue>,
    /// ISO 4217 code.
    #[schema(example = "USD", pattern = "^[A-Z]{3}$")]
    currency: String,
    /// The wallet that gives; one of yours.
    #[serde(default)]
    from_wallet: Option<WalletId>,
    /// The wallet that receives.
    #[serde(default)]
    to_wallet: Option<WalletId>,
    /// For a transfer: the e-mail of anyone who receives, into their wallet of that currency.
    #[serde(default)]
    #[schema(min_length = 1, max_length = 254, example = "bob@demo.payflow.example")]
    to_email: Option<String>,
    /// For a deposit: where the money comes from.
    #[serde(default)]
    source: Option<Instrument>,
    /// For a withdrawal: where the money goes.
    #[serde(default)]
    destination: Option<Instrument>,
    /// For a payment: move the money at once (the default), or hold it until it is captured.
    #[serde(default)]
    capture: Option<CaptureMethod>,
    /// What it is for.
    #[serde(default)]
    #[schema(
        max_length = 500,
        pattern = r"^([^\x00-\x09\x0b-\x1f\x7f-\x9f]*[^\s\x00-\x09\x0b-\x1f\x7f-\x9f][^\x00-\x09\x0b-\x1f\x7f-\x9f]*)?$"
    )]
    description: Option<String>,
    /// Your own id of it: unique among your transactions for ever.
    #[serde(default)]
    #[schema(
        min_length = 1,
        max_length = 180,
        pattern = r"^[^\x00-\x09\x0b-\x1f\x7f-\x9f]*[^\s\x00-\x09\x0b-\x1f\x7f-\x9f][^\x00-\x09\x0b-\x1f\x7f-\x9f]*$"
    )]
    external_id: Option<String>,
    /// Your own data: an object of up to 4,096 bytes and 32 levels. Its names and texts have no
    /// controls but line feeds and tabs, and nothing invisible or that changes the direction of
    /// text.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    metadata: Option<Box<RawValue>>,
}

/// What a new transaction does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum NewKind {
    Transfer,
    Deposit,
    Withdrawal,
    Payment,
}

/// When the money of a payment moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum CaptureMethod {
    Automatic,
    Manual,
}

/// Create a transaction
///
/// A transfer or payment is complete in one commit. A deposit or withdrawal waits for the acquirer:
/// where it answers at once the answer is `completed` or `failed`, else `processing`, and the
/// timeline tells the rest. A deposit that is larger than a single one may be
/// (`deposit_too_large`), or than may still be on its way to the wallet (`too_much_pending`), is
/// refused before the acquirer is told; the detail says how much may be.
///
/// What a wallet may send, and what its owner may do by how far their identity is verified, is
/// limited (`limit_exceeded`): the detail says by what, what is left, and what raises it.
///
/// Where transactions are assessed, one that is risky waits: `requires_verification` for the code
/// that its maker was sent (`/confirm`), `in_review` for an operator. The money is held meanwhile.
/// One that is declined is `failed`.
#[utoipa::path(
    post,
    path = "/api/v1/transactions",
    tag = "transactions",
    request_body = CreateTransaction,
    params(IdempotencyKeyHeader),
    responses(
        (
            status = 201,
            description = "The transaction, completed or waiting.",
            body = TransactionView
        ),
        (status = 404, description = "No such wallet of yours, or no such recipient."),
        (status = 409, description = "A frozen or closed wallet, a taken `external_id`, or the same key still at work."),
        (status = 422, description = "Understood and refused: funds, limits, precision, a reused key. A key keeps its refusal: try again with a new one."),
        (status = 429, description = "Too many e-mails without a wallet; come again after `Retry-After`."),
        (status = 503, description = "The risk cannot be assessed now (`risk_unavailable`), nor what your level lets you do (`kyc_unavailable`), or one of the general reasons."),
    ),
    extensions(("x-permission" = json!(["transactions:own"])))
)]
pub(super) async fn create_transaction(
    State(service): State<Arc<Service>>,
    principal: Principal,
    key: RequestKey,
    body: Json<CreateTransaction>,
) -> Result<Response, Problem> {
    let key = idempotency(key, &principal, &body.raw);
    let request = body.value;
    let currency = currency(&request.currency)?;
    let amount = amount(&request.amount, currency)?;
    let instrument = request.source.as_ref().or(request.destination.as_ref());
    if let Some(instrument) = instrument {
        check_token(instrument)?;
    }
    // Whether somebody receives at an e-mail changes, and what risk thinks, and somebody's level;
    // what was answered once does not.
    let asks_others =
        request.to_email.is_some() || service.assesses() || service.gate.levels().is_some();
    if let Some(key) = key.filter(|_| asks_others)
        && let Some(reply) = reply_under(&service.db, principal.org.0, key).await?
    {
        return Ok(respond(Answer::Replayed(reply)));
    }
    let what = movement(&service, &principal, &request, currency).await?;
    let new = NewTransaction {
        id: service.ids.next(),
        what,
        amount: amount.minor(),
        currency,
        description: text(request.description, "description", 0, 500)?,
        external_id: text(request.external_id, "external_id", 1, 180)?,
        metadata: metadata(request.metadata)?,
        risk: None,
        level: None,
    };
    let answer = make(&service, &principal, key, new).await?;
    Ok(respond(answer))
}

/// Has the transaction assessed, and made; then its acquirer, or its maker, is told.
async fn make(
    service: &Arc<Service>,
    principal: &Principal,
    key: Option<IdempotencyKey>,
    mut new: NewTransaction,
) -> Result<Answer, Problem> {
    // A key that is at work is answered before risk is asked.
    let waiting = match &new.what {
        Movement::Deposit { .. } | Movement::Withdrawal { .. } => {
            Some(service.instructions.begin(key)?)
        }
        Movement::Transfer { .. } | Movement::Payment { .. } => None,
    };
    service.limit_by_level(principal, &mut new).await?;
    service.assess(principal, &mut new).await?;
    let id = new.id;
    let actor = Actor::User(principal.user.uuid());
    let operation = Operation::Create(new);
    let answer = service.submit(principal, actor, key, operation).await;
    if !may_be_made(&answer) {
        service.gate.dropped(id);
    }
    let answer = answer?;
    service.send_first_code(principal.org, &answer);
    Ok(match waiting {
        Some(waiting) => {
            let instructions = &service.instructions;
            instructions
                .follow(principal.org.0, id, answer, waiting)
                .await
        }
        None => answer,
    })
}

async fn movement(
    service: &Service,
    principal: &Principal,
    request: &CreateTransaction,
    currency: Currency,
) -> Result<Movement, Problem> {
    check_fields(request)?;
    let from = || {
        request
            .from_wallet
            .map(WalletId::uuid)
            .ok_or_else(|| missing("from_wallet"))
    };
    let to = || {
        request
            .to_wallet
            .map(WalletId::uuid)
            .ok_or_else(|| missing("to_wallet"))
    };
    Ok(match request.kind {
        NewKind::Transfer => {
            let to = match &request.to_email {
                Some(email) => {
                    check_giver(service, principal, from()?, currency).await?;
                    recipient(service, principal, email, currency).await?
                }
                None => to()?,
            };
            Movement::Transfer { from: from()?, to }
        }
        NewKind::Deposit => {
            let instrument = request.source.clone().ok_or_else(|| missing("source"))?;
            Movement::Deposit {
                to: to()?,
                instrument: Some(instrument),
                limits: service.config.deposit_limits_for(currency),
            }
        }
        NewKind::Withdrawal => {
            let instrument = request
                .destination
                .clone()
                .ok_or_else(|| missing("destination"))?;
            Movement::Withdrawal {
                from: from()?,
                instrument,
            }
        }
        NewKind::Payment => {
            let manual = request.capture == Some(CaptureMethod::Manual);
            let hold_for = i64::from(service.config.authorisation_seconds).saturating_mul(SECOND);
            Movement::Payment {
                from: from()?,
                to: to()?,
                hold_for: manual.then_some(hold_for),
            }
        }
    })
}

/// Refuses an amount that the caller's own wallet cannot give before anybody is looked up: where
/// nobody receives that currency either, that is not what is wrong.
async fn check_giver(
    service: &Service,
    principal: &Principal,
    id: Uuid,
    currency: Currency,
) -> Result<(), Error> {
    let found = wallet(&service.db, principal.org.0, id).await?;
    match found.filter(|found| found.wallet.owner == principal.user.uuid()) {
        Some(giver) if giver.account.currency != currency => {
            Err(Error::Refused(Refused::WalletCurrency {
                param: "from_wallet",
                wallet: giver.account.currency.code(),
                amount: currency.code(),
            }))
        }
        Some(_) | None => Ok(()),
    }
}

async fn recipient(
    service: &Service,
    principal: &Principal,
    email: &str,
    currency: Currency,
) -> Result<Uuid, Problem> {
    let email = text(Some(email.to_owned()), "to_email", 1, 254)?.unwrap_or_default();
    // Anyone who sends to e-mails at random learns as little as anyone who looks them up; a hit
    // costs nothing.
    service.lookups.take(principal.user).await?;
    let found = service.recipient(principal.org, &email, currency).await?;
    let recipient = found.ok_or_else(|| recipient_not_found(currency, "to_email"))?;
    service.lookups.give_back(principal.user).await;
    Ok(recipient.wallet_id.uuid())
}

fn missing(field: &str) -> Problem {
    Problem::malformed(
        "missing_field",
        format!("A transaction of this type needs `{field}`."),
    )
    .for_param(field)
}

/// Fields that do not belong to the type are refused like unknown ones: nobody should believe that
/// they did something.
fn check_fields(request: &CreateTransaction) -> Result<(), Problem> {
    use NewKind::{Deposit, Payment, Transfer, Withdrawal};
    let kind = request.kind;
    let misplaced = [
        (
            "from_wallet",
            request.from_wallet.is_some() && kind == Deposit,
        ),
        (
            "to_wallet",
            request.to_wallet.is_some() && kind == Withdrawal,
        ),
        ("to_email", request.to_email.is_some() && kind != Transfer),
        ("source", request.source.is_some() && kind != Deposit),
        (
            "destination",
            request.destination.is_some() && kind != Withdrawal,
        ),
        ("capture", request.capture.is_some() && kind != Payment),
    ];
    if let Some((field, _)) = misplaced.into_iter().find(|(_, is)| *is) {
        let detail = format!("A transaction of this type has no field `{field}`.");
        return Err(Problem::malformed("unknown_field", detail).for_param(field));
    }
    if kind == Transfer && request.to_wallet.is_some() && request.to_email.is_some() {
        let detail = "Send either `to_wallet` or `to_email`, not both.";
        return Err(Problem::malformed("ambiguous_recipient", detail).for_param("to_email"));
    }
    Ok(())
}

fn check_token(instrument: &Instrument) -> Result<(), Problem> {
    let token = &instrument.token;
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    let is_token = (1..=128).contains(&token.len()) && token.bytes().all(allowed);
    let detail = match (is_card_number(token), is_token) {
        (false, true) => return Ok(()),
        (true, _) => {
            "This looks like a card number, which PayFlow must never see: send the token that your card form has made of it."
        }
        (false, false) => "A token has 1 to 128 letters, digits, `_` or `-`.",
    };
    Err(Problem::refused("invalid_token", detail).for_param("token"))
}

/// 12 to 19 digits, perhaps in groups, of which the last one fits the others (ISO/IEC 7812, Luhn).
fn is_card_number(token: &str) -> bool {
    let digits: Option<Vec<u32>> = token
        .chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .map(|c| c.to_digit(10))
        .collect();
    let Some(digits) = digits.filter(|digits| (12..=19).contains(&digits.len())) else {
        return false;
    };
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => *digit,
            _ => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

fn metadata(raw: Option<Box<RawValue>>) -> Result<Option<String>, Problem> {
    let Some(raw) = raw else {
        return Ok(None);
    };
    let text = raw.get();
    if text == "null" {
        return Ok(None);
    }
    if !text.starts_with('{') || text.len() > 4_096 || depth(text) > MOST_DEPTH {
        let detail = "`metadata` is a JSON object of at most 4,096 bytes and 32 levels.";
        return Err(Problem::refused("invalid_metadata", detail).for_param("metadata"));
    }
    if let Err(error) = serde_json::from_str::<serde_json::Value>(text) {
        let detail = format!("`metadata` holds what strict readers of JSON refuse: {error}.");
        return Err(Problem::refused("invalid_metadata", detail).for_param("metadata"));
    }
    if !texts(text).all(|text| hides_nothing(&text)) {
        let detail = "A name or text in `metadata` holds characters that are controls, invisible, or change the direction \
                      of text.";
        return Err(Problem::refused("invalid_metadata", detail).for_param("metadata"));
    }
    Ok(Some(text.to_owned()))
}

/// All names and texts of a valid JSON text, also those of names that are there twice.
fn texts(json: &str) -> impl Iterator<Item = String> {
    let mut rest = json;
    std::iter::from_fn(move || {
        let text = &rest[rest.find('"')?..];
        let mut read = serde_json::Deserializer::from_str(text).into_iter::<String>();
        let found = read.next()?.ok()?;
        rest = &text[read.byte_offset()..];
        Some(found)
    })
}

/// How deep metadata may be nested. It is sent to both sides and to operators, in lists too, and
/// anyone who reads JSON has a limit (64 to 1,000 are common): beyond it the whole list could not
/// be read.
const MOST_DEPTH: usize = 32;

/// How deep a valid JSON text is nested.
fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_text, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_text => escaped = true,
            b'"' => in_text = !in_text,
            b'{' | b'[' if !in_text => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b'}' | b']' if !in_text => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Option<String>, String> {
        let raw = RawValue::from_string(text.to_owned()).unwrap();
        metadata(Some(raw)).map_err(|problem| problem.code)
    }

    #[test]
    fn metadata_nested_beyond_what_readers_take_is_refused() {
        let nested = |levels: usize| {
            let (open, close) = ("[".repeat(levels), "]".repeat(levels));
            format!("{{\"a\":{open}{close}}}")
        };
        assert_eq!(read(&nested(31)), Ok(Some(nested(31))));
        assert_eq!(read(&nested(32)), Err("invalid_metadata".to_owned()));
        assert_eq!(read(&nested(2_000)), Err("invalid_metadata".to_owned()));
        for unreadable in [r#"{"a":"\ud800"}"#, r#"{"\udfff":1}"#, r#"{"a":1e999}"#] {
            assert_eq!(read(unreadable), Err("invalid_metadata".to_owned()));
        }
        // Side by side, and within texts, is not deep.
        let flat = format!(
            "{{\"a\":[{}{{}}],\"\\\"{{\":\"{}\"}}",
            "[],".repeat(100),
            "[{".repeat(100)
        );
        assert_eq!(read(&flat), Ok(Some(flat.clone())));
    }

    #[test]
    fn metadata_that_hides_something_is_refused_wherever_it_stands() {
        for hidden in [
            "\u{202e}", "\u{200b}", "\u{feff}", "\\u202e", "\\u001b", "\u{7f}",
        ] {
            for text in [
                format!("{{\"a\":\"b{hidden}\"}}"),
                format!("{{\"a{hidden}\":1}}"),
                format!("{{\"a\":[{{\"b\":[\"\\\"{hidden}\"]}}]}}"),
                format!("{{\"a\":{{\"b\":{{\"{hidden}c\":null}}}}}}"),
                format!("{{\"a\":\"{hidden}\",\"a\":\"seen\"}}"),
            ] {
                assert_eq!(read(&text), Err("invalid_metadata".to_owned()), "{text}");
            }
        }
        let plain = r#"{"order":"שכר דירה","note":"a\tb\nc \u00e9","":"","n":[1.5,true,null," "]}"#;
        assert_eq!(read(plain), Ok(Some(plain.to_owned())));
    }

    #[test]
    fn a_card_number_is_no_token() {
        for (token, is_one) in [
            ("4111111111111111", true),
            ("4111-1111-1111-1111", true),
            ("378282246310005", true),
            ("4111111111111112", false),
            ("tok_4111111111111111", false),
            ("12345678903", false),
            ("tok_ok", false),
            ("----", false),
        ] {
            assert_eq!(super::is_card_number(token), is_one, "{token}");
        }
    }
}
