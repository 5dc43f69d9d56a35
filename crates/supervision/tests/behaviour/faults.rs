//! Fault injection works for every kind of child.

use std::time::Duration;

use supervision::{ChildSpec, CrashError, Ended, Fault, SupervisorSpec, Tree, UnknownPath};

use crate::harness::{Command, Harness, at, eventually, until_restarted};

/// Starts a root with a nested supervisor `shop` of an actor `a` and a waiting task `t`.
async fn shop(harness: &Harness) -> Tree {
    let log = harness.clone();
    let task = ChildSpec::task("t", move |_| {
        let log = log.clone();
        async move {
            log.log("start t");
            std::future::pending().await
        }
    });
    let task = task.watchdog(Duration::from_secs(3));
    let shop = SupervisorSpec::new("shop")
        .child(harness.actor("a"))
        .child(task);
    let root = SupervisorSpec::new("root").child(ChildSpec::supervisor(shop));
    root.start().await.expect("starts")
}

#[tokio::test(start_paused = true)]
async fn a_panic_and_a_kill_interrupt_a_task_in_its_await() {
    let harness = Harness::default();
    let tree = shop(&harness).await;
    eventually("t waits", || harness.has("start t")).await;
    tree.crash("shop/t", Fault::Panic).expect("it runs");
    until_restarted(&tree, "shop/t", 1).await;
    assert_eq!(
        at(&tree, "shop/t").last_exit.as_deref(),
        Some("simulated fault: panic")
    );
    tree.crash("shop/t", Fault::Kill).expect("it runs");
    until_restarted(&tree, "shop/t", 2).await;
    assert_eq!(at(&tree, "shop/t").last_exit.as_deref(), Some("killed"));
}

#[tokio::test(start_paused = true)]
async fn a_hang_interrupts_a_task_that_keeps_beating() {
    let harness = Harness::default();
    let busy = ChildSpec::task("busy", |context| async move {
        loop {
            context.pulse.beat();
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    let root = SupervisorSpec::new("root").child(harness.actor("a"));
    let root = root.child(busy.watchdog(Duration::from_secs(2)));
    let tree = root.start().await.expect("starts");
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(at(&tree, "busy").restarts, 0);
    tree.crash("busy", Fault::Hang).expect("it runs");
    until_restarted(&tree, "busy", 1).await;
    assert!(
        at(&tree, "busy")
            .last_exit
            .is_some_and(|exit| exit.starts_with("silent for"))
    );
}

#[tokio::test(start_paused = true)]
async fn a_crashed_supervisor_restarts_with_its_children() {
    let harness = Harness::default();
    let tree = shop(&harness).await;
    eventually("t is up", || harness.has("start t")).await;
    for (restarts, fault) in [(1, Fault::Kill), (2, Fault::Panic)] {
        harness.take_log();
        tree.crash("shop", fault).expect("it runs");
        until_restarted(&tree, "shop", restarts).await;
        eventually("t is up again", || harness.has("start t")).await;
        assert_eq!(harness.take_log(), ["gone a", "start a", "start t"]);
    }
    assert_eq!(
        at(&tree, "shop").last_exit.as_deref(),
        Some("simulated fault: panic")
    );
    assert_eq!(at(&tree, "shop/a").restarts, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_children_of_a_killed_supervisor_are_gone_before_new_ones_start() {
    let harness = Harness::default();
    let tree = shop(&harness).await;
    harness.send("a", Command::Block(Duration::from_millis(500)));
    eventually("a blocks", || harness.has("block a")).await;
    harness.take_log();
    tree.crash("shop", Fault::Kill).expect("it runs");
    until_restarted(&tree, "shop", 1).await;
    assert_eq!(harness.take_log()[..2], ["gone a", "start a"]);
}

#[tokio::test(start_paused = true)]
async fn a_supervisor_killed_while_a_child_hangs_in_its_start_restarts() {
    let harness = Harness::default();
    let tree = shop(&harness).await;
    harness.hang_start("a");
    harness.take_log();
    tree.crash("shop/a", Fault::Panic).expect("it runs");
    eventually("the restart hangs", || harness.has("start a")).await;
    harness.allow_start("a");
    tree.crash("shop", Fault::Kill).expect("it runs");
    until_restarted(&tree, "shop", 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_crashed_root_ends_the_tree() {
    let harness = Harness::default();
    let tree = shop(&harness).await;
    tree.crash("", Fault::Panic).expect("it runs");
    let reason = "simulated fault: panic".to_owned();
    assert_eq!(tree.ended().await, Ended::Failed { reason });
    assert!(harness.has("gone a"));
}

#[tokio::test(start_paused = true)]
async fn invalid_requests_return_descriptive_errors() {
    let harness = Harness::default();
    let tree = shop(&harness).await;
    let unknown = UnknownPath {
        missing: "b".to_owned(),
        below: "shop".to_owned(),
        candidates: vec!["a".to_owned(), "t".to_owned()],
    };
    let error = tree
        .crash("shop/b", Fault::Kill)
        .expect_err("there is no b");
    assert_eq!(error, CrashError::Unknown(unknown));
    assert_eq!(
        error.to_string(),
        r#"no child "b" below "shop"; there are: a, t"#
    );
    let hang = tree.crash("shop", Fault::Hang);
    assert_eq!(
        hang,
        Err(CrashError::SupervisorCannotHang {
            path: "shop".to_owned()
        })
    );
}

#[test]
fn faults_parse_from_their_names() {
    for fault in Fault::ALL {
        assert_eq!(fault.to_string().parse(), Ok(fault));
    }
    let error = "Panic".parse::<Fault>().expect_err("words are lower-case");
    assert_eq!(
        error.to_string(),
        r#"unknown fault "Panic": use panic, kill or hang"#
    );
}
