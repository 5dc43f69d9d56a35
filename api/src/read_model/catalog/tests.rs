//! The catalogue keeps the newest updates, and its pages equal those of a scan.

mod browsing;

use contracts::{Currency, Money, Product};
use store::{EntryId, catalog::VersionedProduct, read_model::Shelf};

use super::*;

fn entry(n: u64) -> EntryId {
    format!("{n}-0").parse().unwrap()
}

fn mug() -> ProductId {
    "mug".parse().unwrap()
}

fn stored(price: i64, version: u64) -> VersionedProduct {
    VersionedProduct {
        product: Product::new(mug(), "Mug".to_owned(), Money::new(price, Currency::EUR)),
        version: entry(version),
    }
}

fn counted(partition: usize, available: i64, revision: u64) -> Update {
    Update::Counted(Shelf {
        partition,
        product: mug(),
        available,
        revision,
    })
}

fn shelf(partition: usize, available: i64) -> Shelf {
    Shelf {
        partition,
        product: mug(),
        available,
        revision: 5,
    }
}

fn price(model: &Model) -> Option<i64> {
    let known = model.products.get(&mug())?;
    Some(known.item.stored.product.price.amount)
}

fn catalog(model: Model) -> Catalog {
    Catalog {
        model: RwLock::new(model),
        current_ms: AtomicU64::new(clock::now_ms()),
    }
}

#[test]
fn the_newer_change_wins_in_any_order() {
    let mut model = Model::default();
    model.apply(Update::Changed(stored(2, 20)));
    model.apply(Update::Changed(stored(1, 10)));
    assert_eq!(price(&model), Some(2));
    model.apply(Update::Removed(mug(), entry(30)));
    model.apply(Update::Changed(stored(2, 20)));
    assert_eq!(price(&model), None, "an older change brings nothing back");
    model.apply(Update::Changed(stored(4, 40)));
    model.apply(Update::Removed(mug(), entry(30)));
    assert_eq!(price(&model), Some(4));
}

#[test]
fn the_newer_count_stays_and_partitions_add_up() {
    let mut model = Model::default();
    model.apply(counted(1, 9, 10));
    model.apply(Update::Changed(stored(1, 1)));
    let unknown = "what is counted before there is a product is read when there is one";
    assert_eq!(model.available(&mug()), None, "{unknown}");
    model.complete(&mug());
    model.apply(counted(1, 3, 20));
    model.apply(counted(1, 9, 10));
    assert_eq!(model.available(&mug()), Some(3));
    model.apply(counted(0, 4, 5));
    assert_eq!(model.available(&mug()), Some(7));
    model.apply(Update::Changed(stored(2, 2)));
    model.apply(counted(1, 0, 21));
    assert_eq!(model.available(&mug()), Some(4));
}

#[test]
fn a_product_that_is_back_is_not_sold_out_before_all_its_shelves_were_read() {
    let mut model = Model::default();
    model.apply(Update::Changed(stored(1, 1)));
    model.complete(&mug());
    let catalog = catalog(model);
    catalog.count(&[mug()], vec![shelf(0, 2), shelf(1, 3)]);
    catalog.follow(vec![
        Update::Removed(mug(), entry(2)),
        Update::Changed(stored(1, 3)),
        counted(0, 0, 6),
    ]);
    let sold_out = || catalog.sold_out([&mug()].into_iter());
    assert!(sold_out().is_empty(), "the other shelf is not known yet");
    assert_eq!(catalog.without_shelves(vec![mug()]), [mug()]);
    catalog.count(&[mug()], vec![shelf(1, 3)]);
    assert!(catalog.without_shelves(vec![mug()]).is_empty());
    assert_eq!(catalog.get(&mug()).unwrap().available, 3);
    catalog.follow(vec![counted(1, 0, 7)]);
    assert_eq!(sold_out(), [0]);
}

#[test]
fn only_a_current_model_reports_sold_out() {
    let mut model = Model::default();
    model.apply(Update::Changed(stored(1, 1)));
    model.apply(counted(0, 0, 1));
    model.complete(&mug());
    let catalog = catalog(model);
    let (mug, unknown) = (mug(), "pen".parse().unwrap());
    let sold_out = || catalog.sold_out([&unknown, &mug].into_iter());
    assert_eq!(sold_out(), [1], "of the pen nothing is known");
    let long_ago = clock::now_ms() - STALE_MS - 1;
    catalog.current_ms.store(long_ago, Ordering::Relaxed);
    assert!(sold_out().is_empty());
}

#[test]
fn nothing_of_a_removed_product_is_left_but_the_removal() {
    let mut model = Model::default();
    model.apply(Update::Changed(stored(1, 1)));
    model.apply(counted(0, 3, 1));
    model.apply(Update::Removed(mug(), entry(2)));
    model.apply(counted(0, 4, 3));
    assert!(model.products.is_empty() && model.by_number.is_empty());
    assert_eq!(model.removed.version_of(&mug()), Some(entry(2)));
    model.apply(Update::Changed(stored(1, 4)));
    assert_eq!(model.removed.version_of(&mug()), None);
    assert_eq!(model.available(&mug()), None);
}

#[test]
fn updates_while_a_snapshot_is_read_survive_it() {
    let catalog = catalog(Model::default());
    catalog.expect_snapshot();
    catalog.apply(Update::Changed(stored(2, 20)));
    catalog.count(&[mug()], vec![shelf(0, 5)]);
    catalog.replace(Snapshot::default());
    let shown = catalog.get(&mug()).expect("the snapshot was older");
    assert_eq!(shown.available, 5);

    catalog.expect_snapshot();
    catalog.apply(Update::Removed(mug(), entry(30)));
    let older = || Snapshot {
        products: vec![stored(2, 20)],
        ..Snapshot::default()
    };
    catalog.replace(older());
    assert!(catalog.get(&mug()).is_none(), "the removal is newer");

    catalog.expect_snapshot();
    catalog.apply(Update::Changed(stored(1, 10)));
    catalog.replace(older());
    assert_eq!(price(&catalog.read()), Some(2), "the snapshot is newer");
    catalog.apply(counted(0, 4, 6));
    catalog.replace(Snapshot::default());
    assert_eq!(catalog.len(), 0, "lost writes of Redis do not stay");
}

#[test]
fn an_update_older_than_the_snapshot_brings_no_removed_product_back() {
    let catalog = catalog(Model::default());
    catalog.replace(Snapshot {
        changed: entry(20),
        ..Snapshot::default()
    });
    catalog.apply(Update::Changed(stored(1, 10)));
    assert!(catalog.get(&mug()).is_none());
    catalog.apply(Update::Changed(stored(3, 30)));
    assert_eq!(price(&catalog.read()), Some(3));
}

#[test]
fn a_products_index_number_is_stable() {
    let catalog = catalog(Model::default());
    let number = || catalog.read().products[&mug()].item.number;
    catalog.apply(Update::Changed(stored(1, 1)));
    let first = number();
    catalog.apply(Update::Changed(stored(2, 2)));
    assert_eq!(number(), first);
    catalog.replace(Snapshot {
        products: vec![stored(3, 3)],
        ..Snapshot::default()
    });
    assert_eq!(number(), first);
    catalog.apply(Update::Removed(mug(), entry(4)));
    catalog.apply(Update::Changed(stored(5, 5)));
    assert_ne!(number(), first);
}
