//! `streamward order`: the whole story of one order.

use std::process::ExitCode;

use anyhow::{Result, bail};
use contracts::{Money, OrderId};
use serde_json::{Value, json};
use store::order::{self, HistoryLine, OrderView};
use streamward::{RawEntry, clock};

use super::tail::shown;
use crate::{
    args::OrderArgs,
    locate,
    output::{self, Colour, paint},
};

pub(crate) async fn run(args: &OrderArgs) -> Result<ExitCode> {
    let id: OrderId = args.id.parse()?;
    let runtime = locate::runtime(&args.place).await?;
    let Some(view) = order::find(&runtime, &id).await? else {
        bail!("there is no order {id}")
    };
    let events = order::events(&runtime, &view).await?;
    if args.json {
        output::json(&story(&view, &events))?;
    } else {
        tell(&view, &events);
    }
    Ok(ExitCode::SUCCESS)
}

fn story(view: &OrderView, events: &[(HistoryLine, Option<RawEntry>)]) -> Value {
    let events: Vec<Value> = events
        .iter()
        .map(|(line, entry)| {
            json!({
                "type": line.kind,
                "stream": line.stream,
                "entry": line.entry,
                "at": clock::rfc3339(line.at_ms()),
                "fields": entry.as_ref().map(shown),
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
        "events": events,
    })
}

fn tell(view: &OrderView, events: &[(HistoryLine, Option<RawEntry>)]) {
    let reason = view
        .reason
        .as_deref()
        .map_or_else(String::new, |why| format!(" ({why})"));
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
    let started = view.history.first().map_or(0, HistoryLine::at_ms);
    let mut before = started;
    for (line, entry) in events {
        let at = line.at_ms();
        let (since, hop) = (at.saturating_sub(started), at.saturating_sub(before));
        let trimmed = if entry.is_none() { "  (trimmed)" } else { "" };
        let place = paint(
            Colour::Grey,
            &format!("{} {}{trimmed}", line.stream, line.entry),
        );
        output::line(format!(
            "{since:>8} ms  +{hop:<6} {:<24} {place}",
            line.kind
        ));
        before = at;
    }
}
