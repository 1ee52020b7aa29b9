//! The id of a notification.

use values::typed_id;

typed_id!(
    /// A notification: `ntf_…`.
    NotificationId,
    "ntf"
);
