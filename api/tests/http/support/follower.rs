//! A read model that follows.

use supervision::{ChildSpec, SupervisorSpec, Tree};

use super::Shop;

/// Starts the follower of the shop's API, as a child `catalog` of the tree.
pub(crate) async fn following(shop: &Shop) -> Tree {
    let api = shop.api.clone();
    let follower = ChildSpec::task("catalog", move |context| {
        api.clone().follow_catalog(context)
    });
    let api = shop.api.clone();
    let indexer = ChildSpec::task("search", move |context| api.clone().keep_index(context));
    SupervisorSpec::new("api")
        .child(follower)
        .child(indexer)
        .start()
        .await
        .unwrap()
}
