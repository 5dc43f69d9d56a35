//! The settings of a command line: rules for variables and blank values, and where each value is from.
//!
//! - A blank variable counts as not set: compose files and unit files set variables to nothing.
//! - A blank flag is refused: it is a mistake in a script.
//! - A variable `STREAMWARD_..` that no command has is refused: a setting with a typing error would have
//!   no effect, silently. Those that Kubernetes sets for a service of that name are left alone.

use std::{collections::BTreeMap, env, ffi::OsString, process::ExitCode};

use anyhow::Result;
use clap::{Arg, ArgMatches, Args, Command, FromArgMatches, Subcommand, parser::ValueSource};
use serde::Serialize;
use shop::{BadSetting, locate::redacted, output};

use crate::run::{api, provider, up, worker};

/// Prefix of the variables of settings.
const PREFIX: &str = "STREAMWARD_";
/// Variables of tests and builds, which are no settings.
const OTHERS: [&str; 4] = [
    "STREAMWARD_COMMIT",
    "STREAMWARD_SEED",
    "STREAMWARD_SOAK",
    "STREAMWARD_WRITE_DOCS",
];

/// Hidden settings that are URLs: their hosts are shown. Nothing of any other hidden one is.
const HIDDEN_URLS: [&str; 3] = ["redis", "smtp", "sms_url"];

/// Parses the command line and its variables.
///
/// # Errors
/// clap's own, which it prints itself, and [`BadSetting`].
pub(crate) fn parse<T: FromArgMatches>(
    command: Command,
    arguments: impl IntoIterator<Item = OsString>,
    variables: &BTreeMap<String, String>,
) -> Result<(T, ArgMatches)> {
    let known = variables_of(&command);
    let mut command = without(command, variables);
    let matches = command.try_get_matches_from_mut(arguments)?;
    for (name, value) in variables {
        let is_ours = known.contains(name)
            || OTHERS.contains(&name.as_str())
            || is_of_kubernetes(name, value);
        if name.starts_with(PREFIX) && !value.trim().is_empty() && !is_ours {
            return Err(unknown(name, &known).into());
        }
    }
    refuse_blank_flags(&matches)?;
    Ok((T::from_arg_matches(&matches)?, matches))
}

/// The variables of this process that may be settings.
pub(crate) fn variables() -> BTreeMap<String, String> {
    let text = |value: OsString| value.to_string_lossy().into_owned();
    env::vars_os()
        .map(|(name, value)| (text(name), text(value)))
        .collect()
}

fn variables_of(command: &Command) -> Vec<String> {
    let own = command.get_arguments().filter_map(Arg::get_env);
    let mut all: Vec<String> = own
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    all.extend(command.get_subcommands().flat_map(variables_of));
    all.sort_unstable();
    all.dedup();
    all
}

/// Returns the command without those of its variables that are blank.
fn without(command: Command, variables: &BTreeMap<String, String>) -> Command {
    let is_blank = |arg: &Arg| {
        let name = arg
            .get_env()
            .map(|name| name.to_string_lossy().into_owned());
        let value = name.and_then(|name| variables.get(&name));
        value.is_some_and(|value| value.trim().is_empty())
    };
    command
        .mut_args(|arg| {
            if is_blank(&arg) {
                arg.env(None::<&'static str>)
            } else {
                arg
            }
        })
        .mut_subcommands(|inner| without(inner, variables))
}

/// Returns whether a variable is one that Kubernetes sets for each service of the namespace:
/// `<NAME>_SERVICE_HOST`, `<NAME>_SERVICE_PORT[_<PORT NAME>]`, `<NAME>_PORT` with a URL, and
/// `<NAME>_PORT_<NUMBER>_<PROTOCOL>[_PROTO|_PORT|_ADDR]`.
fn is_of_kubernetes(name: &str, value: &str) -> bool {
    let is_url = ["tcp://", "udp://", "sctp://"]
        .iter()
        .any(|scheme| value.starts_with(scheme));
    let is_port = |rest: &str| {
        let number = rest.split_once('_').map(|(number, _)| number);
        number.is_some_and(|number| number.parse::<u16>().is_ok())
    };
    name.ends_with("_SERVICE_HOST")
        || name.ends_with("_SERVICE_PORT")
        || name.contains("_SERVICE_PORT_")
        || (name.ends_with("_PORT") && is_url)
        || name
            .match_indices("_PORT_")
            .any(|(at, found)| is_port(&name[at + found.len()..]))
}

fn unknown(name: &str, known: &[String]) -> BadSetting {
    let problem = match nearest(name, known) {
        Some(nearest) => format!("there is no such setting; did you mean {nearest}?"),
        None => "there is no such setting; `--help` lists those of a command".to_owned(),
    };
    BadSetting::new(name.to_owned(), problem)
}

/// The name that differs least, if it differs by few letters.
fn nearest<'a>(name: &str, known: &'a [String]) -> Option<&'a String> {
    let distances = known.iter().map(|other| (distance(name, other), other));
    let (distance, nearest) = distances.min_by_key(|(distance, _)| *distance)?;
    (distance <= 1 + (name.len() - PREFIX.len().min(name.len())) / 3).then_some(nearest)
}

