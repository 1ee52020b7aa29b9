//! The rows of an import that could not be used: a CSV file with line, reason and the row as it
//! stands, for the eyes of anyone who imports.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use platform::private;
use web::csv::{StringRecord, Writer, WriterBuilder};

/// The file of rows that could not be used; made with the first of them.
pub struct Rejects {
    path: PathBuf,
    writer: Option<Writer<BufWriter<File>>>,
    count: u64,
}

/// What was rejected.
pub struct Rejected {
    /// How many rows.
    pub count: u64,
    /// Where they are, if there are any.
    pub path: Option<PathBuf>,
}

impl Rejects {
    /// Rejects that will go to `path`, or where there is none beside the file that they are of.
    pub fn new(path: Option<&Path>, of: &Path) -> Self {
        let path = path.map_or_else(
            || {
                let mut name = of.to_owned().into_os_string();
                name.push(".rejects.csv");
                PathBuf::from(name)
            },
            Path::to_owned,
        );
        Self {
            path,
            writer: None,
            count: 0,
        }
    }

    /// Adds a row.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn add(&mut self, line: u64, reason: &str, raw: &StringRecord) -> anyhow::Result<()> {
        let path = &self.path;
        let writer = match &mut self.writer {
            Some(writer) => writer,
            none => {
                let file = private::rewrite(path).with_context(|| {
                    format!("the rejects file {} cannot be written", path.display())
                })?;
                let mut writer = WriterBuilder::new()
                    .flexible(true)
                    .from_writer(BufWriter::new(file));
                writer.write_record(["line", "reason", "row"])?;
                none.insert(writer)
            }
        };
        let mut record = vec![line.to_string(), reason.to_owned()];
        record.extend(raw.iter().map(str::to_owned));
        writer.write_record(&record)?;
        self.count += 1;
        Ok(())
    }

    /// Writes what is left and says how many there were.
    ///
    /// # Errors
    /// Where the file cannot be written.
    pub fn finish(&mut self) -> anyhow::Result<Rejected> {
        let written = self.writer.is_some();
        if let Some(mut writer) = self.writer.take() {
            writer.flush()?;
            writer
                .into_inner()
                .map_err(|error| error.into_error())?
                .flush()?;
        }
        Ok(Rejected {
            count: self.count,
            path: written.then(|| self.path.clone()),
        })
    }
}
