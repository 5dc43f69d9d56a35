//! A deterministic catalogue of any size.

use anyhow::Result;
use contracts::{Currency, IdError, Money, Product};
use futures_util::{StreamExt, TryStreamExt, stream};
use store::{
    catalog::{self, Mode},
    inventory,
};
use streamward::{Runtime, TraceParent};

const THINGS: [&str; 8] = ["mug", "lamp", "vase", "rug", "pen", "bag", "chair", "clock"];
const COLOURS: [&str; 7] = ["white", "blue", "green", "sand", "black", "red", "grey"];
const MATERIALS: [&str; 5] = ["oak", "steel", "wool", "glass", "clay"];
const PLACES: [&str; 11] = [
    "Aarhus", "Bergen", "Cadiz", "Delft", "Evora", "Faro", "Ghent", "Hanko", "Izola", "Jena",
    "Kotor",
];
const CATEGORIES: [&str; 4] = ["kitchen", "home", "paper", "clothes"];
/// Concurrent writes.
const IN_FLIGHT: usize = 256;
const UNITS: i64 = 1_000_000;

fn word(words: &[&'static str], n: u64) -> &'static str {
    let place = usize::try_from(n).unwrap_or(0) % words.len();
    words[place]
}

/// Returns the id of product `n`.
pub(super) fn id(n: u64) -> String {
    format!("product-{n:07}")
}

/// Returns a search that matches about one product in three thousand, ordered by relevance.
pub(super) fn narrow_search(n: u64) -> String {
    let (colour, thing) = (word(&COLOURS, n), word(&THINGS, n));
    let (material, place) = (word(&MATERIALS, n), word(&PLACES, n));
    format!("/v1/products?query={colour}+{thing}+{material}+{place}&sort=relevance")
}

/// Returns a search that matches one product in eight.
pub(super) fn wide_search(n: u64) -> String {
    format!("/v1/products?query={}&sort=relevance", word(&THINGS, n))
}

/// Returns the price of product `n` in minor units.
pub(super) fn price(n: u64) -> i64 {
    i64::try_from(n % 10_000).unwrap_or(0) + 100
}

/// Returns the category of product `n`.
pub(super) fn category(n: u64) -> &'static str {
    word(&CATEGORIES, n)
}

fn product(n: u64) -> Result<Product, IdError> {
    let (colour, thing) = (word(&COLOURS, n), word(&THINGS, n));
    let (material, place) = (word(&MATERIALS, n), word(&PLACES, n));
    let price = Money::new(price(n), Currency::EUR);
    Ok(Product {
        description: format!("Made of {material} in {place}."),
        category: Some(category(n).to_owned()),
        tags: vec![colour.to_owned(), material.to_owned()],
        ..Product::new(
            id(n).parse()?,
            format!("{thing}, {colour}, number {n}"),
            price,
        )
    })
}

/// Fills an empty shop.
pub(super) async fn fill(runtime: &Runtime, products: u64) -> Result<()> {
    let trace = TraceParent::start();
    let all = stream::iter(0..products).map(|n| async move {
        let product = product(n)?;
        catalog::put_product(runtime, &product, Mode::Put, trace).await?;
        inventory::adjust_stock(runtime, &product.id, UNITS, trace).await?;
        anyhow::Ok(())
    });
    all.buffer_unordered(IN_FLIGHT).try_collect().await
}
