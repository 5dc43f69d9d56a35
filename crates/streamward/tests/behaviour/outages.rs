//! Redis is away, busy, full or not writable: consumers wait, and no restart is counted.

use std::time::Duration;

use streamward::{Class, Error, Outcome, Script, Server};
use supervision::{Node, Tree};
use testkit::{RedisServer, eventually};
use tokio::time::{Instant, timeout};

use crate::{call_log::done, harness::Harness};

/// The error of a write: plain, in a script, in a pipeline, in a transaction.
async fn errors(server: &Server) -> Vec<Error> {
    let mut link = server.link();
    let mut plain = redis::cmd("XADD");
    plain.arg("stream").arg("*").arg("field").arg("value");
    let source = "return { 'OK', redis.call('XADD', KEYS[1], '*', 'field', 'value') }";
    let script = Script::with_includes("test", source, &[]).expect("a script");
    let (mut pipeline, mut transaction) = (redis::pipe(), redis::pipe());
    pipeline
        .add_command(redis::cmd("PING"))
        .add_command(plain.clone());
    transaction.atomic().add_command(plain.clone());
    let all = [
        plain
            .query_async::<()>(&mut link)
            .await
            .map_err(Error::from),
        script.call(&["stream"]).run(&mut link).await.map(drop),
        pipeline.query_async(&mut link).await.map_err(Error::from),
        transaction
            .query_async(&mut link)
            .await
            .map_err(Error::from),
    ];
    all.into_iter().filter_map(Result::err).collect()
}

/// All four ways to write must fail by an outage.
async fn is_an_outage(server: &Server, state: &str) {
    let errors = errors(server).await;
    assert_eq!(errors.len(), 4, "{state}: {errors:?}");
    for error in errors {
        assert_eq!(error.class(), Class::Outage, "{state}: {error}");
    }
}

fn server(url: &str) -> Server {
    Server::new(url).expect("a good url")
}

async fn command(redis: &RedisServer, words: &[&str]) {
    let mut cmd = redis::cmd(words[0]);
    let done = cmd
        .arg(&words[1..])
        .query_async::<()>(&mut redis.connection().await)
        .await;
    done.unwrap_or_else(|error| panic!("{words:?}: {error}"));
}

#[tokio::test]
async fn a_server_that_is_not_writable_is_an_outage() {
    for (state, set) in [
        ("OOM", &["CONFIG", "SET", "maxmemory", "1"][..]),
        (
            "NOREPLICAS",
            &["CONFIG", "SET", "min-replicas-to-write", "1"],
        ),
        ("NOPERM", &["ACL", "SETUSER", "default", "-xadd"]),
        ("READONLY", &["REPLICAOF", "127.0.0.1", "1"]),
    ] {
        let redis = RedisServer::start();
        let server = server(&redis.url());
        command(&redis, set).await;
        is_an_outage(&server, state).await;
        let known = server.outage();
        // A missing right may concern one command.
        let is_known = known.is_some_and(|known| known.contains(state));
        assert_eq!(is_known, state != "NOPERM", "{state}");
    }
    let redis = RedisServer::start_with(&["--replica-serve-stale-data", "no"]);
    command(&redis, &["REPLICAOF", "127.0.0.1", "1"]).await;
    is_an_outage(&server(&redis.url()), "MASTERDOWN").await;
    let redis = RedisServer::start_with(&["--cluster-enabled", "yes"]);
    is_an_outage(&server(&redis.url()), "CLUSTERDOWN").await;
}

#[tokio::test]
async fn a_refusal_of_writes_ends_when_they_are_accepted() {
    let redis = RedisServer::start();
    let server = server(&redis.url());
    command(&redis, &["CONFIG", "SET", "maxmemory", "1"]).await;
    is_an_outage(&server, "OOM").await;
    command(&redis, &["CONFIG", "SET", "maxmemory", "0"]).await;
    eventually("it has ended", || async {
        server.outage().is_none().then_some(())
    })
    .await;
    assert!(errors(&server).await.is_empty());
}

