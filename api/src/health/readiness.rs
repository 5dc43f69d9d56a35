//! Readiness: Redis accepts writes, no service is down, and every consumer reads.

use std::time::Duration;

use store::probe;
use streamward::{Class, Error, Runtime};
use supervision::{Node, NodeState};
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

use crate::problem::Problem;

/// A server that is slower than this does not serve customers either.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
/// Shortest interval of writes: anyone may send probes. Those between two writes read.
const WRITE_INTERVAL: Duration = Duration::from_millis(500);
/// The child of a consumer that reads its streams.
const INTAKE: &str = "intake";
/// Silence after which an intake counts as hanging. It beats with every read, at least once a second; its watchdog
/// waits longer, because it kills.
const LONGEST_SILENCE_MS: u64 = 5000;

/// The readiness of one process.
#[derive(Debug, Default)]
pub(crate) struct Readiness {
    /// Time of the last write that succeeded. Probes wait for each other.
    last_write: Mutex<Option<Instant>>,
}

impl Readiness {
    /// Passes when the process is ready; a process without a tree has no services that could be down.
    pub(super) async fn check(
        &self,
        runtime: &Runtime,
        tree: Option<&Node>,
    ) -> Result<(), Problem> {
        self.probe_ms(runtime).await?;
        match tree.and_then(trouble) {
            None => Ok(()),
            // Not a fault: the supervisor logs what is down, once, and probes repeat every few seconds.
            Some(trouble) => Err(Problem::unavailable_because(trouble)),
        }
    }

    /// Returns how many milliseconds Redis takes for a small write, or for a read when one was written a moment
    /// ago.
    pub(super) async fn probe_ms(&self, runtime: &Runtime) -> Result<f64, Problem> {
        let start = Instant::now();
        match timeout(PROBE_TIMEOUT, self.probe(runtime)).await {
            Ok(Ok(())) => Ok(start.elapsed().as_secs_f64() * 1000.0),
            Ok(Err(error)) => Err(refusal(error)),
            Err(_) => Err(Problem::unavailable_because(format!(
                "Redis did not answer within {PROBE_TIMEOUT:?}."
            ))),
        }
    }

    async fn probe(&self, runtime: &Runtime) -> store::Result<()> {
        let mut last_write = self.last_write.lock().await;
        let is_fresh = last_write.is_some_and(|at| at.elapsed() < WRITE_INTERVAL);
        if is_fresh && runtime.server().outage().is_none() {
            return probe::read(runtime).await;
        }
        *last_write = None;
        probe::write(runtime).await?;
        *last_write = Some(Instant::now());
        Ok(())
    }
}

/// Names the cause of an outage by its code, without the server's own words.
fn refusal(error: Error) -> Problem {
    if let Error::Redis(failure) = &error
        && error.class() == Class::Outage
    {
        return Problem::unavailable_because(match failure.code().as_deref() {
            Some(code @ ("AUTH" | "NOAUTH" | "WRONGPASS" | "MAXCLIENTS")) => {
                format!("Redis refuses the connection: {code}.")
            }
            Some(code) => format!("Redis refuses writes: {code}."),
            None => "Redis does not answer.".to_owned(),
        });
    }
    error.into()
}

/// Describes what keeps the tree from its work.
fn trouble(root: &Node) -> Option<String> {
    let is_down = |child: &&Node| match child.state {
        NodeState::Failed | NodeState::Backoff => true,
        NodeState::Starting | NodeState::Running | NodeState::Stopping | NodeState::Stopped => {
            false
        }
    };
    match root.children.iter().find(is_down) {
        Some(child) => Some(format!("{} is down: {:?}.", child.name, child.state)),
        None => silent_intake(root, ""),
    }
}

/// Describes the first intake below `node` that does not read.
fn silent_intake(node: &Node, path: &str) -> Option<String> {
    node.children.iter().find_map(|child| {
        let path = format!("{path}{}", child.name);
        if child.name != INTAKE {
            return silent_intake(child, &format!("{path}/"));
        }
        if child.state != NodeState::Running {
            return Some(format!("{path} does not run: {:?}.", child.state));
        }
        let silent_ms = child.silent_ms.unwrap_or(0);
        let hangs = silent_ms > LONGEST_SILENCE_MS;
        hangs.then(|| format!("{path} has been silent for {silent_ms} ms."))
    })
}

#[cfg(test)]
mod tests {
    use supervision::NodeKind;

    use super::*;

    fn node(name: &str, state: NodeState, children: Vec<Node>) -> Node {
        Node {
            name: name.to_owned(),
            kind: NodeKind::Task,
            state,
            restarts: 0,
            last_exit: None,
            started_at: None,
            silent_ms: None,
            children,
        }
    }

    /// Returns a process with one service in two partitions, the second of which has this intake.
    fn tree(intake: Node) -> Node {
        let running = |name: &str, children| node(name, NodeState::Running, children);
        let calm = Node {
            silent_ms: Some(LONGEST_SILENCE_MS),
            ..running(INTAKE, Vec::new())
        };
        let partitions = vec![running("p0", vec![calm]), running("p1", vec![intake])];
        running("streamward", vec![running("order", partitions)])
    }

    #[test]
    fn intakes_that_read_are_ready() {
        let resting = node(INTAKE, NodeState::Running, Vec::new());
        assert_eq!(trouble(&tree(resting)), None);
    }

    #[test]
    fn an_intake_that_hangs_or_does_not_run_is_named() {
        let hanging = Node {
            silent_ms: Some(LONGEST_SILENCE_MS + 1),
            ..node(INTAKE, NodeState::Running, Vec::new())
        };
        let words = trouble(&tree(hanging)).unwrap();
        assert_eq!(words, "order/p1/intake has been silent for 5001 ms.");
        for state in [NodeState::Starting, NodeState::Backoff, NodeState::Stopping] {
            let words = trouble(&tree(node(INTAKE, state, Vec::new()))).unwrap();
            assert!(words.starts_with("order/p1/intake does not run"), "{words}");
        }
    }

    #[test]
    fn a_service_that_is_down_is_named() {
        let down = node("order", NodeState::Backoff, Vec::new());
        let root = node("streamward", NodeState::Running, vec![down]);
        assert_eq!(trouble(&root).unwrap(), "order is down: Backoff.");
    }
}
