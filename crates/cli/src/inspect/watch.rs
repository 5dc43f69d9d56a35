//! Repeated display: redrawn in place on a terminal, appended elsewhere.

use std::{process::ExitCode, time::Duration};

use anyhow::{Result, bail};
use clap::Args;
use console::{Term, truncate_str};
use serde::Serialize;
use shop::output;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::JsonArgs;
use crate::run::settings::positive_duration;

#[derive(Debug, Args)]
pub(crate) struct WatchArgs {
    /// Repeat every second, or at another interval, for example 500ms.
    #[arg(
        long,
        value_name = "INTERVAL",
        num_args = 0..=1,
        default_missing_value = "1s",
        value_parser = positive_duration,
        conflicts_with = "json"
    )]
    watch: Option<Duration>,
    #[command(flatten)]
    pub(super) once: JsonArgs,
}

/// Time limit of one read.
const TIMEOUT: Duration = Duration::from_secs(5);
/// Rows and columns of a terminal that does not report its size.
const DEFAULT_SIZE: (u16, u16) = (24, 80);

/// Shows the result of `read` once, as JSON or as lines, or repeatedly with `--watch`.
pub(super) async fn show<T: Serialize>(
    args: &WatchArgs,
    mut read: impl AsyncFnMut() -> Result<T>,
    lines: impl Fn(&T) -> Vec<String>,
) -> Result<ExitCode> {
    if let Some(every) = args.watch {
        return repeat(every, async || Ok(lines(&read().await?))).await;
    }
    let value = read().await?;
    if args.once.json {
        output::json(&value)?;
    } else {
        lines(&value).iter().for_each(output::line);
    }
    Ok(ExitCode::SUCCESS)
}

/// Shows lines at an interval, until interrupted or until standard output is closed.
///
/// The first read must succeed; later ones may fail, because a shop may restart.
async fn repeat(
    every: Duration,
    mut read: impl AsyncFnMut() -> Result<Vec<String>>,
) -> Result<ExitCode> {
    let mut frame = read_in_time(&mut read).await?;
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let (mut failure, mut is_first) = (None, true);
    loop {
        let shown = if output::is_terminal() {
            redrawn(
                &frame,
                Term::stdout().size_checked().unwrap_or(DEFAULT_SIZE),
            )
        } else {
            appended(&frame, is_first)
        };
        if output::write(&shown).is_err() {
            return Ok(ExitCode::SUCCESS);
        }
        is_first = false;
        frame = loop {
            ticks.tick().await;
            match read_in_time(&mut read).await {
                Ok(lines) => {
                    failure = None;
                    break lines;
                }
                Err(error) => {
                    let message = format!("the shop does not answer: {error:#}; retrying");
                    // Repeating the message would push the last frame out of a log.
                    if failure.as_ref() != Some(&message) {
                        failure = Some(message.clone());
                        break vec![message];
                    }
                }
            }
        };
    }
}

async fn read_in_time(read: &mut impl AsyncFnMut() -> Result<Vec<String>>) -> Result<Vec<String>> {
    match timeout(TIMEOUT, read()).await {
        Ok(lines) => lines,
        Err(_) => bail!("no answer within {TIMEOUT:?}"),
    }
}

/// Returns the frame drawn over the previous one, cut to the screen, which would scroll otherwise.
///
/// Each line is written over the old one and its rest erased, so the screen never flickers.
fn redrawn(lines: &[String], (rows, columns): (u16, u16)) -> String {
    let (home, erase_line, erase_below) = ("\x1b[H", "\x1b[K", "\x1b[J");
    // The cursor stays below the frame.
    let room = usize::from(rows).saturating_sub(1);
    let kept = if lines.len() > room {
        room.saturating_sub(1)
    } else {
        lines.len()
    };
    // In the last column the erasure would remove the last character too.
    let width = usize::from(columns).saturating_sub(1);
    let mut shown = home.to_owned();
    let mut put = |line: &str| {
        shown.push_str(&truncate_str(line, width, "…"));
        shown.push_str(erase_line);
        shown.push('\n');
    };
    lines.iter().take(kept).for_each(|line| put(line));
    if kept < lines.len() {
        put(&format!("… {} more lines", lines.len() - kept));
    }
    shown + erase_below
}

/// Returns the frame below the previous one, separated by an empty line.
fn appended(lines: &[String], is_first: bool) -> String {
    let gap = if is_first { "" } else { "\n" };
    format!("{gap}{}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn a_redrawn_frame_covers_the_previous_one() {
        let shown = redrawn(&lines(&["one", "two"]), (24, 80));
        assert_eq!(shown, "\x1b[Hone\x1b[K\ntwo\x1b[K\n\x1b[J");
    }

    #[test]
    fn a_redrawn_frame_never_scrolls_or_wraps() {
        let all = lines(&["one", "two", "three", "four"]);
        let count = |rows| redrawn(&all, (rows, 80)).matches('\n').count();
        assert_eq!(count(5), 4);
        let cut = redrawn(&all, (4, 80));
        assert!(cut.contains("two") && cut.contains("… 2 more lines") && !cut.contains("three"));
        assert!(count(4) == 3 && count(1) <= 1);
        let painted = redrawn(&lines(&["\x1b[31mlong words\x1b[0m"]), (24, 6));
        assert!(painted.contains("\x1b[31mlong…\x1b[0m"), "{painted:?}");
    }

    #[test]
    fn appended_frames_are_separated_by_an_empty_line() {
        let frame = lines(&["one", "two"]);
        let all = appended(&frame, true) + &appended(&frame, false);
        assert_eq!(all, "one\ntwo\n\none\ntwo\n");
    }
}
