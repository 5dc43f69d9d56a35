//! `streamward tree`: the supervision tree of the running shop.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::Value;
use shop::{
    api_client::ApiClient,
    output::{Colour, paint},
};

use super::watch::{self, WatchArgs};

/// Silence after which a child may hang: a healthy one beats every second.
const SILENCE_MS: u64 = 5000;

pub(crate) async fn run(args: &WatchArgs) -> Result<ExitCode> {
    let location = &args.once.location;
    let read = async || ApiClient::admin(location)?.get("/v1/admin/tree").await;
    let lines = |tree: &Value| {
        let mut lines = vec![label(tree)];
        draw(tree, "", &mut lines);
        lines
    };
    watch::show(args, read, lines).await
}

fn text<'a>(node: &'a Value, field: &str) -> &'a str {
    node[field].as_str().unwrap_or_default()
}

fn number(node: &Value, field: &str) -> u64 {
    node[field].as_u64().unwrap_or(0)
}

/// Returns whether a worker runs and has never crashed; such workers are shown as one line.
fn is_plain_worker(node: &Value) -> bool {
    text(node, "name").starts_with("worker-")
        && text(node, "state") == "running"
        && number(node, "restarts") == 0
}

/// Adds the lines of a node's children, each below `indent`.
fn draw(node: &Value, indent: &str, lines: &mut Vec<String>) {
    let children = node["children"].as_array().map_or(&[][..], Vec::as_slice);
    let (plain, mut shown): (Vec<&Value>, Vec<&Value>) =
        children.iter().partition(|child| is_plain_worker(child));
    let last = shown.pop();
    if !plain.is_empty() {
        let joint = if last.is_some() { "├─ " } else { "└─ " };
        let (count, running) = (plain.len(), paint(Colour::Green, "running"));
        lines.push(format!("{indent}{joint}worker-*  {count} {running}"));
    }
    for child in shown {
        lines.push(format!("{indent}├─ {}", label(child)));
        draw(child, &format!("{indent}│  "), lines);
    }
    if let Some(child) = last {
        lines.push(format!("{indent}└─ {}", label(child)));
        draw(child, &format!("{indent}   "), lines);
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
    let silent_ms = number(node, "silentMs");
    if silent_ms > SILENCE_MS {
        let silence = format!("  silent for {} s", silent_ms / 1000);
        label.push_str(&paint(Colour::Yellow, &silence));
    }
    match number(node, "restarts") {
        0 => {}
        1 => label.push_str("  1 restart"),
        many => label.push_str(&format!("  {many} restarts")),
    }
    let reason = text(node, "lastExit");
    if !reason.is_empty() {
        label.push_str(&paint(Colour::Grey, &format!("  last exit: {reason}")));
    }
    label
}
