//! The records of a CSV file one after another, each with its line. What stands in them it leaves to its callers.

use std::io::Read;

use csv::StringRecord;

/// Reads the next record with its line, or why it is none; nothing where the file ends.
pub fn next<R: Read>(
    csv: &mut csv::Reader<R>,
    record: &mut StringRecord,
) -> Option<(u64, Result<(), String>)> {
    let read = csv.read_record(record);
    let line = record.position().map_or(0, csv::Position::line);
    match read {
        Ok(false) => None,
        Ok(true) => Some((line, Ok(()))),
        Err(error) => {
            let at = error.position().map_or(line, csv::Position::line);
            // A broken device will not get better by reading on.
            (!error.is_io_error()).then(|| (at, Err(format!("not CSV: {error}"))))
        }
    }
}
