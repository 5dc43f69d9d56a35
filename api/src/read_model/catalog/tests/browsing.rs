//! Pages equal those of a filter and a sort over all products, after any changes.

use rand::{Rng as _, SeedableRng as _, rngs::StdRng};

use super::{super::model::Known, *};
use crate::read_model::item::Match;

const IDS: u32 = 400;
const CHANGES: u64 = 3000;
const LISTS: u32 = 300;
/// More than there are products.
const NO_END: usize = 100_000;

fn id(n: u32) -> ProductId {
    format!("product-{n}").parse().unwrap()
}

fn one_of(random: &mut StdRng, words: &[&str]) -> String {
    words[random.random_range(0..words.len())].to_owned()
}

const CATEGORIES: [&str; 3] = ["kitchen", "paper", "clothes"];
const TAGS: [&str; 4] = ["red", "gift", "oak", "rare"];

fn product(random: &mut StdRng) -> Product {
    let name = one_of(random, &["Mug", "mug", "Lamp", "Éclair", "pen"]);
    let price = Money::new(random.random_range(1..30), Currency::EUR);
    let mut product = Product::new(id(random.random_range(0..IDS)), name, price);
    product.on_sale = random.random_bool(0.9);
    product.category = random.random_bool(0.8).then(|| one_of(random, &CATEGORIES));
    product.tags = (0..random.random_range(0..3))
        .map(|_| one_of(random, &TAGS))
        .collect();
    product
}

fn update(random: &mut StdRng, n: u64) -> Update {
    match random.random_range(0..10) {
        0..5 => Update::Changed(VersionedProduct {
            product: product(random),
            version: entry(n),
        }),
        5 => Update::Removed(id(random.random_range(0..IDS)), entry(n)),
        _ => Update::Counted(Shelf {
            partition: random.random_range(0..2),
            product: id(random.random_range(0..IDS)),
            available: random.random_range(-1..3),
            revision: n,
        }),
    }
}

fn criteria(random: &mut StdRng) -> Criteria {
    let flag = |random: &mut StdRng| random.random_bool(0.3).then(|| random.random());
    let least = random.random_range(0..30);
    Criteria {
        category: random
            .random_bool(0.3)
            .then(|| one_of(random, &["kitchen", "paper", "clothes", "none"])),
        tag: random.random_bool(0.3).then(|| one_of(random, &TAGS)),
        min_price: random.random_bool(0.3).then_some(least),
        max_price: random.random_bool(0.3).then(|| least + 5),
        in_stock: flag(random),
        on_sale: flag(random),
        sort: Sort::ROWS[random.random_range(0..Sort::ROWS.len())],
        facets: random.random(),
    }
}

/// The ids of what fits, in order, by a look at everything.
fn plainly(catalog: &Catalog, criteria: &Criteria) -> Vec<ProductId> {
    let model = catalog.read();
    let fits = |known: &&Known| {
        let (product, available) = (&known.item.stored.product, known.counts.available());
        criteria.tag.iter().all(|tag| product.tags.contains(tag))
            && criteria
                .min_price
                .is_none_or(|least| product.price.amount >= least)
            && criteria
                .max_price
                .is_none_or(|most| product.price.amount <= most)
            && criteria.in_stock.is_none_or(|is| is == (available > 0))
            && criteria.on_sale.is_none_or(|is| is == product.on_sale)
            && (criteria.category.is_none() || criteria.category == product.category)
    };
    let mut found: Vec<&Known> = model.products.values().filter(fits).collect();
    found.sort_by(|one, other| {
        let (one, other) = (&one.item.stored, &other.item.stored);
        let (a, b) = (&one.product, &other.product);
        let order = match criteria.sort {
            Sort::Id | Sort::Relevance => std::cmp::Ordering::Equal,
            Sort::Price => a.price.amount.cmp(&b.price.amount),
            Sort::PriceDown => b.price.amount.cmp(&a.price.amount),
            Sort::Name => a.name.to_lowercase().cmp(&b.name.to_lowercase()),
            Sort::Newest => other.version.cmp(&one.version),
        };
        order.then_with(|| a.id.cmp(&b.id))
    });
    let ids = found.into_iter();
    ids.map(|known| known.item.stored.product.id.clone())
        .collect()
}

/// The ids of what fits, page after page; among matches when there was a search.
fn page_by_page(
    catalog: &Catalog,
    matches: Option<&[Match]>,
    criteria: &Criteria,
    limit: usize,
) -> Vec<ProductId> {
    let (mut found, mut after): (_, Option<Cursor>) = (Vec::new(), None);
    loop {
        let page = match matches {
            None => catalog
                .browse(criteria, after.as_ref(), limit, NO_END)
                .unwrap(),
            Some(matches) => {
                catalog.browse_among(matches.to_vec(), criteria, after.as_ref(), limit)
            }
        };
        let products = page.products.iter();
        found.extend(products.map(|shown| shown.stored().product.id.clone()));
        let Some(next) = page.next else { return found };
        assert_eq!(page.products.len(), limit);
        after = Cursor::read(criteria.sort, &next.to_string());
        assert!(after.is_some(), "{next}");
    }
}

