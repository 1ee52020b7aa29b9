//! How often each kind of command comes: as in life, or as a seed says.

use simulated_disk::Random;

/// A kind of command.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    OpenWallet,
    CloseOwner,
    ChangeWallet,
    DepositOrWithdrawal,
    Transfer,
    Payment,
    Capture,
    EndPayment,
    Confirm,
    Review,
    Refund,
    Settle,
    Resolve,
    OpenAccounts,
    Post,
    ExpireHold,
}

/// The weights of the kinds, and how often commands have keys and are repeated, in percent.
#[derive(Debug, Clone)]
pub struct Weights {
    kinds: [(Kind, usize); 16],
    pub(super) keys: usize,
    pub(super) repetitions: usize,
}

impl Weights {
    /// About as in life.
    pub const USUAL: Self = Self {
        kinds: [
            (Kind::OpenWallet, 2),
            (Kind::ChangeWallet, 4),
            (Kind::DepositOrWithdrawal, 10),
            (Kind::Transfer, 12),
            (Kind::Payment, 16),
            (Kind::Capture, 10),
            (Kind::EndPayment, 5),
            (Kind::Refund, 7),
            (Kind::Settle, 8),
            (Kind::Resolve, 9),
            (Kind::OpenAccounts, 3),
            (Kind::Post, 11),
            (Kind::ExpireHold, 3),
            (Kind::CloseOwner, 1),
            (Kind::Confirm, 6),
            (Kind::Review, 7),
        ],
        keys: 35,
        repetitions: 6,
    };

    /// Each weight between none and four times the usual.
    #[must_use]
    pub fn drawn(random: &mut Random) -> Self {
        let mut weights = Self::USUAL;
        for (_, weight) in &mut weights.kinds {
            *weight = *weight * random.pick(&[0, 1, 1, 2, 4]) + usize::from(random.chance(50));
        }
        // Something has to be possible.
        weights.kinds[3].1 += 1;
        weights.keys = random.pick(&[10, 35, 70, 100]);
        weights.repetitions = random.pick(&[0, 6, 20]);
        weights
    }

    pub(super) fn draw(&self, random: &mut Random) -> Kind {
        let total = self.kinds.iter().map(|(_, weight)| weight).sum();
        let mut number = random.below(total);
        for (kind, weight) in self.kinds {
            if number < weight {
                return kind;
            }
            number -= weight;
        }
        Kind::Transfer
    }
}
