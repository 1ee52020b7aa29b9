//! The machine under a benchmark, as Linux tells of it. What it does not tell is "unknown"; nothing
//! is guessed.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde::Serialize;

/// What a benchmark ran on.
#[derive(Debug, Serialize)]
pub struct Machine {
    /// The processor's model.
    pub cpu: String,
    /// Processors that this process may use.
    pub cores: usize,
    /// Memory of the machine, MiB.
    pub memory_mib: u64,
    /// The kernel's version.
    pub kernel: String,
    /// The distribution.
    pub os: String,
    /// The version of this program, and how it was built.
    pub payflow: String,
    /// The engine and its version.
    pub engine: String,
}

impl Machine {
    /// This machine, and the engine that is measured.
    pub fn here(engine: String) -> Self {
        let build = if cfg!(debug_assertions) {
            " (NOT optimised: build it with --release)"
        } else {
            ""
        };
        Self {
            cpu: after("/proc/cpuinfo", "model name", ':'),
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_mib: kib("/proc/meminfo", "MemTotal").unwrap_or_default() / 1_024,
            kernel: read("/proc/sys/kernel/osrelease").map_or_else(unknown, |text| trimmed(&text)),
            os: after("/etc/os-release", "PRETTY_NAME", '='),
            payflow: format!("{}{build}", env!("CARGO_PKG_VERSION")),
            engine,
        }
    }
}

impl Machine {
    /// As people read it, piece by piece.
    pub fn parts(&self) -> Vec<String> {
        vec![
            self.cpu.clone(),
            format!("{} cores", self.cores),
            format!("{} MiB", self.memory_mib),
            format!("Linux {}", self.kernel),
            self.os.clone(),
            format!("PayFlow {}", self.payflow),
            self.engine.clone(),
        ]
    }
}

/// The memory that a process holds, in KiB.
pub fn resident_kib(pid: u32) -> Option<u64> {
    kib(&format!("/proc/{pid}/status"), "VmRSS")
}

/// The most memory that a process ever held, in KiB.
pub fn peak_kib(pid: u32) -> Option<u64> {
    kib(&format!("/proc/{pid}/status"), "VmHWM")
}

/// The processor time that a process has used in all its threads, the kernel's work for it
/// included.
pub fn cpu_time(pid: u32) -> Option<Duration> {
    cpu_time_in(&read(&format!("/proc/{pid}/stat"))?)
}

/// The fields 14 and 15 of `proc_pid_stat(5)`, in hundredths of a second.
fn cpu_time_in(stat: &str) -> Option<Duration> {
    // The second field is the program's name, in which anything may stand.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(Duration::from_millis((user + system) * 10))
}

/// The type of the file system that a folder lies on, such as `ext4`.
pub fn file_system(folder: &Path) -> String {
    let Ok(folder) = folder.canonicalize() else {
        return unknown();
    };
    let mounts = read("/proc/self/mounts").unwrap_or_default();
    file_system_in(&mounts, &folder).unwrap_or_else(unknown)
}

/// The type of the mount that goes furthest towards the folder; of several at the same place the
/// last one counts.
fn file_system_in(mounts: &str, folder: &Path) -> Option<String> {
    let mut found: Option<(usize, &str)> = None;
    for line in mounts.lines() {
        let mut fields = line.split(' ').skip(1);
        let (Some(place), Some(kind)) = (fields.next(), fields.next()) else {
            continue;
        };
        let closer = found.is_none_or(|(length, _)| place.len() >= length);
        if folder.starts_with(place) && closer {
            found = Some((place.len(), kind));
        }
    }
    found.map(|(_, kind)| kind.to_owned())
}

fn read(path: &str) -> Option<String> {
    fs::read_to_string(path).ok()
}

fn unknown() -> String {
    "unknown".to_owned()
}

fn trimmed(text: &str) -> String {
    text.trim().trim_matches('"').to_owned()
}

/// What stands behind a key and a separator in a file of lines.
fn after(path: &str, key: &str, separator: char) -> String {
    read(path)
        .and_then(|text| value_of(&text, key, separator))
        .unwrap_or_else(unknown)
}

fn value_of(text: &str, key: &str, separator: char) -> Option<String> {
    text.lines()
        .filter_map(|line| line.split_once(separator))
        .find(|(name, _)| name.trim() == key)
        .map(|(_, value)| trimmed(value))
}

/// A size that Linux writes as `Name:   123 kB`.
fn kib(path: &str, key: &str) -> Option<u64> {
    let value = value_of(&read(path)?, key, ':')?;
    value.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deepest_mount_tells_the_file_system() {
        let mounts = "/dev/a / ext4 rw 0 0\ntmpfs /run tmpfs rw 0 0\n/dev/b /run/data xfs rw 0 0\n";
        let of = |path: &str| file_system_in(mounts, Path::new(path)).unwrap();
        assert_eq!(of("/srv/data"), "ext4");
        assert_eq!(of("/run/user"), "tmpfs");
        assert_eq!(of("/run/data/x"), "xfs");
        assert_eq!(of("/running"), "ext4");
    }

    #[test]
    fn values_are_read_by_their_key() {
        let text = "VmSize:\t  900 kB\nVmRSS:\t  5120 kB\nNAME=\"A B\"\n";
        assert_eq!(value_of(text, "VmRSS", ':').unwrap(), "5120 kB");
        assert_eq!(value_of(text, "NAME", '=').unwrap(), "A B");
        assert_eq!(value_of(text, "Vm", ':'), None);
    }

    #[test]
    fn this_process_holds_memory() {
        let process = std::process::id();
        assert!(resident_kib(process).unwrap() > 0);
        assert!(peak_kib(process).unwrap() > 0);
        assert!(cpu_time(process).is_some());
    }

    #[test]
    fn processor_time_is_found_behind_a_name_with_anything_in_it() {
        let stat = "7 (a) b (c) S 1 7 7 0 -1 4194560 1 0 0 0 120 30 0 0 20 0 5 0 1 2 3";
        assert_eq!(cpu_time_in(stat), Some(Duration::from_millis(1_500)));
    }
}
