//! The auditor's last verdict, stored in Redis.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use streamward::{Runtime, clock};

use super::Report;
use crate::{Result, keys};

/// Result of the auditor's last audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema), schema(as = Audit))]
pub struct Verdict {
    /// When it ended, RFC 3339.
    #[cfg_attr(feature = "utoipa", schema(format = DateTime))]
    pub at: String,
    /// The same in Unix milliseconds.
    pub at_ms: u64,
    /// Name of the auditor; empty in verdicts of older versions.
    #[serde(default)]
    #[cfg_attr(feature = "utoipa", schema(required = true))]
    pub by: String,
    /// Milliseconds it took, rests included.
    pub took_ms: u64,
    /// Whether the books balanced.
    pub balanced: bool,
    /// Number of drifts.
    pub drifts: usize,
    /// The same by rule.
    #[cfg_attr(feature = "utoipa", schema(value_type = BTreeMap<String, usize>))]
    pub by_rule: BTreeMap<u8, usize>,
    /// Products whose stock was added up.
    pub products: usize,
    /// Orders looked at.
    pub orders: usize,
}

impl Verdict {
    /// The verdict of an audit by `by` that ends now.
    pub fn of(report: &Report, by: &str, took_ms: u64) -> Self {
        let now = clock::now_ms();
        let mut by_rule: BTreeMap<u8, usize> = (1..=5).map(|rule| (rule, 0)).collect();
        for drift in &report.drifts {
            *by_rule.entry(drift.rule).or_default() += 1;
        }
        Self {
            at: clock::rfc3339(now),
            at_ms: now,
            by: by.to_owned(),
            took_ms,
            balanced: report.balances(),
            drifts: report.drifts.len(),
            by_rule,
            products: report.products,
            orders: report.orders,
        }
    }

    /// Stores the verdict.
    pub async fn save(&self, runtime: &Runtime) -> Result<()> {
        let text = serde_json::to_string(self).unwrap_or_default();
        let mut set = redis::cmd("SET");
        set.arg(keys::verdict(&runtime.partitions()[0])).arg(text);
        Ok(set.query_async(&mut runtime.server().link()).await?)
    }

    /// Returns the last stored verdict.
    pub async fn last(runtime: &Runtime) -> Result<Option<Self>> {
        let mut get = redis::cmd("GET");
        get.arg(keys::verdict(&runtime.partitions()[0]));
        let text: Option<String> = get.query_async(&mut runtime.server().link()).await?;
        Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
    }
}

/// The key that names the process whose auditor audits at present.
pub fn auditor_lead(runtime: &Runtime) -> String {
    runtime.partitions()[0].lead("audit", "auditor")
}
