//! A list of passwords that were published after thefts: a file in the form that Have I Been Pwned
//! offers, one line per password with its SHA-1 in hexadecimal digits, in ascending order. It is
//! searched where it lies, never read as a whole.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Seek, SeekFrom};
use std::path::PathBuf;

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

use crate::fault::Fault;

/// Hexadecimal digits of a SHA-1.
const DIGITS: usize = 40;
/// More bytes than a line has: the digits, how often it was seen, and its end.
const LINE_MAX_BYTES: u64 = 80;

/// The file.
#[derive(Debug)]
pub(crate) struct BreachedList {
    path: PathBuf,
}

impl BreachedList {
    /// A list that can be read and has the form of one.
    pub(crate) fn open(path: &str) -> Result<Self, Fault> {
        let list = Self { path: path.into() };
        list.search(&"0".repeat(DIGITS))
            .map_err(|source| list.broken(source))?;
        Ok(list)
    }

    /// Whether a password is in it. Reads the file: not on the async threads.
    pub(crate) fn contains(&self, password: &str) -> Result<bool, Fault> {
        let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, password.as_bytes());
        let wanted: String = sha1.as_ref().iter().map(|b| format!("{b:02X}")).collect();
        self.search(&wanted).map_err(|source| self.broken(source))
    }

    fn broken(&self, source: io::Error) -> Fault {
        let path = self.path.display().to_string();
        Fault::BreachedList { path, source }
    }

    /// Halves the part of the file in which a line with these digits would begin.
    fn search(&self, wanted: &str) -> io::Result<bool> {
        let file = File::open(&self.path)?;
        let mut end = file.metadata()?.len();
        let mut reader = BufReader::with_capacity(512, file);
        let mut start = 0;
        // The line of `wanted`, if there is one, begins in start..end; both are where lines begin.
        while start < end {
            let middle = start + (end - start) / 2;
            let (at, line) = line_from(&mut reader, middle, start)?;
            if at >= end {
                // No line begins after the middle: look at those before it, one by one if need be.
                if middle == start {
                    return Ok(false);
                }
                end = middle;
                continue;
            }
            let found = digits(&line)?;
            match wanted.cmp(&found) {
                std::cmp::Ordering::Equal => return Ok(true),
                std::cmp::Ordering::Less => end = middle.max(start),
                std::cmp::Ordering::Greater => start = at + line.len() as u64,
            }
        }
        Ok(false)
    }
}

/// The first line that begins at or after a place, and where; a line begins at `start`.
fn line_from(reader: &mut BufReader<File>, place: u64, start: u64) -> io::Result<(u64, Vec<u8>)> {
    let mut at = place;
    let mut line = Vec::new();
    if place > start {
        // From the byte before: where that one ends a line, one begins here.
        reader.seek(SeekFrom::Start(place - 1))?;
        at = place - 1 + read_line(reader, &mut line)?;
        line.clear();
    } else {
        reader.seek(SeekFrom::Start(place))?;
    }
    read_line(reader, &mut line)?;
    Ok((at, line))
}

fn read_line(reader: &mut BufReader<File>, line: &mut Vec<u8>) -> io::Result<u64> {
    let read = io::Read::take(reader, LINE_MAX_BYTES).read_until(b'\n', line)?;
    Ok(read as u64)
}

fn digits(line: &[u8]) -> io::Result<String> {
    let digits = line.get(..DIGITS).unwrap_or_default();
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_hexdigit) {
        let what = "a line does not begin with the 40 hexadecimal digits of a SHA-1";
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    Ok(String::from_utf8_lossy(digits).to_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use testkit::{Engine, TestStore};

    fn sha1(text: &str) -> String {
        let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, text.as_bytes());
        sha1.as_ref().iter().map(|b| format!("{b:02X}")).collect()
    }

    /// A list of these lines in order, each with an end.
    fn list(store: &TestStore, mut lines: Vec<String>, end: &str) -> BreachedList {
        lines.sort();
        let file = store.folder().join("breached.txt");
        let text: String = lines.iter().map(|line| format!("{line}{end}")).collect();
        std::fs::write(&file, text).unwrap();
        BreachedList::open(&file.display().to_string()).unwrap()
    }

    #[test]
    fn every_password_of_a_list_is_found_and_no_other_however_long_the_list() {
        let store = TestStore::new(Engine::Sqlite);
        for count in [0, 1, 2, 3, 10, 257] {
            for end in ["\r\n", "\n"] {
                let line = |n: usize| format!("{}:{}", sha1(&n.to_string()), "7".repeat(1 + n % 9));
                let list = list(&store, (0..count).map(line).collect(), end);
                for n in 0..count {
                    assert!(list.contains(&n.to_string()).unwrap(), "{n} of {count}");
                }
                for n in count..count + 50 {
                    assert!(!list.contains(&n.to_string()).unwrap(), "{n} of {count}");
                }
            }
        }
    }

    #[test]
    fn digits_in_lower_case_and_lines_without_a_count_will_do() {
        let store = TestStore::new(Engine::Sqlite);
        let list = list(&store, vec![sha1("one").to_lowercase()], "");
        assert!(list.contains("one").unwrap());
        assert!(!list.contains("two").unwrap());
    }

    #[test]
    fn what_is_no_list_is_refused_with_its_name() {
        let store = TestStore::new(Engine::Sqlite);
        let file = store.folder().join("breached.txt");
        for text in ["hunter2\n", "\n", "ABCDEF:1\n", &"x".repeat(1_000)] {
            std::fs::write(&file, text).unwrap();
            let refused = BreachedList::open(&file.display().to_string());
            let said = refused.unwrap_err().to_string();
            assert!(
                said.contains("breached.txt") && said.contains("breached_list"),
                "{said}"
            );
        }
        assert!(BreachedList::open("/nowhere/at/all").is_err());
    }
}
