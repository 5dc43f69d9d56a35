//! Comparison with the figures of an earlier run.

use std::{collections::BTreeMap, path::Path};

use anyhow::{Context, Result};
use serde_json::Value;
use shop::output::Table;

/// Reads the figures that an earlier run has printed as JSON.
pub(super) fn read(path: &Path) -> Result<Value> {
    let name = path.display();
    let text = std::fs::read_to_string(path).with_context(|| format!("--compare {name}"))?;
    serde_json::from_str(&text).with_context(|| format!("--compare {name} is no JSON of a run"))
}

/// Returns a table of the figures that both runs have, with their ratios.
pub(super) fn table(before: &Value, now: &Value) -> Table {
    let (mut earlier, mut current) = (BTreeMap::new(), BTreeMap::new());
    collect(String::new(), before, &mut earlier);
    collect(String::new(), now, &mut current);
    let mut table = Table::new(["figure", "before", "now", "now / before"]);
    for (name, value) in current {
        let Some(before) = earlier.get(&name) else {
            continue;
        };
        let ratio = match *before {
            0.0 => "-".to_owned(),
            before => format!("{:.2}", value / before),
        };
        table.row([name, format!("{before:.2}"), format!("{value:.2}"), ratio]);
    }
    table
}

/// Collects the numbers of a JSON value under the names of their members.
fn collect(path: String, value: &Value, numbers: &mut BTreeMap<String, f64>) {
    let below = |name: &str| match path.as_str() {
        "" => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    match value {
        Value::Number(number) => {
            numbers.insert(path, number.as_f64().unwrap_or(0.0));
        }
        Value::Object(members) => {
            for (name, value) in members {
                collect(below(name), value, numbers);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                // Steps and ratios have names, which keep their place when others come and go.
                let name = ["name", "step"].iter().find_map(|key| item[key].as_str());
                let name = name.map_or_else(|| index.to_string(), ToOwned::to_owned);
                collect(below(&name), item, numbers);
            }
        }
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn figures_of_both_runs_are_compared_by_name() {
        let before = json!({ "rate": 100, "gone": 1, "steps": [{ "step": "a", "us": 4.0 }] });
        let now = json!({ "rate": 150, "new": 2, "steps": [{ "step": "b", "us": 1 }, { "step": "a", "us": 2 }] });
        let lines = table(&before, &now).lines();
        let rows = lines[1..].iter().map(|line| line.split_whitespace());
        let rows: Vec<Vec<&str>> = rows.map(Iterator::collect).collect();
        let expected = [
            ["rate", "100.00", "150.00", "1.50"],
            ["steps.a.us", "4.00", "2.00", "0.50"],
        ];
        assert_eq!(rows, expected);
    }
}
