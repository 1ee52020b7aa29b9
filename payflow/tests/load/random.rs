//! Chance that can be had again: a seed, and numbers from it. What the machine does meanwhile it
//! cannot repeat.

use std::hash::{BuildHasher, Hasher, RandomState};

/// Numbers drawn from a seed (`SplitMix64`: Steele, Lea and Flood, "Fast splittable pseudorandom
/// number generators", 2014).
#[derive(Debug, Clone)]
pub struct Random(u64);

/// The seed of `PAYFLOW_CRASH_SEED`, or another one each time. Printed, so that a failure shows it.
pub fn seed(test: &str) -> u64 {
    let given = testkit::variable("PAYFLOW_CRASH_SEED");
    let seed = given.map_or_else(
        || RandomState::new().build_hasher().finish() >> 32,
        |text| text.parse().unwrap(),
    );
    println!("{test}: PAYFLOW_CRASH_SEED={seed}");
    seed
}

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A generator of its own for each part of a test.
    pub fn fork(&mut self) -> Self {
        Self(self.draw())
    }

    fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// A number below `end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.draw() % end
    }

    /// A place in a list of this length.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap()
    }

    /// An amount from one cent to `most`.
    pub fn cents(&mut self, most: i64) -> i64 {
        1 + i64::try_from(self.below(most.unsigned_abs())).unwrap()
    }
}
