//! A road to a PostgreSQL server that can be cut at the worst moment: before a commit arrives, or before its answer
//! comes back.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicU8, Ordering};
use std::sync::{Arc, Mutex};

/// Where the next commit is cut off.
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
pub struct Proxy {
    url: String,
    cut: Arc<AtomicU8>,
    cuts: Arc<Mutex<u32>>,
}

impl Proxy {
    /// A road to the server of this URL.
    pub fn to(url: &str) -> Self {
        let (scheme, rest) = url.split_once("://").unwrap();
        let (user, rest) = rest.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let cut = Arc::new(AtomicU8::new(Cut::Never as u8));
        let cuts = Arc::new(Mutex::new(0));
        let (server, shared) = (server.to_owned(), (cut.clone(), cuts.clone()));
        std::thread::spawn(move || {
            for client in listener.incoming() {
                let (server, (cut, cuts)) = (server.clone(), shared.clone());
                std::thread::spawn(move || carry(client.unwrap(), &server, &cut, &cuts));
            }
        });
        Self {
            url: format!("{scheme}://{user}@{address}/{database}"),
            cut,
            cuts,
        }
    }

    pub fn url(&self) -> &str {
        &self.url
    }

    /// Cuts the next commit off, once.
    pub fn cut(&self, at: Cut) {
        self.cut.store(at as u8, Ordering::SeqCst);
    }

    /// How often it was cut.
    pub fn cuts(&self) -> u32 {
        *self.cuts.lock().unwrap()
    }
}

/// How the message ends that commits a batch.
const COMMIT: &[u8] = b"; COMMIT";

fn carry(client: TcpStream, server: &str, cut: &AtomicU8, cuts: &Mutex<u32>) {
    let server = TcpStream::connect(server).unwrap();
    let (mut from_server, mut to_client) =
        (server.try_clone().unwrap(), client.try_clone().unwrap());
    // Held while a commit's answer has to be kept back.
    let answers = Arc::new(Mutex::new(()));
    let gate = answers.clone();
    std::thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Some(read) = read(&mut from_server, &mut buffer) {
            let _passes = gate.lock().unwrap();
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
            cut.swap(0, Ordering::SeqCst)
        } else {
            0
        };
        if cut_at == Cut::BeforeCommit as u8 {
            *cuts.lock().unwrap() += 1;
            break;
        }
        let kept_back = (cut_at == Cut::AfterCommit as u8).then(|| answers.lock().unwrap());
        if to_server.write_all(sent).is_err() {
            break;
        }
        if kept_back.is_some() {
            *cuts.lock().unwrap() += 1;
            drop(from_client.shutdown(Shutdown::Both));
            break;
        }
    }
    drop(from_client.shutdown(Shutdown::Both));
    // Not before the server has read what was sent: a goodbye on its own does not undo a commit.
    drop(to_server.shutdown(Shutdown::Write));
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
