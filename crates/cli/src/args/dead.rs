//! Dead letters: which action, and which letters.

use clap::{Args as ClapArgs, Subcommand, builder::NonEmptyStringValueParser};
use contracts::Service;
use streamward::{clock, dead::Filter};

use super::Where;

#[derive(Debug, ClapArgs)]
pub(crate) struct DeadArgs {
    #[command(subcommand)]
    pub(crate) action: DeadAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DeadAction {
    /// List the dead letters of one service, or of all.
    List {
        /// Which service.
        service: Option<Service>,
        /// Print JSON.
        #[arg(long)]
        json: bool,
        #[command(flatten)]
        filter: FilterArgs,
        #[command(flatten)]
        place: Where,
    },
    /// Show one dead letter with every attempt's error.
    Show {
        /// Which service.
        service: Service,
        /// The letter's id.
        id: String,
        #[command(flatten)]
        place: Where,
    },
    /// Hand one dead letter back to its service, or all that the filters mean.
    Replay {
        #[command(flatten)]
        choice: Choice,
        #[command(flatten)]
        place: Where,
    },
    /// Delete one dead letter, or all that the filters mean.
    Discard {
        #[command(flatten)]
        choice: Choice,
        #[command(flatten)]
        place: Where,
    },
}

/// One dead letter, or many.
#[derive(Debug, ClapArgs)]
pub(crate) struct Choice {
    /// Which service.
    pub(crate) service: Service,
    /// The letter's id, or `all`.
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) filter: FilterArgs,
}

/// Which dead letters are meant; those that all given filters fit.
#[derive(Debug, ClapArgs)]
pub(crate) struct FilterArgs {
    /// Only letters of this message type.
    #[arg(long = "type", value_name = "TYPE")]
    pub(crate) kind: Option<String>,
    /// Only letters with this key, for example an order's id.
    #[arg(long)]
    pub(crate) key: Option<String>,
    /// Only letters whose cause contains this, whatever the case.
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) cause: Option<String>,
    /// Only letters that died then or later, for example 2026-01-31T12:00:00Z.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) since: Option<u64>,
    /// Only letters that died then or earlier.
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) until: Option<u64>,
}

impl FilterArgs {
    /// The filter that was asked for.
    pub(crate) fn filter(&self) -> Filter {
        Filter {
            kind: self.kind.clone(),
            key: self.key.clone(),
            cause: self.cause.clone(),
            since_ms: self.since,
            until_ms: self.until,
        }
    }

    /// The first filter that was given, as it is written on the command line.
    pub(crate) fn first(&self) -> Option<&'static str> {
        [
            ("--type", self.kind.is_some()),
            ("--key", self.key.is_some()),
            ("--cause", self.cause.is_some()),
            ("--since", self.since.is_some()),
            ("--until", self.until.is_some()),
        ]
        .into_iter()
        .find_map(|(name, is_given)| is_given.then_some(name))
    }
}

/// Unix milliseconds of an RFC 3339 time.
fn moment(text: &str) -> Result<u64, String> {
    clock::parse_rfc3339(text)
        .ok_or_else(|| "expected an RFC 3339 time such as 2026-01-31T12:00:00Z".to_owned())
}
