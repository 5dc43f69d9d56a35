use contracts::{Currency, Money, Product};

use super::*;

fn entry(n: u64) -> EntryId {
    format!("{n}-0").parse().unwrap()
}

fn mug() -> ProductId {
    "mug".parse().unwrap()
}

fn stored(price: i64, version: u64) -> Stored {
    Stored {
        product: Product::new(mug(), "Mug".to_owned(), Money::new(price, Currency::EUR)),
        version: entry(version),
    }
}

fn counted(partition: usize, available: i64, as_of: u64) -> Update {
    Update::Counted(Shelf {
        partition,
        product: mug(),
        available,
        as_of: entry(as_of),
    })
}

fn price(model: &Model) -> Option<i64> {
    Some(model.products.get(&mug())?.product.price.amount)
}

#[test]
fn the_newer_change_stays_in_whatever_order_they_come() {
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
    assert_eq!(model.shelves.available(&mug()), None);
    model.apply(counted(1, 3, 20));
    model.apply(counted(1, 9, 10));
    assert_eq!(model.shelves.available(&mug()), Some(3));
    model.apply(counted(0, 4, 5));
    assert_eq!(model.shelves.available(&mug()), Some(7));
    model.apply(counted(1, 0, 21));
    assert_eq!(model.shelves.available(&mug()), Some(4));
}

#[test]
fn only_a_model_that_is_current_says_that_something_is_sold_out() {
    let mut model = Model::default();
    model.apply(counted(0, 0, 1));
    let catalog = Catalog {
        model: RwLock::new(model),
        heard_ms: AtomicU64::new(clock::now_ms()),
    };
    let (mug, unknown) = (mug(), "pen".parse().unwrap());
    let sold_out = || catalog.sold_out([&unknown, &mug].into_iter());
    assert_eq!(sold_out(), [1], "of the pen nothing is known");
    let long_ago = clock::now_ms() - STALE_MS - 1;
    catalog.heard_ms.store(long_ago, Ordering::Relaxed);
    assert!(sold_out().is_empty());
}
