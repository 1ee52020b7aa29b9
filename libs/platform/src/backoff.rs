//! How long to wait after failures in a row. Pure: it counts nothing and never sleeps.

/// A wait that doubles with each failure, up to a longest. All times in microseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backoff {
    /// After the first failure.
    pub first: i64,
    /// The longest; 0: nobody waits.
    pub longest: i64,
}

impl Backoff {
    /// The wait after so many failures in a row; 0 after none.
    #[must_use]
    pub fn after(self, failures: i64) -> i64 {
        if failures <= 0 {
            return 0;
        }
        // Beyond that the longest wait is reached in any case.
        let doublings = (failures - 1).min(32);
        self.first.saturating_mul(1 << doublings).min(self.longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_doubles_up_to_the_longest() {
        let backoff = Backoff {
            first: 10,
            longest: 75,
        };
        let waits = [-1, 0, 1, 2, 3, 4, 5, 33, i64::MAX].map(|failures| backoff.after(failures));
        assert_eq!(waits, [0, 0, 10, 20, 40, 75, 75, 75, 75]);
        let far = Backoff {
            first: i64::MAX / 2,
            longest: i64::MAX,
        };
        assert_eq!(far.after(40), i64::MAX);
        assert_eq!(
            Backoff {
                first: 1,
                longest: 0
            }
            .after(9),
            0
        );
    }
}
