//! The whole binary, as its users run it.

mod load;
mod process;

mod backup;
mod bench;
mod clock;
mod command_line;
mod crash;
mod import;
mod permissions;
mod restore;
mod writers;
