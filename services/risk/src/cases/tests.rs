//! Cases in the database: what opens one, what joins it, and of many at once only one.

use std::sync::Arc;

use contracts::identity::{OrgId, UserId};
use db::Db;
use money::Currency;
use serde_json::json;
use testkit::{Engine, FakeClock, TestStore, engines};
use uuid::Uuid;

use super::store::CaseRow;
use super::store::acts;
use super::store::reading;
use super::*;
use crate::Config;

const ORG: OrgId = OrgId::DEFAULT;

struct Desk {
    cases: Arc<Cases>,
    db: Db,
    clock: Arc<FakeClock>,
    _store: TestStore,
}

impl Desk {
    async fn on(engine: Engine) -> Self {
        let store = TestStore::new(engine);
        let db = store
            .open(crate::SCHEMA, crate::migrations())
            .await
            .unwrap();
        let clock = FakeClock::new();
        let ids = testkit::ids(clock.clone());
        let cases = Cases::new(&Config::default(), clock.clone(), ids).unwrap();
        Self {
            cases,
            db,
            clock,
            _store: store,
        }
    }

    async fn open(&self, opening: Opening) -> CaseId {
        let mut tx = self.db.begin().await.unwrap();
        let id = self.cases.open_or_join(&mut tx, opening).await.unwrap();
        tx.commit().await.unwrap();
        id
    }

    async fn close(&self, subject: &str) -> bool {
        let mut tx = self.db.begin().await.unwrap();
        let at = (ORG, Queue::Sanctions, subject);
        let closed = self
            .cases
            .close_by_evidence(&mut tx, at, Automatic::NoLongerNeeded);
        let closed = closed.await.unwrap();
        tx.commit().await.unwrap();
        closed
    }

    async fn row(&self, id: CaseId) -> CaseRow {
        acts::one(&self.db, ORG, id.uuid()).await.unwrap().unwrap()
    }

    async fn timeline(&self, id: CaseId) -> Vec<String> {
        let events = reading::events(&self.db, id.uuid(), 100).await.unwrap();
        events.into_iter().rev().map(|event| event.kind).collect()
    }
}

fn user(number: u128) -> UserId {
    UserId(Uuid::from_u128((7 << 76) | (2 << 62) | number))
}

fn opening(subject: &str, priority: i64, amount: Option<i64>) -> Opening {
    Opening {
        org: ORG,
        queue: Queue::Sanctions,
        subject: subject.to_owned(),
        title: "A match".to_owned(),
        priority,
        amount: amount.map(|minor| (minor, Currency::USD)),
        evidence: vec![EvidenceRow {
            label: "name".to_owned(),
            value: json!("Ann Example"),
            compared_with: Some(json!("ANN EXEMPEL")),
        }],
        people: vec![user(7)],
    }
}

#[tokio::test]
async fn what_comes_later_joins_the_open_case_and_may_only_raise_its_priority() {
    for engine in engines() {
        let desk = Desk::on(engine).await;
        let id = desk.open(opening("one", 40, Some(100))).await;
        let first = desk.row(id).await;
        assert_eq!((first.hits, first.priority, first.risk), (1, 20, Some(40)));
        desk.clock.advance(values::SECOND);
        for (priority, amount, expected, risk) in [
            (10, Some(50), 20, 40),
            (80, None, 40, 80),
            (80, Some(500_000), 55, 80),
            (100, Some(100), 55, 100),
        ] {
            let joined = desk.open(opening("one", priority, amount)).await;
            assert_eq!(joined, id);
            let row = desk.row(id).await;
            assert_eq!((row.priority, row.risk), (expected, Some(risk)));
        }
        let row = desk.row(id).await;
        assert_eq!((row.hits, row.amount_minor), (5, Some(500_000)));
        assert!(row.last_hit_at > row.opened_at && row.due_at == first.due_at);
        let expected = ["opened", "priority_raised", "priority_raised"];
        assert_eq!(desk.timeline(id).await, expected);
        // Another queue, subject or organisation has a case of its own.
        let other = Opening {
            queue: Queue::Kyc,
            ..opening("one", 40, None)
        };
        assert_ne!(desk.open(other).await, id);
        assert_ne!(desk.open(opening("two", 40, None)).await, id);
        let foreign = Opening {
            org: OrgId(2),
            ..opening("one", 40, None)
        };
        assert_ne!(desk.open(foreign).await, id);
    }
}

