//! The HTTP face of payments: one endpoint, one file.

use std::sync::Arc;

mod acquirer_notification;
mod answer_refund_request;
mod cancel_transaction;
mod capture_transaction;
mod close_wallet;
mod confirm_transaction;
mod create_ledger_accounts;
mod create_ledger_transfers;
mod create_transaction;
mod create_wallet;
mod docs;
mod find_recipient;
mod freeze_wallet;
mod get_attempts;
mod get_balance;
mod get_code;
mod get_ledger_account;
mod get_postings;
mod get_statement;
mod get_timeline;
mod get_transaction;
mod get_trial_balance;
mod get_wallet;
mod large_json;
mod list_ledger_entries;
mod list_refund_requests;
mod list_transactions;
mod list_wallets;
mod personal_data;
mod problems;
mod refund_transaction;
pub(crate) mod replies;
mod request_refund;
mod resolve_transaction;
mod review_transaction;
mod set_wallet_limits;

use access::{Principal, STEP_UP_WITHIN, guarded, needs};
use money::{Amount, AmountError, Currency};
use payments_core::command::IdempotencyKey;
use platform::text::{NAME_RULE, TEXT_RULE, display_name, free_text};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;
use values::Timestamp;
use web::canonical::canonical;
use web::idempotency::{RequestKey, RouteKey};
use web::problem::Problem;

use crate::service::Service;

impl Service {
    /// All endpoints, with full paths and their documentation. The request's extensions must hold a
    /// [`access::SharedAuthenticator`].
    #[must_use]
    pub fn router(self: Arc<Self>) -> OpenApiRouter {
        routes()
            .merge(acquirer_notification::router(&self))
            .with_state(self)
    }

    /// Refuses a dangerous act of somebody who has not shown of late who they are. A program with
    /// an API key has when the key was made.
    ///
    /// # Errors
    /// 403 `step_up_required`.
    fn require_step_up(&self, principal: &Principal) -> Result<(), Problem> {
        principal.require_recent_second_factor(self.clock.now(), STEP_UP_WITHIN)
    }
}

/// What all endpoints take and answer: needs no service behind them.
pub(crate) fn api() -> OpenApi {
    routes().into_openapi()
}

fn routes() -> OpenApiRouter<Arc<Service>> {
    wallet_routes()
        .merge(transaction_routes())
        .merge(ledger_routes())
}

fn wallet_routes() -> OpenApiRouter<Arc<Service>> {
    let read = (needs::WalletsOwn, needs::WalletsReadAll);
    let change = (needs::WalletsOwn, needs::WalletsFreeze);
    OpenApiRouter::new()
        .routes(guarded(
            needs::WalletsOwn,
            routes!(create_wallet::create_wallet),
        ))
        .routes(guarded(read, routes!(list_wallets::list_wallets)))
        .routes(guarded(read, routes!(get_wallet::get_wallet)))
        .routes(guarded(change, routes!(freeze_wallet::freeze_wallet)))
        .routes(guarded(change, routes!(freeze_wallet::unfreeze_wallet)))
        .routes(guarded(change, routes!(close_wallet::close_wallet)))
        .routes(guarded(
            needs::WalletsLimit,
            routes!(set_wallet_limits::set_wallet_limits),
        ))
        .routes(guarded(read, routes!(get_statement::get_statement)))
        .routes(guarded(read, routes!(get_balance::get_balance)))
        .routes(guarded(
            needs::TransactionsOwn,
            routes!(find_recipient::find_recipient),
        ))
}

fn transaction_routes() -> OpenApiRouter<Arc<Service>> {
    let read = (needs::TransactionsOwn, needs::TransactionsReadAll);
    let change = (needs::TransactionsOwn, needs::TransactionsResolve);
    OpenApiRouter::new()
        .routes(guarded(
            needs::TransactionsOwn,
            routes!(create_transaction::create_transaction),
        ))
        .routes(guarded(read, routes!(list_transactions::list_transactions)))
        .routes(guarded(read, routes!(get_transaction::get_transaction)))
        .routes(guarded(read, routes!(get_timeline::get_timeline)))
        .routes(guarded(read, routes!(get_postings::get_postings)))
        .routes(guarded(
            needs::TransactionsReadAll,
            routes!(get_attempts::get_attempts),
        ))
        .routes(guarded(
            change,
            routes!(capture_transaction::capture_transaction),
        ))
        .routes(guarded(
            change,
            routes!(cancel_transaction::cancel_transaction),
        ))
        .routes(guarded(
            change,
            routes!(refund_transaction::refund_transaction),
        ))
        .routes(guarded(
            needs::TransactionsResolve,
            routes!(resolve_transaction::resolve_transaction),
        ))
        .merge(refund_request_routes())
        .merge(waiting_routes())
}

