//! The words of `payflow sanctions`.

use clap::{Args, Subcommand};

use super::Store;

/// `payflow sanctions`.
#[derive(Debug, Subcommand)]
pub enum SanctionsCommand {
    /// Load the lists that the settings name (`risk.sanctions`), from the folder or the addresses
    /// there.
    ///
    /// A list comes into force only when it was loaded and read whole. Servers on PostgreSQL take
    /// it up within a second. It is in the audit trail.
    Update(UpdateSanctions),
    /// Print which lists are in force, how old they are, and what became of the last load.
    Status(Store),
}

/// `payflow sanctions update`.
#[derive(Debug, Args)]
pub struct UpdateSanctions {
    #[command(flatten)]
    pub store: Store,
    /// Only this list: ofac, un or eu.
    #[arg(long, value_name = "LIST")]
    pub list: Option<String>,
    /// Take the list also where more of it is gone than `risk.sanctions.most_lost_percent`.
    #[arg(long, requires = "list")]
    pub accept_loss: bool,
}
