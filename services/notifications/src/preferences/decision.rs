//! Whether something is told now, by a channel. Pure: what somebody wants and what time it is are
//! given.

use jiff::tz::TimeZone;
use values::Timestamp;

use crate::channels::ChannelKind;
use crate::preferences::document::Preferences;
use crate::told::kinds::Kind;

/// What becomes of a message on a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Decision {
    /// It is sent.
    Now,
    /// It is sent at this time, and decided anew then.
    Until(Timestamp),
    /// It is sent now, together with all that was told until this time.
    Together(Timestamp),
    /// It is not sent: they do not want it.
    Suppressed,
}

/// Decides it.
pub(crate) fn decide(
    kind: &Kind,
    channel: ChannelKind,
    wanted: &Preferences,
    (told, now): (Timestamp, Timestamp),
    zone: &TimeZone,
) -> Decision {
    if !wanted.wants(kind, channel) {
        return Decision::Suppressed;
    }
    if kind.essential {
        return Decision::Now;
    }
    let digest = wanted.digest.filter(|_| channel == ChannelKind::Email);
    let together = digest.and_then(|digest| digest.time_after(told, zone));
    let quiet = wanted.quiet_hours;
    let quiet = quiet.and_then(|quiet| quiet.end_after(now, zone));
    match (together, quiet) {
        (Some(time), _) if now < time => Decision::Until(time),
        (_, Some(end)) => Decision::Until(end),
        (Some(time), None) => Decision::Together(time),
        (None, None) => Decision::Now,
    }
}

/// By which channels something is to leave.
pub(crate) fn channels_for(kind: &Kind, wanted: &Preferences) -> Vec<ChannelKind> {
    let channels = ChannelKind::ALL.into_iter();
    channels
        .filter(|channel| wanted.wants(kind, *channel))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::preferences::digest::Digest;
    use crate::told::kinds;
    use ChannelKind::{Email, Push, Sms};
    use serde_json::json;

    fn wanted(groups: &serde_json::Value, quiet: bool) -> Preferences {
        let mut document = serde_json::to_value(Preferences::default()).unwrap();
        for (group, ways) in groups.as_object().unwrap() {
            for (way, on) in ways.as_object().unwrap() {
                document["groups"][group][way] = on.clone();
            }
        }
        if quiet {
            document["quiet_hours"] = json!({"start": "22:00", "end": "07:00"});
        }
        serde_json::from_value(document).unwrap()
    }

    #[test]
    fn what_is_wanted_is_sent_and_waits_for_the_end_of_the_quiet_hours_unless_it_is_essential() {
        // 23:00 and 07:00 in Berlin.
        let (night, morning) = (1_796_076_000_000_000, 1_796_104_800_000_000);
        let (night, end) = (Timestamp(night), Timestamp(morning));
        let off = json!({"payments": {"email": false}, "account": {"email": false}});
        let on = json!({"payments": {"sms": true}, "security": {"sms": true, "push": false}});
        let nothing = json!({});
        for (kind, channel, groups, quiet, decision) in [
            ("money_received", Email, &nothing, false, Decision::Now),
            ("money_received", Push, &nothing, false, Decision::Now),
            ("money_received", Sms, &nothing, false, Decision::Suppressed),
            ("money_received", Sms, &on, false, Decision::Now),
            ("money_received", Sms, &on, true, Decision::Until(end)),
            ("money_received", Email, &off, false, Decision::Suppressed),
            ("money_received", Email, &off, true, Decision::Suppressed),
            (
                "money_received",
                Email,
                &nothing,
                true,
                Decision::Until(end),
            ),
            ("wallet_frozen", Email, &off, true, Decision::Now),
            ("wallet_limited", Email, &off, true, Decision::Suppressed),
            ("login_locked", Sms, &on, true, Decision::Now),
            ("login_locked", Push, &on, true, Decision::Suppressed),
            ("new_device", Sms, &on, true, Decision::Now),
            ("new_device", Email, &on, true, Decision::Suppressed),
        ] {
            let berlin = crate::preferences::quiet_hours::zone("Europe/Berlin");
            let kind = kinds::find(kind).unwrap();
            let wanted = wanted(groups, quiet);
            let decided = decide(kind, channel, &wanted, (night, night), &berlin);
            assert_eq!(
                decided, decision,
                "{} {channel:?} {groups} {quiet}",
                kind.name
            );
            assert_eq!(
                decide(kind, channel, &wanted, (night, end), &berlin) == Decision::Now,
                decision != Decision::Suppressed
            );
            let leaves = channels_for(kind, &wanted).contains(&channel);
            assert_eq!(leaves, decision != Decision::Suppressed);
        }
    }

    #[test]
    fn a_digest_holds_mails_that_are_not_essential_until_its_hour_and_the_end_of_quiet_hours() {
        let hour = 3_600 * values::SECOND;
        let told = Timestamp(1_767_225_600_000_000);
        let at = |hours: i64| told.plus(hours * hour);
        let utc = TimeZone::UTC;
        let mut wanted = Preferences {
            digest: Some(Digest { hour: 8 }),
            ..Preferences::default()
        };
        let decide = |kind: &str, channel, wanted: &Preferences, now| {
            decide(
                kinds::find(kind).unwrap(),
                channel,
                wanted,
                (told, now),
                &utc,
            )
        };
        let mail = |wanted: &Preferences, now| decide("money_received", Email, wanted, now);
        assert_eq!(mail(&wanted, told), Decision::Until(at(8)));
        assert_eq!(mail(&wanted, at(8)), Decision::Together(at(8)));
        assert_eq!(mail(&wanted, at(30)), Decision::Together(at(8)));
        assert_eq!(decide("money_received", Push, &wanted, told), Decision::Now);
        assert_eq!(decide("wallet_frozen", Email, &wanted, told), Decision::Now);
        let quiet = json!({"start": "07:00", "end": "10:00"});
        wanted.quiet_hours = serde_json::from_value(quiet).unwrap();
        assert_eq!(mail(&wanted, at(8)), Decision::Until(at(10)));
        assert_eq!(mail(&wanted, at(10)), Decision::Together(at(8)));
    }
}
