//! `POST /api/v1/notifications/callbacks/twilio`: Twilio tells what became of an SMS, or that one
//! came in.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::IntoResponse;
use contracts::notifications::MessageId;
use serde::Deserialize;
use utoipa::IntoParams;
use web::extract::Query;
use web::form::Submitted;
use web::problem::Problem;

use crate::channels::sms::callback::{PATH, Parameters, is_signed};
use crate::service::Service;

/// An answer that sends no SMS back.
const NOTHING: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?><Response/>";

/// What stands in the address that we give to Twilio.
#[derive(Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(crate) struct TwilioCallback {
    /// The message that it is about.
    #[serde(default)]
    #[param(value_type = Option<String>, pattern = "^msg_[0-9a-z]{26}$")]
    message: Option<MessageId>,
}

/// Called by Twilio
///
/// For Twilio alone: what became of an SMS, and messages that came in, of which STOP and START
/// count. A request is believed by its `X-Twilio-Signature`.
#[utoipa::path(
    post,
    path = "/api/v1/notifications/callbacks/twilio",
    tag = "notifications",
    extensions(("x-idempotency" = json!("Done twice it is done once."))),
    params(TwilioCallback),
    responses(
        (status = 200, description = "It is taken.", body = String, content_type = "text/xml"),
        (status = 403, description = "`invalid_signature`: it is not from Twilio."),
        (status = 404, description = "No SMS are sent by Twilio here."),
        (status = 415, description = "It brings neither a form nor JSON.")
    )
)]
pub(crate) async fn twilio_callback(
    State(service): State<Arc<Service>>,
    uri: Uri,
    headers: HeaderMap,
    Query(query): Query<TwilioCallback>,
    body: Submitted<serde_json::Value, Parameters>,
) -> Result<impl IntoResponse, Problem> {
    let Some(token) = &service.twilio_token else {
        return Err(Problem::not_found("No SMS are sent by Twilio here."));
    };
    // What Twilio called is our public address, whatever a proxy on the way made of it.
    let query_text = uri
        .query()
        .map_or(String::new(), |query| format!("?{query}"));
    let url = format!("{}{PATH}{query_text}", service.public_url);
    let signature = headers.get("x-twilio-signature");
    let signature = signature.and_then(|value| value.to_str().ok());
    let parameters = match body {
        Submitted::Form(parameters) => parameters,
        Submitted::Json(_) => Parameters::new(),
    };
    if !signature.is_some_and(|signature| is_signed(token, &url, &parameters, signature)) {
        let detail = "The signature is not Twilio's: check notifications.sms.twilio.auth_token and identity.public_url.";
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "invalid_signature",
            detail,
        ));
    }
    service
        .called_back_by_twilio(query.message, &parameters)
        .await?;
    Ok(([(header::CONTENT_TYPE, "text/xml")], NOTHING))
}
