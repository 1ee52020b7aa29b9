//! What services know of one another: per service its trait, its types and its public events.
//! The only way one service knows another. It holds no logic of any service.

pub mod events;
pub mod identity;
pub mod kyc;
pub mod notifications;
pub mod payments;
pub mod risk;
