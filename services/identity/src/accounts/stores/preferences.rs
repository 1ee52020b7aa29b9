//! The SQL of what users like.

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

/// What a user has chosen.
#[derive(FromRow)]
pub(crate) struct PreferencesRow {
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