#[tokio::test]
async fn a_server_that_cannot_save_is_an_outage() {
    let redis = RedisServer::start_with(&["--save", "3600 1000000"]);
    let server = server(&redis.url());
    // A folder in the place of the file: saving fails.
    let folder = redis.socket().with_file_name("dump.rdb");
    std::fs::create_dir(folder).expect("a free name");
    command(&redis, &["BGSAVE"]).await;
    eventually("MISCONF", || async {
        let errors = errors(&server).await;
        errors
            .iter()
            .any(|error| error.to_string().contains("MISCONF"))
            .then_some(())
    })
    .await;
    is_an_outage(&server, "MISCONF").await;
}

#[tokio::test]
async fn a_server_that_refuses_connections_is_an_outage() {
    let redis = RedisServer::start();
    command(&redis, &["CONFIG", "SET", "requirepass", "right"]).await;
    for (url, code) in [
        (redis.url(), "NOAUTH"),
        (format!("{}?pass=wrong", redis.url()), "AUTH"),
    ] {
        let server = server(&url);
        is_an_outage(&server, code).await;
        let known = server.outage().expect("it is known");
        assert!(known.contains(code), "{known}");
    }

    let redis = RedisServer::start();
    let mut only = redis.connection().await;
    let mut limit = redis::cmd("CONFIG");
    limit.arg(&["SET", "maxclients", "1"]);
    limit.query_async::<()>(&mut only).await.expect("it is set");
    let server = server(&redis.url());
    is_an_outage(&server, "maxclients").await;
    // Its words, or a connection that it closes before they are read.
    assert!(server.outage().is_some());
}

#[tokio::test]
async fn a_server_that_runs_a_script_for_long_is_an_outage() {
    let redis = RedisServer::start_with(&["--busy-reply-threshold", "1"]);
    let server = server(&redis.url());
    let (mut busy, mut killer) = (redis.connection().await, redis.connection().await);
    let mut endless = redis::cmd("EVAL");
    endless.arg("while true do end").arg(0);
    let running = async {
        let ended = endless.query_async::<()>(&mut busy).await;
        Error::from(ended.expect_err("it never ends"))
    };
    let outage = async {
        eventually("BUSY", || async {
            let errors = errors(&server).await;
            errors
                .iter()
                .any(|error| error.to_string().contains("BUSY"))
                .then_some(())
        })
        .await;
        is_an_outage(&server, "BUSY").await;
        let kill = redis::cmd("SCRIPT")
            .arg("KILL")
            .query_async::<()>(&mut killer)
            .await;
        kill.expect("it is killed");
    };
    let (killed, ()) = tokio::join!(running, outage);
    // The client's own time-out may come first.
    assert_eq!(killed.class(), Class::Outage, "{killed}");
    assert!(errors(&server).await.is_empty());
}

/// The nodes of a tree that were restarted.
fn restarted(node: &Node) -> Vec<String> {
    let own = (node.restarts > 0).then(|| format!("{}: {:?}", node.name, node.last_exit));
    let below = node.children.iter().flat_map(restarted);
    own.into_iter().chain(below).collect()
}

async fn survives(mut harness: Harness, tree: Tree) {
    harness.publish("Order", "before").await;
    harness.calls.until("before", 1).await;

    let outage = harness.redis.outage();
    // More than a supervisor's restarts would have been.
    outage.attempts(60).await;
    drop(outage);
    harness.redis.restart();

    eventually("it handles again", || async {
        let server = harness.runtime.server();
        server.outage().is_none().then_some(())
    })
    .await;
    harness.publish("Order", "after").await;
    harness.calls.until("after", 1).await;
    assert_eq!(restarted(&tree.snapshot()), Vec::<String>::new());
    harness.close(tree).await;
}

