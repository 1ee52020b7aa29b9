//! `GET /api/v1/rule-fields`: what rules may ask about.

use axum::response::IntoResponse;
use risk_core::field::{Field, FieldSpec};
use serde::Serialize;
use utoipa::ToSchema;

/// What rules may ask about.
#[derive(Serialize, ToSchema)]
pub(crate) struct Fields {
    /// In the order of the catalogue.
    data: Vec<FieldSpec>,
}

/// List what rules may ask about
///
/// Each field with its type, its names where it is one of a few, and what it is.
#[utoipa::path(
    get,
    path = "/api/v1/rule-fields",
    tag = "rules",
    responses((status = 200, description = "The catalogue.", body = Fields))
)]
pub(crate) async fn list_fields() -> impl IntoResponse {
    let data = Field::ALL.iter().map(|field| field.spec()).collect();
    axum::Json(Fields { data })
}
