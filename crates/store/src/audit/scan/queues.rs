//! Liveness and backlog of the services.

use std::collections::HashMap;

use contracts::{Service, Topic};
use redis::streams::{StreamInfoGroupsReply, StreamPendingCountReply, StreamPendingReply};
use streamward::{Partition, SharedConnection, inspect};

use crate::{EntryId, Result, order::HistoryLine};

/// A service whose oldest unsettled entry is no older keeps up, in milliseconds.
const KEEPS_UP: u64 = 5_000;

/// Last delivered entry per service and topic or inbox.
type LastDelivered = HashMap<(Service, String), String>;

/// The state of the services' queues at one moment.
pub(crate) struct Queues {
    last_delivered: LastDelivered,
    /// Unix milliseconds of the oldest entry that a service has not settled.
    waiting: HashMap<Service, u64>,
    /// Unix milliseconds since when a service has run.
    running: HashMap<Service, u64>,
}

impl Queues {
    /// Looks at all queues. `alive`: services, and the keys by which their consumers say they live.
    pub(crate) async fn read(
        link: &mut SharedConnection,
        partition: &Partition,
        alive: &[(Service, String)],
    ) -> Result<Self> {
        let mut queues = Self {
            last_delivered: LastDelivered::new(),
            waiting: HashMap::new(),
            running: HashMap::new(),
        };
        for service in Service::ALL {
            for name in service.reads() {
                queues.look(link, partition, service, name).await?;
            }
            let inbox = format!("{service}:inbox");
            queues.look(link, partition, service, &inbox).await?;
        }
        for (service, key) in alive {
            let get = redis::cmd("GET").arg(key).query_async(link).await?;
            if let Some(since) = get {
                let first = queues.running.entry(*service).or_insert(since);
                *first = since.min(*first);
            }
        }
        Ok(queues)
    }

    async fn look(
        &mut self,
        link: &mut SharedConnection,
        partition: &Partition,
        service: Service,
        name: &str,
    ) -> Result<()> {
        let stream = partition.stream(name);
        let exists: bool = redis::cmd("EXISTS").arg(&stream).query_async(link).await?;
        if !exists {
            return Ok(());
        }
        let mut info = redis::cmd("XINFO");
        info.arg("GROUPS").arg(&stream);
        let found: StreamInfoGroupsReply = info.query_async(link).await?;
        let own = |one: &redis::streams::StreamInfoGroup| one.name == service.name();
        let Some(group) = found.groups.into_iter().find(own) else {
            return Ok(());
        };
        let from = format!("({}", group.last_delivered_id);
        let unread = inspect::range(link, &stream, (&from, "+"), 1).await?;
        let mut pending = redis::cmd("XPENDING");
        pending.arg(&stream).arg(service.name());
        let pending: StreamPendingReply = pending.query_async(link).await?;
        let unsettled = if let StreamPendingReply::Data(data) = &pending {
            Some(id_of(&data.start_id).ms())
        } else {
            None
        };
        let unread = unread.first().map(|entry| id_of(&entry.id).ms());
        for oldest in [unread, unsettled].into_iter().flatten() {
            let entry = self.waiting.entry(service).or_insert(oldest);
            *entry = oldest.min(*entry);
        }
        let key = (service, name.to_owned());
        self.last_delivered.insert(key, group.last_delivered_id);
        Ok(())
    }

    /// Whether `service` has run since `moment` at least, in Unix milliseconds.
    pub(crate) fn has_run_since(&self, service: Service, moment: u64) -> bool {
        let since = self.running.get(&service);
        since.is_some_and(|since| *since <= moment)
    }

    /// Whether `service` has settled everything that is not quite new at `now`.
    pub(crate) fn keeps_up(&self, service: Service, now: u64) -> bool {
        let oldest = self.waiting.get(&service);
        oldest.is_none_or(|oldest| oldest + KEEPS_UP > now)
    }

    /// Whether `service` still has to settle one of these events of an order.
    pub(crate) async fn has_unsettled(
        &self,
        link: &mut SharedConnection,
        partition: &Partition,
        service: Service,
        history: &[HistoryLine],
    ) -> Result<bool> {
        // A line of the layout before names a stream that is gone.
        for line in history.iter().filter(|line| line.stream.contains(':')) {
            let Some(topic) = Topic::read_by(service).find(|topic| topic.event == line.kind) else {
                continue;
            };
            let Some(last_delivered) = self.last_delivered.get(&(service, topic.name.to_owned()))
            else {
                continue;
            };
            // A history has the ids of the first topic; a copy is of the same millisecond.
            let (first, last) = if line.stream == topic.name {
                (line.entry.clone(), line.entry.clone())
            } else {
                let ms = id_of(&line.entry).ms();
                (format!("{ms}-0"), format!("{ms}-{}", u64::MAX))
            };
            if id_of(&first) > id_of(last_delivered) {
                return Ok(true);
            }
            let mut pending = redis::cmd("XPENDING");
            pending
                .arg(partition.stream(topic.name))
                .arg(service.name());
            pending.arg(first).arg(last).arg(1);
            let found: StreamPendingCountReply = pending.query_async(link).await?;
            if !found.ids.is_empty() {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The id of an entry, as Redis writes it.
fn id_of(text: &str) -> EntryId {
    text.parse().unwrap_or_default()
}
