//! Readiness: Redis answers, no service is down, and every consumer reads.

use std::time::Duration;

use streamward::{Runtime, inspect};
use supervision::{Node, NodeState};
use tokio::time::{Instant, timeout};

use crate::problem::Problem;

/// A server that is slower than this does not serve customers either.
const PING_TIMEOUT: Duration = Duration::from_secs(1);
/// The child of a consumer that reads its streams.
const INTAKE: &str = "intake";
/// Silence after which an intake counts as hanging. It beats with every read, at least once a second; its watchdog
/// waits longer, because it kills.
const LONGEST_SILENCE_MS: u64 = 5000;

/// Passes when the process is ready; a process without a tree has no services that could be down.
pub(super) async fn check(runtime: &Runtime, tree: Option<&Node>) -> Result<(), Problem> {
    ping_ms(runtime).await?;
    match tree.and_then(trouble) {
        None => Ok(()),
        // Not a fault: the supervisor logs what is down, once, and probes repeat every few seconds.
        Some(trouble) => Err(Problem::unavailable_because(trouble)),
    }
}

/// Returns how many milliseconds Redis takes for a small read of a stream.
pub(super) async fn ping_ms(runtime: &Runtime) -> Result<f64, Problem> {
    let mut link = runtime.server().link();
    let orders = runtime.partitions()[0].stream("orders:placed");
    let start = Instant::now();
    match timeout(PING_TIMEOUT, inspect::newest(&mut link, &orders, 1)).await {
        Ok(Ok(_)) => Ok(start.elapsed().as_secs_f64() * 1000.0),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(Problem::unavailable_because(format!(
            "redis did not answer within {PING_TIMEOUT:?}."
        ))),
    }
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