/// Letters to add, to drop or to replace between two words.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, letter) in one.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = index + 1;
        for (column, expected) in other.iter().enumerate() {
            let replaced = diagonal + usize::from(letter != *expected);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

fn refuse_blank_flags(matches: &ArgMatches) -> Result<(), BadSetting> {
    for id in matches.ids() {
        let name = id.as_str();
        // Groups have no value of their own.
        let Ok(Some(values)) = matches.try_get_raw(name) else {
            continue;
        };
        let given = matches.value_source(name) == Some(ValueSource::CommandLine);
        let mut values = values.map(|value| value.to_string_lossy());
        if given && values.any(|value| value.trim().is_empty()) {
            let flag = format!("--{}", name.replace('_', "-"));
            return Err(BadSetting::new(
                flag,
                "its value is blank: leave it out instead",
            ));
        }
    }
    match matches.subcommand() {
        Some((_, inner)) => refuse_blank_flags(inner),
        None => Ok(()),
    }
}

#[derive(Debug, Args)]
pub(crate) struct ConfigArgs {
    /// Print JSON of a stable shape.
    #[arg(long)]
    json: bool,
    #[command(subcommand)]
    role: Role,
}

/// Roles whose settings are shown. Their flags are given as to the role itself.
#[derive(Debug, Subcommand)]
enum Role {
    /// Settings of `streamward up`.
    Up(up::UpArgs),
    /// Settings of `streamward api`.
    Api(api::ApiArgs),
    /// Settings of `streamward worker`.
    Worker(worker::WorkerArgs),
    /// Settings of `streamward provider`.
    Provider(provider::ProviderRoleArgs),
}

/// A setting as it is in effect.
#[derive(Debug, Serialize)]
struct Effective {
    setting: String,
    /// `null` when it is not set.
    value: Option<String>,
    /// The flag, the variable, or `default`.
    source: Option<String>,
}

/// Shows the settings in effect, with their sources, after they have passed the checks of a start.
pub(crate) fn show(args: &ConfigArgs, command: &Command, matches: &ArgMatches) -> Result<ExitCode> {
    match &args.role {
        Role::Up(up) => up.check()?,
        Role::Api(api) => api.check()?,
        Role::Worker(worker) => worker.check()?,
        Role::Provider(provider) => provider.check()?,
    }
    let role = matches
        .subcommand_matches("config")
        .and_then(ArgMatches::subcommand);
    let config = command.find_subcommand("config");
    let effective = role.and_then(|(name, matches)| {
        let role = config?.find_subcommand(name)?;
        let shown = role
            .get_arguments()
            .filter(|arg| arg.get_long() != Some("help"));
        Some(shown.map(|arg| effective(arg, matches)).collect::<Vec<_>>())
    });
    let effective = effective.unwrap_or_default();
    if args.json {
        output::json(&effective)?;
        return Ok(ExitCode::SUCCESS);
    }
    let mut table = output::Table::new(["setting", "value", "source"]);
    for one in effective {
        let text = |value: Option<String>| value.unwrap_or_else(|| "-".to_owned());
        table.row([one.setting, text(one.value), text(one.source)]);
    }
    table.print();
    Ok(ExitCode::SUCCESS)
}

fn effective(arg: &Arg, matches: &ArgMatches) -> Effective {
    let id = arg.get_id().as_str();
    let setting = arg
        .get_long()
        .map_or_else(|| id.to_uppercase(), |long| format!("--{long}"));
    let source = matches
        .value_source(id)
        .map(|source| match (source, arg.get_env()) {
            (ValueSource::EnvVariable, Some(name)) => name.to_string_lossy().into_owned(),
            (ValueSource::CommandLine, _) => setting.clone(),
            _ => "default".to_owned(),
        });
    let values = matches.try_get_raw(id).ok().flatten().map(|values| {
        let values = values.map(|value| value.to_string_lossy().into_owned());
        values.collect::<Vec<_>>().join(",")
    });
    let shown = |value: String| {
        let is_url = value.contains("://");
        match arg.is_hide_env_values_set() {
            true if is_url && HIDDEN_URLS.contains(&id) => redacted(&value),
            true => "***".to_owned(),
            false if is_url && value.contains(['@', '?']) => redacted(&value),
            false => value,
        }
    };
    Effective {
        setting,
        value: values.filter(|value| !value.is_empty()).map(shown),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A command with one setting.
    #[derive(Debug, clap::Parser)]
    struct Tool {
        #[arg(long, env = "STREAMWARD_DURABILITY", default_value = "everysec")]
        durability: String,
    }

    fn parse_with(arguments: &[&str], variables: &[(&str, &str)]) -> Result<String, String> {
        let owned = |&(name, value): &(&str, &str)| (name.to_owned(), value.to_owned());
        let variables = variables.iter().map(owned).collect();
        let arguments = ["tool"].iter().chain(arguments).map(OsString::from);
        let command = <Tool as clap::CommandFactory>::command();
        let parsed = parse::<Tool>(command, arguments, &variables);
        parsed
            .map(|(tool, _)| tool.durability)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn an_unknown_variable_is_refused_with_the_nearest_name() {
        let refused = parse_with(&[], &[("STREAMWARD_DURABLITY", "always")]).unwrap_err();
        assert!(refused.contains("STREAMWARD_DURABLITY"), "{refused}");
        assert!(
            refused.contains("did you mean STREAMWARD_DURABILITY?"),
            "{refused}"
        );
        for typo in [
            ("STREAMWARD_PORT", "8080"),
            ("STREAMWARD_PORT_HTTP", "8080"),
        ] {
            let refused = parse_with(&[], &[typo]).unwrap_err();
            assert!(refused.contains(typo.0), "{refused}");
        }
        let refused = parse_with(&[], &[("STREAMWARD_X", "1")]).unwrap_err();
        assert!(!refused.contains("did you mean"), "{refused}");
        for fine in [
            ("STREAMWARD_SEED", "1"),
            ("STREAMWARD_SERVICE_HOST", "10.0.0.1"),
            ("STREAMWARD_API_SERVICE_PORT", "8080"),
            ("STREAMWARD_API_SERVICE_PORT_HTTP", "8080"),
            ("STREAMWARD_PORT", "tcp://10.0.0.1:8080"),
            ("STREAMWARD_PORT_8080_TCP", "tcp://10.0.0.1:8080"),
            ("STREAMWARD_API_PORT_8080_TCP_ADDR", "10.0.0.1"),
            ("STREAMWARD_DURABLITY", " "),
            ("PATH", "/bin"),
        ] {
            assert_eq!(
                parse_with(&[], &[fine]).as_deref(),
                Ok("everysec"),
                "{fine:?}"
            );
        }
    }

    #[test]
    fn a_blank_flag_is_refused() {
        for blank in ["", "  "] {
            let refused = parse_with(&["--durability", blank], &[]).unwrap_err();
            assert!(
                refused.contains("--durability") && refused.contains("blank"),
                "{refused}"
            );
        }
    }

    #[test]
    fn the_distance_counts_letters() {
        for (one, other, count) in [
            ("", "", 0),
            ("abc", "abd", 1),
            ("abc", "ac", 1),
            ("kitten", "sitting", 3),
        ] {
            assert_eq!(distance(one, other), count);
        }
    }
}
