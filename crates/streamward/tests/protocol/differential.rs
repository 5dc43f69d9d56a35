//! The model is right: whatever is called in whatever order, it answers and changes exactly as the
//! scripts of the runtime do on a real server.
//!
//! Due-ness is never a question of the wall clock: times are nothing, half an hour, an hour or more.
//! `STREAMWARD_SEED=<n>` runs one sequence again.

mod bench;
mod call;
mod plain;
mod scripted;
mod sending;
mod state;
mod universe;
mod words;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
};

use self::{bench::Bench, call::Call, scripted::ANSWERS, state::Visible, universe::Universe};
use crate::{model::Model, seeds};

const SEQUENCES: u64 = 800;
const CALLS: usize = 60;

#[test]
fn the_model_does_what_a_real_server_does() {
    let seeds = seeds::chosen(SEQUENCES);
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let mut bench = Bench::new();
        let mut heard = BTreeSet::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break heard;
            }
            sequence(&mut bench, seed, &mut heard);
        }
    };
    let heard = seeds::on_two_threads(work);
    let heard: BTreeSet<String> = heard.into_iter().flatten().collect();
    let unheard: Vec<_> = ANSWERS
        .iter()
        .filter(|answer| !heard.contains(**answer))
        .collect();
    let all = seeds.end - seeds.start == SEQUENCES;
    assert!(
        !all || unheard.is_empty(),
        "no call was answered {unheard:?}"
    );
}

/// One sequence of random calls on both sides; notes which answers were heard.
fn sequence(bench: &mut Bench, seed: u64, heard: &mut BTreeSet<String>) {
    let mut universe = Universe::new(seed);
    let mut model = Model::default();
    model.now = bench.reset();
    let mut log: Vec<Call> = Vec::new();
    let prelude = universe.prelude();
    for number in 0..prelude.len() + CALLS {
        let call = match prelude.get(number) {
            Some(call) => call.clone(),
            None => universe.next(&model),
        };
        log.push(call.clone());
        let expected = call.on_model(&universe.service, &mut model);
        let answered = bench.run(&universe.service, &call);
        heard.extend(call.heard(&answered));
        assert_eq!(
            state::canonical(answered),
            state::canonical(expected),
            "seed {seed}: answer of call {number} (server left, model right){}",
            tail(&log)
        );
        let server = bench.visible(universe.keys());
        let expected = Visible::of_model(&model, universe.keys());
        assert!(
            server == expected,
            "seed {seed}: state after call {number}{}\n{}",
            tail(&log),
            server.difference(&expected)
        );
    }
}

fn tail(log: &[Call]) -> String {
    let from = log.len().saturating_sub(20);
    let lines = log.iter().enumerate().skip(from);
    lines
        .map(|(number, call)| format!("\n  {number}: {call:?}"))
        .collect()
}
