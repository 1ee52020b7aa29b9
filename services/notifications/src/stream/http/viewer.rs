//! Who looks at a stream, and what of it is for them: pure.

use access::Principal;
use contracts::events::{Event, catalogue};
use contracts::identity::{OrgId, Permission, PermissionSet, UserId};
use web::problem::Problem;

/// Which types of events: names, and beginnings of names such as `transaction.*`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Types(Option<Vec<String>>);

impl Types {
    /// All types where nothing is said.
    ///
    /// # Errors
    /// 422 `unknown_event_type`.
    pub(crate) fn parse(text: Option<&str>) -> Result<Self, Problem> {
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            return Ok(Self(None));
        };
        let types: Vec<_> = text.split(',').map(|one| one.trim().to_owned()).collect();
        let unknown = types.iter().find(|one| {
            let mut events = catalogue::EVENTS.iter();
            !events.any(|event| fits(one, event.name))
        });
        match unknown {
            None => Ok(Self(Some(types))),
            Some(unknown) => {
                let detail = format!(
                    "There are no events of the type `{unknown}`. The API's description lists those that there are."
                );
                Err(Problem::refused("unknown_event_type", detail).for_param("types"))
            }
        }
    }

    fn has(&self, kind: &str) -> bool {
        let Self(types) = self;
        types
            .as_ref()
            .is_none_or(|types| types.iter().any(|one| fits(one, kind)))
    }
}

fn fits(pattern: &str, kind: &str) -> bool {
    match pattern.strip_suffix('*') {
        Some("") => true,
        Some(beginning) => beginning.ends_with('.') && kind.starts_with(beginning),
        None => pattern == kind,
    }
}

/// Somebody who looks at a stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Viewer {
    pub(crate) org: OrgId,
    pub(crate) user: UserId,
    pub(crate) permissions: PermissionSet,
}

impl Viewer {
    pub(crate) const fn of(principal: &Principal) -> Self {
        Self {
            org: principal.org,
            user: principal.user,
            permissions: principal.permissions,
        }
    }

    /// Whether an event is for them: one of their organisation that concerns them, or of which they
    /// may read all.
    pub(crate) fn sees(&self, event: &Event, types: &Types) -> bool {
        let (own, all) = needed(&event.kind);
        event.org == self.org
            && types.has(&event.kind)
            && (all.is_some_and(|all| self.permissions.contains(all))
                || self.permissions.contains(own) && event.concerns(self.user))
    }
}

/// What one must be allowed to see of events of a type: one's own, and all. What somebody was told
/// is theirs alone.
fn needed(kind: &str) -> (Permission, Option<Permission>) {
    use Permission as P;
    match kind.split('.').next() {
        Some("transaction") => (P::TransactionsOwn, Some(P::TransactionsReadAll)),
        Some("wallet") => (P::WalletsOwn, Some(P::WalletsReadAll)),
        Some("webhook") => (P::WebhooksOwn, Some(P::WebhooksManage)),
        Some("notification") => (P::NotificationsOwn, None),
        _ => (P::Profile, Some(P::UsersReadAll)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::events::Party;
    use contracts::identity::Role;
    use uuid::Uuid;
    use values::Timestamp;

    fn event(kind: &str, org: i64, owner: u128) -> Event {
        let time = Timestamp(0);
        Event {
            id: events::event_id("payments", 1, time),
            feed: "payments",
            sequence: 1,
            kind: kind.to_owned(),
            time,
            subject: "x".to_owned(),
            org: OrgId(org),
            parties: vec![(Party::Owner, UserId(Uuid::from_u128(owner)))],
            data: serde_json::value::to_raw_value(&1).unwrap(),
        }
    }

    fn viewer(permissions: PermissionSet) -> Viewer {
        Viewer {
            org: OrgId(1),
            user: UserId(Uuid::from_u128(7)),
            permissions,
        }
    }

    #[test]
    fn one_sees_ones_own_and_with_permission_all_of_the_organisation() {
        let all = Types(None);
        let user = viewer(Role::User.permissions());
        let auditor = viewer(Role::Auditor.permissions());
        for kind in ["transaction.completed", "wallet.opened", "user.verified"] {
            assert!(user.sees(&event(kind, 1, 7), &all), "{kind}");
            assert!(!user.sees(&event(kind, 1, 8), &all), "{kind}");
            assert!(!user.sees(&event(kind, 2, 7), &all), "{kind}");
            assert!(auditor.sees(&event(kind, 1, 8), &all), "{kind}");
            assert!(!auditor.sees(&event(kind, 2, 8), &all), "{kind}");
        }
        let admin = viewer(Role::Admin.permissions());
        for (kind, others) in [("notification.created", false), ("webhook.resent", true)] {
            assert!(user.sees(&event(kind, 1, 7), &all), "{kind}");
            assert!(!user.sees(&event(kind, 1, 8), &all), "{kind}");
            assert_eq!(admin.sees(&event(kind, 1, 8), &all), others, "{kind}");
        }
        let key = viewer(PermissionSet::of(&[Permission::WalletsOwn]));
        assert!(key.sees(&event("wallet.opened", 1, 7), &all));
        for kind in ["transaction.completed", "user.verified", "api_key.created"] {
            assert!(!key.sees(&event(kind, 1, 7), &all), "{kind}");
        }
    }

    #[test]
    fn types_are_names_or_their_beginnings() {
        let types = Types::parse(Some("transaction.*, wallet.opened")).unwrap();
        for (kind, has) in [
            ("transaction.completed", true),
            ("wallet.opened", true),
            ("wallet.closed", false),
        ] {
            assert_eq!(types.has(kind), has, "{kind}");
        }
        assert_eq!(Types::parse(None), Types::parse(Some("")));
        assert!(Types::parse(Some("*")).unwrap().has("user.closed"));
        for wrong in ["trans*", "transaction", "nope.*", "wallet.opened,", ".*"] {
            let refused = Types::parse(Some(wrong)).unwrap_err();
            assert_eq!(refused.code, "unknown_event_type", "{wrong}");
        }
    }
}
