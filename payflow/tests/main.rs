//! The whole binary, as its users run it.
#![cfg(test)]

mod load;
mod process;

mod backup;
mod bench;
mod clock;
mod command_line;
mod crash;
mod full_disk;
mod import;
mod permissions;
mod pooler;
mod restore;
mod stopping;
mod switchover;
mod unreachable;
mod writers;
