//! Recovery: entries that are pending in this consumer's name but handled nowhere.
//!
//! They were lost with a broken read - the server delivered, nobody received - or with a crashed
//! role. They are made due now, so that there is one way back into handling: the reclaimer.

use super::shared::Shared;
use crate::{error::Result, inspect, keys::PARKING};

/// Entries per look.
const PAGE: usize = 100;

/// Makes everything due that was lost in this process; returns how many entries that were.
pub(crate) async fn recover(shared: &Shared) -> Result<usize> {
    let _claiming = shared.claiming.lock().await;
    let mut recovered = 0;
    for (number, stream) in shared.streams.iter().enumerate() {
        let mut from = "-".to_owned();
        loop {
            let mut pending = redis::cmd("XPENDING");
            pending
                .arg(&**stream)
                .arg(&*shared.group)
                .arg(&from)
                .arg("+")
                .arg(PAGE)
                .arg(&*shared.consumer);
            let rows: Vec<(String, String, u64, u64)> =
                pending.query_async(&mut shared.link()).await?;
            let lost: Vec<&str> = rows
                .iter()
                .map(|(id, ..)| id.as_str())
                .filter(|id| !shared.is_in_flight(number, id))
                .collect();
            make_due(shared, stream, &lost).await?;
            recovered += lost.len();
            match rows.last() {
                Some((last, ..)) if rows.len() == PAGE => from = format!("({last}"),
                _ => break,
            }
        }
    }
    Ok(recovered)
}

async fn make_due(shared: &Shared, stream: &str, ids: &[&str]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
    let (service, entries) = (shared.service(), ids.len());
    tracing::info!(service, stream, entries, "recovering");
    let mut claim = redis::cmd("XCLAIM");
    claim
        .arg(stream)
        .arg(&*shared.group)
        .arg(PARKING)
        .arg(0)
        .arg(ids);
    claim.arg("IDLE").arg(shared.lease_ms()).arg("JUSTID");
    let moved: Vec<String> = claim.query_async(&mut shared.link()).await?;
    let mut lost = 0;
    for id in ids
        .iter()
        .filter(|id| !moved.iter().any(|moved| moved == *id))
    {
        // Settled meanwhile is not lost; only what is gone from the stream is.
        let found = inspect::range(&mut shared.link(), stream, (id, id), 1).await?;
        lost += usize::from(found.is_empty());
    }
    shared.count_lost(lost);
    Ok(())
}
