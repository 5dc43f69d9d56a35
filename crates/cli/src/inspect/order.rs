//! `streamward order`: every event of one order with its times.

mod hops;

use std::process::ExitCode;

use anyhow::{Result, bail};
use clap::Args;
use contracts::{Money, OrderId};
use serde_json::{Value, json};
use shop::{
    locate::Location,
    output::{self, Colour, paint},
};
use store::order::{self, HistoryLine, OrderView};
use streamward::{RawEntry, clock};

use self::hops::{Hop, WaitedFor, hops};
use super::entry_json;

#[derive(Debug, Args)]
pub(crate) struct OrderArgs {
    /// The order's id.
    id: String,
    /// Print JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    location: Location,
}

pub(crate) async fn run(args: &OrderArgs) -> Result<ExitCode> {
    let id: OrderId = args.id.parse()?;
    let runtime = args.location.runtime().await?;
    let Some(view) = order::find(&runtime, &id).await? else {
        bail!("there is no order {id}")
    };
    let events = order::events(&runtime, &view).await?;
    if args.json {
        output::json(&order_json(&view, &events))?;
    } else {
        print(&view, &events);
    }
    Ok(ExitCode::SUCCESS)
}

fn order_json(view: &OrderView, events: &[(HistoryLine, Option<RawEntry>)]) -> Value {
    let hops = hops(view, events);
    let events: Vec<Value> = events
        .iter()
        .zip(&hops)
        .map(|((line, entry), hop)| {
            json!({
                "type": line.kind,
                "stream": line.stream,
                "entry": line.entry,
                "at": clock::rfc3339(line.at_ms()),
                "sinceStartMs": hop.since_start_ms,
                "sincePreviousMs": hop.since_previous_ms,
                "waitedMs": hop.waited_ms,
                "stepMs": hop.step_ms,
                "waitedFor": hop.waited_for,
                "fields": entry.as_ref().map(entry_json),
            })
        })
        .collect();
    json!({
        "id": view.id,
        "status": view.status,
        "customer": view.doc.customer_id,
        "discount": Money::new(view.doc.discount, view.doc.currency),
        "total": view.total(),
        "coupon": view.doc.coupon,
        "reason": view.reason,
        "payment": { "id": view.payment_id().as_str(), "status": view.payment_status },
        "totalMs": hops.last().map_or(0, |hop| hop.since_start_ms),
        "events": events,
    })
}

fn print(view: &OrderView, events: &[(HistoryLine, Option<RawEntry>)]) {
    let reason = view.reason.as_deref();
    let reason = reason.map_or_else(String::new, |reason| format!(" ({reason})"));
    let status = paint(Colour::Green, view.status.name());
    output::line(format!(
        "order {}  {status}{reason}  {}",
        view.id,
        view.total()
    ));
    for line in &view.doc.items {
        let total = Money::new(line.total(), view.doc.currency);
        output::line(format!("  {:>4} x {}  {total}", line.quantity, line.name));
    }
    if let Some(coupon) = &view.doc.coupon {
        let discount = Money::new(-view.doc.discount, view.doc.currency);
        output::line(format!("  coupon {coupon}  {discount}"));
    }
    if let Some(payment) = &view.payment_status {
        output::line(format!("  payment {payment}"));
    }
    let header = format!(
        "{:>11} {:>10} {:>9} {:>7}   {:<22} entry",
        "after", "since last", "waited", "step", "event"
    );
    output::line(paint(Colour::Grey, &header));
    let hops = hops(view, events);
    for ((line, entry), hop) in events.iter().zip(&hops) {
        output::line(row(line, entry.is_some(), hop));
    }
}

/// Returns the line of one event: its time, the time since the previous one, and its entry.
fn row(line: &HistoryLine, has_entry: bool, hop: &Hop) -> String {
    let ms = |time: Option<u64>| time.map_or_else(String::new, |ms| ms.to_string());
    let trimmed = if has_entry { "" } else { "  (trimmed)" };
    let outside = match hop.waited_for {
        WaitedFor::Stream => String::new(),
        other @ (WaitedFor::Provider | WaitedFor::Person | WaitedFor::Timer) => {
            format!("  waited {}", other.text())
        }
    };
    let entry = format!("{} {}{trimmed}", line.stream, line.entry);
    format!(
        "{:>8} ms {:>10} {:>9} {:>7}   {:<22} {}{outside}",
        hop.since_start_ms,
        format!("+{}", hop.since_previous_ms),
        ms(hop.waited_ms),
        ms(hop.step_ms),
        line.kind,
        paint(Colour::Grey, &entry),
    )
}
