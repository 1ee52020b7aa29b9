//! SMS: by Twilio's API, or into a folder or the log for development.

pub(crate) mod callback;
mod config;
mod folder;
pub(crate) mod http;
mod log;
pub(crate) mod segments;
pub(crate) mod store;
mod twilio;

use std::path::PathBuf;

use platform::clock::SharedClock;

pub use config::{SmsConfig, TwilioConfig};

use crate::channels::Channel;
use crate::error::SettingError;

/// What carries SMS, in the order in which it is tried; nothing where no SMS are sent.
///
/// # Errors
/// A setting that cannot work.
pub(crate) fn providers(
    config: &SmsConfig,
    public_url: &str,
    clock: &SharedClock,
) -> Result<Vec<Box<dyn Channel>>, SettingError> {
    if !(1..=10).contains(&config.max_segments) {
        let problem = "it must be 1 to 10".to_owned();
        return Err(SettingError::new("notifications.sms.max_segments", problem));
    }
    let mut providers: Vec<Box<dyn Channel>> = Vec::new();
    for name in &config.provider {
        providers.push(match name.as_str() {
            "twilio" => {
                let most = config.max_segments;
                let twilio = twilio::Twilio::new(&config.twilio, most, public_url, clock.clone())?;
                Box::new(twilio) as Box<dyn Channel>
            }
            // A store on PostgreSQL has no data folder.
            "folder" if config.folder.is_empty() => Box::new(log::Log),
            "folder" => Box::new(folder::Folder::new(PathBuf::from(&config.folder))),
            "log" => Box::new(log::Log),
            other => {
                let problem = format!("`{other}` is none of twilio, folder, log");
                return Err(SettingError::new("notifications.sms.provider", problem));
            }
        });
    }
    Ok(providers)
}
