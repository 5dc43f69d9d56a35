//! Auditing: once and again, and putting right.

use std::time::Duration;

use clap::Args as ClapArgs;

use super::JsonArgs;

/// A time, or 0 for never.
fn time_or_never(text: &str) -> Result<Duration, String> {
    if text == "0" {
        return Ok(Duration::ZERO);
    }
    humantime::parse_duration(text).map_err(|_| "expected a time such as 60s, or 0".to_owned())
}

/// How often a process that runs services audits the books.
#[derive(Clone, Debug, ClapArgs)]
pub(crate) struct AuditorArgs {
    /// Audit the books beside the running shop, once in this time; 0 never does.
    #[arg(long, env = "STREAMWARD_AUDIT_EVERY", default_value = "60s", value_parser = time_or_never)]
    pub(crate) audit_every: Duration,
}

#[derive(Debug, ClapArgs)]
pub(crate) struct AuditArgs {
    /// Put right what can be put right without making up units or money.
    #[arg(long)]
    pub(crate) repair: bool,
    /// Only show what a repair would do.
    #[arg(long, requires = "repair")]
    pub(crate) dry_run: bool,
    /// Who repairs, for the ledger of repairs.
    #[arg(long, env = "USER", default_value = "unknown", requires = "repair")]
    pub(crate) by: String,
    #[command(flatten)]
    pub(crate) once: JsonArgs,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_is_a_time_to_audit() {
        assert_eq!(time_or_never("0"), Ok(Duration::ZERO));
        assert_eq!(time_or_never("90s"), Ok(Duration::from_secs(90)));
        assert!(time_or_never("often").is_err());
    }
}
