//! Whether the rows of a batch are those that were written: their checksums and the hash over them.
//! What follows from what, it does not know.

use super::{Batch, Pass, Rows, hex};
use crate::verify::{Maybe, VerifyError, mismatch, same};

impl Rows {
    /// The table and key of a row, by its place in the hash from 0.
    fn place(&self, before: &Batch, at: usize) -> (&'static str, u64) {
        let changes = self.changes.len();
        if let Some(row) = self.changes.get(at) {
            return ("account_changes", row.seq);
        }
        if let Some(row) = self.transfers.get(at - changes) {
            return ("transfers", row.seq);
        }
        let events = at - changes - self.transfers.len();
        ("events", before.event + 1 + events as u64)
    }
}

impl Pass {
    /// A batch has as many checksums as rows, and the first is its own.
    pub(super) fn own(&self, before: &Batch, batch: &Batch) -> Result<(), VerifyError> {
        let no = batch.no;
        let checksums = &batch.checksums;
        let rows = (batch.seq - before.seq) + (batch.event - before.event);
        let counted = checksums.len().div_ceil(2) as u64;
        same("batches", no, "seq and event: rows", rows + 1, counted)?;
        let own = self.chain.checksums();
        if checksums.starts_with(own) {
            return Ok(());
        }
        let expected = "the time that the batch was written with";
        Err(mismatch("batches", no, "time", batch.time, expected))
    }

    /// The rows of a batch are those that were written: its hash says so. If it does not, the first
    /// row whose checksum differs is the one that was damaged, and if there is none, the hash is.
    pub(super) fn as_written(
        &mut self,
        rows: &mut Rows,
        before: &Batch,
        batch: &Batch,
    ) -> Result<(), VerifyError> {
        let hash = self.chain.finish();
        let found = self.chain.checksums();
        let written = &*batch.checksums;
        let sum = |of: &[u8], at: usize| {
            let bytes = of.as_chunks::<2>().0.get(at);
            Maybe(bytes.map(|bytes| u16::from_le_bytes(*bytes)))
        };
        let differs = |at: &usize| sum(found, *at) != sum(written, *at);
        let first = (0..found.len() / 2).find(differs);
        if let Some(at) = first {
            let (found, written) = (sum(found, at), sum(written, at));
            if hash == batch.hash {
                let column = format!("checksum of row {at}");
                return Err(mismatch("batches", batch.no, &column, written, found));
            }
            // The first checksum is the batch's own.
            let (table, key) = rows.place(before, at.saturating_sub(1));
            if let Some(suspect) = rows.suspects.remove(&key).filter(|_| table == "events") {
                return Err(suspect);
            }
            let written = format!("{written}, as when batch {} was written", batch.no);
            return Err(mismatch(table, key, "checksum of the row", found, written));
        }
        if hash == batch.hash {
            return Ok(());
        }
        let expected = format!(
            "{}, the hash of records {} to {} and events {} to {} as they are",
            hex(&hash),
            before.seq + 1,
            batch.seq,
            before.event + 1,
            batch.event
        );
        Err(mismatch(
            "batches",
            batch.no,
            "hash",
            hex(&batch.hash),
            expected,
        ))
    }
}
