//! The whole binary, as its users run it.
#![cfg(test)]

mod load;
mod process;

mod backup;
mod clock;
mod command_line;
mod crash;
mod first_minutes;
mod full_disk;
mod import;
mod listen;
mod live;
mod log;
mod permissions;
mod pooler;
#[cfg(unix)]
mod private_files;
mod restore;
mod stopping;
mod switchover;
mod trigger;
mod unreachable;
mod walks;
mod writers;
