//! A consumer over several partitions: one tree of roles for each.

use std::time::Duration;

use streamward::{Consumer, Envelope, Namespace, Runtime, Server, TraceParent, inspect, publish};
use supervision::Fault;
use testkit::{RedisServer, eventually};

use crate::{
    call_log::{CallLog, TestHandler, done},
    harness::{SERVICE, until_restarted},
};

#[tokio::test]
async fn each_partition_is_read_by_roles_of_its_own() {
    let redis = RedisServer::start();
    let server = Server::new(&redis.url()).expect("a good url");
    let runtime = Runtime::open(server, &Namespace::default(), 3).await;
    let runtime = runtime.expect("a good server");
    let calls = CallLog::default();
    let consumer = Consumer::new(SERVICE, TestHandler::new(done, &calls));
    let consumer = consumer.reads(["orders"]).concurrency(2);
    let consumer = consumer.heartbeat(Duration::from_secs(1));
    let tree = consumer.tree(&runtime).await.expect("good settings");
    let tree = tree.start().await.expect("starts");

    tree.crash("p1/intake", Fault::Kill).expect("it runs");
    until_restarted(&tree, "p1/intake", 1).await;
    for partition in runtime.partitions() {
        let (mut link, key) = (runtime.server().link(), partition.stream("orders"));
        let text = format!("o-{}", partition.index());
        let envelope = Envelope::next(TraceParent::start());
        let written = publish(&mut link, &key, ("Order", 1), &text, &envelope, &text).await;
        written.expect("the server takes it");
        assert_eq!(calls.until(&text, 1).await.len(), 1);
        eventually("it is settled", || async {
            let info = inspect::stream(&mut link.clone(), &key).await.ok()??;
            (info.groups[0].pending == 0).then_some(())
        })
        .await;
    }
    assert_eq!(calls.len(), 3);
    let report = tree.shutdown().await;
    assert_eq!(report, supervision::ShutdownReport::default());
}
