//! The kinds of requests to measure.

use std::{net::SocketAddr, sync::Arc};

use super::{
    client::{Request, RequestFn},
    dataset,
};

/// Target throughput per second.
const READS: u32 = 10_000;
const WRITES: u32 = 2_000;

/// Addresses of the servers, and the token of an administrator.
pub(super) struct Endpoints {
    pub(super) api: SocketAddr,
    pub(super) baseline: SocketAddr,
    pub(super) token: String,
}

/// Trivial handler that a kind is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Baseline {
    /// Answers two bytes.
    Small,
    /// Answers as many bytes as a list has.
    Large,
}

/// A kind of request.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    pub(super) baseline: Baseline,
    /// Target throughput per second.
    pub(super) target: Option<u32>,
    /// Returns request number `n`.
    pub(super) request: RequestFn,
}

/// Returns the path of a page after product `n`.
pub(super) fn list(n: u64) -> String {
    format!("/v1/products?after={}", dataset::id(n))
}

/// Returns every kind; the trivial handlers first, in the order of [`Baseline`].
pub(super) fn all(endpoints: &Endpoints, products: u64, size: usize) -> Vec<Kind> {
    use Baseline::{Large, Small};

    let token = endpoints.token.clone();
    let kind = |name, baseline, target, path: fn(u64) -> String| Kind {
        name,
        address: endpoints.api,
        baseline,
        target,
        request: Arc::new(move |n| Request::get(path(n % products))),
    };
    let trivial = |name, baseline, path: String| Kind {
        name,
        address: endpoints.baseline,
        baseline,
        target: None,
        request: Arc::new(move |_| Request::get(path.clone())),
    };
    let read = |name, baseline, path| kind(name, baseline, Some(READS), path);
    let search = |name, path| kind(name, Large, None, path);
    vec![
        trivial("trivial handler", Small, "/".to_owned()),
        trivial("trivial, of a list's size", Large, format!("/{size}")),
        read("one product", Small, |n| {
            format!("/v1/products/{}", dataset::id(n))
        }),
        read("first page", Large, |_| "/v1/products".to_owned()),
        read("page in the middle", Large, list),
        read("by price, in the middle", Large, |n| {
            let (price, id) = (dataset::price(n), dataset::id(n));
            format!("/v1/products?sort=price&after=price:{price}:{id}")
        }),
        read("of a category, in stock", Large, |n| {
            let category = dataset::category(n);
            format!("/v1/products?category={category}&inStock=true&sort=name")
        }),
        read("in a range of prices", Large, |n| {
            let least = dataset::price(n);
            format!("/v1/products?minPrice={least}&maxPrice={}", least + 100)
        }),
        search("search, few found", dataset::narrow_search),
        search("search, many found", dataset::wide_search),
        Kind {
            target: Some(WRITES),
            request: Arc::new(move |n| {
                let path = format!("/v1/products/{}/stock", dataset::id(n % products));
                Request::post(path, "{\"delta\":1}", &token)
            }),
            ..kind("change of stock", Small, None, list)
        },
    ]
}
