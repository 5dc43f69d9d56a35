//! Random sequences of calls run on the real scripts and on the model that the checker uses: after every
//! call both have replied, settled, emitted and stored the same.
//!
//! A failure names its seed and the shortest sequence that reproduces it.

mod calls;
mod comparison;
mod model;
mod read_state;
mod scripts;

use std::collections::BTreeSet;

use calls::Plan;
use comparison::{Mismatch, run};

/// Seeds of every run; add the seed of a failure to reproduce it.
const SEEDS: [u64; 6] = [1, 2, 3, 4, 5, 20_250_101];

/// Shrinks a failing plan: removes smaller and smaller parts that the mismatch does not depend on.
async fn shrink(mut plan: Plan, mut mismatch: Mismatch) -> (Plan, Mismatch) {
    plan.calls.truncate(mismatch.at + 1);
    let mut part = plan.calls.len().div_ceil(2);
    while part > 0 {
        let mut start = 0;
        while start < plan.calls.len() {
            let mut less = plan.clone();
            let end = (start + part).min(less.calls.len());
            less.calls.drain(start..end);
            match run(&less).await {
                Err(still) => {
                    less.calls.truncate(still.at + 1);
                    (plan, mismatch) = (less, still);
                }
                Ok(_) => start = end,
            }
        }
        part /= 2;
    }
    (plan, mismatch)
}

async fn assert_agreement(seed: u64) -> BTreeSet<String> {
    let plan = Plan::new(seed);
    let (seen, failure) = match run(&plan).await {
        Ok(seen) => (seen, None),
        Err(mismatch) => (BTreeSet::new(), Some(shrink(plan, mismatch).await)),
    };
    if let Some((plan, mismatch)) = &failure {
        let calls = plan.calls.iter();
        let calls: String = calls.map(|call| format!("  {call:?}\n")).collect();
        let (what, scenario) = (&mismatch.what, &plan.scenario);
        assert!(
            failure.is_none(),
            "seed {seed}: {what}\nafter\n{calls}in {scenario:?}"
        );
    }
    seen
}

#[tokio::test]
async fn random_calls_agree_with_the_model() {
    let mut seen = BTreeSet::new();
    for seed in SEEDS {
        seen.extend(assert_agreement(seed).await);
    }
    let missing: Vec<_> = calls::REPLIES
        .iter()
        .flat_map(|(call, replies)| replies.split(' ').map(move |one| format!("{call} {one}")))
        .filter(|reply| !seen.contains(reply))
        .collect();
    assert!(missing.is_empty(), "never seen: {missing:?}");
}

#[tokio::test]
async fn random_calls_of_a_new_seed_agree_with_the_model() {
    assert_agreement(rand::random()).await;
}
