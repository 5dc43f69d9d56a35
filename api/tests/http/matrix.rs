//! Authorisation of every route for every kind of caller, as one table.

mod callers;
mod requests;
mod table;

use std::collections::{BTreeMap, BTreeSet};

use supervision::{ChildSpec, SupervisorSpec, TaskContext, Tree};

use self::{callers::CALLERS, table::Row};
use crate::support::{Client, Reply, Shop};

/// A shop, and an administrator that creates the resources of the requests.
struct Harness {
    shop: Shop,
    admin: Client,
    password_hash: String,
    tree: Tree,
}

/// Parts of the tree that can be crashed; each is crashed once.
const PARTS: usize = 16;

impl Harness {
    async fn open() -> Self {
        let shop = Shop::quick(|_| {}).await;
        let part = |number: usize| {
            let worker = ChildSpec::task("worker", |context: TaskContext| async move {
                context.stopping.cancelled().await;
                Ok(())
            });
            ChildSpec::supervisor(SupervisorSpec::new(format!("part-{number}")).child(worker))
        };
        let parts = (0..PARTS).map(part);
        let tree = parts.fold(SupervisorSpec::new("shop"), SupervisorSpec::child);
        let tree = tree.start().await.unwrap();
        shop.api.set_tree(tree.clone());
        Self {
            admin: shop.admin().await,
            password_hash: callers::password_hash().await,
            shop,
            tree,
        }
    }

    /// Returns the state that a refused request must not change: entries per stream, coupons, webhooks.
    async fn state(&self) -> (BTreeMap<String, u64>, [String; 2]) {
        let mut connection = self.shop.redis.connection().await;
        let mut scan = redis::cmd("SCAN");
        scan.arg(0).arg("COUNT").arg(1_000_000);
        scan.arg("TYPE").arg("stream");
        let (rest, keys): (u64, Vec<String>) = scan.query_async(&mut connection).await.unwrap();
        assert_eq!(rest, 0, "one look sees all streams");
        let mut count = redis::pipe();
        for key in &keys {
            count.cmd("XLEN").arg(key);
        }
        let lengths: Vec<u64> = count.query_async(&mut connection).await.unwrap();
        let lengths = keys.into_iter().zip(lengths).collect();
        let lists = ["/v1/coupons?limit=100", "/v1/webhooks"];
        let [coupons, webhooks] = lists.map(|path| self.admin.get(path));
        (lengths, [coupons.await.text, webhooks.await.text])
    }

    /// Returns the fault of the response to one caller, if there is one.
    async fn check(&self, row: &Row, place: usize) -> Option<String> {
        let owner = self.person(&[store::account::Role::Customer]).await;
        let request = self.request(row, &owner).await;
        let caller = self.caller(place, &owner, row).await;
        let before = self.state().await;
        let reply = caller.send(row.method, &request).await;
        let wanted = row.answer(place);
        let wrong = if !wanted.is(&reply) {
            format!("is answered {}, not {wanted:?}", named(&reply))
        } else if wanted.status >= 400 && self.state().await != before {
            "is refused, and yet something was written".to_owned()
        } else {
            return None;
        };
        let (caller, method, path) = (CALLERS[place], row.method, row.path);
        Some(format!("{caller}: {method} {path} {wrong}"))
    }
}

fn named(reply: &Reply) -> String {
    let text = reply.text.get(..200).unwrap_or(&reply.text);
    format!("{} {text}", reply.status.as_u16())
}

/// Sends every request of a part of the table as every caller.
async fn walk(part: &'static str) {
    let harness = Harness::open().await;
    let mut wrong = Vec::new();
    for row in table::rows(part) {
        for place in 0..CALLERS.len() {
            wrong.extend(harness.check(&row, place).await);
        }
    }
    harness.tree.shutdown().await;
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[tokio::test]
async fn orders_are_their_owners() {
    walk(table::ORDERS).await;
}

#[tokio::test]
async fn the_catalogue_is_public_to_read_and_administrators_write() {
    walk(table::CATALOGUE).await;
}

#[tokio::test]
async fn webhooks_are_administrators() {
    walk(table::WEBHOOKS).await;
}

#[tokio::test]
async fn sessions_and_keys_belong_to_their_owner_and_need_a_session() {
    walk(table::ACCOUNTS).await;
}

#[tokio::test]
async fn the_machinery_is_operators() {
    walk(table::MACHINERY).await;
}

#[tokio::test]
async fn public_routes_admit_every_caller() {
    walk(table::PUBLIC).await;
}

#[tokio::test]
async fn every_route_that_is_described_is_in_the_table_and_no_other() {
    let shop = Shop::open().await;
    let description = shop.visitor().get("/openapi.json").await.expect(200).body();
    let paths = description["paths"].as_object().unwrap().iter();
    let described: BTreeSet<(String, String)> = paths
        .flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys();
            methods.map(|method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let named = |(method, path): (&str, &str)| (method.to_owned(), path.to_owned());
    let table: BTreeSet<_> = table::routes().into_iter().map(named).collect();
    assert_eq!(table, described);
}

#[test]
fn no_route_is_in_the_table_twice() {
    let routes = table::routes();
    let different: BTreeSet<_> = routes.iter().collect();
    assert_eq!(different.len(), routes.len());
}
