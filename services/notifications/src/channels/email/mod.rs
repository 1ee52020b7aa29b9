//! Mail: the letter that a message becomes, and the providers that carry it.

mod config;
mod folder;
mod letter;
mod log;
mod smtp;

pub use config::{EmailConfig, SmtpConfig, Tls};

use crate::channels::Channel;
use crate::channels::email::folder::Folder;
use crate::channels::email::letter::Sender;
use crate::channels::email::log::Log;
use crate::channels::email::smtp::Smtp;
use crate::error::SettingError;

/// The providers that the settings name, in the order in which they are tried.
pub(crate) fn providers(config: &EmailConfig) -> Result<Vec<Box<dyn Channel>>, SettingError> {
    let sender = Sender::new(&config.from)?;
    let mut providers: Vec<Box<dyn Channel>> = Vec::new();
    for name in &config.provider {
        match name.as_str() {
            "smtp" => {
                let (main, fallback) = (&config.smtp, &config.fallback);
                let path = "notifications.email.smtp";
                providers.push(Box::new(Smtp::new("smtp", path, main, sender.clone())?));
                if !fallback.host.is_empty() {
                    let path = "notifications.email.fallback";
                    let fallback = Smtp::new("fallback", path, fallback, sender.clone())?;
                    providers.push(Box::new(fallback));
                }
            }
            "folder" if !config.folder.is_empty() => {
                let folder = config.folder.clone().into();
                providers.push(Box::new(Folder::new(folder, sender.clone())));
            }
            // A store on PostgreSQL has no folder of its own.
            "folder" | "log" => providers.push(Box::new(Log)),
            _ => {
                return Err(SettingError::new(
                    "notifications.email.provider",
                    format!(
                        "there is no provider `{name}`: name smtp, folder or log, or several with commas"
                    ),
                ));
            }
        }
    }
    Ok(providers)
}
