//! A road to a PostgreSQL server that can be cut at the worst moment: before a commit arrives, or
//! before its answer comes back; and a commit can arrive when its sender is long gone.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};

/// Where the next commit of a journal is cut off.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Cut {
    /// Nowhere.
    Never = 0,
    /// On its way to the server, which never sees it.
    BeforeCommit = 1,
    /// On the way back: the server has committed.
    AfterCommit = 2,
    /// Behind the client: the commit stays on the road until [`Proxy::deliver`].
    Late = 3,
}

/// The road. It ends with its listener's last connection.
#[derive(Debug)]
pub struct Proxy {
    url: String,
    shears: Arc<Shears>,
}

#[derive(Debug, Default)]
struct Shears {
    cut: AtomicU8,
    cuts: AtomicU32,
    is_delivered: Mutex<bool>,
    delivered: Condvar,
}

impl Shears {
    fn wait_for_delivery(&self) {
        let mut is_delivered = self
            .is_delivered
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        while !*is_delivered {
            let waited = self.delivered.wait(is_delivered);
            is_delivered = waited.unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl Proxy {
    /// A road to the server of this URL (`postgres://user@address/database`).
    ///
    /// # Panics
    /// Where the URL has another form, or no port is free.
    #[must_use]
    pub fn to(url: &str) -> Self {
        let (scheme, user, server, database) =
            parts(url).unwrap_or_else(|| panic!("{url} is not postgres://user@address/database"));
        let listener = TcpListener::bind("127.0.0.1:0")
            .unwrap_or_else(|error| panic!("no port for the proxy: {error}"));
        let address = listener
            .local_addr()
            .unwrap_or_else(|error| panic!("the proxy has no address: {error}"));
        let shears = Arc::new(Shears::default());
        let (server, shared) = (server.to_owned(), shears.clone());
        std::thread::spawn(move || {
            for client in listener.incoming().map_while(Result::ok) {
                let (server, shears) = (server.clone(), shared.clone());
                std::thread::spawn(move || {
                    // Where the server is away the client finds the connection closed, or this one
                    // was cut.
                    drop(carry(client, &server, &shears));
                });
            }
        });
        Self {
            url: format!("{scheme}://{user}@{address}/{database}"),
            shears,
        }
    }

    /// The URL of the same database by this road.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Cuts the next commit off, once.
    pub fn cut(&self, at: Cut) {
        self.shears.cut.store(at as u8, Ordering::SeqCst);
    }

    /// Lets commits that are late arrive, now and from now on.
    pub fn deliver(&self) {
        let is_delivered = self.shears.is_delivered.lock();
        *is_delivered.unwrap_or_else(PoisonError::into_inner) = true;
        self.shears.delivered.notify_all();
    }

    /// How often it was cut.
    #[must_use]
    pub fn cuts(&self) -> u32 {
        self.shears.cuts.load(Ordering::SeqCst)
    }
}

fn parts(url: &str) -> Option<(&str, &str, &str, &str)> {
    let (scheme, rest) = url.split_once("://")?;
    let (user, rest) = rest.split_once('@')?;
    let (server, database) = rest.split_once('/')?;
    Some((scheme, user, server, database))
}

/// How the message ends that commits a batch which holds the head row.
const COMMIT: &[u8] = b"; COMMIT";
/// What the text of the statement begins with that writes a batch, and commits it where no
/// transaction is open.
const WRITE: &[u8] = b"WITH moved AS (UPDATE head ";
/// How a server says that it is ready; the byte that follows tells whether a transaction is open.
const READY: &[u8] = b"Z\0\0\0\x05";
/// No transaction is open.
const IDLE: u8 = b'I';

/// What is known of a connection that runs by the road.
#[derive(Debug, Default)]
struct Session {
    /// Held while a commit's answer has to be kept back.
    answers: Mutex<()>,
    /// Whether the server has a transaction open.
    in_transaction: AtomicBool,
}

impl Session {
    /// Takes note of what the server says.
    fn hear(&self, answer: &[u8]) {
        let mut ready = answer.windows(READY.len() + 1);
        if let Some(last) = ready.rfind(|window| window.starts_with(READY)) {
            self.in_transaction
                .store(last[READY.len()] != IDLE, Ordering::SeqCst);
        }
    }
}

/// The names of the statements that write batches, as the client has prepared them.
#[derive(Default)]
struct Writes(Vec<Vec<u8>>);

impl Writes {
    /// Takes note of what is being prepared: the message `P`, its length, the statement's name, its
    /// text.
    fn hear(&mut self, sent: &[u8]) {
        for text in found(sent, WRITE) {
            let is_name = |at: &usize| sent[at - 5..].starts_with(b"P\0\0");
            if let Some(name) = (5..text).rev().find(is_name) {
                // The text of a name ends with a zero.
                self.0.push([b"\0", &sent[name..text]].concat());
            }
        }
    }

    /// Whether one of them is carried out: the message `B`, its length, the empty name of a portal,
    /// the statement's name.
    fn are_bound(&self, sent: &[u8]) -> bool {
        let mut places = self.0.iter().flat_map(|name| found(sent, name));
        places.any(|at| at >= 5 && sent[at - 5] == b'B')
    }
}

/// Where a text begins.
fn found(within: &[u8], text: &[u8]) -> impl Iterator<Item = usize> {
    let windows = within.windows(text.len()).enumerate();
    windows.filter_map(move |(at, window)| (window == text).then_some(at))
}

fn carry(client: TcpStream, server: &str, shears: &Shears) -> std::io::Result<()> {
    let server = TcpStream::connect(server)?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    let session = Arc::new(Session::default());
    let shared = session.clone();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Some(read) = read(&mut from_server, &mut buffer) {
            let _passes = shared
                .answers
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            shared.hear(&buffer[..read]);
            if to_client.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        drop(to_client.shutdown(Shutdown::Both));
    });
    let (mut from_client, mut to_server) = (client, server);
    let mut buffer = vec![0; 65_536];
    let mut writes = Writes::default();
    while let Some(read) = read(&mut from_client, &mut buffer) {
        let sent = &buffer[..read];
        writes.hear(sent);
        let commits = found(sent, COMMIT).next().is_some()
            || (!session.in_transaction.load(Ordering::SeqCst) && writes.are_bound(sent));
        let cut_at = if commits {
            shears.cut.swap(Cut::Never as u8, Ordering::SeqCst)
        } else {
            Cut::Never as u8
        };
        if cut_at == Cut::BeforeCommit as u8 {
            shears.cuts.fetch_add(1, Ordering::SeqCst);
            break;
        }
        if cut_at == Cut::Late as u8 {
            shears.cuts.fetch_add(1, Ordering::SeqCst);
            drop(from_client.shutdown(Shutdown::Both));
            shears.wait_for_delivery();
            to_server.write_all(sent)?;
            break;
        }
        let kept_back = (cut_at == Cut::AfterCommit as u8).then(|| {
            session
                .answers
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
        });
        if to_server.write_all(sent).is_err() {
            break;
        }
        if kept_back.is_some() {
            shears.cuts.fetch_add(1, Ordering::SeqCst);
            drop(from_client.shutdown(Shutdown::Both));
            break;
        }
    }
    drop(from_client.shutdown(Shutdown::Both));
    // Not before the server has read what was sent: a goodbye on its own does not undo a commit.
    to_server.shutdown(Shutdown::Write)
}

fn read(from: &mut TcpStream, buffer: &mut [u8]) -> Option<usize> {
    loop {
        match from.read(buffer) {
            Ok(0) => return None,
            Ok(read) => return Some(read),
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(_) => return None,
        }
    }
}
