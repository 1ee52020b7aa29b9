//! `POST /api/v1/screening/search`: who on the lists may be meant by a name.

use std::sync::Arc;

use axum::extract::State;
use axum::response::IntoResponse;
use screening::THRESHOLD;
use screening::lists::{Birth, Country, Gender};
use screening::qualifiers::Known;
use screening::search::Query;
use screening::text::Kind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use web::extract::Json;
use web::page;
use web::problem::Problem;

use super::body::HitBody;
use crate::sanctions::lists::LEAST;
use crate::service::Service;

/// The most characters of a name. Of it the first 400 letters and 30 words are read.
const LONGEST: usize = 10_000;

/// What bears a name.
#[derive(Debug, Clone, Copy, Default, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum KindAsked {
    /// A person.
    Person,
    /// A company, an authority, a group.
    Entity,
    /// A ship.
    Vessel,
    /// An aircraft.
    Aircraft,
    /// Not known: all are looked at.
    #[default]
    Unknown,
}

impl From<KindAsked> for Kind {
    fn from(kind: KindAsked) -> Self {
        match kind {
            KindAsked::Person => Self::Person,
            KindAsked::Entity => Self::Entity,
            KindAsked::Vessel => Self::Vessel,
            KindAsked::Aircraft => Self::Aircraft,
            KindAsked::Unknown => Self::Unknown,
        }
    }
}

/// Male or female.
#[derive(Debug, Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum GenderAsked {
    /// Male.
    Male,
    /// Female.
    Female,
}

impl From<GenderAsked> for Gender {
    fn from(gender: GenderAsked) -> Self {
        match gender {
            GenderAsked::Male => Self::Male,
            GenderAsked::Female => Self::Female,
        }
    }
}

/// Who to look for.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct SearchScreening {
    /// The name, in any script.
    #[schema(min_length = 1, max_length = 10000, example = "Maxim Vymyslov")]
    name: String,
    /// What bears it.
    #[serde(default)]
    #[schema(inline)]
    kind: KindAsked,
    /// When they were born: a day, a month or a year.
    #[serde(default)]
    #[schema(pattern = "^[0-9]{4}(-[0-9]{2}){0,2}$", example = "1971-02-28")]
    birth_date: Option<String>,
    /// Nationality or residence: ISO 3166-1, two letters.
    #[serde(default)]
    #[schema(min_length = 2, max_length = 2, example = "DE")]
    country: Option<String>,
    /// Where it is known.
    #[serde(default)]
    #[schema(inline)]
    gender: Option<GenderAsked>,
    /// How many, at most: 1 to 100, else 20.
    #[serde(default)]
    #[schema(minimum = 1, maximum = 100)]
    limit: Option<u32>,
}

/// Who may be meant.
#[derive(Serialize, ToSchema)]
pub(crate) struct SearchResult {
    /// The likeliest first: those from 500 on.
    data: Vec<HitBody>,
    /// From this score on somebody is a match.
    #[schema(example = 720)]
    threshold: i32,
    /// Whether the name was longer than what is read of one.
    cut: bool,
    /// The version of the lists.
    list_version: i64,
    /// Lists that were never loaded: nobody was looked for there.
    #[schema(example = json!([]))]
    missing_lists: Vec<&'static str>,
}

impl SearchScreening {
    fn known(&self) -> Result<Known, Problem> {
        let birth = self.birth_date.as_deref().map(|text| {
            Birth::read_iso(text).ok_or_else(|| {
                let how = "Write a day, a month or a year, such as 1971-02-28, 1971-02 or 1971.";
                Problem::refused("invalid_birth_date", how).for_param("birth_date")
            })
        });
        let country = self.country.as_deref().map(|text| {
            let is_code = text.len() == 2;
            Country::read(text).filter(|_| is_code).ok_or_else(|| {
                let how = "Write the two letters of a country, such as DE.";
                Problem::refused("invalid_country", how).for_param("country")
            })
        });
        Ok(Known {
            birth: birth.transpose()?,
            gender: self.gender.map(Gender::from),
            countries: country.transpose()?.into_iter().collect(),
        })
    }
}

/// Search the sanctions lists for a name
///
/// Names are compared as those of customers are. What else is known moves a score a little, and
/// never makes one. Each hit says which words met which, and what each effect took or added.
#[utoipa::path(
    post,
    path = "/api/v1/screening/search",
    tag = "screening",
    extensions(("x-idempotency" = json!("It changes nothing."))),
    request_body = SearchScreening,
    responses(
        (status = 200, description = "Who may be meant, the likeliest first.", body = SearchResult),
        (status = 409, description = "`no_sanctions_list`: no list was ever loaded, so that nothing can be said."),
        (status = 422, description = "`invalid_name`, `invalid_birth_date`, `invalid_country` or `limit_out_of_range`.")
    )
)]
pub(crate) async fn search_screening(
    State(service): State<Arc<Service>>,
    Json { value, .. }: Json<SearchScreening>,
) -> Result<impl IntoResponse, Problem> {
    let limit = page::limit(value.limit)?;
    if !(1..=LONGEST).contains(&value.name.trim().chars().count()) {
        let how = "Write a name of 1 to 10,000 characters.";
        return Err(Problem::refused("invalid_name", how).for_param("name"));
    }
    let known = value.known()?;
    let lists = service.sanctions.lists();
    if lists.versions.is_empty() {
        return Err(Problem::conflict(
            "no_sanctions_list",
            "No sanctions list was ever loaded, so nothing can be said of a name. Name lists in risk.sanctions.lists, \
             and load them with `payflow sanctions update`.",
        ));
    }
    let query = Query {
        name: &value.name,
        kind: value.kind.into(),
        known,
    };
    let found = lists.index.search(&query, LEAST, limit);
    Ok(axum::Json(SearchResult {
        data: found.hits.iter().map(HitBody::from).collect(),
        threshold: THRESHOLD,
        cut: found.cut,
        list_version: lists.version(),
        missing_lists: lists.missing.iter().map(|it| it.as_str()).collect(),
    }))
}
