//! The ledger of the model: the naive rules of `ledger-model`, asked as payments asks the ledger.

use ::ledger::{Account, AccountId, Applied, Request, TransferId};
use ledger_model::{Answer, Ask};
use payments_core::command::{ChainedRequest, NewAccount};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Code, Done, Model, ModelAnswer, Row};

impl Row {
    /// The row of a request that was granted.
    pub(crate) fn of(applied: &Applied) -> Self {
        let row = applied.transfer();
        Self {
            is_new: matches!(applied, Applied::Made(_)),
            seq: row.seq,
            amount: row.amount,
            after: [
                row.debit_balance,
                row.debit_held,
                row.credit_balance,
                row.credit_held,
            ],
        }
    }
}

impl Model {
    /// An account, if it is open.
    #[must_use]
    pub fn account(&self, id: Uuid) -> Option<Account> {
        self.ledger.account(AccountId(id.as_u128()))
    }

    pub(crate) fn open(&mut self, org: i64, new: &NewAccount) -> Result<Uuid, Code> {
        let ask = Ask::Open {
            id: AccountId(new.id.as_u128()),
            org,
            currency: new.currency,
            code: new.code,
            terms: new.terms,
        };
        let opened = self.ledger.take(&ask);
        opened.map(|_| new.id).map_err(|refusal| refusal.code())
    }

    pub(crate) fn transfer(&mut self, request: Request) -> Result<Row, Code> {
        match self.ledger.take(&Ask::Transfer(request)) {
            Ok(Answer::Transfer(applied)) => Ok(Row::of(&applied)),
            Ok(Answer::Account(account)) => panic!("a transfer was answered with {account:?}"),
            Err(refusal) => Err(refusal.code()),
        }
    }

    pub(crate) fn open_accounts(&mut self, org: i64, accounts: &[NewAccount]) -> Done {
        let results: Vec<Result<Uuid, Code>> =
            accounts.iter().map(|new| self.open(org, new)).collect();
        let rows = accounts.iter().zip(&results).map(|(new, result)| {
            let id = contracts::payments::AccountId(new.id);
            json!({ "id": id, "result": result.err().unwrap_or("created") })
        });
        let body = json!({ "results": rows.collect::<Vec<_>>() });
        Done::Results(ModelAnswer::Accounts(results), body)
    }

    pub(crate) fn post_all(&mut self, requests: &[ChainedRequest]) -> Done {
        let mut results: Vec<Result<Row, Code>> = Vec::new();
        while results.len() < requests.len() {
            let rest = &requests[results.len()..];
            let length = rest
                .iter()
                .position(|item| !item.linked)
                .map(|last| last + 1);
            let Some(length) = length else {
                // A chain without an end.
                results.extend(rest.iter().map(|_| Err("linked_transfer_failed")));
                break;
            };
            let before = self.ledger.clone();
            let chain: Vec<_> = rest[..length]
                .iter()
                .map(|item| self.request(item))
                .collect();
            // What follows a refusal is not looked at.
            match chain.iter().position(Result::is_err) {
                Some(failed) => {
                    self.ledger = before;
                    let refused = |at| {
                        if at == failed {
                            chain[at]
                        } else {
                            Err("linked_transfer_failed")
                        }
                    };
                    results.extend((0..length).map(refused));
                }
                None => results.extend(chain),
            }
        }
        let rows = requests.iter().zip(&results).map(|(item, result)| {
            let id = Uuid::from_u128(item.request.id().0);
            let id = contracts::payments::TransferId(id);
            match result {
                Ok(row) => {
                    let word = if row.is_new { "created" } else { "exists" };
                    json!({ "id": id, "result": word, "seq": row.seq })
                }
                Err(code) => json!({ "id": id, "result": code }),
            }
        });
        let body: Value = json!({ "results": rows.collect::<Vec<_>>() });
        Done::Results(ModelAnswer::Ledger(results), body)
    }

    fn request(&mut self, item: &ChainedRequest) -> Result<Row, Code> {
        let mut request = item.request;
        if let (
            Request::Hold {
                posting,
                expires_at,
            },
            Some(timeout),
        ) = (&mut request, item.timeout)
        {
            let first = self
                .ledger
                .hold(posting.id)
                .and_then(|hold| hold.expires_at);
            *expires_at = first.or(Some(self.now.plus(timeout).micros()));
        }
        self.transfer(request)
    }

    pub(crate) fn capture(
        &mut self,
        id: Uuid,
        org: i64,
        hold: Uuid,
        amount: Option<i64>,
        is_final: bool,
        code: u16,
    ) -> Result<Row, Code> {
        self.transfer(Request::Capture {
            id: TransferId(id.as_u128()),
            org,
            hold: TransferId(hold.as_u128()),
            amount,
            is_final,
            code,
        })
    }

    pub(crate) fn release(&mut self, id: Uuid, org: i64, hold: Uuid) -> Result<Row, Code> {
        let (id, hold) = (TransferId(id.as_u128()), TransferId(hold.as_u128()));
        self.transfer(Request::Release { id, org, hold })
    }

    pub(crate) fn expire(&mut self, id: Uuid, org: i64, hold: Uuid) -> Result<Row, Code> {
        let (id, hold) = (TransferId(id.as_u128()), TransferId(hold.as_u128()));
        self.transfer(Request::Expire { id, org, hold })
    }

    /// Whether there is a hold, open or ended.
    pub(crate) fn has_hold(&self, id: Uuid) -> bool {
        self.ledger.hold(TransferId(id.as_u128())).is_some()
    }

    /// What is left of an open hold; nothing where there is none.
    pub(crate) fn left(&self, id: Uuid) -> i64 {
        let hold = self.ledger.hold(TransferId(id.as_u128()));
        hold.map_or(0, |hold| hold.remaining)
    }

    /// Whether something was done under an id.
    pub(crate) fn is_made(&self, id: Uuid) -> bool {
        self.ledger.transfer(TransferId(id.as_u128())).is_some()
    }
}
