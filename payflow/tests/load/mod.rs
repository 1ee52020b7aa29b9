//! Load with a memory: people who move money in every way at once, each request under a key of its
//! own, and a book of what was answered, against which the store is counted afterwards.

mod book;
pub mod insist;
mod random;
mod request;
mod script;

pub use book::Book;
pub use random::{Random, seed};
pub use request::{Operation, Request};
pub use script::Script;

use std::sync::Arc;

use crate::process::{Server, Wait};

/// Somebody with a wallet.
#[derive(Debug)]
pub struct Person {
    pub token: String,
    pub wallet: String,
}

/// The currency of everybody's wallet.
const CURRENCY: &str = "USD";

/// Registers people, and gives each of them 10,000.00.
pub async fn people(server: &Arc<Server>, number: usize, book: &mut Book) -> Arc<[Person]> {
    let mut people = vec![];
    for name in 0..number {
        let token = server.register(&format!("person{name}")).await;
        let wallet = server.wallet(&token, CURRENCY, None).await;
        people.push(Person { token, wallet });
    }
    let people: Arc<[Person]> = people.into();
    for person in 0..number {
        let operation = Operation::Deposit {
            token: "tok_ok",
            cents: 1_000_000,
        };
        let request = Request::new(person, format!("first deposit of {person}"), operation);
        let (status, _, answer) = request.send(server, &people).await.unwrap();
        assert_eq!(status, 201, "{answer}");
        book.record(request, &answer);
    }
    people
}

/// How many transactions of these people wait for the acquirer.
pub async fn waiting(server: &Server, people: &[Person]) -> usize {
    let mut waiting = 0;
    for person in people {
        let path = "/transactions?status=processing,unresolved&limit=100";
        let page = server.get(path, &person.token).await;
        waiting += page["data"].as_array().unwrap().len();
    }
    waiting
}

/// Returns when nothing waits for the acquirer any more: what died in the middle was taken up again
/// and ended.
pub async fn settled(server: &Server, people: &[Person]) {
    let mut wait = Wait::until("every deposit ends");
    while waiting(server, people).await > 0 {
        wait.turn().await;
    }
}
