//! State of a [`Harness`]: pending entries, dead letters, consumer names.

use std::collections::HashMap;

use redis::{FromRedisValue, Value};
use streamward::{PARKING, dead, inspect};
use supervision::{ShutdownReport, Tree};
use testkit::eventually;

use super::{Harness, SERVICE};

/// A row of a group's pending list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pending {
    pub(crate) id: String,
    pub(crate) consumer: String,
    pub(crate) idle: u64,
    pub(crate) deliveries: u64,
}

impl Harness {
    /// Returns the pending entries of the stream of orders, of all consumers.
    pub(crate) async fn pending(&self) -> Vec<Pending> {
        self.pending_in(&self.orders()).await
    }

    pub(crate) async fn pending_in(&self, stream: &str) -> Vec<Pending> {
        let rows: Vec<(String, String, u64, u64)> = self
            .command(&["XPENDING", stream, SERVICE, "-", "+", "1000"])
            .await;
        let row = |(id, consumer, idle, deliveries)| Pending {
            id,
            consumer,
            idle,
            deliveries,
        };
        rows.into_iter().map(row).collect()
    }

    /// Waits until everything in the orders and the inbox was read and settled.
    pub(crate) async fn until_settled(&self) {
        for stream in [self.orders(), self.inbox()] {
            eventually(&format!("{stream} is settled"), || async {
                let mut link = self.runtime.server().link();
                let info = inspect::stream(&mut link, &stream).await.ok()??;
                let group = info.groups.into_iter().find(|g| g.group == SERVICE)?;
                (group.pending == 0 && group.lag == Some(0)).then_some(())
            })
            .await;
        }
    }

    pub(crate) async fn dead(&self) -> Vec<dead::DeadLetter> {
        let mut link = self.runtime.server().link();
        let letters = dead::list(&mut link, self.partition(), SERVICE, None, 100).await;
        letters.expect("the server answers")
    }

    /// Waits for the first dead letter.
    pub(crate) async fn until_dead(&self) -> dead::DeadLetter {
        eventually("a dead letter", || async { self.dead().await.pop() }).await
    }

    /// Names in the group that are not the parking consumer.
    pub(crate) async fn consumers(&self, stream: &str) -> Vec<String> {
        let rows: Vec<HashMap<String, Value>> =
            self.command(&["XINFO", "CONSUMERS", stream, SERVICE]).await;
        let name = |row: HashMap<String, Value>| {
            String::from_redis_value(row["name"].clone()).expect("a name")
        };
        let mut names: Vec<String> = rows.into_iter().map(name).collect();
        names.retain(|name| name != PARKING);
        names
    }

    /// Ends the service. Asserts that no task was killed, and that no entry is pending, no error
    /// history and no consumer name left.
    pub(crate) async fn close(self, tree: Tree) {
        self.until_settled().await;
        let report = tree.shutdown().await;
        assert_eq!(report, ShutdownReport::default());
        for stream in [self.orders(), self.inbox()] {
            assert_eq!(self.consumers(&stream).await, Vec::<String>::new());
        }
        let attempts: usize = self
            .command(&["HLEN", &self.partition().attempts(SERVICE)])
            .await;
        assert_eq!(attempts, 0, "an error history outlived its entry");
    }
}
