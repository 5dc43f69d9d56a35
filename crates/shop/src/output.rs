//! What people read: lines, tables and JSON on standard output.

use std::io::{IsTerminal, Write};

use serde::Serialize;

/// Prints a line.
pub fn line(text: impl AsRef<str>) {
    // A closed pipe (`| head`) ends the listing, not with an error.
    let _ = write(&format!("{}\n", text.as_ref()));
}

/// Prints text as it is, at once and in one piece.
pub fn write(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Prints a value as JSON on several lines.
pub fn json<T: Serialize>(value: &T) -> anyhow::Result<()> {
    line(serde_json::to_string_pretty(value)?);
    Ok(())
}

/// Whether standard output is a terminal, so that colours make sense.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Colours `text` when somebody looks at a terminal.
pub fn paint(colour: Colour, text: &str) -> String {
    if is_terminal() {
        format!("\x1b[{}m{text}\x1b[0m", colour as u8)
    } else {
        text.to_owned()
    }
}

/// The few colours in use.
#[derive(Clone, Copy, Debug)]
pub enum Colour {
    Red = 31,
    Green = 32,
    Yellow = 33,
    Grey = 90,
}

/// A cell of a table.
#[derive(Clone, Debug, Default)]
pub struct Cell {
    text: String,
    colour: Option<Colour>,
}

impl Cell {
    /// A cell in this colour, when somebody looks at a terminal.
    pub fn painted(colour: Colour, text: impl Into<String>) -> Self {
        Self {
            text: text.into(),
            colour: Some(colour),
        }
    }
}

impl<S: Into<String>> From<S> for Cell {
    fn from(text: S) -> Self {
        Self {
            text: text.into(),
            colour: None,
        }
    }
}

/// A table: the first column left, the others right.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
}

impl Table {
    pub fn new<C: Into<Cell>>(header: impl IntoIterator<Item = C>) -> Self {
        let mut table = Self::default();
        table.row(header);
        table
    }

    pub fn row<C: Into<Cell>>(&mut self, cells: impl IntoIterator<Item = C>) {
        self.rows.push(cells.into_iter().map(Into::into).collect());
    }

    pub fn print(&self) {
        for text in self.lines() {
            line(text);
        }
    }

    /// The table's lines, the header grey.
    pub fn lines(&self) -> Vec<String> {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cell = |row: &Vec<Cell>| row.get(column).map_or(0, |it| it.text.chars().count());
            self.rows.iter().map(cell).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        let mut lines = Vec::with_capacity(self.rows.len());
        for (number, row) in self.rows.iter().enumerate() {
            let mut text = String::new();
            for (column, cell) in row.iter().enumerate() {
                let (words, wide) = (&cell.text, widths[column]);
                let padded = if column == 0 {
                    format!("{words:<wide$}")
                } else {
                    format!("  {words:>wide$}")
                };
                // Colours come last: they take no room.
                text.push_str(&match cell.colour {
                    Some(colour) => paint(colour, &padded),
                    None => padded,
                });
            }
            lines.push(if number == 0 {
                paint(Colour::Grey, &text)
            } else {
                text
            });
        }
        lines
    }
}
