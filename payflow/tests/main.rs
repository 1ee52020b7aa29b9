//! The whole binary, as its users run it.

mod load;
mod process;

mod backup;
mod bench;
mod command_line;
mod crash;
mod first_minutes;
mod import;
mod log;
mod permissions;
#[cfg(unix)]
mod private_files;
mod restore;
mod writers;
