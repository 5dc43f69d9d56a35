//! The catalogue: products by id, each with the version of its last change, and the stream that tells
//! read models of changes.

use std::collections::HashMap;

use contracts::{
    Product, ProductId,
    event::{Message, ProductChanged, ProductRemoved},
};
use streamward::{Envelope, Error, Partition, Runtime, TraceParent, pack};

use crate::{EntryId, Result, entry_id::TakeId, keys, scripts};

/// A product and when it was changed last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VersionedProduct {
    /// The product.
    pub product: Product,
    /// The id of the catalogue's entry that tells of its last change; `0-0` when it is older than
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

impl Mode {
    /// The script's word, and the version that it asks for.
    fn words(self) -> (&'static str, String) {
        match self {
            Self::Add => ("add", String::new()),
            Self::Replace(version) => ("replace", version.to_string()),
            Self::Put => ("put", String::new()),
        }
    }
}

/// Result of a change of the catalogue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// The change is stored; this is its entry.
    Written(EntryId),
    /// The product exists already.
    Exists,
    /// There is no such product.
    Unknown,
    /// The product is in another version.
    Conflict,
}

/// Adds or changes a product.
///
/// # Errors
/// [`streamward::Error`].
pub async fn put_product(
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
    let (word, version) = mode.words();
    let mut reply = scripts::PUT_PRODUCT
        .call(&written(first))
        .arg(&envelope.id)
        .arg(&envelope.at)
        .arg(&envelope.tp)
        .arg(product.id.as_str())
        .arg(json)
        .arg(pack(ProductChanged::KIND, &event)?)
        .arg(word)
        .arg(version)
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "PUT" => reply.take_id().map(Change::Written),
        "EXISTS" => Ok(Change::Exists),
        "UNKNOWN" => Ok(Change::Unknown),
        "CONFLICT" => Ok(Change::Conflict),
        _ => Err(reply.unexpected()),
    }
}

/// The keys that a change writes.
fn written(first: &Partition) -> [String; 3] {
    [
        keys::products(first),
        keys::product_versions(first),
        keys::catalog(first),
    ]
}

/// Removes a product, in this version when one is given; what was promised of it stays promised.
///
/// # Errors
/// [`streamward::Error`].
pub async fn remove_product(
    runtime: &Runtime,
    product: &ProductId,
    version: Option<EntryId>,
    trace: TraceParent,
) -> Result<Change> {
    let first = &runtime.partitions()[0];
    let envelope = Envelope::next(trace);
    let event = ProductRemoved {
        product_id: product.clone(),
    };
    let mut reply = scripts::REMOVE_PRODUCT
        .call(&written(first))
        .arg(&envelope.id)
        .arg(&envelope.at)
        .arg(&envelope.tp)
        .arg(product.as_str())
        .arg(pack(ProductRemoved::KIND, &event)?)
        .arg(
            version
                .map(|version| version.to_string())
                .unwrap_or_default(),
        )
        .run(&mut runtime.server().link())
        .await?;
    match reply.tag() {
        "REMOVED" => reply.take_id().map(Change::Written),
        "UNKNOWN" => Ok(Change::Unknown),
        "CONFLICT" => Ok(Change::Conflict),
        _ => Err(reply.unexpected()),
    }
}

/// Returns one product from Redis.
///
/// # Errors
/// [`streamward::Error`].
pub async fn find(runtime: &Runtime, product: &ProductId) -> Result<Option<VersionedProduct>> {
    let first = &runtime.partitions()[0];
    let mut pipe = redis::pipe();
    pipe.atomic();
    for key in [keys::products(first), keys::product_versions(first)] {
        pipe.cmd("HGET").arg(key).arg(product.as_str());
    }
    let (json, version): (Option<String>, Option<String>) =
        pipe.query_async(&mut runtime.server().link()).await?;
    Ok(json.and_then(|json| stored(&json, version.as_deref())))
}

/// The whole catalogue.
///
/// # Errors
/// [`streamward::Error`].
pub async fn all(runtime: &Runtime) -> Result<Vec<VersionedProduct>> {
    let first = &runtime.partitions()[0];
    let mut pipe = redis::pipe();
    pipe.atomic();
    for key in [keys::products(first), keys::product_versions(first)] {
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
