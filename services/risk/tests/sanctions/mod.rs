//! Sanctions lists, and customers who are compared with them.

mod faults;
mod lists;
mod matches;
mod screening;

use std::fmt::Write;
use std::path::Path;

use db::args;
use http::StatusCode;
use risk::{CaseId, Config};
use serde_json::{Value, json};
use tempfile::TempDir;
use testkit::{Engine, engines};
use uuid::Uuid;

use crate::support::{App, user};

/// Files of the United Nations' list, in their format: id, first and second name.
pub fn un(people: &[(u32, &str, &str)]) -> String {
    let mut xml = "<CONSOLIDATED_LIST dateGenerated=\"2026-11-30\"><INDIVIDUALS>".to_owned();
    for (id, first, second) in people {
        write!(
            xml,
            "<INDIVIDUAL><DATAID>{id}</DATAID><FIRST_NAME>{first}</FIRST_NAME><SECOND_NAME>{second}</SECOND_NAME></INDIVIDUAL>"
        )
        .unwrap();
    }
    xml + "</INDIVIDUALS><ENTITIES></ENTITIES></CONSOLIDATED_LIST>"
}

/// Twenty people who are like nobody.
pub const OTHERS: [(u32, &str, &str); 20] = {
    let mut all = [(0, "Quirin", "Zwanziger"); 20];
    let (mut at, mut id) = (0, 100);
    while at < 20 {
        all[at].0 = id;
        (at, id) = (at + 1, id + 1);
    }
    all
};

/// Who is listed, with the twenty others.
pub fn listed(people: &[(u32, &str, &str)]) -> String {
    un(&[&OTHERS, people].concat())
}

/// Risk that compares customers with the list of the United Nations in a folder.
pub struct Screened {
    pub app: App,
    pub folder: TempDir,
}

/// The settings for lists in a folder.
pub fn config(folder: &Path, lists: &str) -> Config {
    let mut config = Config::default();
    config.sanctions.lists = lists.to_owned();
    config.sanctions.folder = folder.display().to_string();
    config
}

/// A file of a list in a folder.
pub fn put(folder: &Path, file: &str, content: &[u8]) {
    let path = folder.join(file);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(path, content).unwrap();
}

impl Screened {
    /// With a list in force, and everybody compared with it.
    pub async fn on(engine: Engine, people: &[(u32, &str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let app = App::with(engine, config(folder.path(), "un")).await;
        let screened = Self { app, folder };
        assert_eq!(screened.load(people).await, None);
        screened
    }

    /// Another list is published and loaded, and everybody is compared; why it was not loaded.
    pub async fn load(&self, people: &[(u32, &str, &str)]) -> Option<String> {
        put(
            self.folder.path(),
            "un/consolidated.xml",
            listed(people).as_bytes(),
        );
        self.update(false).await
    }

    /// The list is loaded, and everybody is compared; why it was not loaded.
    pub async fn update(&self, accept_loss: bool) -> Option<String> {
        let updates = self.app.service.update_lists(None, accept_loss).await;
        let [update] = &updates.unwrap()[..] else {
            panic!("there is one list")
        };
        self.compare().await;
        update.outcome.clone().err()
    }

    /// What is heard is handled, and everybody who waits is compared.
    pub async fn compare(&self) {
        self.app.service.catch_up().await.unwrap();
        self.app.service.screen_once().await.unwrap();
    }

    /// What a customer came to.
    pub async fn customer(&self, who: &str) -> Value {
        let path = format!("/screening/customers/{}", user(who));
        self.app.get("operator", &path).await
    }

    /// The states of the matches of a customer, the newest first.
    pub async fn states(&self, who: &str) -> Vec<String> {
        let customer = self.customer(who).await;
        let matches = customer["matches"].as_array().unwrap().iter();
        matches
            .map(|it| it["state"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Decides the newest match of a customer, whose case has ended.
    pub async fn decide(&self, by: &str, who: &str, verdict: &str) -> (u16, Value) {
        let customer = self.customer(who).await;
        let id = customer["matches"][0]["id"].as_str().unwrap();
        let path = format!("/screening/matches/{id}/{verdict}");
        let body = json!({"reason": "Compared with the passport"});
        let (status, answer) = self.app.post(by, &path, body).await;
        (status.as_u16(), answer)
    }

    /// Decides the case of the newest match of a customer.
    pub async fn decide_case(&self, by: &str, who: &str, outcome: &str) -> (u16, Value) {
        let customer = self.customer(who).await;
        let id = customer["matches"][0]["id"].as_str().unwrap();
        let sql = "SELECT id FROM cases WHERE subject = $1 AND queue = 'sanctions'";
        let (case,): (Uuid,) = self.app.db.fetch_one(sql, args![id]).await.unwrap();
        let path = format!("/cases/{}/decide", CaseId(case));
        let body = json!({
            "outcome": outcome, "reason": "other_person", "note": "Compared with the passport"
        });
        let (status, answer) = self.app.post(by, &path, body).await;
        (status.as_u16(), answer)
    }
}

/// On each engine, with a list in force.
pub async fn on_each_engine(people: &[(u32, &str, &str)], test: impl AsyncFn(Screened)) {
    for engine in engines() {
        test(Screened::on(engine, people).await).await;
    }
}

/// The status of a request.
pub fn code((status, answer): &(StatusCode, Value)) -> (u16, &str) {
    (status.as_u16(), answer["code"].as_str().unwrap_or_default())
}
