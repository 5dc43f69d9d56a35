use std::{path::PathBuf, process::Stdio};

use streamward::{Namespace, inspect};
use testkit::eventually;

use crate::{process::Process, roles::Roles};

/// Ended by a second signal.
const KILLED: i32 = 130;

/// A worker process in the middle of charges that the provider does not answer, and its log.
async fn in_the_middle(roles: &Roles) -> (Process, PathBuf) {
    let log = roles.data().join("worker.log");
    let file = std::fs::File::create(&log).unwrap();
    let worker = roles
        .start_inventory_and_payment_logging(Stdio::from(file))
        .await;
    roles.signal_provider("-STOP").await;
    let orders = Namespace::default().partition(0).stream("orders");
    roles.place(20).await;
    eventually("charges are under way", || async {
        let mut connection = roles.redis.connection().await;
        let stream = inspect::stream(&mut connection, &orders).await.ok()??;
        let payment = stream
            .groups
            .iter()
            .find(|group| group.group == "payment")?;
        (payment.pending >= 20).then_some(())
    })
    .await;
    (worker, log)
}

/// The provider answers again, and another worker finishes what was handed back.
async fn finish(roles: &Roles) {
    roles.signal_provider("-CONT").await;
    let worker = roles.start_inventory_and_payment().await;
    roles.load(10, 100).await;
    roles.until_all_ended().await;
    roles.audit().await;
    assert_eq!(worker.terminate().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_finished_in_time_is_handed_back_by_name() {
    let roles = Roles::open().await;
    let (worker, log) = in_the_middle(&roles).await;
    assert_eq!(worker.terminate().await, Some(0));
    let said = std::fs::read_to_string(log).unwrap();
    let named = said.lines().filter(|line| line.contains("handed back"));
    assert!(named.count() >= 20, "{said}");
    finish(&roles).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_signal_ends_it_now_and_loses_nothing() {
    let roles = Roles::open().await;
    let (worker, log) = in_the_middle(&roles).await;
    worker.signal("-TERM").await;
    eventually("it drains", || async {
        let said = std::fs::read_to_string(&log).ok()?;
        said.contains("a second signal stops at once").then_some(())
    })
    .await;
    assert_eq!(worker.terminate().await, Some(KILLED));
    finish(&roles).await;
}
