//! The edge as a whole: what it lets through, what it answers by itself, and how it serves.
#![cfg(test)]

mod support;

mod api_docs;
mod client_address;
mod errors;
mod headers;
mod limits;
mod log;
mod newline;
mod own_endpoints;
mod personal_data;
mod rate_limits;
mod request_ids;
mod server;
mod settings;
mod summary;
mod web_app;