#[tokio::test]
async fn a_consumer_outlasts_an_outage_without_a_restart() {
    let harness = Harness::on(RedisServer::start_durable()).await;
    let tree = harness.run(&harness.service(done)).await;
    survives(harness, tree).await;
}

#[tokio::test]
async fn an_ordered_consumer_outlasts_an_outage_without_a_restart() {
    let harness = Harness::on(RedisServer::start_durable()).await;
    let service = harness
        .service(done)
        .ordered()
        .heartbeat(Duration::from_secs(3));
    let tree = harness.run(&service).await;
    survives(harness, tree).await;
}

#[tokio::test]
async fn a_consumer_outlasts_a_full_server_without_a_restart() {
    let harness = Harness::new().await;
    let tree = harness.run(&harness.service(done)).await;
    let maxmemory = async |bytes: &str| {
        harness
            .command::<()>(&["CONFIG", "SET", "maxmemory", bytes])
            .await;
    };
    maxmemory("1").await;
    eventually("it is full", || async { harness.runtime.server().outage() }).await;
    maxmemory("0").await;
    harness.publish("Order", "after").await;
    harness.calls.until("after", 1).await;
    assert_eq!(restarted(&tree.snapshot()), Vec::<String>::new());
    harness.close(tree).await;
}

#[tokio::test]
async fn commands_fail_at_once_while_the_server_is_frozen_and_work_when_it_goes_on() {
    let redis = RedisServer::start();
    let server = server(&redis.url());
    assert!(errors(&server).await.is_empty());
    redis.signal("-STOP");
    // The first command waits for its time-out; it makes the outage known.
    assert!(!errors(&server).await.is_empty());
    assert!(server.outage().is_some());
    let begun = Instant::now();
    assert_eq!(errors(&server).await.len(), 4);
    assert!(begun.elapsed() < Duration::from_millis(100));
    redis.signal("-CONT");
    let returned = eventually("it answers", || async {
        errors(&server).await.is_empty().then_some(())
    });
    let in_time = timeout(Duration::from_secs(2), returned).await;
    in_time.expect("a returned server is used within two seconds");
}

#[tokio::test]
async fn an_outage_costs_an_entry_no_attempt_however_long_it_lasts() {
    let harness = Harness::new().await;
    let runtime = harness.runtime.clone();
    let act = move |_| {
        let mut link = runtime.server().link();
        async move {
            let mut effect = redis::cmd("XADD");
            effect.arg("effects").arg("*").arg("field").arg("value");
            let done = effect.query_async::<()>(&mut link).await;
            Outcome::from(done.map(|()| Outcome::Done).map_err(Error::from))
        }
    };
    let service = harness.service(act).max_attempts(2).max_crashes(2);
    let tree = harness.run(&service).await;
    harness.publish("Order", "before").await;
    harness.calls.until("before", 1).await;
    // Reading goes on: a full server refuses only what needs memory.
    let mut pipe = redis::pipe();
    let data = streamward::pack("Order", &"during").expect("packs");
    pipe.atomic().cmd("XADD").arg(harness.orders()).arg("*");
    pipe.arg("type")
        .arg("Order")
        .arg("v")
        .arg(1)
        .arg("key")
        .arg("during");
    pipe.arg("data").arg(data).ignore();
    pipe.cmd("CONFIG").arg(&["SET", "maxmemory", "1"]).ignore();
    let mut link = harness.runtime.server().link();
    pipe.query_async::<()>(&mut link)
        .await
        .expect("it is written");
    let calls = harness.calls.until("during", 4).await;
    assert!(
        calls
            .iter()
            .all(|call| call.attempts == 0 && call.deliveries <= 2)
    );
    harness
        .command::<()>(&["CONFIG", "SET", "maxmemory", "0"])
        .await;
    harness.until_settled().await;
    let dead: u64 = harness
        .command(&["XLEN", &harness.partition().dead(crate::harness::SERVICE)])
        .await;
    assert_eq!(dead, 0);
    harness.close(tree).await;
}
