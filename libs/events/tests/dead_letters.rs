//! Dead letters: shown, handled again one by one or all that fit, discarded.

use std::time::{Duration, Instant};

use contracts::identity::OrgId;
use db::args;
use events::dead_letters::ReplayState;
use events::{DeadLetters, Letter, LetterError, LetterFilter, LetterState};
use testkit::{Engine, engines};
use uuid::Uuid;
use values::SECOND;

use crate::support::{Scene, cut};

const ORG: OrgId = OrgId::DEFAULT;

/// Events of which some are dead letters.
async fn scene_with(engine: Engine, count: usize, poison: impl Iterator<Item = i64>) -> Scene {
    let scene = Scene::on(engine).await;
    for sequence in poison {
        let user = format!("usr_{sequence}");
        scene.handler.reject(sequence, &format!("no {user}"));
    }
    scene.feed.push(count);
    scene.catch_up(&scene.node()).await;
    scene
}

fn letters_of(scene: &Scene) -> DeadLetters {
    let (clock, ids) = (scene.clock.clone(), testkit::ids(scene.clock.clone()));
    DeadLetters::new(scene.db.clone(), vec![scene.node()], clock, ids)
}

async fn waiting(letters: &DeadLetters) -> Vec<Letter> {
    let filter = LetterFilter::default();
    letters
        .list(ORG, &filter, Uuid::max(), 1_000)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_letter_whose_cause_is_mended_has_its_effect_once() {
    for engine in engines() {
        let scene = scene_with(engine, 3, [2].into_iter()).await;
        let letters = letters_of(&scene);
        let id = waiting(&letters).await[0].id;
        let (letter, event) = letters.show(ORG, id).await.unwrap();
        assert_eq!((letter.sequence, letter.cause.as_str()), (2, "no #"));
        assert_eq!(event.unwrap().subject, "txn_2");
        let again = letters.replay(ORG, id, "usr_olga", &()).await;
        assert!(
            matches!(again, Err(LetterError::FailedAgain(_))),
            "{again:?}"
        );
        let (letter, _) = letters.show(ORG, id).await.unwrap();
        assert_eq!((letter.attempts, letter.state), (2, LetterState::Waiting));
        scene.handler.cure();
        let replayed = letters.replay(ORG, id, "usr_olga", &()).await.unwrap();
        assert_eq!(replayed.state, LetterState::Replayed);
        assert_eq!(replayed.ended_by.as_deref(), Some("usr_olga"));
        let twice = letters.replay(ORG, id, "usr_olga", &()).await;
        assert!(matches!(
            twice,
            Err(LetterError::NotWaiting(LetterState::Replayed))
        ));
        let late = letters.discard(ORG, id, ("usr_olga", "late"), &()).await;
        assert!(matches!(late, Err(LetterError::NotWaiting(_))));
        assert_eq!(scene.effects().await, [1, 3, 2]);
    }
}

#[tokio::test]
async fn letters_are_their_organisations_own() {
    for engine in engines() {
        let scene = scene_with(engine, 1, [1].into_iter()).await;
        let letters = letters_of(&scene);
        let id = waiting(&letters).await[0].id;
        let other = OrgId(2);
        let filter = LetterFilter::default();
        assert!(
            letters
                .list(other, &filter, Uuid::max(), 9)
                .await
                .unwrap()
                .is_empty()
        );
        assert!(letters.groups(other, &filter, 9).await.unwrap().is_empty());
        for refused in [
            letters.show(other, id).await.map(|_| ()),
            letters.replay(other, id, "x", &()).await.map(|_| ()),
            letters
                .discard(other, id, ("x", "y"), &())
                .await
                .map(|_| ()),
        ] {
            assert!(matches!(refused, Err(LetterError::NoSuchLetter)));
        }
        assert_eq!(waiting(&letters).await.len(), 1);
    }
}

#[tokio::test]
async fn letters_are_filtered_and_grouped_by_what_they_have_in_common() {
    for engine in engines() {
        let scene = scene_with(engine, 9, 1..=4).await;
        let letters = letters_of(&scene);
        let found = waiting(&letters).await;
        letters
            .discard(ORG, found[0].id, ("x", "known"), &())
            .await
            .unwrap();
        let all = LetterFilter::default();
        let groups = letters.groups(ORG, &all, 10).await.unwrap();
        let told: Vec<_> = groups
            .iter()
            .map(|group| (group.cause.as_str(), group.count))
            .collect();
        assert_eq!(told, [("no #", 3)]);
        for (filter, count) in [
            (
                LetterFilter {
                    consumer: Some("recorder".to_owned()),
                    ..all.clone()
                },
                3,
            ),
            (
                LetterFilter {
                    consumer: Some("other".to_owned()),
                    ..all.clone()
                },
                0,
            ),
            (
                LetterFilter {
                    feed: Some("test".to_owned()),
                    ..all.clone()
                },
                3,
            ),
            (
                LetterFilter {
                    kind: Some("wallet.opened".to_owned()),
                    ..all.clone()
                },
                0,
            ),
            (
                LetterFilter {
                    cause: Some("no #".to_owned()),
                    ..all.clone()
                },
                3,
            ),
            (
                LetterFilter {
                    state: LetterState::Discarded,
                    ..all.clone()
                },
                1,
            ),
            (
                LetterFilter {
                    since: Some(found[0].last_at.plus(1)),
                    ..all.clone()
                },
                0,
            ),
        ] {
            let found = letters.list(ORG, &filter, Uuid::max(), 9).await.unwrap();
            assert_eq!(found.len(), count, "{filter:?}");
        }
    }
}

#[tokio::test]
async fn a_letter_that_fails_when_its_consumer_is_put_back_waits_again() {
    for engine in engines() {
        let scene = scene_with(engine, 1, [1].into_iter()).await;
        let letters = letters_of(&scene);
        let id = waiting(&letters).await[0].id;
        letters
            .discard(ORG, id, ("x", "not needed"), &())
            .await
            .unwrap();
        scene.node().rewind(0).await.unwrap();
        scene.catch_up(&scene.node()).await;
        let found = waiting(&letters).await.remove(0);
        assert_eq!((found.id, found.attempts, found.reason), (id, 2, None));
    }
}

#[tokio::test]
async fn a_replay_handles_all_that_fit_and_says_how_many_failed_again() {
    for engine in engines() {
        let scene = scene_with(engine, 300, 1..=200).await;
        let letters = letters_of(&scene);
        scene.handler.cure();
        scene.handler.reject(150, "still no usr_150");
        let begun = letters
            .begin_replay(ORG, &LetterFilter::default(), "x", &())
            .await
            .unwrap();
        assert_eq!((begun.total, begun.state), (200, ReplayState::Running));
        assert!(letters.work(Duration::ZERO).await.unwrap());
        let ended = letters.find_replay(ORG, begun.id).await.unwrap();
        assert_eq!(
            (ended.replayed, ended.failed, ended.state),
            (199, 1, ReplayState::Done)
        );
        assert!(!letters.work(Duration::ZERO).await.unwrap());
        let effects = scene.effects().await;
        assert_eq!(effects.len(), 299);
        let left: Vec<_> = waiting(&letters)
            .await
            .iter()
            .map(|one| one.sequence)
            .collect();
        assert_eq!(left, [150]);
        let other = letters.find_replay(OrgId(2), begun.id).await;
        assert!(matches!(other, Err(LetterError::NoSuchReplay)));
    }
}

#[tokio::test]
async fn a_replay_whose_node_dies_anywhere_is_ended_by_another_and_repeats_nothing() {
    for engine in engines() {
        let scene = scene_with(engine, 90, 1..=90).await;
        scene.handler.cure();
        scene.handler.reject(70, "still no usr_70");
        let letters = letters_of(&scene);
        let filter = LetterFilter::default();
        let begun = letters.begin_replay(ORG, &filter, "x", &()).await.unwrap();
        for polls in (0..).step_by(7) {
            let survivor = letters_of(&scene);
            if cut(survivor.work(Duration::ZERO), polls)
                .await
                .is_some_and(|done| !done.unwrap())
            {
                break;
            }
            scene.clock.advance(16 * SECOND);
        }
        let mut effects = scene.effects().await;
        effects.sort_unstable();
        let expected: Vec<_> = (1..=90).filter(|no| *no != 70).collect();
        assert_eq!(effects, expected);
        let ended = letters.find_replay(ORG, begun.id).await.unwrap();
        assert_eq!(ended.state, ReplayState::Done);
        assert!(ended.replayed + ended.failed <= 90, "{ended:?}");
    }
}

/// `PAYFLOW_TEST_LETTERS=100000 cargo test -p events -- --nocapture many_letters` prints how long
/// it takes.
#[tokio::test]
async fn many_letters_are_listed_and_replayed() {
    let count = testkit::variable("PAYFLOW_TEST_LETTERS");
    let count: i64 = count.map_or(500, |count| count.parse().unwrap());
    for engine in engines() {
        let scene = Scene::on(engine).await;
        scene.feed.push(usize::try_from(count).unwrap());
        let ids = testkit::ids(scene.clock.clone());
        let mut tx = scene.db.begin().await.unwrap();
        for sequence in 1..=count {
            let sql = "INSERT INTO dead_letters (id, org, consumer, feed, sequence, event, type, subject, cause, error, attempts, first_at, last_at)
                VALUES ($1, 1, 'recorder', 'test', $2, $1, 'transaction.completed', 'txn', 'no #', 'no', 8, 1, 1)";
            tx.execute(sql, args![ids.next(), sequence]).await.unwrap();
        }
        tx.commit().await.unwrap();
        let letters = letters_of(&scene);
        let filter = LetterFilter::default();
        let begun = Instant::now();
        let page = letters.list(ORG, &filter, Uuid::max(), 100).await.unwrap();
        println!(
            "{engine:?}: a page of {} in {:?}",
            page.len(),
            begun.elapsed()
        );
        let begun = Instant::now();
        let groups = letters.groups(ORG, &filter, 10).await.unwrap();
        println!(
            "{engine:?}: {} group in {:?}",
            groups.len(),
            begun.elapsed()
        );
        let begun = Instant::now();
        let replay = letters.begin_replay(ORG, &filter, "x", &()).await.unwrap();
        letters.work(Duration::ZERO).await.unwrap();
        let took = begun.elapsed();
        let ended = letters.find_replay(ORG, replay.id).await.unwrap();
        assert_eq!((ended.total, ended.replayed), (count, count));
        println!("{engine:?}: replayed without a pause in {took:?}");
    }
}
