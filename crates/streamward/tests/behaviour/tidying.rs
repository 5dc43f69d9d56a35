//! The janitor trims streams and sweeps leftovers, in one process at a time.

use streamward::Delivery;
use testkit::eventually;

use crate::{
    call_log::done,
    harness::{Harness, SERVICE},
};

#[tokio::test]
async fn error_histories_of_settled_entries_are_deleted_and_others_kept() {
    let harness = Harness::new().await;
    let stuck = |_: Delivery| std::future::pending();
    let service = harness
        .service(stuck)
        .drain_within(std::time::Duration::from_millis(50));
    let tree = harness.run(&service).await;
    let id = harness.publish("Order", "stuck").await;
    harness.calls.until("stuck", 1).await;
    // As a process leaves it that dies between the acknowledgement and the forgetting.
    let (attempts, orders) = (harness.partition().attempts(SERVICE), harness.orders());
    let (kept, left) = (format!("{orders}/{id}"), format!("{orders}/1-0"));
    let foreign = "elsewhere/1-0";
    let all = ["HSET", &attempts, &kept, "[]", &left, "[]", foreign, "[]"];
    harness.command::<()>(&all).await;
    let mut fields = eventually("the history is forgotten", || async {
        let fields: Vec<String> = harness.command(&["HKEYS", &attempts]).await;
        (!fields.contains(&left)).then_some(fields)
    })
    .await;
    fields.sort();
    assert_eq!(fields, [foreign, &kept]);
    tree.shutdown().await;
}

#[tokio::test]
async fn one_of_two_processes_tidies_and_the_other_follows_it() {
    let harness = Harness::new().await;
    let service = harness.service(done);
    let lead = harness.partition().lead(SERVICE, "janitor");
    let leader = || async { harness.command::<Option<String>>(&["GET", &lead]).await };
    let (one, two) = (harness.run(&service).await, harness.run(&service).await);
    let first = eventually("a process leads", leader).await;
    // Whichever it is: after its orderly end the other one leads at once.
    one.shutdown().await;
    let second = eventually("a process leads", leader).await;
    two.shutdown().await;
    assert_eq!(leader().await, None, "{first} then {second}");
}