fn waiting_routes() -> OpenApiRouter<Arc<Service>> {
    let own = needs::TransactionsOwn;
    OpenApiRouter::new()
        .routes(guarded(
            own,
            routes!(confirm_transaction::confirm_transaction),
        ))
        .routes(guarded(own, routes!(confirm_transaction::resend_code)))
        .routes(guarded(own, routes!(get_code::get_transaction_code)))
        .routes(guarded(
            needs::TransactionsResolve,
            routes!(review_transaction::approve_transaction),
        ))
        .routes(guarded(
            needs::TransactionsResolve,
            routes!(review_transaction::decline_transaction),
        ))
}

fn refund_request_routes() -> OpenApiRouter<Arc<Service>> {
    let own = needs::TransactionsOwn;
    OpenApiRouter::new()
        .routes(guarded(own, routes!(request_refund::request_refund)))
        .routes(guarded(
            own,
            routes!(request_refund::withdraw_refund_request),
        ))
        .routes(guarded(
            own,
            routes!(answer_refund_request::accept_refund_request),
        ))
        .routes(guarded(
            own,
            routes!(answer_refund_request::decline_refund_request),
        ))
        .routes(guarded(
            (own, needs::TransactionsReadAll),
            routes!(list_refund_requests::list_refund_requests),
        ))
}

fn ledger_routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::Ledger,
            routes!(create_ledger_accounts::create_ledger_accounts),
        ))
        .routes(guarded(
            needs::Ledger,
            routes!(create_ledger_transfers::create_ledger_transfers),
        ))
        .routes(guarded(
            needs::Ledger,
            routes!(get_ledger_account::get_ledger_account),
        ))
        .routes(guarded(
            needs::Ledger,
            routes!(list_ledger_entries::list_ledger_entries),
        ))
        .routes(guarded(
            needs::Ledger,
            routes!(get_trial_balance::get_trial_balance),
        ))
}

/// The fields of bodies that take an amount as a text or as a number: spelled either way, it is the
/// same body.
const AMOUNTS: [&str; 3] = ["amount", "daily", "monthly"];

/// The caller's idempotency key, bound to the principal (never the token), the route and what the
/// body says.
pub(crate) fn idempotency(
    RequestKey(key): RequestKey,
    principal: &Principal,
    body: &[u8],
) -> Option<IdempotencyKey> {
    let RouteKey { route, key } = key?;
    let mut scope = blake3::Hasher::new();
    scope.update(&principal.org.0.to_le_bytes());
    scope.update(principal.user.uuid().as_bytes());
    scope.update(&(route.len() as u64).to_le_bytes());
    scope.update(route.as_bytes());
    scope.update(key.as_bytes());
    Some(IdempotencyKey {
        scope: prefixed_with_time(digest(&scope.finalize()), key.as_bytes()),
        body: digest(&blake3::hash(&canonical(body, &AMOUNTS))),
    })
}

/// The scope of a key that is a UUIDv7 begins with the key's 48 bits of time, and 80 bits of the
/// digest follow: what is sent at one time lies together in the index, and a commit writes one page
/// of it where it wrote one for each key.
fn prefixed_with_time(digest: u128, key: &[u8]) -> u128 {
    const REST: u32 = 80;
    match Uuid::try_parse_ascii(key) {
        Ok(id) if id.get_version_num() == 7 => {
            (id.as_u128() >> REST << REST) | (digest >> (128 - REST))
        }
        _ => digest,
    }
}

/// The first 128 bits.
fn digest(hash: &blake3::Hash) -> u128 {
    hash.as_bytes()
        .iter()
        .take(16)
        .fold(0, |digest, byte| (digest << 8) | u128::from(*byte))
}

/// A currency that can hold a balance.
///
/// # Errors
/// 422 `unknown_currency`.
pub(crate) fn currency(code: &str) -> Result<Currency, Problem> {
    Currency::from_code(code).map_err(|error| {
        Problem::refused("unknown_currency", format!("{error}.")).for_param("currency")
    })
}

/// An amount above zero, from decimal text or a JSON number, read exactly.
///
/// # Errors
/// 400 `invalid_value`; 422 `amount_precision`, `amount_overflow`, `amount_must_be_positive`.
pub(crate) fn amount(raw: &RawValue, currency: Currency) -> Result<Amount, Problem> {
    let amount = any_amount(raw, currency, "amount")?;
    if amount.is_positive() {
        return Ok(amount);
    }
    let detail = "The amount must be above zero.";
    Err(Problem::refused("amount_must_be_positive", detail).for_param("amount"))
}

/// An amount of any sign, from decimal text or a JSON number, read exactly.
///
/// # Errors
/// 400 `invalid_value`; 422 `amount_precision`, `amount_overflow`.
pub(crate) fn any_amount(
    raw: &RawValue,
    currency: Currency,
    param: &str,
) -> Result<Amount, Problem> {
    let text = raw.get();
    let parsed = if text.starts_with('"') {
        // Escapes are JSON's business; what is left is decimal text.
        let text: String = serde_json::from_str(text).unwrap_or_default();
        Amount::parse(&text, currency)
    } else {
        Amount::parse_json_number(text, currency)
    };
    parsed.map_err(|error| amount_problem(error, "invalid_value").for_param(param))
}

