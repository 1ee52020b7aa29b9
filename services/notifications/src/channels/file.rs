//! Files that stand for what was sent, for development.

use std::io::{self, Write};
use std::path::PathBuf;

use platform::private;

/// Writes a file into a folder, which is made where it is missing: whole or not at all, for its
/// owner alone.
pub(super) async fn write(folder: PathBuf, name: String, bytes: Vec<u8>) -> io::Result<()> {
    let write = move || {
        private::folder().recursive(true).create(&folder)?;
        let partial = folder.join(format!("{name}.partial"));
        let mut file = private::rewrite(&partial)?;
        file.write_all(&bytes)?;
        file.sync_all()?;
        std::fs::rename(partial, folder.join(name))
    };
    let wrote = tokio::task::spawn_blocking(write);
    wrote.await.map_err(io::Error::other).flatten()
}
