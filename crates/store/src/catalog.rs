//! The catalogue: products by id, each with the version of its last change, and the topics that
//! read models follow.

use std::collections::HashMap;

use contracts::{
    Product, ProductId,
    event::{Message, ProductChanged, ProductRemoved},
};
use streamward::{Envelope, Runtime, TraceParent, pack};

use crate::{
    EntryId, Result, keys,
    script::{self, json},
};

/// A product and when it was changed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionedProduct {
    /// The product.
    pub product: Product,
    /// The id of the entry of its last change in the catalogue's topics; `0-0` when it is older than
    /// versions are.
    pub version: EntryId,
}

/// Whether a product is to be added or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// The product must not exist.
    Add,
    /// The product must exist in this version.
    Replace(EntryId),
    /// The product is added or replaced.
    Put,
}

replies! {
    /// Result of a change of the catalogue.
    #[derive(Copy)]
    pub Change {
        /// The change is stored; this is its entry.
        Written(EntryId) = "PUT" | "REMOVED",
        /// The product exists already.
        Exists = "EXISTS",
        /// There is no such product.
        Unknown = "UNKNOWN",
        /// The product is in another version.
        Conflict = "CONFLICT",
    }
}

/// Adds or changes a product.
pub async fn put_product(
    runtime: &Runtime,
    product: &Product,
    mode: Mode,
    trace: TraceParent,
) -> Result<Change> {
    let event = ProductChanged {
        product: product.clone(),
    };
    let (mode, version) = match mode {
        Mode::Add => ("add", None),
        Mode::Replace(version) => ("replace", Some(version)),
        Mode::Put => ("put", None),
    };
    let script = script!("catalog/put_product" {
        envelope: Envelope::next(trace),
        product: &product.id,
        json: json("Product", product)?,
        event: pack(ProductChanged::KIND, &event)?,
        mode,
        version,
    });
    script::run(runtime, &written(runtime), script).await
}

/// The keys that a change writes.
fn written(runtime: &Runtime) -> [String; 4] {
    let first = &runtime.partitions()[0];
    let [changed, removed] = keys::catalog(first);
    [
        keys::products(first),
        keys::product_versions(first),
        changed,
        removed,
    ]
}

/// Removes a product, in this version when one is given; open orders keep their reservations.
pub async fn remove_product(
    runtime: &Runtime,
    product: &ProductId,
    version: Option<EntryId>,
    trace: TraceParent,
) -> Result<Change> {
    let event = ProductRemoved {
        product_id: product.clone(),
    };
    let script = script!("catalog/remove_product" {
        envelope: Envelope::next(trace),
        product,
        event: pack(ProductRemoved::KIND, &event)?,
        version,
    });
    script::run(runtime, &written(runtime), script).await
}

/// Returns one product from Redis.
pub async fn find(runtime: &Runtime, product: &ProductId) -> Result<Option<VersionedProduct>> {
    let [products, versions, ..] = written(runtime);
    let mut pipe = redis::pipe();
    pipe.atomic();
    for key in [products, versions] {
        pipe.cmd("HGET").arg(key).arg(product.as_str());
    }
    let (json, version): (Option<String>, Option<String>) =
        pipe.query_async(&mut runtime.server().link()).await?;
    Ok(json.and_then(|json| stored(&json, version.as_deref())))
}

/// The whole catalogue.
pub async fn all(runtime: &Runtime) -> Result<Vec<VersionedProduct>> {
    let [products, versions, ..] = written(runtime);
    let mut pipe = redis::pipe();
    pipe.atomic();
    for key in [products, versions] {
        pipe.cmd("HGETALL").arg(key);
    }
    let (products, versions): (HashMap<String, String>, HashMap<String, String>) =
        pipe.query_async(&mut runtime.server().link()).await?;
    let one = |(id, json): (&String, &String)| stored(json, versions.get(id).map(String::as_str));
    Ok(products.iter().filter_map(one).collect())
}

fn stored(json: &str, version: Option<&str>) -> Option<VersionedProduct> {
    Some(VersionedProduct {
        product: serde_json::from_str(json).ok()?,
        version: version.and_then(|id| id.parse().ok()).unwrap_or_default(),
    })
}
