//! `streamward tree`: the supervision tree of the running shop.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::Value;

use super::watch::{self, WatchArgs};
use shop::{
    api_client::ApiClient,
    locate::{self, Location},
    output::{self, Colour, paint},
};

/// A child that was silent for so long may hang: what works beats every second.
const SILENCE_MS: u64 = 5000;

pub(crate) async fn run(args: &WatchArgs) -> Result<ExitCode> {
    let place = &args.once.place;
    if let Some(every) = args.watch {
        return watch::run(every, async || Ok(drawn(&look(place).await?))).await;
    }
    let tree = look(place).await?;
    if args.once.json {
        output::json(&tree)?;
    } else {
        drawn(&tree).iter().for_each(output::line);
    }
    Ok(ExitCode::SUCCESS)
}

/// The tree of the shop that runs there now.
async fn look(place: &Location) -> Result<Value> {
    let admin = locate::admin(place)?;
    let client = ApiClient::new(&admin.api, Some(&admin.token))?;
    client.get("/v1/admin/tree").await
}

fn drawn(tree: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    draw(tree, "", "", &mut lines);
    lines
}

fn text<'a>(node: &'a Value, field: &str) -> &'a str {
    node.get(field).and_then(Value::as_str).unwrap_or_default()
}

fn restarts(node: &Value) -> u64 {
    node.get("restarts").and_then(Value::as_u64).unwrap_or(0)
}

/// A worker that has nothing to tell: it runs and never crashed.
fn is_plain_worker(node: &Value) -> bool {
    text(node, "name").starts_with("worker-")
        && text(node, "state") == "running"
        && restarts(node) == 0
}

fn draw(node: &Value, branch: &str, indent: &str, lines: &mut Vec<String>) {
    lines.push(format!("{branch}{}", label(node)));
    let empty = Vec::new();
    let children = node
        .get("children")
        .and_then(Value::as_array)
        .unwrap_or(&empty);
    let (plain, told): (Vec<&Value>, Vec<&Value>) =
        children.iter().partition(|child| is_plain_worker(child));
    if !plain.is_empty() {
        let joint = if told.is_empty() {
            "└─ "
        } else {
            "├─ "
        };
        let running = paint(Colour::Green, "running");
        lines.push(format!(
            "{indent}{joint}worker-*  {} {running}",
            plain.len()
        ));
    }
    for (number, child) in told.iter().enumerate() {
        let last = number + 1 == told.len();
        let (joint, deeper) = if last {
            ("└─ ", "   ")
        } else {
            ("├─ ", "│  ")
        };
        draw(
            child,
            &format!("{indent}{joint}"),
            &format!("{indent}{deeper}"),
            lines,
        );
    }
}

fn label(node: &Value) -> String {
    let state = text(node, "state");
    let colour = match state {
        "running" => Colour::Green,
        "failed" => Colour::Red,
        _ => Colour::Yellow,
    };
    let mut label = format!("{}  {}", text(node, "name"), paint(colour, state));
    let silent_ms = node.get("silentMs").and_then(Value::as_u64).unwrap_or(0);
    if silent_ms > SILENCE_MS {
        let silence = format!("  silent for {} s", silent_ms / 1000);
        label.push_str(&paint(Colour::Yellow, &silence));
    }
    if restarts(node) > 0 {
        let times = if restarts(node) == 1 {
            "restart"
        } else {
            "restarts"
        };
        label.push_str(&format!("  {} {times}", restarts(node)));
    }
    if !text(node, "lastExit").is_empty() {
        let reason = format!("  last exit: {}", text(node, "lastExit"));
        label.push_str(&paint(Colour::Grey, &reason));
    }
    label
}
