//! Kinds of requests in turns, and what each came to.

use std::time::Duration;

use anyhow::Result;
use hdrhistogram::Histogram;
use serde::Serialize;

use super::{
    client::{self, Rush},
    requests::{Kind, Mate},
};

const ROUNDS: u64 = 5;
const TURN: Duration = Duration::from_secs(1);
/// Every turn begins with another product.
const APART: u64 = 104_729;

/// What one kind came to.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Figures {
    /// What was asked for.
    pub(super) name: &'static str,
    /// Answers per second: the median of the turns.
    pub(super) per_second: f64,
    /// That over what a trivial handler answered in the same turn: the median again.
    pub(super) of_trivial: f64,
    /// Answers per second that are asked for.
    pub(super) asked: Option<u32>,
    /// Microseconds of processor time per answer, the client's included.
    pub(super) cpu_us: f64,
    /// Bytes of an answer, its head included.
    pub(super) bytes: f64,
    /// Milliseconds that half of the answers took at most.
    pub(super) p50_ms: f64,
    /// Milliseconds that 99 of a hundred took at most.
    pub(super) p99_ms: f64,
}

/// Lets all kinds take turns. The first ones are the yardsticks, in the order of [`Mate`].
pub(super) async fn run(kinds: &[Kind]) -> Result<Vec<Figures>> {
    let mut turns: Vec<Vec<Rush>> = kinds.iter().map(|_| Vec::new()).collect();
    for round in 0..ROUNDS {
        for (kind, taken) in kinds.iter().zip(&mut turns) {
            let first = round * APART;
            taken.push(client::run(kind.address, TURN, first, &kind.request).await?);
        }
    }
    let figures = kinds.iter().zip(&turns).map(|(kind, taken)| {
        let yardstick = match kind.mate {
            Mate::Small => &turns[0],
            Mate::Large => &turns[1],
        };
        figures(kind, taken, yardstick)
    });
    figures.collect()
}

fn figures(kind: &Kind, taken: &[Rush], yardstick: &[Rush]) -> Result<Figures> {
    let mut times = Histogram::<u64>::new_with_max(client::LONGEST_US, 3)?;
    for rush in taken {
        times.add(&rush.times)?;
    }
    #[expect(clippy::cast_precision_loss, reason = "microseconds far below 2^52")]
    let ms = |quantile| times.value_at_quantile(quantile) as f64 / 1000.0;
    let of_trivial = taken.iter().zip(yardstick);
    let of_trivial = of_trivial.map(|(rush, trivial)| rush.per_second() / trivial.per_second());
    Ok(Figures {
        name: kind.name,
        per_second: median(taken.iter().map(Rush::per_second)),
        of_trivial: median(of_trivial),
        asked: kind.asked,
        cpu_us: median(taken.iter().map(Rush::cpu_us)),
        bytes: median(taken.iter().map(Rush::bytes_each)),
        p50_ms: ms(0.5),
        p99_ms: ms(0.99),
    })
}

fn median(values: impl Iterator<Item = f64>) -> f64 {
    let mut values: Vec<f64> = values.collect();
    values.sort_unstable_by(f64::total_cmp);
    values[values.len() / 2]
}
