//! Cases from what opens them to what they come to.

mod deciding;
mod opening;
mod routes;
mod sweeping;
mod working;

use contracts::risk::ProposedTransaction;
use db::args;
use http::{Method, StatusCode};
use platform::clock::Clock;
use serde_json::{Value, json};
use testkit::Engine;
use uuid::Uuid;
use values::SECOND;

use crate::rules::{over, publish};
use crate::support::{App, uuid};

/// Risk where each transfer is held for a review, by one operator or by two.
async fn reviewing(engine: Engine, needs_two: bool) -> App {
    let app = App::on(engine).await;
    let mut rule = over("check_all", 0);
    rule["effect"] = json!({ "points": 20, "outcome": "review", "needs_two": needs_two });
    publish(&app, rule).await;
    app
}

/// A status and the code of a problem.
fn code(answer: &(StatusCode, Value)) -> (u16, &str) {
    let (status, body) = answer;
    (status.as_u16(), body["code"].as_str().unwrap_or_default())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

impl App {
    /// Payments tells later that a transaction is somewhere else.
    async fn moves(&self, made: &ProposedTransaction, status: &str) {
        self.clock.advance(SECOND);
        self.tell(made, "ann", "bob", status);
        self.service.catch_up().await.unwrap();
    }

    /// Ann gives Bob something, which waits in review: the transaction and the id of its case.
    async fn waits(&self, number: u128, amount: i64) -> (ProposedTransaction, String) {
        let made = self.transfer(number, "ann", "bob", amount);
        self.assess(&made).await;
        self.service.write_decided().await.unwrap();
        self.tell(&made, "ann", "bob", "in_review");
        self.service.catch_up().await.unwrap();
        let case = self.only(&format!("subject={}", made.id)).await;
        (made, text(&case["id"]))
    }

    /// The only case that fits.
    async fn only(&self, query: &str) -> Value {
        let found = self.get("auditor", &format!("/cases?{query}")).await;
        let data = found["data"].as_array().unwrap();
        assert_eq!(data.len(), 1, "{found}");
        data[0].clone()
    }

    /// A case as the database has it, which nothing has opened: its id.
    async fn case(&self, number: u128, queue: &str, priority: i64) -> String {
        let id = uuid(0xca5e_0000 + number);
        let sql = "INSERT INTO cases (id, org, queue, subject, title, risk, priority, hits, last_hit_at, opened_at, due_at, rises_at)
            VALUES ($1, 1, $2, $3, 'A case', 50, $4, 1, $5, $5, $6, $6)";
        let now = self.clock.now();
        let due = now.plus(24 * 3_600 * SECOND);
        let row = args![id, queue, format!("subject-{number}"), priority, now, due];
        self.db.execute(sql, row).await.unwrap();
        risk::CaseId(id).to_string()
    }

    /// Somebody takes part in a case.
    async fn takes_part(&self, case: &str, who: &str) {
        let sql = "INSERT INTO case_people (case_id, user_id, is_subject) VALUES ($1, $2, 1)";
        let case: Uuid = case.parse::<risk::CaseId>().unwrap().uuid();
        let row = args![case, crate::support::user(who).uuid()];
        self.db.execute(sql, row).await.unwrap();
    }

    async fn act(&self, who: &str, case: &str, act: &str, body: Value) -> (StatusCode, Value) {
        self.post(who, &format!("/cases/{case}/{act}"), body).await
    }

    /// The same where it is done.
    async fn acts(&self, who: &str, case: &str, act: &str, body: Value) -> Value {
        let (status, answer) = self.act(who, case, act, body).await;
        assert_eq!(status, StatusCode::OK, "{act}: {answer}");
        answer
    }

    async fn whole(&self, case: &str) -> Value {
        self.get("auditor", &format!("/cases/{case}")).await
    }

    /// What happened to a case, in order.
    async fn kinds(&self, case: &str) -> Vec<String> {
        let whole = self.whole(case).await;
        let timeline = whole["timeline"].as_array().unwrap().iter().rev();
        timeline.map(|event| text(&event["kind"])).collect()
    }

    /// The last thing of a kind that happened to a case.
    async fn event(&self, case: &str, kind: &str) -> Value {
        let whole = self.whole(case).await;
        let mut timeline = whole["timeline"].as_array().unwrap().iter();
        timeline
            .find(|event| event["kind"] == kind)
            .unwrap()
            .clone()
    }

    async fn refused(&self, who: &str, path: &str) -> StatusCode {
        self.request(who, Method::GET, path, None).await.0
    }
}

/// A decision about a transaction that waits.
fn approve() -> Value {
    json!({ "outcome": "false_positive", "reason": "known_customer", "transaction": "approve" })
}

fn decline() -> Value {
    json!({ "outcome": "confirmed", "reason": "fraud", "transaction": "decline" })
}
