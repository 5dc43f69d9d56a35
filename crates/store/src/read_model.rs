//! Snapshots and updates for read models of the catalogue and the stock.
//!
//! A model takes a [`Snapshot`] and applies every [`Update`] after the snapshot's [`Position`]. The
//! position is taken first, so what changes in between is seen twice and not never. Everything carries
//! the id of the entry it comes from: a model that keeps the newest only may apply anything in any order,
//! and as often as it likes.

use contracts::{
    ProductId, Service,
    event::{
        InventoryRejected, InventoryReserved, InventoryUpdated, Message, ProductChanged,
        ProductRemoved,
    },
};
use redis::{FromRedisValue, RedisError, Value, streams::StreamRangeReply};
use streamward::{Partition, RawEntry, Runtime, inspect, unpack};

use crate::{
    EntryId, Result,
    catalog::{self, VersionedProduct},
    keys,
};

/// Shelves that are read in one transaction: long enough to be cheap, short enough not to hold up orders.
const LARGEST_READ: usize = 500;

/// Available units of a product in one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// The partition.
    pub partition: usize,
    /// The product.
    pub product: ProductId,
    /// Units that can be reserved.
    pub available: i64,
    /// The newest entry of the inventory's stream that this reflects.
    pub as_of: EntryId,
}

/// Position of a read model in every stream that it follows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Position(Vec<(String, String)>);

/// Initial state of a read model.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// The catalogue.
    pub products: Vec<VersionedProduct>,
    /// The shelves of its products, one per partition.
    pub shelves: Vec<Shelf>,
    /// Position to follow from.
    pub position: Position,
}

/// A change that a read model applies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// The product is now this.
    Changed(VersionedProduct),
    /// The product is gone, says this entry.
    Removed(ProductId, EntryId),
    /// The available units of a product changed.
    Counted(Shelf),
}

/// Reads everything.
pub async fn snapshot(runtime: &Runtime) -> Result<Snapshot> {
    let position = position(runtime).await?;
    let products = catalog::all(runtime).await?;
    let ids: Vec<ProductId> = products.iter().map(|one| one.product.id.clone()).collect();
    Ok(Snapshot {
        shelves: shelves(runtime, &ids).await?,
        products,
        position,
    })
}

async fn position(runtime: &Runtime) -> Result<Position> {
    let mut link = runtime.server().link();
    let inventories = runtime.partitions().iter();
    let inventories = inventories.map(|partition| keys::stream(partition, Service::Inventory));
    let mut position = Vec::with_capacity(runtime.partitions().len() + 1);
    for key in [keys::catalog(&runtime.partitions()[0])]
        .into_iter()
        .chain(inventories)
    {
        let newest = inspect::newest(&mut link, &key, 1).await?;
        let id = newest
            .first()
            .map_or_else(|| "0-0".to_owned(), |entry| entry.id.clone());
        position.push((key, id));
    }
    Ok(Position(position))
}

/// The shelves of these products in every partition, as they are now.
pub async fn shelves(runtime: &Runtime, products: &[ProductId]) -> Result<Vec<Shelf>> {
    let mut shelves = Vec::with_capacity(products.len());
    for (index, partition) in runtime.partitions().iter().enumerate() {
        for some in products.chunks(LARGEST_READ) {
            let (as_of, counts) = counts(runtime, partition, some).await?;
            let shelf = |(product, available): (&ProductId, Option<i64>)| Shelf {
                partition: index,
                product: product.clone(),
                available: available.unwrap_or(0),
                as_of,
            };
            shelves.extend(some.iter().zip(counts).map(shelf));
        }
    }
    Ok(shelves)
}

/// Returns the available units of some products and the newest entry, read atomically, so that
/// older entries can be told from newer ones.
async fn counts(
    runtime: &Runtime,
    partition: &Partition,
    products: &[ProductId],
) -> Result<(EntryId, Vec<Option<i64>>)> {
    let mut pipe = redis::pipe();
    pipe.atomic();
    pipe.cmd("XREVRANGE")
        .arg(keys::stream(partition, Service::Inventory))
        .arg("+")
        .arg("-")
        .arg("COUNT")
        .arg(1);
    for product in products {
        pipe.cmd("HGET")
            .arg(keys::stock(partition, product))
            .arg("available");
    }
    let mut found: Vec<Value> = pipe.query_async(&mut runtime.server().link()).await?;
    let counts = found.split_off(1.min(found.len()));
    let newest = found
        .pop()
        .map(StreamRangeReply::from_redis_value)
        .transpose();
    let newest = newest.map_err(RedisError::from)?;
    let newest = newest.and_then(|range| range.ids.into_iter().next());
    let as_of = newest
        .and_then(|entry| entry.id.parse().ok())
        .unwrap_or_default();
    let count = |value| Ok(Option::from_redis_value(value).map_err(RedisError::from)?);
    Ok((as_of, counts.into_iter().map(count).collect::<Result<_>>()?))
}

/// Waits on the caller's own connection, up to `block_ms`, for changes after `position`, and moves it
/// behind them.
pub async fn follow(
    connection: &mut (impl redis::aio::ConnectionLike + Send),
    position: &mut Position,
    block_ms: u64,
) -> Result<Vec<Update>> {
    let mut updates = Vec::new();
    for (key, entries) in inspect::follow(connection, &position.0, block_ms).await? {
        let streams = position.0.iter_mut().enumerate();
        let Some((place, (_, seen))) = streams.into_iter().find(|(_, (known, _))| *known == key)
        else {
            continue;
        };
        for entry in &entries {
            // The catalogue's stream comes first, then the inventory's of every partition.
            match place.checked_sub(1) {
                None => updates.extend(catalogue_update(entry)),
                Some(partition) => count(partition, entry, &mut updates),
            }
        }
        if let Some(last) = entries.last() {
            seen.clone_from(&last.id);
        }
    }
    Ok(updates)
}

fn catalogue_update(entry: &RawEntry) -> Option<Update> {
    let version = entry.id.parse().ok()?;
    match entry.kind() {
        ProductChanged::KIND => {
            let event: ProductChanged = unpack(entry.data()).ok()?;
            let product = event.product;
            Some(Update::Changed(VersionedProduct { product, version }))
        }
        ProductRemoved::KIND => {
            let event: ProductRemoved = unpack(entry.data()).ok()?;
            Some(Update::Removed(event.product_id, version))
        }
        _ => None,
    }
}

/// Adds the stock updates of an inventory entry; unreadable entries are skipped.
fn count(partition: usize, entry: &RawEntry, updates: &mut Vec<Update>) {
    let Ok(as_of) = entry.id.parse() else { return };
    let mut counted = |product: ProductId, available: i64| {
        updates.push(Update::Counted(Shelf {
            partition,
            product,
            available,
            as_of,
        }));
    };
    let levels = match entry.kind() {
        InventoryReserved::KIND => unpack(entry.data())
            .map_or_else(|_| Vec::new(), |event: InventoryReserved| event.levels),
        InventoryUpdated::KIND => {
            unpack(entry.data()).map_or_else(|_| Vec::new(), |event: InventoryUpdated| event.levels)
        }
        InventoryRejected::KIND => {
            let event: Option<InventoryRejected> = unpack(entry.data()).ok();
            for short in event.into_iter().flat_map(|event| event.shortages) {
                counted(short.product_id, i64::from(short.available));
            }
            Vec::new()
        }
        _ => Vec::new(),
    };
    for level in levels {
        counted(level.product_id, level.available);
    }
}
