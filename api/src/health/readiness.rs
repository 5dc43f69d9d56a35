//! Whether a process can do its work: Redis answers, nothing is down, and every consumer reads.

use std::time::Duration;

use contracts::Service;
use streamward::{Runtime, inspect};
use supervision::{Node, NodeState};
use tokio::time::{Instant, timeout};

use crate::problem::Problem;

/// A server that takes longer to answer a probe is of no use to a customer either.
const PATIENCE: Duration = Duration::from_secs(1);
/// The child of a consumer that reads its streams.
const INTAKE: &str = "intake";
/// An intake beats with every read, that is at least once a second; one that was silent for so long
/// hangs. Its watchdog waits longer, because it kills.
const LONGEST_SILENCE_MS: u64 = 5000;

/// Passes when the process is ready; a process without a tree has nothing that could be down.
pub(crate) async fn check(runtime: &Runtime, tree: Option<&Node>) -> Result<(), Problem> {
    ping_ms(runtime).await?;
    match tree.and_then(trouble) {
        None => Ok(()),
        // The supervisor logs what is down, once; a probe asks every few seconds.
        Some(problem) => Err(Problem::unavailable(&problem).detail(problem).expected()),
    }
}

/// How many milliseconds Redis takes to answer a small read of the stream that matters most.
pub(crate) async fn ping_ms(runtime: &Runtime) -> Result<f64, Problem> {
    let mut link = runtime.server().link();
    let orders = runtime.partitions()[0].stream(Service::Order.writes());
    let asked = Instant::now();
    match timeout(PATIENCE, inspect::newest(&mut link, &orders, 1)).await {
        Ok(Ok(_)) => Ok(asked.elapsed().as_secs_f64() * 1000.0),
        Ok(Err(error)) => Err(error.into()),
        Err(_) => Err(Problem::unavailable(format!(
            "redis did not answer within {PATIENCE:?}"
        ))),
    }
}

/// What keeps the tree from its work, in words.
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

/// The first intake below `node` that does not read.
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

    /// A process with one service in two partitions; the second one's intake is given.
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
    fn intakes_that_read_are_no_trouble() {
        let resting = node(INTAKE, NodeState::Running, Vec::new());
        assert_eq!(trouble(&tree(resting)), None);
    }

    #[test]
    fn an_intake_that_hangs_or_is_away_is_named() {
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
