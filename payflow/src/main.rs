//! The PayFlow command line.
fn main() {}
