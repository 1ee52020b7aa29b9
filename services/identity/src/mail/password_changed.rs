//! Tells a user that the password was changed, and what has become of their API keys.

pub(crate) const SUBJECT: &str = "Your password was changed";

pub(crate) fn text(keys_ended: u64, keys_left: i64) -> String {
    let ended = match keys_ended {
        0 => String::new(),
        1 => "1 API key of the account has ended.\n\n".to_owned(),
        many => format!("{many} API keys of the account have ended.\n\n"),
    };
    let left = match keys_left {
        0 => "",
        1 => {
            "1 API key of the account is still valid. End it if you do not know it or do not need it.\n\n"
        }
        many => &format!(
            "{many} API keys of the account are still valid. End those that you do not know or do not need.\n\n"
        ),
    };
    format!(
        "The password of your PayFlow account was changed, and other devices were logged out.\n\n\
         {ended}{left}\
         If that was not you, ask for a new password at once (\"forgot password\"), which ends all API keys, too, and tell \
         the operator of this installation.\n"
    )
}
