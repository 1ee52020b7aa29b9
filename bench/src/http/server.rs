//! A measured server: this program in a process of its own, on a store of its own and a free port.
//! It is told to stop as any server is, and killed only where it does not listen.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::answer::Connection;
use crate::machine::{cpu_time, peak_kib, resident_kib};
use crate::target::Target;

/// A server in a process of its own; killed when this is dropped.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// Where it listens.
    pub address: SocketAddr,
    /// From the start of the process to its first answer to `/ready`.
    pub started_in: Duration,
}

/// What the server is told beyond its store and address.
const SETTINGS: [(&str, &str); 4] = [
    ("PAYFLOW__LOG__FILTER", "warn"),
    // All the load comes from one address.
    ("PAYFLOW__GATEWAY__RATE_LIMITS__ENABLED", "false"),
    ("PAYFLOW__IDENTITY__LOCKOUT__LONGEST_WAIT_S", "0"),
    // Longer than the longest measurement.
    ("PAYFLOW__IDENTITY__ACCESS_TOKEN_LIFETIME_S", "86400"),
];
/// The longest that it may take to stop.
const PATIENCE: Duration = Duration::from_secs(30);

impl Server {
    /// Starts a server and waits until it is ready.
    ///
    /// # Errors
    /// Where it does not start or is not ready.
    pub async fn start(target: &Target) -> anyhow::Result<Self> {
        Self::start_with(target, false).await
    }

    /// The same, where each transaction is assessed before it is made, or none.
    ///
    /// # Errors
    /// Where it does not start or is not ready.
    pub async fn start_with(target: &Target, risk: bool) -> anyhow::Result<Self> {
        let mut command = this_program()?;
        command
            .args(["serve", "--listen", "127.0.0.1:0"])
            .env("PAYFLOW__RISK__ENABLED", risk.to_string());
        target.hand_to(&mut command);
        Self::spawn(command).await
    }

    /// Starts the yardstick: a server that only echoes.
    ///
    /// # Errors
    /// Where it does not start.
    pub async fn start_echo() -> anyhow::Result<Self> {
        let mut command = this_program()?;
        command.arg("echo");
        Self::spawn(command).await
    }

    async fn spawn(mut command: Command) -> anyhow::Result<Self> {
        command
            .envs(SETTINGS)
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let begun = Instant::now();
        let child = command.spawn().context("the server does not start")?;
        // From here on it is killed where something goes wrong.
        let mut server = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            started_in: Duration::ZERO,
        };
        server.address = server.read_address()?;
        let mut connection = Connection::open(server.address).await?;
        connection.call("GET", "/ready", None, None, 200).await?;
        server.started_in = begun.elapsed();
        Ok(server)
    }

    /// Reads where it listens from what it says first.
    fn read_address(&mut self) -> anyhow::Result<SocketAddr> {
        let stdout = self
            .child
            .stdout
            .take()
            .context("the server says nothing")?;
        let mut reader = BufReader::new(stdout);
        let mut line = String::new();
        while reader.read_line(&mut line)? > 0 {
            if let Some(address) = address_in(&line) {
                // The rest is read too: a pipe that nobody empties would stop the server, a closed
                // one might.
                std::thread::spawn(move || std::io::copy(&mut reader, &mut std::io::sink()));
                return Ok(address);
            }
            line.clear();
        }
        bail!(
            "the server ended before it listened: {}",
            self.child.wait()?
        )
    }

    /// The memory that it holds, in KiB.
    pub fn resident_kib(&self) -> Option<u64> {
        resident_kib(self.child.id())
    }

    /// The most memory that it ever held, in KiB.
    pub fn peak_kib(&self) -> Option<u64> {
        peak_kib(self.child.id())
    }

    /// The processor time that it has used so far.
    pub fn cpu_time(&self) -> Option<Duration> {
        cpu_time(self.child.id())
    }

    /// Tells it to stop, and waits until it has.
    ///
    /// # Errors
    /// Where it does not stop in time, or not in order.
    pub fn stop(mut self) -> anyhow::Result<()> {
        terminate(&mut self.child)?;
        let end = Instant::now() + PATIENCE;
        loop {
            match self.child.try_wait()? {
                Some(status) if status.success() => return Ok(()),
                Some(status) => bail!("the server ended with {status}"),
                None if Instant::now() > end => bail!("the server did not stop"),
                None => std::thread::sleep(Duration::from_millis(5)),
            }
        }
    }
}

fn this_program() -> anyhow::Result<Command> {
    let program = std::env::current_exe().context("this program does not know its own file")?;
    Ok(Command::new(program))
}

/// Sends SIGTERM. The standard library can only kill.
fn terminate(child: &mut Child) -> anyhow::Result<()> {
    if !cfg!(unix) {
        return Ok(child.kill()?);
    }
    let told = Command::new("/bin/sh")
        .args(["-c", "kill -TERM \"$0\"", &child.id().to_string()])
        .status()?;
    if !told.success() {
        bail!("the server could not be told to stop: {told}");
    }
    Ok(())
}

impl Drop for Server {
    fn drop(&mut self) {
        // What has ended already cannot be killed, and what cannot be killed cannot be mended here.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

/// The address in `… http://127.0.0.1:8080 …`.
fn address_in(line: &str) -> Option<SocketAddr> {
    let (_, rest) = line.split_once("http://")?;
    let end = rest
        .find(|letter: char| letter.is_whitespace() || letter == '/')
        .unwrap_or(rest.len());
    rest[..end].parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_in_the_greeting() {
        let address = address_in("PayFlow 0.1.0 listens on http://127.0.0.1:4711\n").unwrap();
        assert_eq!(address.port(), 4_711);
        assert_eq!(
            address_in("docs at http://127.0.0.1:80/api-docs")
                .unwrap()
                .port(),
            80
        );
        assert_eq!(address_in("https://example.com"), None);
    }
}
