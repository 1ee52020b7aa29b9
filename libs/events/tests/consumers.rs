//! What becomes of events one by one: tried again, given up, held back, repeated.

use events::consumer::ATTEMPTS;
use events::{Queue, Step};
use platform::clock::Clock;
use testkit::engines;
use values::SECOND;

use crate::support::{Misdeed, Scene};

const NAME: &str = "recorder/test";

#[tokio::test]
async fn a_poison_event_becomes_a_dead_letter_and_the_next_goes_on() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        scene.feed.push(600);
        scene
            .handler
            .poison(7, "cannot read usr_01k9zv5rhcfb9s6yvp8g0vq3wb");
        scene.handler.misbehave(300, [Misdeed::Reject; 32]);
        let consumer = scene.node();
        scene.catch_up(&consumer).await;
        let expected: Vec<_> = (1..=600).filter(|no| ![7, 300].contains(no)).collect();
        assert_eq!(scene.effects().await, expected);
        let letters = scene.letters().await;
        let told: Vec<_> = letters.iter().map(|(no, tries, _)| (*no, *tries)).collect();
        assert_eq!(told, [(7, ATTEMPTS), (300, 1)]);
        let report = consumer.reports().await.unwrap().remove(0);
        assert_eq!((report.depth, report.dead_letters), (0, 2));
    }
}

#[tokio::test]
async fn an_error_that_a_database_cannot_keep_holds_up_nobody() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        scene.feed.push(2);
        scene
            .handler
            .poison(1, &format!("a NUL \0 and {}", "more ".repeat(10_000)));
        scene.catch_up(&scene.node()).await;
        assert_eq!(scene.effects().await, [2]);
        let (_, _, error) = scene.letters().await.remove(0);
        assert!(error.starts_with("a NUL  and more") && error.len() <= 2_000);
    }
}

#[tokio::test]
async fn an_outage_of_the_database_counts_no_attempt() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        scene.feed.push(3);
        let outages = [Misdeed::Outage; 24];
        scene.handler.misbehave(2, outages);
        let consumer = scene.node();
        for _ in outages {
            assert!(consumer.step().await.is_err());
            assert_eq!(scene.state().await, (0, None, 0));
        }
        assert_eq!(consumer.step().await.unwrap(), Step::Handled(3));
        assert_eq!(scene.effects().await, [1, 2, 3]);
    }
}

#[tokio::test]
async fn an_event_that_failed_waits_and_what_comes_after_it_waits_behind_it() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        scene.feed.push(2);
        scene
            .handler
            .misbehave(1, [Misdeed::Fail, Misdeed::Fail, Misdeed::Fail]);
        let consumer = scene.node();
        // Alone and with the next one behind it: two calls, one attempt.
        let Step::Later(at) = consumer.step().await.unwrap() else {
            panic!("it does not wait")
        };
        assert_eq!(scene.state().await, (1, Some(at.micros()), 0));
        if scene.clock.now() < at {
            assert_eq!(consumer.step().await.unwrap(), Step::Later(at));
        }
        assert_eq!(scene.effects().await, [0_i64; 0]);
        scene.catch_up(&consumer).await;
        assert_eq!(scene.effects().await, [1, 2]);
    }
}

#[tokio::test]
async fn a_time_to_try_again_that_a_clock_ahead_wrote_does_not_stop_it() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        scene.feed.push(1);
        scene.handler.misbehave(1, [Misdeed::Fail]);
        scene.clock.step(86_400 * SECOND);
        assert!(matches!(scene.node().step().await, Ok(Step::Later(_))));
        scene.clock.step(-86_400 * SECOND);
        assert_eq!(scene.node().step().await.unwrap(), Step::Handled(1));
    }
}

#[tokio::test]
async fn another_node_pauses_and_resumes_it() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        scene.feed.push(1);
        let (here, there) = (scene.node(), scene.node_on(scene.other_db().await));
        assert!(there.pause(NAME, true).await.unwrap());
        assert_eq!(here.step().await.unwrap(), Step::Paused);
        assert!(here.reports().await.unwrap()[0].paused);
        assert!(!there.pause("recorder/other", true).await.unwrap());
        assert!(there.pause(NAME, false).await.unwrap());
        assert_eq!(here.step().await.unwrap(), Step::Handled(1));
    }
}

#[tokio::test]
async fn a_consumer_that_another_node_puts_back_repeats_what_it_had_passed_over() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        scene.feed.push(3);
        scene.feed.push_nothing(20);
        let here = scene.node();
        scene.catch_up(&here).await;
        let there = scene.node_on(scene.other_db().await);
        there.rewind(1).await.unwrap();
        scene.catch_up(&here).await;
        assert_eq!(scene.effects().await, [1, 2, 3, 2, 3]);
    }
}

#[tokio::test]
async fn what_is_for_nobody_is_passed_over_and_does_not_wait() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        scene.feed.push_nothing(900);
        let consumer = scene.node();
        scene.catch_up(&consumer).await;
        // Written down now and then only.
        assert_eq!(scene.state().await.2, 0);
        let elsewhere = scene.node().reports().await.unwrap().remove(0);
        assert_eq!((elsewhere.depth, elsewhere.oldest), (900, None));
        assert_eq!(consumer.reports().await.unwrap()[0].depth, 0);
        scene.feed.push_nothing(2_000);
        scene.feed.push(1);
        scene.feed.push_nothing(10);
        scene.catch_up(&consumer).await;
        assert_eq!(scene.effects().await, [2_901]);
        assert_eq!(scene.node().reports().await.unwrap()[0].depth, 0);
        scene.feed.push(2);
        let waiting = consumer.reports().await.unwrap().remove(0);
        assert_eq!(waiting.depth, 2);
        assert!(waiting.oldest.is_some());
    }
}

#[tokio::test]
async fn who_begins_now_is_told_of_nothing_older() {
    for engine in engines() {
        let mut scene = Scene::on(engine).await;
        scene.handler = std::sync::Arc::new(crate::support::Recorder {
            start_now: true,
            ..Default::default()
        });
        scene.feed.push(5);
        scene.catch_up(&scene.node()).await;
        scene.feed.push(1);
        scene.catch_up(&scene.node()).await;
        assert_eq!(scene.effects().await, [6]);
    }
}

#[tokio::test]
async fn what_was_handled_is_noted_of_the_log_with_its_effect() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        scene.feed.push(3);
        scene.catch_up(&scene.node()).await;
        let noted = events::log_ends::noted(&scene.db).await.unwrap();
        let hash = 3_i64.to_be_bytes().to_vec();
        assert_eq!(noted, [("test".to_owned(), db::Position { no: 3, hash })]);
    }
}
