//! The SQL of what users like.

use contracts::identity::{OrgId, UserId};
use db::{Db, DbError, Tx, args};
use sqlx::FromRow;

use crate::accounts::preferences::{Density, Preferences, Theme};
use crate::fault::Fault;

statements! {
    /// org, user -> [`PreferencesRow`].
    SELECT = "SELECT theme, density, notifications_enabled, locale, timezone FROM user_preferences
        WHERE org = $1 AND user_id = $2";
    /// user, org, theme, density, notifications, locale, time zone.
    SAVE = "INSERT INTO user_preferences (user_id, org, theme, density, notifications_enabled, locale, timezone)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (user_id) DO UPDATE SET theme = excluded.theme, density = excluded.density,
        notifications_enabled = excluded.notifications_enabled, locale = excluded.locale, timezone = excluded.timezone";
    /// org, user.
    DELETE = "DELETE FROM user_preferences WHERE org = $1 AND user_id = $2";
}

#[derive(FromRow)]
struct PreferencesRow {
    theme: String,
    density: String,
    notifications_enabled: i64,
    locale: String,
    timezone: String,
}

impl TryFrom<PreferencesRow> for Preferences {
    type Error = Fault;

    fn try_from(row: PreferencesRow) -> Result<Self, Fault> {
        let unreadable = Fault::Row("user_preferences");
        let (Some(theme), Some(density)) = (
            Theme::from_name(&row.theme),
            Density::from_name(&row.density),
        ) else {
            return Err(unreadable);
        };
        Ok(Self {
            theme,
            density,
            notifications_enabled: row.notifications_enabled != 0,
            locale: row.locale,
            timezone: row.timezone,
        })
    }
}

/// What a user has chosen, or what holds for everybody.
pub(crate) async fn preferences(db: &Db, org: OrgId, user: UserId) -> Result<Preferences, Fault> {
    let row = db.fetch_optional(SELECT, args![org.0, user.uuid()]);
    read(row.await?)
}

/// As [`preferences`], within a transaction.
pub(crate) async fn preferences_in(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
) -> Result<Preferences, Fault> {
    let row = tx.fetch_optional(SELECT, args![org.0, user.uuid()]);
    read(row.await?)
}

fn read(row: Option<PreferencesRow>) -> Result<Preferences, Fault> {
    row.map_or_else(|| Ok(Preferences::default()), Preferences::try_from)
}

/// Stores what a user has chosen.
pub(crate) async fn save(
    tx: &mut Tx,
    org: OrgId,
    user: UserId,
    chosen: &Preferences,
) -> Result<(), DbError> {
    let args = args![
        user.uuid(),
        org.0,
        chosen.theme.as_str(),
        chosen.density.as_str(),
        chosen.notifications_enabled,
        chosen.locale.as_str(),
        chosen.timezone.as_str()
    ];
    tx.execute(SAVE, args).await?;
    Ok(())
}

/// Deletes what a user has chosen.
pub(crate) async fn delete(tx: &mut Tx, org: OrgId, user: UserId) -> Result<(), DbError> {
    tx.execute(DELETE, args![org.0, user.uuid()]).await?;
    Ok(())
}
