//! The server and the echo take turns with the same load; what each of them did meanwhile.

use std::time::Duration;

use anyhow::bail;

use super::HttpArgs;
use super::load::{Load, Sender, Sent};
use super::server::Server;
use crate::machine::cpu_time;
use crate::screen::progress;
use crate::tally::Tally;

/// How often the server and the echo take turns.
const TURNS: u32 = 5;
/// How long the echo is sent something before anything is counted.
const ECHO_WARM_UP: Duration = Duration::from_millis(500);

/// What a server did while it was measured.
#[derive(Debug, Default)]
pub struct Side {
    pub tally: Tally,
    /// The processor time of its process, and of the load's.
    cpu: [Option<Duration>; 2],
}

impl Side {
    /// Adds what a load does to a server; what went wrong.
    async fn measure(
        &mut self,
        server: &Server,
        load: impl Future<Output = anyhow::Result<Sent>>,
    ) -> anyhow::Result<Vec<String>> {
        let clocks = || [server.cpu_time(), cpu_time(std::process::id())];
        let before = clocks();
        let sent = load.await?;
        for ((cpu, before), after) in self.cpu.iter_mut().zip(before).zip(clocks()) {
            let spent = after.zip(before).map(|(after, before)| after - before);
            *cpu = spent.map(|spent| spent + cpu.unwrap_or_default());
        }
        self.tally.add(sent.tally);
        Ok(sent.errors)
    }

    /// The processor time for each transfer, in µs: the server's, and the load's.
    pub fn cpu_us(&self) -> [Option<f64>; 2] {
        let count = self.tally.count as f64;
        self.cpu
            .map(|cpu| Some(cpu?.as_secs_f64() * 1e6 / count).filter(|_| count > 0.0))
    }
}

/// What came of all turns.
#[derive(Debug, Default)]
pub struct Turns {
    pub server: Side,
    pub echo: Side,
    /// Transfers that the server acknowledged, those of the warm-up included.
    pub made: u64,
    /// What went wrong with the others.
    pub errors: Vec<String>,
}

impl Turns {
    /// Sends to both as long as the arguments say.
    ///
    /// # Errors
    /// Where the echo fails, or the user has had enough.
    pub async fn take<S: Sender>(
        args: &HttpArgs,
        [server, echo]: [&Server; 2],
        [transfers, echoes]: [&mut Load<S>; 2],
    ) -> anyhow::Result<Self> {
        let mut turns = Self::default();
        let bar = progress(u64::from(TURNS) + 1);
        bar.set_message("warming up");
        let warm = transfers.run(args.warmup).await?;
        turns.errors.extend(warm.errors);
        echoes.run(args.warmup.min(ECHO_WARM_UP)).await?;
        bar.set_message("sending to the server and to the echo");
        let length = args.seconds / TURNS;
        for _ in 0..TURNS {
            bar.inc(1);
            let errors = turns.server.measure(server, transfers.run(length)).await?;
            turns.errors.extend(errors);
            // What only echoes tells its speed sooner.
            let errors = turns.echo.measure(echo, echoes.run(length / 2)).await?;
            if let Some(error) = errors.first() {
                bail!("the echo failed: {error}");
            }
        }
        bar.finish_and_clear();
        turns.made = warm.tally.count + turns.server.tally.count;
        if turns.made == 0 {
            let error = turns.errors.first().map_or("no answer", String::as_str);
            bail!("no transfer was completed: {error}");
        }
        Ok(turns)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cost_is_processor_time_over_what_was_done() {
        let mut side = Side {
            cpu: [Some(Duration::from_millis(3)), None],
            ..Side::default()
        };
        assert_eq!(side.cpu_us(), [None, None]);
        side.tally.count = 100;
        assert_eq!(side.cpu_us(), [Some(30.0), None]);
    }
}
