//! Alternating rounds of all kinds of requests, and their figures.

use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;
use serde::Serialize;

use super::{
    super::fixture::{float, median},
    client::{self, Run},
    requests::{Baseline, Kind},
};

const ROUNDS: u64 = 5;
const ROUND: Duration = Duration::from_secs(1);
/// Distance of the first products of two rounds.
const STRIDE: u64 = 104_729;

/// Figures of one kind of request.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figures {
    /// Kind of request.
    pub(super) name: &'static str,
    /// Responses per second: the median of the rounds.
    pub(super) per_second: f64,
    /// Ratio to the trivial handler in the same round: the median of the rounds.
    pub(super) of_trivial: f64,
    /// Target responses per second.
    #[serde(rename = "asked")]
    pub(super) target: Option<u32>,
    /// Microseconds of processor time per response, the client's included.
    pub(super) cpu_us: f64,
    /// Bytes of a response, its head included.
    pub(super) bytes: f64,
    /// Median of the response times in milliseconds.
    pub(super) p50_ms: f64,
    /// 99th percentile of the response times in milliseconds.
    pub(super) p99_ms: f64,
}

/// Runs all kinds alternately. The first are the trivial handlers, in the order of [`Baseline`].
pub(super) async fn run(kinds: &[Kind]) -> Result<Vec<Figures>> {
    let mut all: Vec<Vec<Run>> = kinds.iter().map(|_| Vec::new()).collect();
    for round in 0..ROUNDS {
        for (kind, runs) in kinds.iter().zip(&mut all) {
            let first = round * STRIDE;
            runs.push(client::run(kind.address, ROUND, first, &kind.request).await?);
        }
    }
    let figures = kinds.iter().zip(&all).map(|(kind, runs)| {
        let baseline = match kind.baseline {
            Baseline::Small => &all[0],
            Baseline::Large => &all[1],
        };
        figures(kind, runs, baseline)
    });
    figures.collect()
}

fn figures(kind: &Kind, runs: &[Run], baseline: &[Run]) -> Result<Figures> {
    let mut times = Histogram::<u64>::new_with_max(client::LONGEST_US, 3)?;
    for run in runs {
        times.add(&run.times)?;
    }
    let ms = |quantile| float(times.value_at_quantile(quantile)) / 1000.0;
    let of_trivial = runs.iter().zip(baseline);
    let of_trivial = of_trivial.map(|(run, trivial)| run.per_second() / trivial.per_second());
    Ok(Figures {
        name: kind.name,
        per_second: median(runs.iter().map(Run::per_second)),
        of_trivial: median(of_trivial),
        target: kind.target,
        cpu_us: median(runs.iter().map(Run::cpu_us)),
        bytes: median(runs.iter().map(Run::bytes_each)),
        p50_ms: ms(0.5),
        p99_ms: ms(0.99),
    })
}
