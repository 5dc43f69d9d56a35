//! Recovery: entries that are pending in this consumer's name but handled nowhere.
//!
//! They were lost with a broken read - the server delivered, nobody received - or with a crashed
//! role. They are made due now, so that there is one way back into handling: the reclaimer.

use crate::consumer::{key_order::pending::Pending, shared::Shared};
use crate::{error::Result, scripts};

/// Entries per look.
const PAGE: usize = 100;

/// Makes everything due that was lost in this process; returns how many entries that were.
pub(crate) async fn recover(shared: &Shared) -> Result<usize> {
    let _claiming = shared.claiming.lock().await;
    if shared.key_order.is_some() {
        // What was lost comes before what is read next.
        let mut pages = Pending::new(shared);
        while pages.line_up_next().await? {}
    }
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
            recovered += make_due(shared, stream, &lost).await?;
            match rows.last() {
                Some((last, ..)) if rows.len() == PAGE => from = format!("({last}"),
                _ => break,
            }
        }
    }
    Ok(recovered)
}

async fn make_due(shared: &Shared, stream: &str, ids: &[&str]) -> Result<usize> {
    if ids.is_empty() {
        return Ok(0);
    }
    let mut call = scripts::RECOVER
        .call(&[stream])
        .arg(&*shared.group)
        .arg(&*shared.consumer)
        .arg(shared.lease_ms());
    for id in ids {
        call = call.arg(id);
    }
    let mut reply = call.run(&mut shared.link()).await?;
    if reply.tag() != "RECOVERED" {
        return Err(reply.unexpected());
    }
    let (entries, deleted): (usize, usize) = (reply.take()?, reply.take()?);
    shared.count_lost(deleted);
    if entries > 0 {
        tracing::info!(service = shared.service(), stream, entries, "recovering");
    }
    Ok(entries)
}
