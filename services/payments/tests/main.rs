//! Payments as a whole: its journal, its acquirers, its flows and its endpoints.

mod acquirer;
mod http_api;
mod instructions;
mod journal;
