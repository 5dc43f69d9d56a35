//! The model is right: whatever is called in whatever order, it answers and changes exactly as the
//! scripts of the runtime do on a real server.
//!
//! Due-ness is never a question of the wall clock: times are nothing, half an hour, an hour or more.
//! `STREAMWARD_SEED=<n>` runs one sequence again.

mod bench;
mod call;
mod sending;
mod state;
mod universe;
mod words;

use std::{
    collections::BTreeSet,
    sync::atomic::{AtomicU64, Ordering},
};

use self::{
    bench::Bench,
    call::Call,
    sending::{ANSWERS, COMMANDS},
    state::Visible,
    universe::Universe,
};
use super::{
    model::{Command, Loaded, Model},
    seeds,
};
use crate::scripts;

const SEQUENCES: u64 = 800;
const CALLS: usize = 60;

#[test]
fn the_model_does_what_a_real_server_does() {
    let seeds = seeds::chosen(SEQUENCES);
    let next = AtomicU64::new(seeds.start);
    let work = || {
        let mut bench = Bench::new();
        let mut seen = BTreeSet::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds.end {
                break seen;
            }
            sequence(&mut bench, seed, &mut seen);
        }
    };
    let seen = seeds::on_two_threads(work);
    let seen: BTreeSet<String> = seen.into_iter().flatten().collect();
    let expected = ANSWERS.iter().chain(&COMMANDS);
    let unseen: Vec<_> = expected.filter(|answer| !seen.contains(**answer)).collect();
    let all = seeds.end - seeds.start == SEQUENCES;
    assert!(!all || unseen.is_empty(), "no call was answered {unseen:?}");
}

/// Every script, as a server has loaded it.
fn loaded() -> Loaded {
    let all = scripts::ALL.iter();
    all.map(|script| (script.sha().to_owned(), script.name()))
        .collect()
}

/// Makes one sequence of random calls on both sides; notes which answers were seen.
fn sequence(bench: &mut Bench, seed: u64, seen: &mut BTreeSet<String>) {
    let loaded = loaded();
    let sha = |name: &str| {
        let mut known = loaded.iter().filter(|(_, known)| **known == name);
        &**known.next().expect("every script is loaded").0
    };
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
        let command = call.command(sha);
        let services = [universe.service.clone(), universe.other.clone()];
        let expected = Command::read(&services, &loaded, &command);
        let expected = expected.apply(&universe.service, &mut model);
        let answered = bench.run(&command);
        seen.extend(call.outcome(&answered));
        assert_eq!(
            call.canonical(answered),
            call.canonical(expected),
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
