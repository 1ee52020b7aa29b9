//! A road to a PostgreSQL server that can be cut at the worst moment: before a commit arrives, or before its answer
//! comes back.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

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
                    // Where the server is away the client finds the connection closed, or this one was cut.
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

/// How the message ends that commits a batch.
const COMMIT: &[u8] = b"; COMMIT";

fn carry(client: TcpStream, server: &str, shears: &Shears) -> std::io::Result<()> {
    let server = TcpStream::connect(server)?;
    let (mut from_server, mut to_client) = (server.try_clone()?, client.try_clone()?);
    // Held while a commit's answer has to be kept back.
    let answers = Arc::new(Mutex::new(()));
    let gate = answers.clone();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Some(read) = read(&mut from_server, &mut buffer) {
            let _passes = gate.lock().unwrap_or_else(PoisonError::into_inner);
            if to_client.write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        drop(to_client.shutdown(Shutdown::Both));
    });
    let (mut from_client, mut to_server) = (client, server);
    let mut buffer = vec![0; 65_536];
    while let Some(read) = read(&mut from_client, &mut buffer) {
        let sent = &buffer[..read];
        let commits = sent.windows(COMMIT.len()).any(|window| window == COMMIT);
        let cut_at = if commits {
            shears.cut.swap(Cut::Never as u8, Ordering::SeqCst)
        } else {
            Cut::Never as u8
        };
        if cut_at == Cut::BeforeCommit as u8 {
            shears.cuts.fetch_add(1, Ordering::SeqCst);
            break;
        }
        let kept_back = (cut_at == Cut::AfterCommit as u8)
            .then(|| answers.lock().unwrap_or_else(PoisonError::into_inner));
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
