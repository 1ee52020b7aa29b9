//! The endpoints of rules: one file each.

pub(crate) mod body;
mod create_rule;
mod delete_draft;
mod delete_rule;
mod end_snooze;
mod get_draft;
mod get_rule;
mod get_rule_set;
mod list_fields;
mod list_rule_sets;
pub(crate) mod list_rules;
mod list_snoozes;
mod preview_rules;
mod publish_draft;
mod rearm_rule;
mod replace_draft;
mod roll_back_rules;
mod snooze_rule;
mod update_rule;

use std::sync::Arc;

use access::{guarded, needs};
use axum::http::StatusCode;
use risk_core::rules::Fault;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::problem::Problem;

use crate::rules::error::RuleError;
use crate::service::Service;

/// One line per path and permission.
pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(needs::RulesRead, routes!(list_rules::list_rules)))
        .routes(guarded(
            needs::RulesWrite,
            routes!(create_rule::create_rule),
        ))
        .routes(guarded(
            needs::RulesRead,
            routes!(preview_rules::preview_rules),
        ))
        .routes(guarded(needs::RulesRead, routes!(get_rule::get_rule)))
        .routes(guarded(
            needs::RulesWrite,
            routes!(update_rule::update_rule, delete_rule::delete_rule),
        ))
        .routes(guarded(
            needs::RulesWrite,
            routes!(snooze_rule::snooze_rule),
        ))
        .routes(guarded(needs::RulesWrite, routes!(end_snooze::end_snooze)))
        .routes(guarded(needs::RulesWrite, routes!(rearm_rule::rearm_rule)))
        .routes(guarded(
            needs::RulesRead,
            routes!(list_snoozes::list_snoozes),
        ))
        .routes(guarded(needs::RulesRead, routes!(list_fields::list_fields)))
        .routes(guarded(
            needs::RulesRead,
            routes!(list_rule_sets::list_rule_sets),
        ))
        .routes(guarded(
            needs::RulesRead,
            routes!(get_rule_set::get_rule_set),
        ))
        .routes(guarded(
            needs::RulesPublish,
            routes!(roll_back_rules::roll_back_rules),
        ))
        .routes(guarded(needs::RulesRead, routes!(get_draft::get_draft)))
        .routes(guarded(
            needs::RulesWrite,
            routes!(replace_draft::replace_draft, delete_draft::delete_draft),
        ))
        .routes(guarded(
            needs::RulesPublish,
            routes!(publish_draft::publish_draft),
        ))
}

impl From<RuleError> for Problem {
    fn from(error: RuleError) -> Self {
        let said = error.to_string();
        match error {
            RuleError::NoSuchRule | RuleError::NoSuchVersion | RuleError::NoDraft => {
                Self::not_found(said)
            }
            RuleError::Exists(_) => Self::conflict("rule_exists", said).for_param("code"),
            RuleError::Reserved(_) => Self::refused("reserved_code", said).for_param("code"),
            RuleError::OtherCode(_) => Self::refused("other_code", said).for_param("code"),
            RuleError::Faults(faults) => of_faults(&faults, said),
            RuleError::Changed => Self::conflict("rules_changed", said),
            RuleError::Outdated { .. } => Self::conflict("draft_outdated", said),
            RuleError::OwnDraft | RuleError::SecondOperatorNeeded => {
                Self::conflict("second_operator_needed", said)
            }
            RuleError::NotTripped => Self::conflict("not_tripped", said),
            RuleError::NothingChanged => Self::conflict("nothing_changed", said),
            RuleError::Sanctions => Self::refused("sanctions_rule", said),
            RuleError::OwnCase => Self::new(StatusCode::FORBIDDEN, "own_case", said),
            RuleError::NoSuchUser => Self::refused("unknown_user", said).for_param("user"),
            RuleError::Until => Self::refused("invalid_until", said).for_param("until"),
            RuleError::Reason => Self::refused("invalid_reason", said),
            RuleError::Days => Self::refused("invalid_days", said).for_param("days"),
            RuleError::Busy => {
                Self::new(StatusCode::TOO_MANY_REQUESTS, "preview_under_way", said).retry_after(2)
            }
            RuleError::Fault(fault) => fault.into(),
        }
    }
}

/// The most faults that are told at once.
const MOST_FAULTS: usize = 50;

fn of_faults(faults: &[Fault], said: String) -> Problem {
    let faults = faults.iter().take(MOST_FAULTS);
    faults.fold(Problem::refused("invalid_rules", said), |problem, fault| {
        problem.at(&fault.path, fault.code, &fault.message)
    })
}
