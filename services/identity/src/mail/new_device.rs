//! That somebody has logged in on a device that the user was never seen on.

pub(crate) const SUBJECT: &str = "A login on a new device";

pub(crate) fn text(time: &str, address: &str, user_agent: Option<&str>) -> String {
    let device = user_agent.unwrap_or("a device without a name");
    format!(
        "Somebody has logged in to your PayFlow account on a device that it was never used on before.\n\n\
         When: {time}\nFrom: {address}\nWith: {device}\n\n\
         If that was you, do nothing.\n\n\
         If it was not, change your password now: that ends all other sessions.\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_names_the_time_the_address_and_the_device() {
        let said = text(
            "Thu, 01 Jan 1970 00:00:00 +0000",
            "192.0.2.7",
            Some("curl/8.0"),
        );
        for part in [
            "When: Thu, 01 Jan 1970 00:00:00 +0000\n",
            "From: 192.0.2.7\n",
            "With: curl/8.0\n",
        ] {
            assert!(said.contains(part), "{said}");
        }
        assert!(text("now", "192.0.2.7", None).contains("With: a device without a name\n"));
    }
}
