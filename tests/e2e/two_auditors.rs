//! Of two processes one audits at a time; when it freezes or dies, the other one does.

use std::time::Duration;

use store::audit::Verdict;
use streamward::{Namespace, Runtime, Server};
use tempfile::TempDir;
use testkit::{RedisServer, eventually_within};

use crate::{
    process::{Process, streamward_on, text},
    shop::data_folder,
};

/// Longer than leadership lasts without renewal.
const PATIENCE: Duration = Duration::from_secs(40);
/// Consecutive verdicts that must have the same author.
const MANY: usize = 8;

struct AuditedShop {
    redis: RedisServer,
    runtime: Runtime,
    data: TempDir,
}

impl AuditedShop {
    async fn open() -> Self {
        let redis = RedisServer::start_durable();
        let server = Server::new(&redis.url()).unwrap();
        let runtime = Runtime::open(server, &Namespace::default(), 1).await;
        Self {
            runtime: runtime.unwrap(),
            redis,
            data: data_folder(),
        }
    }

    /// A process with an auditor.
    async fn auditor(&self) -> Process {
        let (url, data) = (self.redis.url(), self.data.path().to_str().unwrap());
        let place = ["--redis", url.as_str(), "--data", data];
        let args = [&["worker", "order", "--audit-every", "200ms"], &place[..]];
        Process::start(&args.concat()).await
    }

    async fn last(&self) -> Option<Verdict> {
        Verdict::last(&self.runtime).await.unwrap()
    }

    /// Waits for a verdict of another auditor than `gone`, and returns its name.
    async fn taken_over(&self, gone: &str) -> String {
        eventually_within(
            PATIENCE,
            format!("another than {gone:?} audits"),
            || async {
                let by = self.last().await?.by;
                (by != gone).then_some(by)
            },
        )
        .await
    }

    /// Asserts that the next verdicts are of this auditor.
    async fn audits_alone(&self, by: &str) {
        let mut seen = 0;
        for _ in 0..MANY {
            let next = eventually_within(PATIENCE, "the next verdict".to_owned(), || async {
                self.last().await.filter(|verdict| verdict.at_ms > seen)
            })
            .await;
            assert_eq!(next.by, by);
            seen = next.at_ms;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_process_audits_at_a_time_and_the_other_one_when_it_is_gone() {
    let shop = AuditedShop::open().await;
    let first = shop.auditor().await;
    let one = shop.taken_over("").await;
    let second = shop.auditor().await;
    shop.audits_alone(&one).await;

    // A frozen process leads no more, and does not go on where it was when it wakes up.
    first.signal("-STOP").await;
    let other = shop.taken_over(&one).await;
    first.signal("-CONT").await;
    shop.audits_alone(&other).await;

    second.kill().await;
    assert_eq!(shop.taken_over(&other).await, one);
    assert_eq!(first.terminate().await, Some(0));
    let url = shop.redis.url();
    let output = streamward_on(shop.data.path(), &["audit", "--redis", &url]).await;
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
}
