//! Nested supervisors inherit the observer.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use supervision::{ChildSpec, Ended, Fault, Intensity, Observer, SupervisorSpec};

use crate::harness::{Harness, steady, until_restarted};

#[derive(Default)]
struct Log(Mutex<Vec<String>>);

impl Log {
    fn log(&self, line: String) {
        self.0.lock().expect("not poisoned").push(line);
    }
}

impl Observer for Log {
    fn restarted(&self, path: &str, reason: &str) {
        self.log(format!("restarted {path}: {reason}"));
    }

    fn escalated(&self, path: &str, reason: &str) {
        self.log(format!("escalated {path}: {reason}"));
    }
}

#[tokio::test(start_paused = true)]
async fn restarts_and_escalations_of_nested_supervisors_are_reported() {
    let harness = Harness::default();
    let log = Arc::new(Log::default());
    let once = Intensity {
        max_restarts: 1,
        within: Duration::from_secs(60),
    };
    let never = Intensity {
        max_restarts: 0,
        within: Duration::from_secs(60),
    };
    let nested = SupervisorSpec::new("nested")
        .intensity(once)
        .backoff(steady());
    let nested = nested.child(harness.actor("a"));
    let root = SupervisorSpec::new("root")
        .intensity(never)
        .observe(log.clone());
    let tree = root
        .child(ChildSpec::supervisor(nested))
        .start()
        .await
        .expect("starts");
    tree.crash("nested/a", Fault::Kill).expect("it runs");
    until_restarted(&tree, "nested/a", 1).await;
    tree.crash("nested/a", Fault::Kill).expect("it runs");
    assert!(matches!(tree.ended().await, Ended::Failed { .. }));
    let nested = "more than 1 restarts within 1m, last a: killed";
    let expected = [
        "restarted nested/a: killed".to_owned(),
        format!("escalated nested: {nested}"),
        format!("escalated root: more than 0 restarts within 1m, last nested: {nested}"),
    ];
    assert_eq!(*log.0.lock().expect("not poisoned"), expected);
}
