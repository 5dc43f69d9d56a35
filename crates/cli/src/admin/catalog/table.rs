//! Conversion of products to CSV rows and back.

use anyhow::{Context, Result, ensure};
use contracts::{Currency, Money, Product};
use csv::StringRecord;
use serde_json::{Map, Value, json};

/// Columns. `units`, the initial stock, is only read.
const COLUMNS: [&str; 11] = [
    "id",
    "name",
    "description",
    "price",
    "currency",
    "category",
    "tags",
    "imageUrl",
    "onSale",
    "lowStockThreshold",
    "units",
];
const REQUIRED: [&str; 4] = ["id", "name", "price", "currency"];
/// Separator of tags.
const SEPARATOR: char = '|';

/// Writes products as CSV with a header.
pub(super) fn write(products: &[Product]) -> Result<String> {
    let mut table = csv::Writer::from_writer(Vec::new());
    table.write_record(&COLUMNS[..COLUMNS.len() - 1])?;
    for product in products {
        let threshold = product.low_stock_threshold.map(|units| units.to_string());
        table.write_record([
            product.id.as_str(),
            &product.name,
            &product.description,
            &product.price.decimal(),
            product.price.currency.as_str(),
            product.category.as_deref().unwrap_or_default(),
            &product.tags.join("|"),
            product.image_url.as_deref().unwrap_or_default(),
            if product.on_sale { "true" } else { "false" },
            threshold.as_deref().unwrap_or_default(),
        ])?;
    }
    let bytes = table.into_inner().context("the table")?;
    Ok(String::from_utf8(bytes)?)
}

/// Checks a header for unknown, repeated and missing columns.
pub(super) fn check_header(header: &StringRecord) -> Result<()> {
    for (place, column) in header.iter().enumerate() {
        let known = COLUMNS.join(", ");
        ensure!(
            COLUMNS.contains(&column),
            "column {column:?} is none of {known}"
        );
        let first = header.iter().position(|one| one == column);
        ensure!(first == Some(place), "column {column:?} is there twice");
    }
    for column in REQUIRED {
        let is_there = header.iter().any(|one| one == column);
        ensure!(is_there, "column {column:?} is missing");
    }
    Ok(())
}

/// Returns a row as the JSON of a product, unchecked; empty cells are omitted.
///
/// A cell that is no number, amount or flag is kept as text, so that the check reports it.
pub(super) fn row(header: &StringRecord, row: &StringRecord) -> Value {
    let cells = header.iter().zip(row.iter());
    let filled = cells.filter(|(_, cell)| !cell.is_empty());
    let currency = cell(header, row, "currency");
    let member = |(column, cell): (&str, &str)| {
        let value = match column {
            "price" => price(cell, currency),
            "currency" => return None,
            "tags" => json!(cell.split(SEPARATOR).map(str::trim).collect::<Vec<_>>()),
            "onSale" => cell.parse().map_or_else(|_| json!(cell), Value::Bool),
            "lowStockThreshold" | "units" => cell
                .parse::<u64>()
                .map_or_else(|_| json!(cell), |units| json!(units)),
            _ => json!(cell),
        };
        Some((column.to_owned(), value))
    };
    Value::Object(filled.filter_map(member).collect::<Map<_, _>>())
}

fn price(text: &str, currency: &str) -> Value {
    let known: Option<Currency> = currency.parse().ok();
    match known.and_then(|known| Money::parse(text, known)) {
        Some(money) => json!(money),
        None if known.is_none() => json!({ "amount": 0, "currency": currency }),
        None => json!({ "amount": text, "currency": currency }),
    }
}

fn cell<'a>(header: &StringRecord, row: &'a StringRecord, column: &str) -> &'a str {
    let place = header.iter().position(|one| one == column);
    place.and_then(|place| row.get(place)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(cells: &[&str]) -> StringRecord {
        cells.to_vec().into()
    }

    #[test]
    fn written_products_are_read_back() {
        let price = Money::new(1990, Currency::EUR);
        let mug = Product {
            description: "Holds \"tea\",\nor coffee.".to_owned(),
            category: Some("kitchen".to_owned()),
            tags: vec!["white".to_owned(), "gift".to_owned()],
            low_stock_threshold: Some(3),
            on_sale: false,
            ..Product::new("mug".parse().unwrap(), "Mug, white".to_owned(), price)
        };
        let yen = Money::new(500, "JPY".parse().unwrap());
        let pen = Product::new("pen".parse().unwrap(), "Pen".to_owned(), yen);
        let products = [mug, pen];
        let text = write(&products).unwrap();
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let header = reader.headers().unwrap().clone();
        check_header(&header).unwrap();
        let read = reader.records().map(|one| row(&header, &one.unwrap()));
        let read: Vec<Product> = read.map(|one| api::check_product(&one).unwrap()).collect();
        assert_eq!(read, products);
    }

    #[test]
    fn a_faulty_cell_is_reported_by_its_field() {
        let header = record(&[
            "id",
            "name",
            "price",
            "currency",
            "tags",
            "onSale",
            "lowStockThreshold",
        ]);
        let fields = |cells: &[&str]| {
            let faults = api::check_product(&row(&header, &record(cells))).unwrap_err();
            faults
                .into_iter()
                .map(|fault| fault.field)
                .collect::<Vec<_>>()
        };
        let good = ["mug", "Mug", "19.90", "EUR", "", "", ""];
        for (place, cell, field) in [
            (0, "Big Mug", "id"),
            (1, "", "name"),
            (2, "", "price"),
            (2, "19,90", "price/amount"),
            (2, "19.905", "price/amount"),
            (3, "euro", "price/currency"),
            (4, "a||b", "tags/1"),
            (5, "yes", "onSale"),
            (6, "-1", "lowStockThreshold"),
        ] {
            let mut cells = good;
            cells[place] = cell;
            assert_eq!(fields(&cells), [field], "{cell:?}");
        }
    }

    #[test]
    fn a_header_with_an_unknown_missing_or_repeated_column_is_rejected() {
        for (header, words) in [
            (
                &["id", "name", "price", "currency", "colour"][..],
                "\"colour\" is none",
            ),
            (&["id", "name", "price"], "\"currency\" is missing"),
            (
                &["id", "name", "name", "price", "currency"],
                "\"name\" is there twice",
            ),
        ] {
            let error = check_header(&record(header)).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
    }
}
