//! The kinds of requests that are measured.

use std::{net::SocketAddr, sync::Arc};

use super::{
    client::{Maker, Request},
    dataset,
};

/// Figures that a shop of the first order is asked for.
const READS: u32 = 10_000;
const WRITES: u32 = 2_000;

/// Location requests go, and who sends those that change something.
pub(super) struct Ends {
    pub(super) api: SocketAddr,
    pub(super) yardstick: SocketAddr,
    pub(super) token: String,
}

/// What a kind is compared with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mate {
    /// The handler that answers two letters.
    Small,
    /// The handler that answers as many bytes as a list has.
    Large,
}

/// One kind of request.
pub(super) struct Kind {
    pub(super) name: &'static str,
    pub(super) address: SocketAddr,
    pub(super) mate: Mate,
    /// Answers per second that are asked for.
    pub(super) asked: Option<u32>,
    /// Request number `n`.
    pub(super) request: Maker,
}

/// A page from product `n` on.
pub(super) fn list(n: u64) -> Request {
    Request::get(format!("/v1/products?after={}", dataset::id(n)))
}

/// Every kind; the yardsticks first, in the order of [`Mate`].
pub(super) fn all(ends: &Ends, products: u64, weight: usize) -> Vec<Kind> {
    let token = ends.token.clone();
    let read = |name, mate, asked, request: fn(u64) -> String| Kind {
        name,
        address: ends.api,
        mate,
        asked,
        request: Arc::new(move |n| Request::get(request(n % products))),
    };
    let trivial = |name, mate, path: String| Kind {
        name,
        address: ends.yardstick,
        mate,
        asked: None,
        request: Arc::new(move |_| Request::get(path.clone())),
    };
    let reads = Some(READS);
    vec![
        trivial("trivial handler", Mate::Small, "/".to_owned()),
        trivial(
            "trivial, of a list's size",
            Mate::Large,
            format!("/{weight}"),
        ),
        read("one product", Mate::Small, reads, |n| {
            format!("/v1/products/{}", dataset::id(n))
        }),
        read("first page", Mate::Large, reads, |_| {
            "/v1/products".to_owned()
        }),
        Kind {
            name: "page in the middle",
            address: ends.api,
            mate: Mate::Large,
            asked: reads,
            request: Arc::new(move |n| list(n % products)),
        },
        read("by price, in the middle", Mate::Large, reads, |n| {
            let (price, id) = (dataset::price(n), dataset::id(n));
            format!("/v1/products?sort=price&after=price:{price}:{id}")
        }),
        read("of a category, in stock", Mate::Large, reads, |n| {
            let category = dataset::category(n);
            format!("/v1/products?category={category}&inStock=true&sort=name")
        }),
        read("in a range of prices", Mate::Large, reads, |n| {
            let least = dataset::price(n);
            let most = least + 100;
            format!("/v1/products?minPrice={least}&maxPrice={most}")
        }),
        read(
            "search, few found",
            Mate::Large,
            None,
            dataset::narrow_search,
        ),
        read(
            "search, many found",
            Mate::Large,
            None,
            dataset::wide_search,
        ),
        Kind {
            name: "change of stock",
            address: ends.api,
            mate: Mate::Small,
            asked: Some(WRITES),
            request: Arc::new(move |n| {
                let path = format!("/v1/products/{}/stock", dataset::id(n % products));
                Request::post(path, "{\"delta\":1}", &token)
            }),
        },
    ]
}
