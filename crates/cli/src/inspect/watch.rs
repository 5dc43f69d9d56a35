//! Looking again and again: in place on a terminal, one picture after the other elsewhere.

use std::{process::ExitCode, time::Duration};

use anyhow::{Result, bail};
use clap::Args as ClapArgs;
use console::{Term, truncate_str};
use shop::output;
use tokio::time::{MissedTickBehavior, interval, timeout};

use super::JsonArgs;
use crate::run::settings::some_time;

#[derive(Debug, ClapArgs)]
pub(crate) struct WatchArgs {
    /// Look again and again, every second or as often as said, for example 500ms.
    #[arg(
        long,
        value_name = "INTERVAL",
        num_args = 0..=1,
        default_missing_value = "1s",
        value_parser = some_time,
        conflicts_with = "json"
    )]
    pub(crate) watch: Option<Duration>,
    #[command(flatten)]
    pub(crate) once: JsonArgs,
}

/// A shop that takes longer to answer does not answer.
const PATIENCE: Duration = Duration::from_secs(5);
/// What a terminal that does not tell its size can show.
const USUAL_SIZE: (u16, u16) = (24, 80);

/// Shows the lines of `look` every so often, until interrupted or until nobody reads them any more.
///
/// # Errors
/// When the first look fails. Later ones may: a shop can go away and come back.
pub(crate) async fn run(
    every: Duration,
    mut look: impl AsyncFnMut() -> Result<Vec<String>>,
) -> Result<ExitCode> {
    let mut picture = patiently(&mut look).await?;
    let mut ticks = interval(every);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks.tick().await;
    let (mut absence, mut is_first) = (None, true);
    loop {
        let shown = if output::is_terminal() {
            redrawn(&picture, size())
        } else {
            appended(&picture, is_first)
        };
        // Whoever closed the pipe has seen enough.
        if output::write(&shown).is_err() {
            return Ok(ExitCode::SUCCESS);
        }
        is_first = false;
        picture = loop {
            ticks.tick().await;
            match patiently(&mut look).await {
                Ok(lines) => {
                    absence = None;
                    break lines;
                }
                Err(error) => {
                    let words = format!("the shop does not answer: {error:#}; trying again");
                    // Told once: repeating it would only bury the last picture of a log.
                    if absence.as_ref() != Some(&words) {
                        absence = Some(words.clone());
                        break vec![words];
                    }
                }
            }
        };
    }
}

async fn patiently(look: &mut impl AsyncFnMut() -> Result<Vec<String>>) -> Result<Vec<String>> {
    match timeout(PATIENCE, look()).await {
        Ok(lines) => lines,
        Err(_) => bail!("no answer within {PATIENCE:?}"),
    }
}

/// Rows and columns.
fn size() -> (u16, u16) {
    Term::stdout().size_checked().unwrap_or(USUAL_SIZE)
}

/// The picture over the one before: every line is written over the old one and its rest wiped, so
/// nothing is ever blank. It is cut to the screen, which would scroll otherwise.
fn redrawn(lines: &[String], (rows, columns): (u16, u16)) -> String {
    let (home, wipe_line, wipe_rest) = ("\x1b[H", "\x1b[K", "\x1b[J");
    // The cursor waits below the picture.
    let room = usize::from(rows).saturating_sub(1);
    let kept = if lines.len() > room {
        room.saturating_sub(1)
    } else {
        lines.len()
    };
    // In the last column the wipe would take the last character with it.
    let width = usize::from(columns).saturating_sub(1);
    let mut shown = home.to_owned();
    let mut put = |line: &str| {
        shown.push_str(&truncate_str(line, width, "…"));
        shown.push_str(wipe_line);
        shown.push('\n');
    };
    lines.iter().take(kept).for_each(|line| put(line));
    if kept < lines.len() {
        put(&format!("… {} more lines", lines.len() - kept));
    }
    shown + wipe_rest
}

/// The picture below the one before, with an empty line between them.
fn appended(lines: &[String], is_first: bool) -> String {
    let gap = if is_first { "" } else { "\n" };
    format!("{gap}{}\n", lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_redrawn_picture_covers_the_one_before() {
        let shown = redrawn(&lines(&["one", "two"]), (24, 80));
        assert_eq!(shown, "\x1b[Hone\x1b[K\ntwo\x1b[K\n\x1b[J");
    }

    #[test]
    fn a_redrawn_picture_never_scrolls_or_wraps() {
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
    fn appended_pictures_are_an_empty_line_apart() {
        let picture = lines(&["one", "two"]);
        let all = appended(&picture, true) + &appended(&picture, false);
        assert_eq!(all, "one\ntwo\n\none\ntwo\n");
    }
}
