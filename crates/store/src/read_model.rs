//! Snapshots and updates for read models of the catalogue and the stock.
//!
//! A model takes a [`Snapshot`] and applies every [`Update`] after the snapshot's [`Position`]. The
//! position is taken first, so a change in between is seen twice rather than never. A product carries
//! the id of its last entry, and a stock its revision: a model that keeps the newest of each may apply
//! updates in any order and more than once.

use contracts::{
    ProductId,
    event::{
        InventoryReserved, InventoryUpdated, Message, ProductChanged, ProductRemoved, StockLevel,
    },
};
use streamward::{Partition, RawEntry, Runtime, inspect, unpack};

use crate::{
    EntryId, Result,
    catalog::{self, VersionedProduct},
    keys,
};

/// Shelves that are read in one transaction: long enough to be cheap, short enough not to hold up orders.
const LARGEST_READ: usize = 500;
/// The topics that carry stock levels.
const STOCK_TOPICS: [&str; 2] = ["inventory:reserved", "inventory:updated"];
/// The number of the catalogue's topics, which come first.
const CATALOG_TOPICS: usize = 2;

/// Available units of a product in one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shelf {
    /// The partition.
    pub partition: usize,
    /// The product.
    pub product: ProductId,
    /// Units that can be reserved.
    pub available: i64,
    /// Revision of the stock; each change of it has the next one.
    pub revision: u64,
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
    /// The newest change of a product at that position: the snapshot contains it, and all before it.
    pub changed: EntryId,
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
    let changed = position.0.first().and_then(|(_, id)| id.parse().ok());
    Ok(Snapshot {
        shelves: shelves(runtime, &ids).await?,
        products,
        position,
        changed: changed.unwrap_or_default(),
    })
}

async fn position(runtime: &Runtime) -> Result<Position> {
    let mut link = runtime.server().link();
    let mut position = Vec::with_capacity(2 * runtime.partitions().len() + 2);
    for key in followed(runtime) {
        let end = inspect::end(&mut link, &key).await?;
        position.push((key, end));
    }
    Ok(Position(position))
}

/// Keys of the topics that a model follows: two of the catalogue, then two of each partition's stock.
fn followed(runtime: &Runtime) -> Vec<String> {
    let stock = |partition: &Partition| STOCK_TOPICS.map(|topic| partition.stream(topic));
    keys::catalog(&runtime.partitions()[0])
        .into_iter()
        .chain(runtime.partitions().iter().flat_map(stock))
        .collect()
}

/// The shelves of these products in every partition, as they are now.
pub async fn shelves(runtime: &Runtime, products: &[ProductId]) -> Result<Vec<Shelf>> {
    let mut shelves = Vec::with_capacity(products.len());
    for (index, partition) in runtime.partitions().iter().enumerate() {
        for some in products.chunks(LARGEST_READ) {
            let mut pipe = redis::pipe();
            for product in some {
                pipe.cmd("HMGET")
                    .arg(keys::stock(partition, product))
                    .arg("available")
                    .arg("revision");
            }
            let found: Vec<(Option<i64>, Option<u64>)> =
                pipe.query_async(&mut runtime.server().link()).await?;
            let shelf =
                |(product, (available, revision)): (&ProductId, (Option<i64>, Option<u64>))| {
                    Shelf {
                        partition: index,
                        product: product.clone(),
                        available: available.unwrap_or(0),
                        revision: revision.unwrap_or(0),
                    }
                };
            shelves.extend(some.iter().zip(found).map(shelf));
        }
    }
    Ok(shelves)
}

/// Waits on the caller's own connection, up to `block_ms`, for changes after `position`, and moves it
/// behind them.
pub async fn follow(
    connection: &mut (impl redis::aio::ConnectionLike + Send),
    position: &mut Position,
    block_ms: u64,
) -> Result<Vec<Update>> {
    let mut updates = Vec::new();
    for (place, entries) in inspect::follow(connection, &mut position.0, block_ms).await? {
        for entry in &entries {
            match place.checked_sub(CATALOG_TOPICS) {
                None => updates.extend(catalogue_update(entry)),
                Some(place) => count(place / STOCK_TOPICS.len(), entry, &mut updates),
            }
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
    let levels = match entry.kind() {
        InventoryReserved::KIND => {
            unpack(entry.data()).map(|event: InventoryReserved| event.levels)
        }
        InventoryUpdated::KIND => unpack(entry.data()).map(|event: InventoryUpdated| event.levels),
        _ => return,
    };
    let shelf = |level: StockLevel| {
        Update::Counted(Shelf {
            partition,
            product: level.product_id,
            available: level.available,
            revision: level.revision,
        })
    };
    updates.extend(levels.into_iter().flatten().map(shelf));
}
