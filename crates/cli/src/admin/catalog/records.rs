//! Reads and checks the lines of a file one by one.

use std::{
    collections::HashMap,
    fs::File,
    io::{BufRead, BufReader},
    path::Path,
};

use anyhow::{Context, Result};
use api::Fault;
use contracts::{Product, ProductId};
use csv::StringRecord;
use serde_json::Value;

use super::{Format, table};

/// Largest initial stock, as in the API.
const MOST_UNITS: u64 = 1_000_000_000;

/// A parsed line.
#[derive(Debug)]
pub(super) struct Record {
    /// Line number, from 1.
    pub(super) line: u64,
    /// The product and its initial stock, or the faults.
    pub(super) content: Result<(Product, Option<i64>), Vec<Fault>>,
}

/// A line number and its product, unchecked.
type Line = (u64, Result<Value, Fault>);

/// Reads a file line by line, so that it may exceed the memory.
pub(super) fn read(path: &Path, format: Format) -> Result<impl Iterator<Item = Result<Record>>> {
    let named = || path.display().to_string();
    let file = BufReader::new(File::open(path).with_context(named)?);
    let values: Box<dyn Iterator<Item = Result<Line>> + Send> = match format {
        Format::Csv => Box::new(rows(file).with_context(named)?),
        Format::Json => Box::new(lines(file)),
    };
    let mut seen: HashMap<ProductId, u64> = HashMap::new();
    Ok(values.map(move |value| {
        let (line, value) = value?;
        let content = value.map_err(|fault| vec![fault]).and_then(check);
        let content =
            content.and_then(
                |(product, units)| match seen.insert(product.id.clone(), line) {
                    None => Ok((product, units)),
                    Some(first) => Err(vec![fault("id", format!("repeats line {first}"))]),
                },
            );
        Ok(Record { line, content })
    }))
}

fn fault(field: &str, detail: impl Into<String>) -> Fault {
    Fault {
        field: field.to_owned(),
        detail: detail.into(),
    }
}

fn rows(file: impl BufRead + Send) -> Result<impl Iterator<Item = Result<Line>> + Send> {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(file);
    let header = reader.headers()?.clone();
    table::check_header(&header)?;
    Ok(reader.into_records().map(move |row| {
        let row = row?;
        let line = row.position().map_or(0, csv::Position::line);
        Ok((
            line,
            check_width(&header, &row).map(|()| table::row(&header, &row)),
        ))
    }))
}

/// Checks that a row has as many cells as the header.
fn check_width(header: &StringRecord, row: &StringRecord) -> Result<(), Fault> {
    let (cells, columns) = (row.len(), header.len());
    if cells == columns {
        Ok(())
    } else {
        Err(fault(
            "",
            format!("has {cells} cells, and the header {columns}"),
        ))
    }
}

fn lines(file: impl BufRead + Send) -> impl Iterator<Item = Result<Line>> + Send {
    let numbered = (1..).zip(file.lines());
    let filled =
        numbered.filter(|(_, line)| !line.as_ref().is_ok_and(|line| line.trim().is_empty()));
    filled.map(|(number, line)| {
        let line = line.with_context(|| format!("line {number}"))?;
        let value = serde_json::from_str(&line);
        Ok((
            number,
            value.map_err(|error| fault("", format!("is not JSON: {error}"))),
        ))
    })
}

/// Checks a product and its initial stock.
fn check(mut value: Value) -> Result<(Product, Option<i64>), Vec<Fault>> {
    let units = value
        .as_object_mut()
        .and_then(|members| members.remove("units"));
    let units = units.filter(|units| !units.is_null()).map(|units| {
        let number = units
            .as_u64()
            .filter(|units| (1..=MOST_UNITS).contains(units));
        let number = number.and_then(|units| i64::try_from(units).ok());
        number.ok_or_else(|| {
            fault(
                "units",
                format!("must be an integer from 1 to {MOST_UNITS}"),
            )
        })
    });
    let product = api::check_product(&value);
    match (product, units.transpose()) {
        (Ok(product), Ok(units)) => Ok((product, units)),
        (product, units) => {
            let mut faults = product.err().unwrap_or_default();
            faults.extend(units.err());
            Err(faults)
        }
    }
}