fn compare(catalog: &Catalog, random: &mut StdRng) {
    for _ in 0..LISTS {
        let (criteria, limit) = (criteria(random), random.random_range(1..40));
        let expected = plainly(catalog, &criteria);
        assert_eq!(
            page_by_page(catalog, None, &criteria, limit),
            expected,
            "{criteria:?}"
        );
        let page = catalog.browse(&criteria, None, limit, NO_END).unwrap();
        let counts = criteria.facets.then(|| {
            let mut counts = std::collections::BTreeMap::new();
            let any = Criteria {
                category: None,
                ..criteria.clone()
            };
            for id in plainly(catalog, &any) {
                let shown = catalog.get(&id).unwrap();
                if let Some(category) = &shown.stored().product.category {
                    *counts.entry(category.clone()).or_default() += 1;
                }
            }
            counts
        });
        assert_eq!(page.categories, counts, "{criteria:?}");
    }
}

#[test]
fn a_list_equals_a_full_filter_and_sort() {
    for seed in 0..4 {
        let mut random = StdRng::seed_from_u64(seed);
        let catalog = catalog(Model::default());
        for n in 1..=CHANGES {
            catalog.apply(update(&mut random, n));
        }
        compare(&catalog, &mut random);
        // The same products again, as a process finds them that starts now.
        let known = |known: &Known| VersionedProduct::clone(&known.item.stored);
        let products = catalog.read().products.values().map(known).collect();
        catalog.replace(Snapshot {
            products,
            ..Snapshot::default()
        });
        catalog.apply(update(&mut random, CHANGES + 1));
        compare(&catalog, &mut random);
    }
}

#[test]
fn pages_of_matches_equal_a_full_filter_and_sort() {
    let mut random = StdRng::seed_from_u64(11);
    let catalog = catalog(Model::default());
    for n in 0..4000 {
        let mut product = product(&mut random);
        product.id = id(n);
        let version = entry(u64::from(n) + 1);
        catalog.apply(Update::Changed(VersionedProduct { product, version }));
    }
    for _ in 0..100 {
        let mut criteria = criteria(&mut random);
        if random.random_bool(0.4) {
            criteria.sort = Sort::Relevance;
        }
        // Some searches find a few, and some find most of what there is.
        let share = f64::from(random.random_range(1..100)) / 100.0;
        let mut scores = HashMap::new();
        for known in catalog.read().products.values() {
            if random.random_bool(share) {
                let score = [4, 32][random.random_range(0..2)];
                scores.insert(known.item.number, score);
            }
        }
        let score_of = |id: &ProductId| scores.get(&catalog.read().products[id].item.number);
        let mut expected = plainly(&catalog, &criteria);
        expected.retain(|id| score_of(id).is_some());
        if criteria.sort == Sort::Relevance {
            expected.sort_by_key(|id| std::cmp::Reverse(score_of(id)));
        }
        let matches: Vec<Match> = scores
            .iter()
            .map(|(number, score)| (*number, *score))
            .collect();
        let limit = random.random_range(1..400);
        let found = page_by_page(&catalog, Some(&matches), &criteria, limit);
        assert_eq!(found, expected, "{criteria:?}");
    }
}

#[test]
fn a_row_of_thousands_is_independent_of_insertion_order() {
    for step in [1, 7, 4999] {
        let catalog = catalog(Model::default());
        for n in 0..5000 {
            let n = n * step % 5000;
            let price = Money::new(n % 100, Currency::EUR);
            let id = format!("product-{n}").parse().unwrap();
            catalog.apply(Update::Changed(VersionedProduct {
                product: Product::new(id, "Mug".to_owned(), price),
                version: entry(1),
            }));
        }
        for sort in [Sort::Id, Sort::Price, Sort::PriceDown] {
            let criteria = Criteria {
                sort,
                ..Criteria::default()
            };
            let expected = plainly(&catalog, &criteria);
            assert_eq!(
                page_by_page(&catalog, None, &criteria, 333),
                expected,
                "{sort:?}"
            );
        }
    }
}

#[test]
fn a_long_scan_is_given_up() {
    let catalog = catalog(Model::default());
    for n in 0..100 {
        let price = Money::new(1, Currency::EUR);
        catalog.apply(Update::Changed(VersionedProduct {
            product: Product::new(id(n), "Mug".to_owned(), price),
            version: entry(1),
        }));
    }
    let rare = Criteria {
        in_stock: Some(true),
        ..Criteria::default()
    };
    assert!(catalog.browse(&rare, None, 10, 99).is_none());
    assert!(catalog.browse(&rare, None, 10, 100).is_some());
    let all = Criteria::default();
    assert!(catalog.browse(&all, None, 10, 11).is_some());
}
