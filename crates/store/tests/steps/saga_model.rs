//! Random sequences of calls, made on the real scripts and on the model that the saga's checker walks
//! through: after every call both have answered, settled, written and kept the same.
//!
//! A failure names its seed and the shortest sequence that shows it.

mod calls;
mod look;
mod model;
mod play;
mod scripts;

use std::collections::BTreeSet;

use calls::Plan;
use play::{Trouble, play};

/// To repeat a failure, put the seed that it names here.
const SEEDS: [u64; 6] = [1, 2, 3, 4, 5, 20_250_101];

/// Leaves out whatever the trouble comes without, in smaller and smaller parts.
async fn shortest(mut plan: Plan, mut trouble: Trouble) -> (Plan, Trouble) {
    plan.calls.truncate(trouble.at + 1);
    let mut part = plan.calls.len().div_ceil(2);
    while part > 0 {
        let mut start = 0;
        while start < plan.calls.len() {
            let mut less = plan.clone();
            let end = (start + part).min(less.calls.len());
            less.calls.drain(start..end);
            match play(&less).await {
                Err(still) => {
                    less.calls.truncate(still.at + 1);
                    (plan, trouble) = (less, still);
                }
                Ok(_) => start = end,
            }
        }
        part /= 2;
    }
    (plan, trouble)
}

async fn agrees(seed: u64) -> BTreeSet<String> {
    let plan = Plan::new(seed);
    let (seen, failure) = match play(&plan).await {
        Ok(seen) => (seen, None),
        Err(trouble) => (BTreeSet::new(), Some(shortest(plan, trouble).await)),
    };
    if let Some((plan, trouble)) = &failure {
        let calls = plan.calls.iter();
        let calls: String = calls.map(|call| format!("  {call:?}\n")).collect();
        let (what, shop) = (&trouble.what, &plan.shop);
        assert!(
            failure.is_none(),
            "seed {seed}: {what}\nafter\n{calls}in {shop:?}"
        );
    }
    seen
}

#[tokio::test]
async fn random_calls_agree_with_the_model() {
    let mut seen = BTreeSet::new();
    for seed in SEEDS {
        seen.extend(agrees(seed).await);
    }
    let missing: Vec<_> = calls::ANSWERS
        .iter()
        .flat_map(|(call, answers)| answers.split(' ').map(move |one| format!("{call} {one}")))
        .filter(|answer| !seen.contains(answer))
        .collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
}

#[tokio::test]
async fn so_do_calls_that_nobody_has_made_before() {
    agrees(rand::random()).await;
}
