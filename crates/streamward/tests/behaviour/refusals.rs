//! Invalid configurations are refused at start, by name.

use std::time::Duration;

use streamward::{ConsumerError, Error, Namespace, Runtime, Server};
use testkit::RedisServer;

use crate::{
    call_log::{TestHandler, done},
    harness::Harness,
};

/// The setting and the problem of the refusal.
async fn refusal(redis: &RedisServer, partitions: u16) -> (&'static str, String) {
    let server = Server::new(&redis.url()).expect("a good url");
    match Runtime::open(server, &Namespace::default(), partitions).await {
        Err(Error::Server { setting, problem }) => (setting, problem),
        other => panic!("it was not refused: {other:?}"),
    }
}

#[tokio::test]
async fn a_server_that_may_evict_is_refused() {
    let redis = RedisServer::start_with(&["--maxmemory-policy", "allkeys-lru"]);
    let (setting, problem) = refusal(&redis, 1).await;
    assert_eq!(setting, "maxmemory-policy");
    assert!(problem.contains("allkeys-lru"), "{problem}");
}

#[tokio::test]
async fn another_number_of_partitions_is_refused() {
    let redis = RedisServer::start();
    let server = Server::new(&redis.url()).expect("a good url");
    for _ in 0..2 {
        let opened = Runtime::open(server.clone(), &Namespace::default(), 4).await;
        assert_eq!(opened.expect("the same number").partition_count(), 4);
    }
    let (setting, problem) = refusal(&redis, 1).await;
    assert_eq!(setting, "partitions");
    assert!(problem.contains("set up with 4"), "{problem}");
    assert_eq!(refusal(&redis, 0).await.0, "partitions");
    let other = Namespace::new("other").expect("a good name");
    let opened = Runtime::open(server, &other, 1).await;
    opened.expect("another namespace counts for itself");
}

#[tokio::test]
async fn a_server_that_is_not_there_is_no_setting() {
    let mut redis = RedisServer::start();
    redis.kill();
    let server = Server::new(&redis.url()).expect("a good url");
    let opened = Runtime::open(server, &Namespace::default(), 1).await;
    let error = opened.expect_err("no server listens there");
    assert!(matches!(error, Error::Redis(_)), "{error}");
    assert_eq!(error.class(), streamward::Class::Outage);
}

#[tokio::test]
async fn a_consumer_that_cannot_work_names_the_setting() {
    let harness = Harness::new().await;
    let service = || harness.service(done);
    let (short, long) = (Duration::from_millis(100), Duration::from_secs(3));
    let named = |name| streamward::Consumer::new(name, TestHandler::new(done, &harness.calls));
    for (expected, consumer) in [
        ("timeout", service().timeout(Duration::ZERO)),
        ("lease", service().lease(short)),
        ("max_parked", service().max_parked(0)),
        ("per_second", service().per_second(0.0)),
        ("per_second", service().per_second(f64::NAN)),
        ("across_processes", service().across_processes(0)),
        (
            "across_processes",
            service().ordered().heartbeat(long).across_processes(3),
        ),
        ("heartbeat", service().ordered()),
        ("timeout", service().timeout(Duration::MAX)),
        ("concurrency", service().concurrency(0)),
        ("concurrency", service().concurrency(5_000)),
        ("heartbeat", service().heartbeat(short)),
        ("max_attempts, max_crashes", service().max_attempts(0)),
        ("max_attempts, max_crashes", service().max_crashes(0)),
        ("name", service().reads(["or ders"])),
        ("name", service().writes(["a::b"])),
        ("name", named("ship{ping")),
    ] {
        match consumer.tree(&harness.runtime).await {
            Err(ConsumerError::Setting { setting, .. }) => assert_eq!(setting, expected),
            other => panic!("{expected} was not refused: {other:?}"),
        }
    }
}

#[tokio::test]
async fn a_failed_script_names_itself_and_its_keys() {
    let harness = Harness::new().await;
    harness.command::<()>(&["SET", "plain", "text"]).await;
    let source = "return { 'OK', redis.call('XLEN', KEYS[1]) }";
    let script = streamward::Script::with_includes("order/count", source, &[]).expect("a script");
    let mut link = harness.runtime.server().link();
    let failed = script.call(&["plain"]).arg("value").run(&mut link).await;
    let error = failed.expect_err("it is no stream");
    let words = error.to_string();
    assert!(
        words.starts_with("redis: order/count on plain: "),
        "{words}"
    );
    assert!(words.contains("WRONGTYPE"), "{words}");
    assert_eq!(error.class(), streamward::Class::Bug);
    let many = ["plain", "b", "c", "d", "e"];
    let failed = script.call(&many).run(&mut link).await;
    let words = failed.expect_err("it is no stream").to_string();
    assert!(words.contains("on plain, b, c, d, ..: "), "{words}");
}
