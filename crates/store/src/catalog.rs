//! The catalogue: products by id, and the stream that read models follow.

use std::collections::HashMap;

use contracts::{
    Product, ProductId,
    event::{Kind, ProductChanged, ProductRemoved},
};
use streamward::{Envelope, Error, RawEntry, Runtime, TraceParent, inspect, pack, unpack};

use crate::{Result, keys, scripts};

/// Whether a product is to be added or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// It must not exist.
    Add,
    /// It must exist.
    Change,
    /// Either.
    Put,
}

/// What a change of the catalogue did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is written.
    Written,
    /// The product exists already.
    Exists,
    /// There is no such product.
    Unknown,
}

/// Adds or changes a product.
///
/// # Errors
/// [`streamward::Error`].
pub async fn put(
    runtime: &Runtime,
    product: &Product,
    mode: Mode,
    trace: TraceParent,
) -> Result<Change> {
    let first = &runtime.partitions()[0];
    let envelope = Envelope::next(trace);
    let json = serde_json::to_string(product).map_err(|error| Error::Pack {
        kind: "Product",
        cause: error.to_string(),
    })?;
    let event = ProductChanged {
        product: product.clone(),
    };
    let reply = scripts::CATALOG_PUT
        .call(&[keys::products(first), keys::catalog(first)])
        .arg(&envelope.id)
        .arg(&envelope.at)
        .arg(&envelope.tp)
        .arg(product.id.as_str())
        .arg(json)
        .arg(pack(ProductChanged::KIND, &event)?)
        .arg(match mode {
            Mode::Add => "add",
            Mode::Change => "change",
            Mode::Put => "put",
        })
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "PUT" => Ok(Change::Written),
        "EXISTS" => Ok(Change::Exists),
        "UNKNOWN" => Ok(Change::Unknown),
        _ => Err(reply.unexpected()),
    }
}

/// Removes a product; what was promised of it stays promised.
///
/// # Errors
/// [`streamward::Error`].
pub async fn remove(runtime: &Runtime, product: &ProductId, trace: TraceParent) -> Result<Change> {
    let first = &runtime.partitions()[0];
    let envelope = Envelope::next(trace);
    let event = ProductRemoved {
        product_id: product.clone(),
    };
    let reply = scripts::CATALOG_REMOVE
        .call(&[keys::products(first), keys::catalog(first)])
        .arg(&envelope.id)
        .arg(&envelope.at)
        .arg(&envelope.tp)
        .arg(product.as_str())
        .arg(pack(ProductRemoved::KIND, &event)?)
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "REMOVED" => Ok(Change::Written),
        "UNKNOWN" => Ok(Change::Unknown),
        _ => Err(reply.unexpected()),
    }
}

/// One product, from Redis itself.
///
/// # Errors
/// [`streamward::Error`].
pub async fn find(runtime: &Runtime, product: &ProductId) -> Result<Option<Product>> {
    let mut get = redis::cmd("HGET");
    get.arg(keys::products(&runtime.partitions()[0]))
        .arg(product.as_str());
    let json: Option<String> = get.query_async(&mut runtime.server().link()).await?;
    Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
}

/// The whole catalogue and the id of the last entry of its stream that it reflects: a read model
/// starts with the first and follows from the second.
///
/// # Errors
/// [`streamward::Error`].
pub async fn snapshot(runtime: &Runtime) -> Result<(Vec<Product>, String)> {
    let first = &runtime.partitions()[0];
    let mut link = runtime.server().link();
    // The position is taken before the products: what changes in between is seen twice, not never.
    let last = inspect::newest(&mut link, &keys::catalog(first), 1).await?;
    let position = last
        .first()
        .map_or_else(|| "0-0".to_owned(), |entry| entry.id.clone());
    let mut all = redis::cmd("HGETALL");
    let products: HashMap<String, String> = all
        .arg(keys::products(first))
        .query_async(&mut link)
        .await?;
    let products = products
        .values()
        .filter_map(|json| serde_json::from_str(json).ok())
        .collect();
    Ok((products, position))
}

/// A change that a read model applies.
#[derive(Clone, Debug, PartialEq)]
pub enum Update {
    /// The product is now this.
    Changed(Product),
    /// The product is gone.
    Removed(ProductId),
}

/// Waits on the caller's own connection for changes after `position`; answers them and the new
/// position.
///
/// # Errors
/// [`streamward::Error`].
pub async fn follow(
    runtime: &Runtime,
    connection: &mut (impl redis::aio::ConnectionLike + Send),
    position: &str,
    block_ms: u64,
) -> Result<(Vec<Update>, String)> {
    let key = keys::catalog(&runtime.partitions()[0]);
    let after = [(key, position.to_owned())];
    let read = inspect::follow(connection, &after, block_ms).await?;
    let entries: Vec<RawEntry> = read.into_iter().flat_map(|(_, entries)| entries).collect();
    let last = entries
        .last()
        .map_or_else(|| position.to_owned(), |entry| entry.id.clone());
    Ok((entries.iter().filter_map(update_of).collect(), last))
}

fn update_of(entry: &RawEntry) -> Option<Update> {
    match entry.kind() {
        ProductChanged::KIND => unpack::<ProductChanged>(entry.data())
            .ok()
            .map(|event| Update::Changed(event.product)),
        ProductRemoved::KIND => unpack::<ProductRemoved>(entry.data())
            .ok()
            .map(|event| Update::Removed(event.product_id)),
        _ => None,
    }
}
