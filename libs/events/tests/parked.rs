//! Events that wait for a service that is away: others go on, those of the same subject wait
//! behind.

use events::Queue;
use events::consumer::ATTEMPTS;
use events::waiting::PARKED_ATTEMPTS;
use testkit::engines;
use values::{DAY, SECOND};

use crate::support::{Scene, cut};

const HOUR: i64 = 3_600 * SECOND;

#[tokio::test]
async fn what_waits_for_another_service_holds_up_its_own_subject_and_no_other() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        let subjects = ["a", "b", "a", "c", "a", "b"];
        for subject in subjects {
            scene.feed.push_of(subject);
        }
        scene.handler.away.lock().unwrap().insert(1);
        let consumer = scene.node();
        scene.catch_up(&consumer).await;
        assert_eq!(scene.effects().await, [2, 4, 6]);
        let report = consumer.reports().await.unwrap().remove(0);
        assert_eq!((report.depth, report.dead_letters), (3, 0));
        assert_eq!(report.last_error.as_deref(), Some("nobody answers"));
        // Also of what comes later, and on a node that starts now.
        let later = scene.feed.push_of("a");
        scene.feed.push_of("d");
        let consumer = scene.node();
        scene.catch_up(&consumer).await;
        assert_eq!(scene.effects().await, [2, 4, 6, 8]);
        scene.handler.away.lock().unwrap().clear();
        scene.catch_up(&consumer).await;
        assert_eq!(scene.effects().await, [2, 4, 6, 8], "it is not due yet");
        scene.clock.advance(10 * SECOND);
        scene.catch_up(&consumer).await;
        assert_eq!(scene.effects().await, [2, 4, 6, 8, 1, 3, 5, later]);
        assert_eq!(scene.letters().await, []);
        assert_eq!(consumer.reports().await.unwrap()[0].depth, 0);
    }
}

#[tokio::test]
async fn a_service_that_is_away_for_two_days_costs_no_event_and_three_days_are_the_end() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        scene.feed.push_of("a");
        scene.feed.push_of("a");
        scene.handler.away.lock().unwrap().insert(1);
        let consumer = scene.node();
        for _ in 0..48 {
            scene.catch_up(&consumer).await;
            scene.clock.advance(HOUR);
        }
        assert_eq!(scene.letters().await, []);
        assert_eq!(scene.effects().await, [0_i64; 0]);
        for _ in 0..48 {
            scene.catch_up(&consumer).await;
            scene.clock.advance(HOUR);
        }
        let letter = (1, PARKED_ATTEMPTS, "nobody answers".to_owned());
        assert_eq!(scene.letters().await, [letter]);
        assert_eq!(
            scene.effects().await,
            [2],
            "the next of the subject goes on"
        );
    }
}

#[tokio::test]
async fn a_consumer_that_is_put_back_handles_what_waits_once() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        for subject in ["a", "a", "b"] {
            scene.feed.push_of(subject);
        }
        scene.handler.away.lock().unwrap().insert(1);
        let consumer = scene.node();
        scene.catch_up(&consumer).await;
        scene.handler.away.lock().unwrap().clear();
        consumer.rewind(0).await.unwrap();
        scene.catch_up(&consumer).await;
        scene.clock.advance(DAY);
        scene.catch_up(&consumer).await;
        assert_eq!(scene.effects().await, [3, 1, 2, 3]);
    }
}

#[tokio::test]
async fn a_node_that_dies_anywhere_while_events_wait_loses_none_and_repeats_none() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        let mut pushed = 0;
        for polls in (0..80).step_by(3) {
            let first = scene.feed.push_of("a");
            pushed = scene.feed.push_of("b");
            scene.handler.away.lock().unwrap().insert(first);
            for _ in 0..3 {
                cut(scene.node().step(), polls).await;
            }
            scene.handler.away.lock().unwrap().clear();
            scene.clock.advance(10 * SECOND);
            cut(scene.node().step(), polls).await;
            scene.catch_up(&scene.node()).await;
        }
        for _ in 0..2 {
            scene.clock.advance(HOUR);
            scene.catch_up(&scene.node()).await;
        }
        let mut effects = scene.effects().await;
        let of_a: Vec<_> = effects.iter().copied().filter(|no| no % 2 == 1).collect();
        assert!(of_a.is_sorted(), "{of_a:?}");
        effects.sort_unstable();
        assert_eq!(effects, (1..=pushed).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn events_that_wait_and_the_feed_take_turns_and_both_are_counted() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        for subject in ["a", "b", "c"] {
            let waits = scene.feed.push_of(subject);
            scene.handler.away.lock().unwrap().insert(waits);
        }
        let consumer = scene.node();
        scene.catch_up(&consumer).await;
        for _ in 0..3 {
            scene.clock.advance(HOUR);
            let later = scene.feed.push_of("d");
            for _ in 0..2 {
                consumer.step().await.unwrap();
            }
            assert_eq!(scene.effects().await.last(), Some(&later));
        }
        let handled = || consumer.handled()[0].1;
        let before = handled();
        scene.handler.away.lock().unwrap().clear();
        scene.clock.advance(HOUR);
        scene.catch_up(&consumer).await;
        assert_eq!(handled() - before, 3);
    }
}

#[tokio::test]
async fn an_event_that_waited_and_then_fails_by_itself_is_tried_as_often_as_any_other() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        scene.feed.push_of("a");
        scene.feed.push_of("a");
        scene.handler.away.lock().unwrap().insert(1);
        let consumer = scene.node();
        let waits = 20;
        for _ in 0..waits {
            scene.catch_up(&consumer).await;
            scene.clock.advance(HOUR);
        }
        scene.handler.poison(1, "it is broken");
        for failures in 0..ATTEMPTS {
            assert_eq!(scene.letters().await, [], "{failures}");
            scene.clock.advance(HOUR);
            scene.catch_up(&consumer).await;
        }
        let letter = (1, waits + ATTEMPTS, "it is broken".to_owned());
        assert_eq!(scene.letters().await, [letter]);
        assert_eq!(scene.effects().await, [2]);
    }
}

#[tokio::test]
async fn of_many_subjects_in_a_batch_those_that_wait_are_found() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        let subjects: Vec<_> = (0..40).map(|no| format!("{no:02}")).collect();
        for subject in &subjects {
            scene.feed.push_of(subject);
        }
        scene.handler.away.lock().unwrap().extend([1, 17, 40]);
        let consumer = scene.node();
        scene.catch_up(&consumer).await;
        assert_eq!(scene.effects().await.len(), 37);
        for subject in &subjects {
            scene.feed.push_of(subject);
        }
        scene.catch_up(&consumer).await;
        assert_eq!(scene.effects().await.len(), 2 * 37);
        assert_eq!(consumer.reports().await.unwrap()[0].depth, 6);
    }
}
