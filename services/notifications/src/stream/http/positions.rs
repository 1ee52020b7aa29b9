//! Where a stream stands in each feed, and how that is written as the id of an event:
//! `identity:45,payments:123`.

use web::problem::Problem;

/// A position in each of some feeds, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Positions(pub(crate) Vec<(&'static str, i64)>);

impl Positions {
    /// As the id of an event.
    pub(crate) fn text(&self) -> String {
        let parts = self.0.iter();
        let parts: Vec<_> = parts.map(|(feed, at)| format!("{feed}:{at}")).collect();
        parts.join(",")
    }

    /// Goes back to where an id says; feeds that it does not name stay where they are, and nothing
    /// goes beyond where it is now.
    pub(crate) fn go_back(&mut self, id: &str) -> Result<(), Problem> {
        for part in id.split(',') {
            let (feed, at) = part.split_once(':').ok_or_else(invalid)?;
            let digits = !at.is_empty() && at.bytes().all(|byte| byte.is_ascii_digit());
            let at = at.parse::<i64>().ok().filter(|_| digits);
            let at = at.ok_or_else(invalid)?;
            // A feed that is not there any more has nothing to tell.
            if let Some((_, place)) = self.0.iter_mut().find(|(name, _)| *name == feed) {
                *place = at.min(*place);
            }
        }
        Ok(())
    }
}

fn invalid() -> Problem {
    let detail = "Send the id of the last event that you have received as `Last-Event-ID`, unchanged, or none to begin now.";
    Problem::malformed("invalid_last_event_id", detail).for_param("Last-Event-ID")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Positions {
        Positions(vec![("identity", 45), ("payments", 123)])
    }

    #[test]
    fn an_id_leads_back_to_where_it_was_written() {
        assert_eq!(now().text(), "identity:45,payments:123");
        let mut positions = now();
        positions.go_back("payments:7,identity:45").unwrap();
        assert_eq!(positions.text(), "identity:45,payments:7");
        positions.go_back("payments:900,gone:1").unwrap();
        assert_eq!(positions.text(), "identity:45,payments:7");
    }

    #[test]
    fn what_no_stream_has_written_is_refused() {
        for id in [
            "",
            "7",
            "payments",
            "payments:",
            "payments:-1",
            "payments:+1",
            "payments:1;x",
            "payments:99999999999999999999",
        ] {
            let refused = now().go_back(id).unwrap_err();
            assert_eq!(refused.code, "invalid_last_event_id", "{id}");
        }
    }
}
