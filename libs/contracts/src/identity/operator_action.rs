//! What operators do in other services, and users to their own accounts there, as identity's audit
//! trail takes it. It says what was done,
//! and to what; the service's own journal says the rest.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};
use values::{Timestamp, typed_id};

use super::{Credential, OrgId, UserId};

typed_id!(
    /// An act that the service in which it was done keeps until it is in the audit trail.
    ActId,
    "act"
);

/// What an operator, or a user to their own account, did or tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum OperatorAction {
    /// A wallet sends nothing any more.
    WalletFrozen,
    /// A wallet sends again.
    WalletUnfrozen,
    /// A wallet has other limits.
    WalletLimited,
    /// A wallet ended.
    WalletClosed,
    /// A payment was captured.
    TransactionCaptured,
    /// A payment was cancelled.
    TransactionCancelled,
    /// A payment was given back.
    TransactionRefunded,
    /// An operator said what became of a transaction that nobody knew the end of.
    TransactionResolved,
    /// A transaction in review may pass, as an operator says.
    TransactionApproved,
    /// A transaction in review may not pass, as an operator says.
    TransactionDeclined,
    /// A dead letter, or all that fit a filter, was handled again.
    DeadLetterReplayed,
    /// A dead letter will not be handled.
    DeadLetterDiscarded,
    /// A queue stands still.
    QueuePaused,
    /// A queue goes on.
    QueueResumed,
    /// A consumer was put to another place in its feed.
    FeedRewound,
    /// A message was sent again.
    MessageResent,
    /// A user has another webhook endpoint.
    WebhookEndpointCreated,
    /// A webhook endpoint was changed, or switched on or off.
    WebhookEndpointChanged,
    /// A webhook endpoint was removed.
    WebhookEndpointDeleted,
    /// A webhook endpoint has another secret.
    WebhookSecretRotated,
    /// A user has a phone number, or another one.
    PhoneVerified,
    /// A user has no phone number any more.
    PhoneForgotten,
    /// A device of a user gets push messages.
    PushDeviceAdded,
    /// A device of a user gets none any more.
    PushDeviceRemoved,
    /// The draft of the rules of risk has another rule, or one less, or is another.
    RuleDrafted,
    /// The draft of the rules of risk is no more.
    RulesDiscarded,
    /// A draft of the rules of risk came into force.
    RulesPublished,
    /// Earlier rules of risk are in force again.
    RulesRolledBack,
    /// A rule of risk is quiet for a customer.
    RuleSnoozed,
    /// A rule of risk is not quiet for a customer any more.
    RuleWoken,
    /// The breaker of a rule of risk has put it into shadow.
    RuleTripped,
    /// Somebody wants a rule of risk back in effect that its breaker has put into shadow.
    RuleRearmProposed,
    /// A rule of risk is back in effect.
    RuleRearmed,
    /// A hard block waits for a second person.
    ConditionProposed,
    /// A person, a wallet or somebody outside is allowed, or blocked.
    ConditionMade,
    /// A second person has approved a hard block.
    ConditionApproved,
    /// Somebody wants to end a hard block.
    ConditionEndProposed,
    /// A condition was ended.
    ConditionEnded,
    /// There is another list that rules of risk may ask about.
    ListCreated,
    /// Such a list is no more.
    ListDeleted,
    /// A value is on such a list.
    ListEntryAdded,
    /// A value is not on such a list any more.
    ListEntryRemoved,
    /// A case has an operator, or none.
    CaseAssigned,
    /// Somebody has said something about a case.
    CaseCommented,
    /// A case is looked at later, or now again.
    CaseSnoozed,
    /// Somebody has set how urgent a case is.
    CasePinned,
    /// A case has another file.
    CaseAttached,
    /// Somebody has proposed a decision about a case.
    CaseProposed,
    /// Somebody has decided about a case.
    CaseDecided,
    /// A case that had ended goes on.
    CaseReopened,
    /// Sanctions lists were loaded by hand.
    SanctionsListLoaded,
    /// A customer is not the one on a sanctions list, as an operator says.
    SanctionsMatchCleared,
    /// A customer is the one on a sanctions list, as an operator says.
    SanctionsMatchConfirmed,
    /// A user has sent in what shows who they are.
    KycSubmitted,
    /// A user appeals against a rejection of it.
    KycAppealed,
    /// An operator has read a document of it.
    KycDocumentRead,
    /// An operator has decided on a document of it.
    KycDocumentReviewed,
    /// An operator has decided on it, or asks for some of it again.
    KycReviewed,
    /// An operator wants a user to show anew who they are.
    KycReverificationRequired,
    /// An operator has seen an alert, and looks after it.
    AlertAcknowledged,
    /// An operator ended an alert.
    AlertResolved,
    /// An alert is quiet for a while, or not any more.
    AlertSnoozed,
    /// Somebody looks after an alert, or nobody does any more.
    AlertAssigned,
    /// An operator wrote something to an alert.
    AlertCommented,
    /// A user took a copy of all that is kept about them.
    DataExported,
}

