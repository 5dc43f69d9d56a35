//! Lines, tables and JSON on standard output.
//!
//! Colours appear on a terminal only; `console` decides, and honours `CLICOLOR`.

use std::{
    io::{self, IsTerminal, Write},
    sync::{OnceLock, mpsc::sync_channel},
    thread,
    time::Duration,
};

use console::{Alignment, Color, measure_text_width, pad_str, style};
use serde::Serialize;

/// The first failure to write, other than that of a closed pipe.
static FAILURE: OnceLock<io::ErrorKind> = OnceLock::new();

/// Time limit of a line on standard error.
const LONGEST_NOTE: Duration = Duration::from_secs(1);

/// Prints a line. A failure is kept for [`complete`].
pub fn line(text: impl AsRef<str>) {
    // A closed pipe (`| head`) ends the listing without an error.
    let _ = write(&format!("{}\n", text.as_ref()));
}

/// Checks that everything printed was written, unless its reader has gone.
///
/// # Errors
/// The first failure, for example of a full disk.
pub fn complete() -> io::Result<()> {
    FAILURE.get().map_or(Ok(()), |kind| Err((*kind).into()))
}

/// Prints a line on standard error, which may be closed or full. One that is not read within a second is
/// lost.
pub fn note(text: impl AsRef<str>) {
    let line = format!("{}\n", text.as_ref());
    on_stderr(move || io::stderr().lock().write_all(line.as_bytes()));
}

/// Runs a function that writes on standard error, and waits at most a second for it.
pub fn on_stderr(write: impl FnOnce() -> io::Result<()> + Send + 'static) {
    let (done, written) = sync_channel(1);
    let write = move || {
        // There is no other place to report to, and the receiver may have given up.
        let _ = write();
        let _ = done.try_send(());
    };
    if thread::Builder::new().spawn(write).is_ok() {
        // A thread that is stuck ends with the process.
        let _ = written.recv_timeout(LONGEST_NOTE);
    }
}

/// Prints text unchanged and flushes it.
pub fn write(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.inspect_err(|error| {
        if error.kind() != io::ErrorKind::BrokenPipe {
            let _ = FAILURE.set(error.kind());
        }
    })
}

/// Prints a value as JSON on several lines.
pub fn json<T: Serialize>(value: &T) -> anyhow::Result<()> {
    line(serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Returns whether standard output is a terminal.
pub fn is_terminal() -> bool {
    io::stdout().is_terminal()
}

/// Colours of the output.
#[derive(Clone, Copy, Debug)]
pub enum Colour {
    /// Errors.
    Red,
    /// Success.
    Green,
    /// Warnings.
    Yellow,
    /// Less important text.
    Grey,
}

/// Colours `text` on a terminal.
pub fn paint(colour: Colour, text: &str) -> String {
    let text = style(text);
    let text = match colour {
        Colour::Red => text.red(),
        Colour::Green => text.green(),
        Colour::Yellow => text.yellow(),
        Colour::Grey => text.fg(Color::Black).bright(),
    };
    text.to_string()
}

/// A table: a grey header, the first column aligned left, the others right.
#[derive(Debug)]
pub struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Creates a table with a header.
    pub fn new<C: Into<String>>(header: impl IntoIterator<Item = C>) -> Self {
        let mut table = Self { rows: Vec::new() };
        table.row(header);
        table
    }

    /// Adds a row; cells may be painted, and a row may have fewer cells than the header.
    pub fn row<C: Into<String>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    /// Prints the table.
    pub fn print(&self) {
        self.lines().iter().for_each(line);
    }

    /// Returns the table's lines.
    pub fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| measure_text_width(cell)).max()
        };
        let widths: Vec<usize> = (0..columns).filter_map(width).collect();
        let cell = |(column, text): (usize, &String)| {
            let side = match column {
                0 => Alignment::Left,
                _ => Alignment::Right,
            };
            pad_str(text, widths[column], side, None).into_owned()
        };
        let lines = self.rows.iter().map(|row| {
            let cells: Vec<String> = row.iter().enumerate().map(cell).collect();
            cells.join("  ")
        });
        let mut lines: Vec<String> = lines.collect();
        if let Some(header) = lines.first_mut() {
            *header = paint(Colour::Grey, header);
        }
        lines
    }
}
