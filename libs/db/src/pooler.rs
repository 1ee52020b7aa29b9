//! A pooler between PayFlow and PostgreSQL, such as PgBouncer, is fine as long as each of our
//! connections keeps a session of the server for itself. One that lends sessions out by the
//! transaction is found here and refused: settings, prepared statements and the locks by which a
//! lost commit is waited for would be on somebody else's session.

use std::borrow::Cow;

use sqlx::{Connection, Executor, PgConnection};

use super::{DbError, Servers};

/// What to do about a pooler that lends sessions out.
const SHARED: &str = "a pooler in front of PostgreSQL shares sessions among connections: set pool_mode = session in PgBouncer \
    (for this database or user), or let database_url lead to PostgreSQL itself";

/// Asks for the number of the server's process, which is the session's.
const SESSION: &str = "SELECT pg_backend_pid()";

/// How often the two connections are asked: a pooler that hands its sessions out in turn has to
/// come round.
const TURNS: usize = 8;

/// Refuses to go on where two connections at once do not have a session each, the same all the
/// time.
///
/// # Errors
/// [`DbError::Unusable`] with what to do about it.
pub(super) async fn refuse_shared_sessions(
    servers: &Servers,
    one: &mut PgConnection,
) -> Result<(), DbError> {
    let mut other = servers.connect().await?;
    let (first, second) = (number(one).await?, number(&mut other).await?);
    let mut shared = first == second;
    for turn in 0..TURNS {
        // Twice the one and once the other, so that no rule of taking turns gives each its own by
        // chance.
        let (of_one, of_other) = (number(one).await?, number(&mut other).await?);
        shared |= of_one != first || of_other != second;
        if turn % 2 == 0 {
            shared |= number(one).await? != first;
        }
    }
    drop(other.close().await);
    if shared {
        return Err(DbError::Unusable(Cow::Borrowed(SHARED)));
    }
    Ok(())
}

async fn number(connection: &mut PgConnection) -> Result<i32, DbError> {
    let row = connection.fetch_one(SESSION).await?;
    Ok(sqlx::Row::try_get(&row, 0)?)
}
