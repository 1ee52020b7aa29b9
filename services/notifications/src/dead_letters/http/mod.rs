//! The endpoints of dead letters: one file each.

mod body;
mod discard_dead_letter;
mod discard_dead_letters;
mod get_dead_letter;
mod get_replay;
mod list_dead_letter_groups;
mod list_dead_letters;
mod replay_dead_letter;
mod replay_dead_letters;

use std::sync::Arc;

use access::{guarded, needs};
use axum::response::Response;
use events::LetterError;
use idempotency::{IdempotentRequest, answer_once};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use web::problem::Problem;

use crate::dead_letters::code;
use crate::error::Error;
use crate::http::of_database;
use crate::service::Service;

pub(crate) fn routes() -> OpenApiRouter<Arc<Service>> {
    OpenApiRouter::new()
        .routes(guarded(
            needs::QueuesRead,
            routes!(list_dead_letters::list_dead_letters),
        ))
        .routes(guarded(
            needs::QueuesRead,
            routes!(list_dead_letter_groups::list_dead_letter_groups),
        ))
        .routes(guarded(
            needs::QueuesRead,
            routes!(get_dead_letter::get_dead_letter),
        ))
        .routes(guarded(
            needs::QueuesManage,
            routes!(replay_dead_letter::replay_dead_letter),
        ))
        .routes(guarded(
            needs::QueuesManage,
            routes!(discard_dead_letter::discard_dead_letter),
        ))
        .routes(guarded(
            needs::QueuesManage,
            routes!(replay_dead_letters::replay_dead_letters),
        ))
        .routes(guarded(
            needs::QueuesManage,
            routes!(discard_dead_letters::discard_dead_letters),
        ))
        .routes(guarded(needs::QueuesRead, routes!(get_replay::get_replay)))
}

/// Does something once under an idempotency key, and answers.
async fn answer<T>(
    service: &Service,
    once: &IdempotentRequest<T>,
    work: impl Future<Output = Result<T, LetterError>>,
) -> Result<Response, Problem> {
    let work = async { work.await.map_err(problem) };
    let of_fault = |fault| Problem::from(Error::from(fault));
    answer_once((&service.db, &service.vault), once, work, of_fault).await
}

fn problem(error: LetterError) -> Problem {
    let (code, detail) = (code(&error), error.to_string());
    match error {
        LetterError::NoSuchLetter => Problem::not_found("dead letter"),
        LetterError::NoSuchReplay => Problem::not_found("replay"),
        LetterError::NotWaiting(_) | LetterError::NoSuchConsumer(_) | LetterError::EventGone => {
            Problem::conflict(code, detail)
        }
        LetterError::FailedAgain(_) => Problem::refused(code, detail),
        LetterError::HookFailed(why) => {
            tracing::error!(why, "the answer to a request cannot be kept");
            Problem::internal()
        }
        LetterError::Database(error) => of_database(&error),
        LetterError::Feed(error) => {
            tracing::error!(%error, source = ?error.source, "a feed cannot be read");
            Problem::unavailable(
                code,
                "The event cannot be read right now. Try again shortly.",
            )
        }
    }
}
