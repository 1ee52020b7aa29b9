//! Who may do what: roles, permissions, and the one table that joins them. It knows no route and no
//! user.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::OrgId;

/// The one table of who may do what.
pub const TABLE: [(Role, PermissionSet); 5] = {
    use Permission as P;
    let own = PermissionSet::of(&[P::Profile, P::ApiKeysOwn, P::NotificationsOwn]);
    let holder = own.and(&[P::WalletsOwn, P::TransactionsOwn, P::WebhooksOwn, P::KycOwn]);
    let reader = own.and(&[
        P::NotificationsReadAll,
        P::WalletsReadAll,
        P::TransactionsReadAll,
        P::UsersReadAll,
        P::QueuesRead,
        P::SystemRead,
        P::RulesRead,
        P::RiskRead,
        P::KycRead,
    ]);
    [
        (Role::User, holder),
        (Role::Merchant, holder),
        (
            Role::Operator,
            reader.and(&[
                P::NotificationsManage,
                P::WalletsFreeze,
                P::WalletsLimit,
                P::TransactionsResolve,
                P::QueuesManage,
                P::WebhooksManage,
                P::RulesWrite,
                P::KycReview,
            ]),
        ),
        (Role::Auditor, reader.and(&[P::AuditRead])),
        (Role::Admin, PermissionSet::of(&Permission::ALL)),
    ]
};

/// What a user is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Has wallets.
    User,
    /// Takes payments.
    Merchant,
    /// Looks after payments and wallets of others.
    Operator,
    /// Reads everything, changes nothing but their own account.
    Auditor,
    /// May do everything.
    Admin,
}

/// What is of no organisation but the first.
const FIRST_ONLY: PermissionSet = PermissionSet::of(&[
    Permission::OrganisationsManage,
    Permission::SystemRead,
    Permission::SystemConfig,
]);

impl Role {
    /// All roles.
    pub const ALL: [Self; 5] = [
        Self::User,
        Self::Merchant,
        Self::Operator,
        Self::Auditor,
        Self::Admin,
    ];

    /// The name used in the API and in the database.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Merchant => "merchant",
            Self::Operator => "operator",
            Self::Auditor => "auditor",
            Self::Admin => "admin",
        }
    }

    /// What this role may do, by [`TABLE`].
    #[must_use]
    pub const fn permissions(self) -> PermissionSet {
        // The table is in the order of the roles; a test says so.
        TABLE[self as usize].1
    }

    /// What this role may do in an organisation: in the first one only, organisations are made and
    /// the installation as a whole is looked after.
    #[must_use]
    pub const fn permissions_in(self, org: OrgId) -> PermissionSet {
        if org.0 == OrgId::DEFAULT.0 {
            self.permissions()
        } else {
            self.permissions().without(FIRST_ONLY)
        }
    }

    /// Whether this role has a permission.
    #[must_use]
    pub const fn allows(self, permission: Permission) -> bool {
        self.permissions().contains(permission)
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A role that does not exist.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no role: use user, merchant, operator, auditor or admin")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}

/// What an endpoint needs: a type of [`needs`], or a pair of them where one of the two will do.
pub trait Needed: Send + Sync + 'static {
    /// One of these; a refusal names the first. Where it is empty, it is enough to be known.
    const ANY_OF: &'static [Permission];
}

impl<A: Needed, B: Needed> Needed for (A, B) {
    const ANY_OF: &'static [Permission] = &[A::ANY_OF[0], B::ANY_OF[0]];
}

