//! Whether an e-mail has an account, as far as work and time would tell: the same statements and
//! hashes, and times that cannot be told apart. That answers are the same, `login.rs`,
//! `accounts.rs` and `lockout.rs` test.
//!
//! Times are compared with one another and never with a number, both kinds in turns, and by how
//! often one of the one kind is longer than one of the other: what the machine does meanwhile
//! befalls both. The bounds are wide; a hash that is left out is far beyond them, which a test
//! shows.

use std::cell::RefCell;
use std::fmt::Debug;
use std::sync::Once;
use std::time::{Duration, Instant};

use contracts::identity::{OrgId, Role};
use identity::{Config, ImportedUser, LockoutConfig};
use serde_json::json;
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use values::DAY;

use crate::support::{App, PASSWORD, fast, on_each_engine};

const EMAIL: &str = "ann@example.com";
const UNKNOWN: &str = "eve@example.com";
const FORGOT: &str = "/api/v1/auth/forgot-password";
const RESEND: &str = "/api/v1/auth/resend-verification";
/// What a node says of each password that it works on.
const HASHED: &str = "a password is worked on";
/// What it says when it has compared one, before the hashes of Argon2 and the rounds of bcrypt that
/// it took.
const COMPARED: &str = "a password was compared";
/// How many times of each kind are compared.
const TIMES: usize = 40;

