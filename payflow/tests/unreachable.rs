//! A PostgreSQL that cannot be used when PayFlow starts: one plain sentence at once, and what to do
//! about it.
#![cfg(test)]

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use crate::process::payflow;

/// The port of nobody: what listens there would have to be a superuser's.
const NOWHERE: &str = "postgres://payflow:hunter2@127.0.0.1:1/payflow";

/// A port that is free.
const ANYWHERE: [&str; 2] = ["--listen", "127.0.0.1:0"];

#[test]
fn where_it_connects_to_and_what_stands_against_it_is_said_at_once() {
    for command in ["serve", "verify"] {
        let mut words = vec![command, "--database-url", NOWHERE];
        if command == "serve" {
            words.extend(ANYWHERE);
        }
        let mut child = payflow(words)
            .stderr(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let first = lines.next().unwrap().unwrap();
        assert!(first.contains("127.0.0.1:1"), "{first}");
        if command == "serve" {
            // It goes on trying, in case the database is starting, too.
            assert!(first.contains("trying again"), "{first}");
            assert!(child.try_wait().unwrap().is_none(), "{first}");
        }
        let rest: Vec<_> = lines.map_while(Result::ok).collect();
        let said = [vec![first], rest].concat().join("\n");
        assert_eq!(child.wait().unwrap().code(), Some(1), "{said}");
        assert!(said.contains("check that it runs"), "{said}");
        assert!(!said.contains("hunter2"), "{said}");
    }
}

#[test]
fn a_url_that_cannot_be_read_is_refused_with_one_that_could() {
    for (url, problem) in [
        ("postgres://h:port/x", "port"),
        ("postgres://h1,,h2/x", "host is empty"),
        (
            "postgres://h/x?target_session_attrs=standby",
            "PayFlow writes",
        ),
    ] {
        let words = ["serve", "--database-url", url];
        let done = crate::process::run(words.iter().chain(&ANYWHERE));
        let said = crate::process::stderr(&done);
        assert!(
            said.contains(problem) && said.contains("host1:5432,host2:5432"),
            "{said}"
        );
        assert_eq!(done.status.code(), Some(1), "{said}");
    }
}
