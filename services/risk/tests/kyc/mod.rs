//! Who users are: what they send in, what a provider and operators say of it, and what follows.

mod documents;
mod keeping;
mod provider;
mod review;
mod submitting;

use http::{Method, Request, StatusCode};
use serde_json::{Value, json};

use crate::support::{App, Raw};

/// What a camera knows, and nobody else is to know.
pub const PLACE: &[u8] = b"GPS 52.5200 13.4050";

/// A PDF with something in it.
pub fn pdf(held: &str) -> Vec<u8> {
    format!("%PDF-1.7\n1 0 obj\n<< {held} >>\nendobj\n%%EOF\n").into_bytes()
}

/// A JPEG with EXIF that says where it was taken.
pub fn jpeg() -> Vec<u8> {
    let segment = |marker: u8, held: &[u8]| {
        let length = u16::try_from(held.len() + 2).unwrap().to_be_bytes();
        [&[0xff, marker][..], &length, held].concat()
    };
    [
        vec![0xff, 0xd8],
        segment(0xe1, &[b"Exif\0\0", PLACE].concat()),
        segment(0xfe, PLACE),
        segment(0xc0, &[8, 0, 8, 0, 8, 1, 1, 0x11, 0]),
        segment(0xda, &[1, 1, 0, 0, 63, 0]),
        vec![0x12, 0x34, 0xff, 0xd9],
    ]
    .concat()
}

/// Details of somebody with this name.
pub fn details(name: &str) -> Value {
    json!({
        "name": name, "date_of_birth": "1990-04-23", "country": "de",
        "address": {"line1": "Hauptstraße 7", "city": "Berlin", "postal_code": "10115"},
    })
}

fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("{value}"))
        .to_owned()
}

impl App {
    /// Somebody begins a submission, with details of this name: its id.
    pub async fn begins(&self, who: &str, level: &str, name: &str) -> String {
        let mut body = details(name);
        body["level"] = level.into();
        let (status, begun) = self.post(who, "/kyc/submissions", body).await;
        assert_eq!(status, StatusCode::CREATED, "{begun}");
        text(&begun["id"])
    }

    /// Somebody adds a document.
    pub async fn uploads(&self, who: &str, submission: &str, query: &str, file: Vec<u8>) -> Raw {
        let path = format!("/api/v1/kyc/submissions/{submission}/documents?{query}");
        self.send(who, Request::post(path), file).await
    }

    /// Somebody adds a document that is taken: its id.
    pub async fn adds(&self, who: &str, submission: &str, kind: &str, file: Vec<u8>) -> String {
        let query = format!("kind={kind}");
        let added = self.uploads(who, submission, &query, file).await;
        assert_eq!(added.status, 201, "{}", added.json());
        text(&added.json()["id"])
    }

    /// Somebody sends a submission in; status and answer.
    pub async fn sends_in(&self, who: &str, submission: &str) -> (StatusCode, Value) {
        let path = format!("/kyc/submissions/{submission}/submit");
        self.request(who, Method::POST, &path, None).await
    }

    /// Somebody sends in all that a level needs, and it is checked: the id of the submission.
    pub async fn applies(&self, who: &str, level: &str, name: &str) -> String {
        let id = self.begins(who, level, name).await;
        let mark = |what: &str| format!("/{what} ({who} {level} {id})");
        self.adds(who, &id, "passport", pdf(&mark("Passport")))
            .await;
        if level == "full" {
            self.adds(who, &id, "proof_of_address", pdf(&mark("Bill")))
                .await;
        }
        let (status, sent) = self.sends_in(who, &id).await;
        assert_eq!(status, StatusCode::OK, "{sent}");
        self.service.keep_kyc().await.unwrap();
        id
    }

    /// A submission as somebody sees it.
    pub async fn submission(&self, who: &str, id: &str) -> Value {
        self.get(who, &format!("/kyc/submissions/{id}")).await
    }

    /// An operator decides on a submission as it is now; status and answer.
    pub async fn decides(&self, who: &str, id: &str, mut decision: Value) -> (u16, Value) {
        if decision["revision"].is_null() {
            let seen = self.get("auditor", &format!("/kyc/submissions/{id}")).await;
            decision["revision"] = seen["revision"].clone();
        }
        let path = format!("/kyc/submissions/{id}/review");
        let (status, answer) = self.post(who, &path, decision).await;
        (status.as_u16(), answer)
    }

    /// An operator decides on a document; status and answer.
    pub async fn judges(&self, who: &str, document: &str, verdict: Value) -> (u16, Value) {
        let path = format!("/kyc/documents/{document}/review");
        let (status, answer) = self.post(who, &path, verdict).await;
        (status.as_u16(), answer)
    }

    /// An operator accepts all documents of a submission.
    pub async fn accepts_all(&self, who: &str, id: &str) {
        let seen = self.submission("auditor", id).await;
        for document in seen["documents"].as_array().unwrap() {
            if document["replaced"] == false {
                let document = text(&document["id"]);
                let accepted = json!({"verdict": "accepted"});
                let (status, answer) = self.judges(who, &document, accepted).await;
                assert_eq!(status, 200, "{answer}");
            }
        }
    }

    /// How the verification of somebody stands, as they see it: level and status.
    pub async fn stands(&self, who: &str) -> (String, String) {
        let standing = self.get(who, "/kyc").await;
        (text(&standing["level"]), text(&standing["status"]))
    }

    /// The cases of a submission that are open.
    pub async fn open_cases(&self, id: &str) -> i64 {
        let sql =
            "SELECT count(*) FROM cases WHERE queue = 'kyc' AND subject = $1 AND closed_at IS NULL";
        let (count,): (i64,) = self.db.fetch_one(sql, db::args![id]).await.unwrap();
        count
    }
}

/// A level and a status.
pub fn standing(level: &str, status: &str) -> (String, String) {
    (level.to_owned(), status.to_owned())
}

/// A reason of an operator.
pub fn because(decision: &str) -> Value {
    json!({"decision": decision, "reason_code": "unreadable", "reason": "The lower edge is cut off"})
}
