//! No event lost, none told twice, order kept: whatever the handler does, and wherever a node dies.

use std::sync::Arc;

use events::{Consumer, Step};
use proptest::prelude::*;
use proptest::test_runner::Config;
use testkit::{Engine, engines};
use tokio::task::JoinSet;

use crate::support::{Misdeed, Scene, cut};

/// More polls than a step is ever asked for.
const NEVER: usize = 10_000;

#[tokio::test]
async fn a_node_that_dies_anywhere_in_a_step_loses_nothing_and_repeats_nothing() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        let mut pushed = 0;
        for polls in 0..NEVER {
            pushed = scene.feed.push(2);
            // A new node each time: nothing is left in memory.
            if cut(scene.node().step(), polls).await.is_some() {
                break;
            }
        }
        scene.catch_up(&scene.node()).await;
        assert_eq!(scene.effects().await, (1..=pushed).collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_node_that_dies_while_it_gives_an_event_up_leaves_one_letter() {
    for engine in engines() {
        let scene = Scene::on(engine).await;
        let mut pushed = 0;
        for polls in 0..NEVER {
            pushed = scene.feed.push(1);
            scene.handler.misbehave(pushed, [Misdeed::Reject; 4_096]);
            if cut(scene.node().step(), polls).await.is_some() {
                break;
            }
        }
        scene.catch_up(&scene.node()).await;
        let letters: Vec<_> = scene
            .letters()
            .await
            .into_iter()
            .map(|(no, ..)| no)
            .collect();
        assert_eq!(letters, (1..=pushed).collect::<Vec<_>>());
        assert_eq!(scene.effects().await, [0_i64; 0]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_nodes_at_once_handle_each_event_once() {
    for engine in engines() {
        let scene = Arc::new(Scene::on(engine).await);
        let mut nodes = JoinSet::new();
        for db in [scene.other_db().await, scene.db.clone()] {
            let scene = scene.clone();
            nodes.spawn(async move { until_done(&scene, &scene.node_on(db)).await });
        }
        for _ in 0..40 {
            scene.feed.push(50);
            tokio::task::yield_now().await;
        }
        nodes.join_all().await;
        assert_eq!(scene.effects().await, (1..=2_000).collect::<Vec<_>>());
        assert_eq!(scene.letters().await, []);
    }
}

async fn until_done(scene: &Scene, consumer: &Consumer) {
    loop {
        if let Ok(Step::Idle(2_000)) = consumer.step().await
            && scene.state().await.2 == 2_000
        {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// What happens next: events come, or one of two nodes takes a step, which it may not live to
/// finish.
#[derive(Debug, Clone)]
enum Act {
    Push(usize),
    Nothing(usize),
    Step { node: usize, polls: usize },
    Restart(usize),
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        (1..6_usize).prop_map(Act::Push),
        (1..6_usize).prop_map(Act::Nothing),
        (0..2_usize, 0..60_usize).prop_map(|(node, polls)| Act::Step { node, polls }),
        (0..2_usize).prop_map(|node| Act::Step { node, polls: NEVER }),
        (0..2_usize).prop_map(Act::Restart),
    ];
    prop::collection::vec(act, 1..40)
}

fn misdeeds() -> impl Strategy<Value = Vec<(i64, Misdeed)>> {
    let misdeed = prop_oneof![
        Just(Misdeed::Fail),
        Just(Misdeed::Panic),
        Just(Misdeed::Reject),
        Just(Misdeed::Refused),
        Just(Misdeed::Outage),
    ];
    prop::collection::vec((1..40_i64, misdeed), 0..12)
}

async fn play(engine: Engine, acts: Vec<Act>, misdeeds: Vec<(i64, Misdeed)>) {
    let scene = Scene::on(engine).await;
    for (sequence, misdeed) in misdeeds {
        scene.handler.misbehave(sequence, [misdeed]);
    }
    let mut told = Vec::new();
    let dbs = [scene.db.clone(), scene.other_db().await];
    let mut nodes = dbs.clone().map(|db| scene.node_on(db));
    for act in acts {
        match act {
            Act::Push(count) => {
                let last = scene.feed.push(count);
                told.extend(last - i64::try_from(count).unwrap() + 1..=last);
            }
            Act::Nothing(count) => drop(scene.feed.push_nothing(count)),
            Act::Step { node, polls } => {
                if let Some(Ok(Step::Later(at))) = cut(nodes[node].step(), polls).await {
                    scene.clock.set(at);
                }
            }
            Act::Restart(node) => nodes[node] = scene.node_on(dbs[node].clone()),
        }
    }
    scene.catch_up(&nodes[0]).await;
    let dead: Vec<_> = scene
        .letters()
        .await
        .into_iter()
        .map(|(no, ..)| no)
        .collect();
    told.retain(|no| !dead.contains(no));
    assert_eq!(scene.effects().await, told);
}

#[test]
fn each_event_has_its_effect_once_and_in_order_whatever_breaks() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    for engine in engines() {
        let cases = match engine {
            Engine::Sqlite => 64,
            Engine::Postgres => 24,
        };
        let config = Config {
            cases,
            failure_persistence: None,
            ..Config::default()
        };
        proptest!(config, |(acts in acts(), misdeeds in misdeeds())| {
            runtime.block_on(play(engine, acts, misdeeds));
        });
    }
}