#[tokio::test]
async fn a_pinned_priority_stays_whatever_joins() {
    for engine in engines() {
        let desk = Desk::on(engine).await;
        let id = desk.open(opening("one", 40, None)).await;
        let row = desk.row(id).await;
        let mut tx = desk.db.begin().await.unwrap();
        assert!(acts::pin(&mut tx, &row, (3, true), None).await.unwrap());
        tx.commit().await.unwrap();
        desk.open(opening("one", 100, Some(9_000_000))).await;
        assert_eq!(desk.row(id).await.priority, 3);
        assert_eq!(desk.timeline(id).await, ["opened"]);
    }
}

#[tokio::test]
async fn of_many_hits_at_once_one_opens_the_case_and_each_is_counted() {
    for engine in engines() {
        let desk = Desk::on(engine).await;
        let (cases, db) = (&desk.cases, &desk.db);
        let hits = (0..16).map(|number| {
            let (cases, db) = (cases.clone(), db.clone());
            tokio::spawn(async move {
                let mut tx = db.begin().await.unwrap();
                let opening = opening("one", number * 5, None);
                let id = cases.open_or_join(&mut tx, opening).await.unwrap();
                tx.commit().await.unwrap();
                id
            })
        });
        let mut ids = Vec::new();
        for hit in hits.collect::<Vec<_>>() {
            ids.push(hit.await.unwrap());
        }
        ids.dedup();
        assert_eq!(ids.len(), 1, "{engine:?}");
        let row = desk.row(ids[0]).await;
        assert_eq!((row.hits, row.risk, row.priority), (16, Some(75), 37));
        let opened = desk.timeline(ids[0]).await;
        let opened = opened.iter().filter(|kind| *kind == "opened").count();
        assert_eq!(opened, 1);
    }
}

#[tokio::test]
async fn where_the_evidence_is_there_a_case_ends_by_itself_and_the_next_hit_opens_another() {
    for engine in engines() {
        let desk = Desk::on(engine).await;
        assert!(!desk.close("one").await);
        let id = desk.open(opening("one", 40, None)).await;
        assert!(desk.close("one").await);
        assert!(!desk.close("one").await);
        let row = desk.row(id).await;
        assert_eq!(row.outcome.as_deref(), Some("no_longer_needed"));
        assert_eq!(row.decided_by, None);
        assert_eq!(desk.timeline(id).await, ["opened", "closed"]);
        let next = desk.open(opening("one", 40, None)).await;
        assert_ne!(next, id);
        let row = desk.row(next).await;
        let earlier = reading::of_subject(&desk.db, ORG, &row, 9).await.unwrap();
        assert_eq!(earlier.len(), 1);
        assert_eq!(verify(&desk.db).await.unwrap(), 2);
    }
}

#[tokio::test]
async fn the_evidence_of_the_newest_hits_is_kept_and_who_takes_part_once() {
    for engine in engines() {
        let desk = Desk::on(engine).await;
        let subject = user(8).to_string();
        let id = desk.open(opening(&subject, 40, None)).await;
        for _ in 0..24 {
            desk.open(opening(&subject, 40, None)).await;
        }
        let evidence = reading::evidence(&desk.db, id.uuid()).await.unwrap();
        assert_eq!(evidence.len(), 20);
        let people = reading::people(&desk.db, id.uuid()).await.unwrap();
        let expected = [(user(7).uuid(), 1), (user(8).uuid(), 1)];
        assert_eq!(people, expected);
    }
}