macro_rules! permissions {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// What somebody may do.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Permission { $($(#[$doc])* $name,)* }

        impl Permission {
            /// All permissions.
            pub const ALL: [Self; [$($text),*].len()] = [$(Self::$name),*];

            /// The name: in the answer of a 403, and as the scope of an API key.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }

        /// A type for each permission, by its name: what guarded routes ask for.
        pub mod needs {
            use super::Permission;
            use crate::identity::Needed;

            /// No permission: it is enough to be known.
            #[derive(Debug, Clone, Copy)]
            pub struct Authentication;

            impl Needed for Authentication {
                const ANY_OF: &'static [Permission] = &[];
            }

            $(
                $(#[$doc])*
                #[derive(Debug, Clone, Copy)]
                pub struct $name;

                impl Needed for $name {
                    const ANY_OF: &'static [Permission] = &[Permission::$name];
                }
            )*
        }
    };
}

permissions! {
    /// See and change one's own account: profile, password, sessions, second factors.
    Profile = "profile",
    /// Make, see and end one's own API keys.
    ApiKeysOwn = "api_keys:own",
    /// See what one was told, and say how one wants to be told.
    NotificationsOwn = "notifications:own",
    /// See what became of all messages of the organisation, not what they said.
    NotificationsReadAll = "notifications:read_all",
    /// Have messages of the organisation sent again.
    NotificationsManage = "notifications:manage",
    /// Open, see, freeze and close one's own wallets.
    WalletsOwn = "wallets:own",
    /// See all wallets of the organisation.
    WalletsReadAll = "wallets:read_all",
    /// Freeze and unfreeze all wallets of the organisation.
    WalletsFreeze = "wallets:freeze",
    /// Set limits of wallets.
    WalletsLimit = "wallets:limit",
    /// Move money from and to one's own wallets.
    TransactionsOwn = "transactions:own",
    /// See all transactions of the organisation.
    TransactionsReadAll = "transactions:read_all",
    /// Decide, with a second operator, what became of an unresolved transaction.
    TransactionsResolve = "transactions:resolve",
    /// The raw ledger.
    Ledger = "ledger",
    /// Have one's own events sent to endpoints of one's own.
    WebhooksOwn = "webhooks:own",
    /// Have all events of the organisation sent to an endpoint, and see what is sent to those of
    /// others.
    WebhooksManage = "webhooks:manage",
    /// See all users of the organisation.
    UsersReadAll = "users:read_all",
    /// Change roles, suspend and end sessions of the organisation's users.
    UsersManage = "users:manage",
    /// Read the audit trail.
    AuditRead = "audit:read",
    /// Make and change organisations.
    OrganisationsManage = "organisations:manage",
    /// See what waits to be handled, and the dead letters of the organisation.
    QueuesRead = "queues:read",
    /// Pause queues, and have dead letters handled again or discard them.
    QueuesManage = "queues:manage",
    /// See how the installation does as a whole.
    SystemRead = "system:read",
    /// See the settings of the installation.
    SystemConfig = "system:config",
    /// See the rules of risk, their versions and how often they hit, and lists.
    RulesRead = "rules:read",
    /// Work on a draft of the rules, have rules be quiet for a customer, and keep lists.
    RulesWrite = "rules:write",
    /// Bring rules that others have drafted into force, and put earlier ones back.
    RulesPublish = "rules:publish",
    /// See what risk has decided, and of what.
    RiskRead = "risk:read",
    /// Show who one is, and see how that stands.
    KycOwn = "kyc:own",
    /// See what all users of the organisation have sent in to show who they are.
    KycRead = "kyc:read",
    /// Decide on what users have sent in to show who they are.
    KycReview = "kyc:review",
}

/// What an API key may be given. Not the account of its owner: anyone who finds a key must not be
/// able to make further keys, which outlive it, or to change how the owner logs in. And not other
/// people's accounts: an administrator whom a key made could do all that the key could not.
pub const SCOPES: PermissionSet =
    PermissionSet::of(&Permission::ALL).without(PermissionSet::of(&[
        Permission::Profile,
        Permission::ApiKeysOwn,
        Permission::UsersManage,
        Permission::OrganisationsManage,
    ]));

/// A name that no permission has.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("`{0}` is no permission")]
pub struct UnknownPermission(pub String);

impl FromStr for Permission {
    type Err = UnknownPermission;

    fn from_str(text: &str) -> Result<Self, UnknownPermission> {
        Self::ALL
            .into_iter()
            .find(|permission| permission.as_str() == text)
            .ok_or_else(|| UnknownPermission(text.to_owned()))
    }
}

/// Permissions, a bit each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct PermissionSet(u64);

impl PermissionSet {
    /// These permissions.
    #[must_use]
    pub const fn of(permissions: &[Permission]) -> Self {
        Self(0).and(permissions)
    }

    /// This set and more.
    #[must_use]
    pub const fn and(self, more: &[Permission]) -> Self {
        let mut bits = self.0;
        let mut at = 0;
        while at < more.len() {
            bits |= 1 << more[at] as u64;
            at += 1;
        }
        Self(bits)
    }

    /// This set less another.
    #[must_use]
    pub const fn without(self, less: Self) -> Self {
        Self(self.0 & !less.0)
    }

    /// What is in both: an API key may do what its scopes and its owner's role allow.
    #[must_use]
    pub const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether a permission is in it.
    #[must_use]
    pub const fn contains(self, permission: Permission) -> bool {
        self.0 & (1 << permission as u64) != 0
    }

    /// Its permissions, in the order of [`Permission::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Permission> {
        Permission::ALL
            .into_iter()
            .filter(move |permission| self.contains(*permission))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_has_each_role_in_its_place() {
        for (place, role) in Role::ALL.into_iter().enumerate() {
            assert_eq!(TABLE[place].0, role);
        }
    }

    #[test]
    fn an_auditor_reads_everything_and_changes_nothing_of_others() {
        let may: Vec<_> = Role::Auditor
            .permissions()
            .iter()
            .map(Permission::as_str)
            .collect();
        let expected = [
            "profile",
            "api_keys:own",
            "notifications:own",
            "notifications:read_all",
            "wallets:read_all",
            "transactions:read_all",
            "users:read_all",
            "audit:read",
            "queues:read",
            "system:read",
            "rules:read",
            "risk:read",
            "kyc:read",
        ];
        assert_eq!(may, expected);
    }

    #[test]
    fn only_an_admin_manages_users_organisations_and_the_raw_ledger_publishes_rules_and_sees_settings()
     {
        for permission in [
            Permission::SystemConfig,
            Permission::UsersManage,
            Permission::OrganisationsManage,
            Permission::Ledger,
            Permission::RulesPublish,
        ] {
            let who: Vec<_> = Role::ALL
                .into_iter()
                .filter(|role| role.allows(permission))
                .collect();
            assert_eq!(who, [Role::Admin], "{}", permission.as_str());
        }
    }

    #[test]
    fn a_set_holds_what_was_put_in_and_nothing_else() {
        for one in Permission::ALL {
            let set = PermissionSet::of(&[one]);
            for other in Permission::ALL {
                assert_eq!(set.contains(other), one == other);
            }
            assert_eq!(set.iter().collect::<Vec<_>>(), [one]);
        }
        assert_eq!(PermissionSet::default().iter().count(), 0);
    }

    #[test]
    fn scopes_never_give_more_than_the_role() {
        let scopes = PermissionSet::of(&[Permission::WalletsOwn, Permission::Ledger]);
        let both = Role::User.permissions().intersection(scopes);
        assert_eq!(both, PermissionSet::of(&[Permission::WalletsOwn]));
    }

    #[test]
    fn a_key_never_manages_an_account() {
        let kept: Vec<_> = Permission::ALL
            .into_iter()
            .filter(|permission| !SCOPES.contains(*permission))
            .collect();
        let accounts = [
            Permission::Profile,
            Permission::ApiKeysOwn,
            Permission::UsersManage,
            Permission::OrganisationsManage,
        ];
        assert_eq!(kept, accounts);
    }

    #[test]
    fn only_the_first_organisation_makes_others_and_sees_the_installation() {
        for role in Role::ALL {
            assert_eq!(role.permissions_in(OrgId::DEFAULT), role.permissions());
            let elsewhere = role.permissions_in(OrgId(2));
            for permission in FIRST_ONLY.iter() {
                assert!(!elsewhere.contains(permission), "{}", permission.as_str());
            }
            assert_eq!(elsewhere, role.permissions().without(FIRST_ONLY));
        }
    }

    #[test]
    fn roles_are_read_by_their_names_only() {
        for role in Role::ALL {
            assert_eq!(role.as_str().parse(), Ok(role));
        }
        assert!("Admin".parse::<Role>().is_err());
    }

    #[test]
    fn permissions_are_read_by_their_names_only() {
        for permission in Permission::ALL {
            assert_eq!(permission.as_str().parse(), Ok(permission));
        }
        for text in ["", "Ledger", "wallets", "wallets:*", " ledger"] {
            assert!(text.parse::<Permission>().is_err(), "{text:?}");
        }
    }
}
