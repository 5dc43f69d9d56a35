//! What is no longer needed goes, and one process at a time sees to it.

use streamward::Delivery;
use testkit::eventually;

use crate::{
    diary::done,
    support::{Floor, SERVICE},
};

#[tokio::test]
async fn error_histories_of_settled_entries_are_forgotten_and_others_kept() {
    let floor = Floor::new().await;
    let stuck = |_: Delivery| std::future::pending();
    let service = floor
        .service(stuck)
        .drain_within(std::time::Duration::from_millis(50));
    let tree = floor.run(&service).await;
    let id = floor.publish("Order", "stuck").await;
    floor.diary.until("stuck", 1).await;
    // As a process leaves it that dies between the acknowledgement and the forgetting.
    let (attempts, orders) = (floor.partition().attempts(SERVICE), floor.orders());
    let (kept, left) = (format!("{orders}/{id}"), format!("{orders}/1-0"));
    let foreign = "elsewhere/1-0";
    let all = ["HSET", &attempts, &kept, "[]", &left, "[]", foreign, "[]"];
    floor.ask::<()>(&all).await;
    let mut fields = eventually("the history is forgotten", || async {
        let fields: Vec<String> = floor.ask(&["HKEYS", &attempts]).await;
        (!fields.contains(&left)).then_some(fields)
    })
    .await;
    fields.sort();
    assert_eq!(fields, [foreign, &kept]);
    tree.shutdown().await;
}

#[tokio::test]
async fn one_of_two_processes_tidies_and_the_other_follows_it() {
    let floor = Floor::new().await;
    let service = floor.service(done);
    let lead = floor.partition().lead(SERVICE, "janitor");
    let leader = || async { floor.ask::<Option<String>>(&["GET", &lead]).await };
    let (one, two) = (floor.run(&service).await, floor.run(&service).await);
    let first = eventually("somebody leads", leader).await;
    // Whichever it is: after its orderly end the other one leads at once.
    one.shutdown().await;
    let second = eventually("somebody leads", leader).await;
    two.shutdown().await;
    assert_eq!(leader().await, None, "{first} then {second}");
}
