//! `streamward tree`: the supervision tree of the running shop.

use std::process::ExitCode;

use anyhow::Result;
use serde_json::Value;

use super::client::ApiClient;
use crate::{
    args::JsonArgs,
    locate,
    output::{self, Colour, paint},
};

pub(crate) async fn run(args: &JsonArgs) -> Result<ExitCode> {
    let admin = locate::admin(&args.place)?;
    let tree = ApiClient::new(&admin.api, Some(&admin.token))?
        .get("/v1/admin/tree")
        .await?;
    if args.json {
        output::json(&tree)?;
    } else {
        draw(&tree, "", "");
    }
    Ok(ExitCode::SUCCESS)
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

fn draw(node: &Value, branch: &str, indent: &str) {
    output::line(format!("{branch}{}", label(node)));
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
        output::line(format!(
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