thread_local! {
    /// What a node works on in this thread, where somebody wants to know: statements and passwords.
    static WORK: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Listens for all tests, since listeners that come and go make others miss something.
struct Work;

impl Subscriber for Work {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        [
            "db::statement",
            "identity::passwords::workers",
            "identity::passwords::hashing",
        ]
        .contains(&metadata.target())
    }

    fn event(&self, event: &Event<'_>) {
        event.record(&mut Line);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

struct Line;

impl Visit for Line {
    fn record_debug(&mut self, _: &Field, value: &dyn Debug) {
        WORK.with_borrow_mut(|work| {
            if let Some(lines) = work {
                lines.push(format!("{value:?}"));
            }
        });
    }
}

/// What is worked on until this ends, in order.
async fn work_of<T>(done: impl Future<Output = T>) -> Vec<String> {
    static LISTENING: Once = Once::new();
    LISTENING.call_once(|| tracing::subscriber::set_global_default(Work).unwrap());
    // What another thread said for the first time at that very moment is not forgotten.
    tracing::callsite::rebuild_interest_cache();
    WORK.set(Some(Vec::new()));
    done.await;
    WORK.take().unwrap()
}

fn hashes(work: &[String]) -> usize {
    work.iter().filter(|line| *line == HASHED).count()
}

#[tokio::test]
async fn a_login_is_the_same_work_whether_or_not_there_is_an_account() {
    on_each_engine(async |app| {
        let config = Config {
            lockout: LockoutConfig::default(),
            ..fast()
        };
        let app = app.another_node_with(config).await;
        app.registered(EMAIL).await;
        app.enrolled("bob@example.com").await;
        let mut expected = None;
        for email in [EMAIL, "bob@example.com", UNKNOWN, "", "no e-mail"] {
            let eve = app.from("198.51.100.66", "curl/8.0");
            let mut all = Vec::new();
            // Judged, judged and to be waited for, and not judged.
            for _ in 0..5 {
                all.push(work_of(eve.log_in(email, "wrong")).await);
            }
            assert_eq!(all.iter().map(|work| hashes(work)).sum::<usize>(), 4);
            assert!(all[0].len() > 5, "{all:?}");
            assert_eq!(expected.get_or_insert(all.clone()), &all, "{email}");
            app.clock.advance(DAY);
        }
    })
    .await;
}

#[tokio::test]
async fn a_failing_login_is_the_same_work_where_hashes_of_bcrypt_were_imported() {
    on_each_engine(async |app| {
        app.registered(EMAIL).await;
        // How many hashes of Argon2, and how many rounds of bcrypt.
        let compared = async |email: &str| {
            let work = work_of(app.log_in(email, "wrong")).await;
            let at = work.iter().position(|line| line == COMPARED).unwrap();
            (work[at + 1].clone(), work[at + 2].clone())
        };
        let text = |hashes: &str, rounds: &str| (hashes.to_owned(), rounds.to_owned());
        assert_eq!(compared(EMAIL).await, text("1", "0"));
        assert_eq!(compared(UNKNOWN).await, text("1", "0"));
        for (name, cost) in [("bob", 4), ("cid", 6), ("dan", 6)] {
            let imported = ImportedUser {
                org: OrgId::DEFAULT,
                email: format!("{name}@example.com"),
                name: name.to_owned(),
                role: Role::User,
                email_verified: true,
                password_hash: bcrypt::hash(PASSWORD, cost).unwrap().into(),
            };
            app.service.import_user(imported).await.unwrap();
        }
        let suspend = "UPDATE users SET status = 'suspended' WHERE email = 'dan@example.com'";
        app.db.execute(suspend, vec![]).await.unwrap();
        for email in [
            EMAIL,
            UNKNOWN,
            "bob@example.com",
            "cid@example.com",
            "dan@example.com",
        ] {
            assert_eq!(compared(email).await, text("1", "64"), "{email}");
        }
        let right = work_of(app.log_in("dan@example.com", PASSWORD)).await;
        let wrong = work_of(app.log_in(UNKNOWN, PASSWORD)).await;
        assert_eq!(right, wrong, "suspended");
        // Anyone who logs in gets a hash of ours, and does not wait for the others.
        for (email, first) in [
            (EMAIL, text("1", "0")),
            ("cid@example.com", text("0", "64")),
        ] {
            let work = work_of(app.log_in(email, PASSWORD)).await;
            let at = work.iter().position(|line| line == COMPARED).unwrap();
            assert_eq!(
                (work[at + 1].clone(), work[at + 2].clone()),
                first,
                "{email}"
            );
        }
        let end = "UPDATE users SET password_hash = '' WHERE email = 'dan@example.com'";
        app.db.execute(end, vec![]).await.unwrap();
        assert_eq!(compared(UNKNOWN).await, text("1", "16"));
    })
    .await;
}

#[tokio::test]
async fn what_is_mailed_is_the_same_work_whether_or_not_there_is_an_account() {
    on_each_engine(async |app| {
        let mut config = fast();
        config.registration.confirm_email_first = true;
        let careful = app.another_node_with(config).await;
        app.registered(EMAIL).await;
        for path in [FORGOT, RESEND] {
            let asked = async |email| work_of(app.post(path, json!({"email": email}))).await;
            let (known, unknown) = (asked(EMAIL).await, asked(UNKNOWN).await);
            assert_eq!(known, unknown, "{path}");
            assert_eq!(known.len(), 1, "it is written down: {known:?}");
        }
        let known = work_of(careful.register(EMAIL)).await;
        assert_eq!(known, work_of(careful.register(UNKNOWN)).await);
        // Judged, hashed, and written down.
        assert_eq!((hashes(&known), known.len()), (2, 3), "{known:?}");
    })
    .await;
}

/// How long each of two things takes, in turns; which comes first takes turns as well, because of
/// two threads that compute hashes in turn one may be slower.
async fn times<A, B>(one: impl AsyncFn() -> A, two: impl AsyncFn() -> B) -> [Vec<Duration>; 2] {
    let mut times = [vec![], vec![]];
    for turn in 0..TIMES {
        for second in [turn % 2, (turn + 1) % 2] {
            let begun = Instant::now();
            match second {
                0 => drop(one().await),
                _ => drop(two().await),
            }
            times[second].push(begun.elapsed());
        }
    }
    times
}

/// Whether two kinds of times can be told apart: one of the one kind is longer than one of the
/// other in less than a fifth or more than four fifths of all pairs (the statistic of Mann and
/// Whitney; by chance it is as far from a half as that once in 100,000 tests), and the medians
/// differ by a quarter.
fn are_told_apart([one, two]: &[Vec<Duration>; 2]) -> bool {
    let pairs = one
        .iter()
        .flat_map(|one| two.iter().map(move |two| one > two));
    let longer = pairs.filter(|longer| *longer).count() * 5;
    let all = one.len() * two.len();
    let median = |times: &[Duration]| {
        let mut times = times.to_vec();
        times.sort_unstable();
        times[times.len() / 2]
    };
    let (one, two) = (median(one), median(two));
    (longer < all || longer > 4 * all) && one.max(two) * 4 > one.min(two) * 5
}

/// A node whose hashes cost something.
async fn slow(app: &App, lockout: LockoutConfig) -> App {
    let mut config = Config { lockout, ..fast() };
    config.password.memory_kib = 8_192;
    app.another_node_with(config).await
}

#[tokio::test]
async fn times_do_not_tell_whether_there_is_an_account() {
    on_each_engine(async |app| {
        let app = slow(&app, fast().lockout).await;
        app.registered(EMAIL).await;
        let eve = app.from("198.51.100.66", "curl/8.0");
        let log_in = async |email| eve.log_in(email, PASSWORD.trim_end_matches('e')).await;
        let logins = times(async || log_in(EMAIL).await, async || log_in(UNKNOWN).await).await;
        assert!(!are_told_apart(&logins), "{logins:?}");
        for path in [FORGOT, RESEND] {
            let ask = async |email| eve.post(path, json!({"email": email})).await;
            let asked = times(async || ask(EMAIL).await, async || ask(UNKNOWN).await).await;
            assert!(!are_told_apart(&asked), "{path}: {asked:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_comparison_would_find_a_hash_that_is_left_out() {
    on_each_engine(async |app| {
        let app = slow(&app, LockoutConfig::default()).await;
        app.registered(EMAIL).await;
        let eve = app.from("198.51.100.66", "curl/8.0");
        for _ in 0..4 {
            assert_eq!(eve.log_in(UNKNOWN, "wrong").await.status, 401);
        }
        let times = times(
            async || assert_eq!(app.log_in(EMAIL, PASSWORD).await.status, 200),
            async || assert_eq!(eve.log_in(UNKNOWN, "wrong").await.status, 429),
        )
        .await;
        assert!(are_told_apart(&times), "{times:?}");
    })
    .await;
}
