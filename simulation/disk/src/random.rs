//! Numbers from a seed, the same on every machine. Not for anything that has to be secret.

/// Xorshift (Marsaglia 2003): small, and the same everywhere.
#[derive(Debug, Clone)]
pub struct Random(u64);

impl Random {
    /// Numbers from this seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    /// Numbers of their own for a part of whatever uses this seed.
    #[must_use]
    pub const fn part(seed: u64, part: u64) -> Self {
        let mut random = Self::new(seed ^ part.wrapping_mul(0xd134_2543_de82_ef95));
        // Neighbouring seeds begin alike.
        let mut skipped = 0;
        while skipped < 8 {
            random.next();
            skipped += 1;
        }
        random
    }

    /// 64 bits.
    pub const fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    /// A number from 0 up to, not including, `end`, which is above 0.
    pub const fn below(&mut self, end: usize) -> usize {
        // Both fit on machines of 64 bits, the only ones that this runs on.
        #[expect(clippy::cast_possible_truncation, reason = "below `end`, a usize")]
        let number = (self.next() % end as u64) as usize;
        number
    }

    /// A number from `from` up to, not including, `to`, which is above it.
    pub const fn between(&mut self, from: i64, to: i64) -> i64 {
        from + (self.next() % to.abs_diff(from)).cast_signed()
    }

    /// So many times out of a hundred.
    pub const fn chance(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of these, of which there is at least one.
    pub fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())].clone()
    }
}