/// Why a text is no amount; `malformed` is the code where it is not even a number.
pub(crate) fn amount_problem(error: AmountError, malformed: &str) -> Problem {
    let detail = format!("This is no amount: {error}.");
    match error {
        AmountError::Precision { .. } => Problem::refused("amount_precision", detail),
        AmountError::Overflow => Problem::refused("amount_overflow", detail),
        AmountError::Malformed | AmountError::CurrencyMismatch { .. } => {
            Problem::malformed(malformed, detail)
        }
    }
}

/// A field that says something different when it is `null` than when it is absent.
pub(crate) fn present<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<Box<RawValue>>, D::Error> {
    Box::<RawValue>::deserialize(deserializer).map(Some)
}

/// A time of the query string.
///
/// # Errors
/// 400 `invalid_parameter` that names it.
pub(crate) fn time(value: Option<&str>, param: &str) -> Result<Option<Timestamp>, Problem> {
    let parse = |text: &str| {
        text.parse().map_err(|error| {
            let detail = format!("`{param}` is {error}.");
            Problem::malformed("invalid_parameter", detail).for_param(param)
        })
    };
    value.map(parse).transpose()
}

/// A comma-separated set of names of the query string.
///
/// # Errors
/// 400 `invalid_parameter` that names the parameter and what does not exist.
pub(crate) fn set<T>(
    value: Option<&str>,
    param: &str,
    from_name: impl Fn(&str) -> Option<T>,
) -> Result<Option<Vec<T>>, Problem> {
    let one = |name: &str| {
        from_name(name).ok_or_else(|| {
            let detail = format!("There is no {param} `{}`.", name.escape_debug());
            Problem::malformed("invalid_parameter", detail).for_param(param)
        })
    };
    value
        .map(|names| names.split(',').map(one).collect())
        .transpose()
}

/// The place after which a page begins.
///
/// # Errors
/// 400 `invalid_cursor`.
pub(crate) fn cursor(text: Option<&str>) -> Result<Option<i64>, Problem> {
    text.map(web::page::decode_cursor).transpose()
}

/// A text within its bounds, in characters, that may be shown to others.
///
/// # Errors
/// 422 `invalid_text`.
pub(crate) fn text(
    value: Option<String>,
    param: &str,
    least: usize,
    most: usize,
) -> Result<Option<String>, Problem> {
    let Some(value) = value else {
        return Ok(None);
    };
    if (least..=most).contains(&value.chars().count()) && free_text(&value) {
        return Ok(Some(value));
    }
    let detail = format!("`{param}` has {least} to {most} characters, {TEXT_RULE}.");
    Err(Problem::refused("invalid_text", detail).for_param(param))
}

/// A text that must be there, within its bounds.
///
/// # Errors
/// 422 `invalid_text`.
pub(crate) fn words(value: String, param: &str, most: usize) -> Result<String, Problem> {
    Ok(text(Some(value), param, 1, most)?.unwrap_or_default())
}

/// What a wallet is called, without the spaces around it.
///
/// # Errors
/// 422 `invalid_text`.
pub(crate) fn label(value: Option<String>) -> Result<Option<String>, Problem> {
    let Some(value) = value else {
        return Ok(None);
    };
    if let Some(name) = display_name(&value) {
        return Ok(Some(name.to_owned()));
    }
    let detail = format!("`label` has {NAME_RULE}.");
    Err(Problem::refused("invalid_text", detail).for_param("label"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_are_of_one_time_lie_beside_one_another_and_are_still_told_apart() {
        let scope = |digest, key: &str| prefixed_with_time(digest, key.as_bytes());
        let at = 0x0199_f5e5_8c3a;
        let [one, two] = [(u128::MAX, "a"), (7 << 48, "b")].map(|(digest, last)| {
            scope(
                digest,
                &format!("0199f5e5-8c3a-7000-8000-00000000000{last}"),
            )
        });
        assert_eq!((one >> 80, two >> 80), (at, at));
        assert_eq!(
            (one & ((1 << 80) - 1), two & ((1 << 80) - 1)),
            ((1 << 80) - 1, 7)
        );
        assert_eq!(
            scope(5, "0199F5E58C3A70008000000000000000") >> 80,
            at,
            "however it is written"
        );
        for key in [
            "order-4711",
            "",
            "0199f5e5-8c3a-4000-8000-00000000000a",
            "0199f5e5-8c3a-7000-8000-00000000000",
        ] {
            assert_eq!(scope(5, key), 5, "{key}");
        }
    }
}
