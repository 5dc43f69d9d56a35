//! What people read: lines, tables and JSON on standard output.

use std::io::{IsTerminal, Write};

use serde::Serialize;

/// Prints a line.
pub(crate) fn line(text: impl AsRef<str>) {
    let mut out = std::io::stdout().lock();
    // A closed pipe (`| head`) ends the listing, not with an error.
    let _ = writeln!(out, "{}", text.as_ref());
    let _ = out.flush();
}

/// Prints a value as JSON on several lines.
pub(crate) fn json<T: Serialize>(value: &T) -> anyhow::Result<()> {
    line(serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Whether standard output is a terminal, so that colours make sense.
pub(crate) fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Colours `text` when somebody looks at a terminal.
pub(crate) fn paint(colour: Colour, text: &str) -> String {
    if is_terminal() {
        format!("\x1b[{}m{text}\x1b[0m", colour as u8)
    } else {
        text.to_owned()
    }
}

/// The few colours in use.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Grey = 90,
}

/// A table: the first column left, the others right.
#[derive(Debug, Default)]
pub(crate) struct Table {
    rows: Vec<Vec<String>>,
}

impl Table {
    pub(crate) fn new<S: Into<String>>(header: impl IntoIterator<Item = S>) -> Self {
        let mut table = Self::default();
        table.row(header);
        table
    }

    pub(crate) fn row<S: Into<String>>(&mut self, cells: impl IntoIterator<Item = S>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    pub(crate) fn print(&self) {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cell = |row: &Vec<String>| row.get(column).map_or(0, |cell| cell.chars().count());
            self.rows.iter().map(cell).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        for (number, row) in self.rows.iter().enumerate() {
            let mut text = String::new();
            for (column, cell) in row.iter().enumerate() {
                let wide = widths[column];
                if column == 0 {
                    text.push_str(&format!("{cell:<wide$}"));
                } else {
                    text.push_str(&format!("  {cell:>wide$}"));
                }
            }
            line(if number == 0 {
                paint(Colour::Grey, &text)
            } else {
                text
            });
        }
    }
}
