//! Double entry as a pure state machine: no async, no I/O, no clock of its own.
