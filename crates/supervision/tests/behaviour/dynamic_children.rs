//! Children added and removed at run time.

use std::time::Duration;

use supervision::{
    ChildError, ChildSpec, Fault, NodeState, Restart, SpecError, StartError, SupervisorSpec, Tree,
};

use tokio::task::JoinSet;

use crate::harness::{Harness, at, eventually, steady, until_restarted, until_state};

async fn pool(harness: &Harness) -> Tree {
    let pool = SupervisorSpec::new("pool")
        .backoff(steady())
        .child(harness.actor("first"));
    let root = SupervisorSpec::new("root").child(ChildSpec::supervisor(pool));
    root.start().await.expect("starts")
}

#[tokio::test(start_paused = true)]
async fn an_added_child_is_supervised_and_can_be_stopped() {
    let harness = Harness::default();
    let tree = pool(&harness).await;
    tree.start_child("pool", harness.actor("extra"))
        .await
        .expect("starts");
    assert_eq!(at(&tree, "pool/extra").state, NodeState::Running);
    tree.crash("pool/extra", Fault::Panic).expect("it runs");
    until_restarted(&tree, "pool/extra", 1).await;
    harness.take_log();
    tree.stop_child("pool/extra").await.expect("stops");
    assert_eq!(harness.take_log(), ["stop extra", "gone extra"]);
    assert_eq!(tree.snapshot().at("pool/extra"), None);
    tree.start_child("pool", harness.actor("extra"))
        .await
        .expect("the name is free again");
}

#[tokio::test(start_paused = true)]
async fn a_child_stopped_in_its_backoff_does_not_restart() {
    let harness = Harness::default();
    let tree = pool(&harness).await;
    tree.crash("pool/first", Fault::Kill).expect("it runs");
    until_state(&tree, "pool/first", NodeState::Backoff).await;
    tree.stop_child("pool/first").await.expect("stops");
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert_eq!(harness.take_log(), ["start first", "gone first"]);
    assert!(at(&tree, "pool").children.is_empty());
}

#[tokio::test(start_paused = true)]
async fn a_child_that_fails_to_start_is_removed() {
    let harness = Harness::default();
    let tree = pool(&harness).await;
    harness.fail_start("w-1");
    let error = tree
        .start_child("pool", harness.group("w", 3))
        .await
        .expect_err("w-1 fails");
    let start = StartError::Child {
        path: "pool/w-1".to_owned(),
        cause: "no luck".to_owned(),
    };
    assert_eq!(error, ChildError::Start(start));
    eventually("w-0 is stopped again", || harness.has("gone w-0")).await;
    eventually("only the first is left", || {
        at(&tree, "pool").children.len() == 1
    })
    .await;
    assert!(!harness.has("start w-2"));
    assert_eq!(at(&tree, "pool").restarts, 0);
}

#[tokio::test(start_paused = true)]
async fn a_start_that_hangs_can_be_stopped() {
    let harness = Harness::default();
    let tree = pool(&harness).await;
    harness.hang_start("slow");
    let mut starting = JoinSet::new();
    starting.spawn({
        let (tree, slow) = (tree.clone(), harness.actor("slow"));
        async move { tree.start_child("pool", slow).await }
    });
    eventually("it starts", || harness.has("start slow")).await;
    tree.stop_child("pool/slow").await.expect("stops");
    let interrupted = StartError::Interrupted {
        path: "pool/slow".to_owned(),
    };
    assert_eq!(
        starting
            .join_next()
            .await
            .expect("spawned")
            .expect("joined"),
        Err(ChildError::Start(interrupted))
    );
}

#[tokio::test(start_paused = true)]
async fn ended_temporary_children_are_removed() {
    let harness = Harness::default();
    let tree = pool(&harness).await;
    for number in 0..3 {
        let once = ChildSpec::task(format!("job-{number}"), |_| async { Ok(()) });
        tree.start_child("pool", once.restart(Restart::Temporary))
            .await
            .expect("starts");
    }
    eventually("all are forgotten", || {
        at(&tree, "pool").children.len() == 1
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn invalid_requests_return_typed_errors() {
    let harness = Harness::default();
    let tree = pool(&harness).await;
    let twice = tree.start_child("pool", harness.actor("first")).await;
    let duplicate = SpecError::DuplicateName {
        path: "pool/first".to_owned(),
    };
    assert_eq!(
        twice,
        Err(ChildError::Start(StartError::Invalid(duplicate)))
    );
    let below_actor = tree.start_child("pool/first", harness.actor("x")).await;
    let path = "pool/first".to_owned();
    assert_eq!(below_actor, Err(ChildError::NotASupervisor { path }));
    assert!(matches!(
        tree.stop_child("pool/none").await,
        Err(ChildError::Unknown(_))
    ));
    assert_eq!(tree.stop_child("").await, Err(ChildError::Root));
    tree.shutdown().await;
    let late = tree.start_child("pool", harness.actor("late")).await;
    let state = NodeState::Stopped;
    assert_eq!(
        late,
        Err(ChildError::NotRunning {
            path: "pool".to_owned(),
            state
        })
    );
}