impl OperatorAction {
    /// The name in the trail: the subject's kind, and what happened to it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::WalletFrozen => "wallet.frozen",
            Self::WalletUnfrozen => "wallet.unfrozen",
            Self::WalletLimited => "wallet.limited",
            Self::WalletClosed => "wallet.closed",
            Self::TransactionCaptured => "transaction.captured",
            Self::TransactionCancelled => "transaction.cancelled",
            Self::TransactionRefunded => "transaction.refunded",
            Self::TransactionResolved => "transaction.resolved",
            Self::TransactionApproved => "transaction.approved",
            Self::TransactionDeclined => "transaction.declined",
            Self::DeadLetterReplayed => "dead_letter.replayed",
            Self::DeadLetterDiscarded => "dead_letter.discarded",
            Self::QueuePaused => "queue.paused",
            Self::QueueResumed => "queue.resumed",
            Self::FeedRewound => "feed.rewound",
            Self::MessageResent => "message.resent",
            Self::WebhookEndpointCreated => "webhook_endpoint.created",
            Self::WebhookEndpointChanged => "webhook_endpoint.changed",
            Self::WebhookEndpointDeleted => "webhook_endpoint.deleted",
            Self::WebhookSecretRotated => "webhook_endpoint.secret_rotated",
            Self::PhoneVerified => "phone.verified",
            Self::PhoneForgotten => "phone.forgotten",
            Self::PushDeviceAdded => "push_device.added",
            Self::PushDeviceRemoved => "push_device.removed",
            Self::RuleDrafted => "rule.drafted",
            Self::RulesDiscarded => "rules.discarded",
            Self::RulesPublished => "rules.published",
            Self::RulesRolledBack => "rules.rolled_back",
            Self::RuleSnoozed => "rule.snoozed",
            Self::RuleWoken => "rule.woken",
            Self::RuleTripped => "rule.tripped",
            Self::RuleRearmProposed => "rule.rearm_proposed",
            Self::RuleRearmed => "rule.rearmed",
            Self::ConditionProposed => "condition.proposed",
            Self::ConditionMade => "condition.made",
            Self::ConditionApproved => "condition.approved",
            Self::ConditionEndProposed => "condition.end_proposed",
            Self::ConditionEnded => "condition.ended",
            Self::ListCreated => "list.created",
            Self::ListDeleted => "list.deleted",
            Self::ListEntryAdded => "list.entry_added",
            Self::ListEntryRemoved => "list.entry_removed",
            Self::CaseAssigned => "case.assigned",
            Self::CaseCommented => "case.commented",
            Self::CaseSnoozed => "case.snoozed",
            Self::CasePinned => "case.pinned",
            Self::CaseAttached => "case.attached",
            Self::CaseProposed => "case.proposed",
            Self::CaseDecided => "case.decided",
            Self::CaseReopened => "case.reopened",
            Self::SanctionsListLoaded => "sanctions_list.loaded",
            Self::SanctionsMatchCleared => "sanctions_match.cleared",
            Self::SanctionsMatchConfirmed => "sanctions_match.confirmed",
            Self::KycSubmitted => "kyc.submitted",
            Self::KycAppealed => "kyc.appealed",
            Self::KycDocumentRead => "kyc.document_read",
            Self::KycDocumentReviewed => "kyc.document_reviewed",
            Self::KycReviewed => "kyc.reviewed",
            Self::KycReverificationRequired => "kyc.reverification_required",
            Self::AlertAcknowledged => "alert.acknowledged",
            Self::AlertResolved => "alert.resolved",
            Self::AlertSnoozed => "alert.snoozed",
            Self::AlertAssigned => "alert.assigned",
            Self::AlertCommented => "alert.commented",
            Self::DataExported => "user.data_exported",
        }
    }
}

/// An entry for the audit trail.
#[derive(Debug)]
pub struct OperatorEntry<'a> {
    /// Where.
    pub org: OrgId,
    /// Who.
    pub user: UserId,
    /// With what.
    pub credential: Credential,
    /// From where.
    pub address: IpAddr,
    /// By what program.
    pub user_agent: Option<&'a str>,
    /// What.
    pub action: OperatorAction,
    /// The id of what it was done to.
    pub subject: String,
    /// Why not, where it was refused: the code of the answer.
    pub refusal: Option<String>,
    /// None where identity itself keeps what it cannot record now.
    pub kept: Option<KeptEntry>,
}

/// An entry that the service in which it was done keeps, and sends until it is recorded. Sent again
/// under its id, it is not recorded again.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeptEntry {
    /// Its id.
    pub id: ActId,
    /// When it was done.
    pub at: Timestamp,
}
