//! Whether the machine has processor time to spare. Work that nobody waits for asks before it goes
//! on: a low priority alone leaves it all that the others do not use at the moment, and with it the
//! caches, the memory and the disk, which have no priorities.

use std::fs;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Mutex as Turn;
use tokio::time::sleep_until;

/// Where less than this part of the last interval was idle, time is scarce.
const SPARE_PERCENT: u64 = 25;
/// The shortest interval: the system counts in hundredths of a second.
const INTERVAL: Duration = Duration::from_millis(250);
/// Where time is scarce, all such work of this process takes one part of the time in so many.
const ONE_PART_IN: u32 = 50;
/// The longest rest of one of them. The others rest after it, each in its turn.
const LONGEST_REST: Duration = Duration::from_secs(2);

/// Rests after work that took so long: not at all where the machine has time to spare, and no
/// longer than until it has.
pub async fn rest_after(took: Duration) {
    static TURN: Turn<()> = Turn::const_new(());
    if !is_scarce() {
        return;
    }
    let _turn = TURN.lock().await;
    let until = Instant::now() + (took * (ONE_PART_IN - 1)).min(LONGEST_REST);
    while is_scarce() && Instant::now() < until {
        sleep_until(until.min(Instant::now() + INTERVAL).into()).await;
    }
}

/// What the system has counted when it was asked last, and what followed from it.
struct Look {
    at: Instant,
    counted: Counted,
    scarce: bool,
}

/// Processor time since the start of the machine, of all processors, in the system's own unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Counted {
    all: u64,
    idle: u64,
}

fn is_scarce() -> bool {
    static LAST: Mutex<Option<Look>> = Mutex::new(None);
    let mut last = LAST.lock().unwrap_or_else(PoisonError::into_inner);
    let at = Instant::now();
    let known = last
        .as_ref()
        .map(|look| (look.at, look.counted, look.scarce));
    if let Some((before, _, scarce)) = known
        && at.duration_since(before) < INTERVAL
    {
        return scarce;
    }
    // Linux has this file; elsewhere nothing is known, and nothing rests.
    let counted = fs::read_to_string("/proc/stat").ok();
    let Some(counted) = counted.as_deref().and_then(parse) else {
        return false;
    };
    let scarce = known.is_some_and(|(_, before, _)| was_scarce(before, counted));
    *last = Some(Look {
        at,
        counted,
        scarce,
    });
    scarce
}

/// The line of all processors: user, nice, system, idle, iowait, irq, softirq, steal. What follows
/// is counted in the first two already.
fn parse(stat: &str) -> Option<Counted> {
    let numbers = stat.lines().next()?.strip_prefix("cpu ")?;
    let mut numbers = numbers.split_ascii_whitespace().take(8);
    let mut counted = Counted { all: 0, idle: 0 };
    for number in 0..8 {
        let ticks: u64 = numbers.next()?.parse().ok()?;
        counted.all += ticks;
        if number == 3 || number == 4 {
            counted.idle += ticks;
        }
    }
    Some(counted)
}

fn was_scarce(before: Counted, now: Counted) -> bool {
    let all = now.all.saturating_sub(before.all);
    let idle = now.idle.saturating_sub(before.idle);
    idle * 100 < all * SPARE_PERCENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn idle_time_and_waiting_for_the_disk_are_time_to_spare() {
        let stat = "cpu  100 10 50 700 40 5 5 90 30 20\ncpu0 1 2 3 4 5 6 7 8 9 10\n";
        let counted = parse(stat).unwrap();
        assert_eq!(
            counted,
            Counted {
                all: 1_000,
                idle: 740
            }
        );
        for broken in [
            "",
            "cpu  1 2 3",
            "cpu  1 2 3 x 5 6 7 8",
            "intr 1 2 3 4 5 6 7 8",
        ] {
            assert_eq!(parse(broken), None, "{broken}");
        }
    }

    #[test]
    fn time_is_scarce_where_less_than_a_quarter_was_idle() {
        let before = Counted {
            all: 1_000,
            idle: 500,
        };
        for (idle, scarce) in [(0, true), (24, true), (25, false), (100, false)] {
            let now = Counted {
                all: 1_100,
                idle: 500 + idle,
            };
            assert_eq!(was_scarce(before, now), scarce, "{idle}");
        }
        // Nothing was counted meanwhile.
        assert!(!was_scarce(before, before));
    }
}
