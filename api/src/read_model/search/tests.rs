//! Search finds what a scan of all texts would find.

use std::sync::Arc;

use contracts::{Currency, Money, Product};
use rand::{Rng as _, SeedableRng as _, rngs::StdRng};
use store::{EntryId, catalog::VersionedProduct};

use super::*;
use crate::read_model::item::Item;

/// The products that there are, by their numbers.
const IDS: [&str; 3] = ["pot-01", "mug-01", "tea-01"];

fn product(id: &str, name: &str, description: &str) -> Product {
    Product {
        description: description.to_owned(),
        ..Product::new(
            id.parse().unwrap(),
            name.to_owned(),
            Money::new(1, Currency::EUR),
        )
    }
}

fn number(id: &str) -> u64 {
    IDS.iter().position(|one| *one == id).unwrap() as u64
}

fn write(index: &Index, products: Vec<Product>) {
    let texts = products.into_iter().map(|product| {
        let version = EntryId::default();
        let (id, number) = (product.id.clone(), number(product.id.as_str()));
        let stored = Arc::new(VersionedProduct { product, version });
        (id, Some(Arc::new(Item::new(stored, number, 0))))
    });
    index.write(&texts.collect::<Vec<_>>()).unwrap();
}

fn shop() -> Index {
    let index = Index::new().unwrap();
    let tagged = Product {
        category: Some("kitchen".to_owned()),
        tags: vec!["gift".to_owned()],
        ..product("tea-01", "Green tea", "From the hills.")
    };
    write(
        &index,
        vec![
            product("pot-01", "Teapot", "Holds a litre of tea."),
            product("mug-01", "Mug, crème", "For coffee, or tea."),
            tagged,
        ],
    );
    index
}

/// The ids of what is found, best first.
fn found(index: &Index, text: &str) -> Vec<String> {
    let found = index.find(text).unwrap().into_iter();
    let mut found: Vec<(u32, &str)> = found
        .map(|(number, score)| (score, IDS[usize::try_from(number).unwrap()]))
        .collect();
    found.sort_unstable_by(|(score, id), (than, other)| than.cmp(score).then(id.cmp(other)));
    found.into_iter().map(|(_, id)| id.to_owned()).collect()
}

#[test]
fn a_word_counts_more_in_the_name_than_within_it_and_least_in_the_description() {
    assert_eq!(found(&shop(), "TEA"), ["tea-01", "pot-01", "mug-01"]);
}

#[test]
fn every_word_must_match() {
    let shop = shop();
    assert_eq!(found(&shop, "litre teapot"), ["pot-01"]);
    assert_eq!(found(&shop, "kitchen gift"), ["tea-01"]);
    assert!(found(&shop, "kitchen litre").is_empty());
}

#[test]
fn parts_of_names_and_ids_are_found_and_accents_do_not_matter() {
    let shop = shop();
    assert_eq!(found(&shop, "eapo"), ["pot-01"]);
    assert_eq!(found(&shop, "mug-01"), ["mug-01"]);
    assert_eq!(found(&shop, "CREME"), ["mug-01"]);
    assert_eq!(found(&shop, "crème"), ["mug-01"]);
}

#[test]
fn a_typo_matches_when_nothing_else_does() {
    let shop = shop();
    assert_eq!(found(&shop, "teepot"), ["pot-01"]);
    assert_eq!(found(&shop, "cofee"), ["mug-01"]);
    assert!(
        found(&shop, "tex").is_empty(),
        "a short word is another word"
    );
}

#[test]
fn a_query_without_words_finds_nothing() {
    for text in ["", "  ", "-.*", "()[]", "\u{0}"] {
        assert!(found(&shop(), text).is_empty(), "{text:?}");
    }
}

#[test]
fn a_changed_text_replaces_the_old_one_and_a_removed_one_is_gone() {
    let index = shop();
    write(&index, vec![product("pot-01", "Kettle", "")]);
    assert_eq!(found(&index, "kettle"), ["pot-01"]);
    assert!(found(&index, "teapot").is_empty());
    let gone: [ProductText; 1] = [("pot-01".parse().unwrap(), None)];
    index.write(&gone).unwrap();
    assert!(found(&index, "kettle").is_empty());
}

#[test]
fn the_same_catalogue_gives_the_same_scores_however_it_came_about() {
    let (one, two) = (shop(), Index::new().unwrap());
    for product in [
        product("mug-01", "Nothing yet", ""),
        product("mug-01", "Mug, crème", "For coffee, or tea."),
        product("pot-01", "Teapot", "Holds a litre of tea."),
    ] {
        write(&two, vec![product]);
    }
    let score = |index: &Index, id: &str| {
        let found = index.find("tea").unwrap();
        found
            .into_iter()
            .find(|(one, _)| *one == number(id))
            .unwrap()
            .1
    };
    for id in ["mug-01", "pot-01"] {
        assert_eq!(score(&one, id), score(&two, id), "{id}");
    }
}

/// Computes a product's score for one word without the index, by comparing its texts.
fn plainly(product: &Product, word: &str) -> u32 {
    let words = |text: &str| -> Vec<String> {
        let words = text.split(|c: char| !c.is_alphanumeric());
        words.map(str::to_lowercase).collect()
    };
    let has = |text: &str| words(text).iter().any(|one| one == word);
    let has_within = |text: &str| words(text).iter().any(|one| one.contains(word));
    let tags = product.tags.iter().any(|tag| has(tag));
    let within = has_within(product.id.as_str()) || has_within(&product.name);
    let places = [
        (has(&product.name), 32),
        (tags || product.category.as_deref().is_some_and(has), 16),
        (within, 8),
        (has(&product.description), 4),
    ];
    let worth = places.into_iter().find(|(is_there, _)| *is_there);
    worth.map_or(0, |(_, worth)| worth)
}

#[test]
fn a_search_equals_a_full_scan_of_the_texts() {
    let mut random = StdRng::seed_from_u64(7);
    let texts = |random: &mut StdRng, most: usize| {
        let syllable =
            |random: &mut StdRng| ["ta", "te", "po", "t", "1"][random.random_range(0..5)];
        let word = |random: &mut StdRng| {
            let syllables = 0..random.random_range(1..4);
            syllables.map(|_| syllable(random)).collect::<String>()
        };
        let words = (0..random.random_range(0..most)).map(|_| word(random));
        words.collect::<Vec<String>>().join(" ")
    };
    let index = Index::new().unwrap();
    let mut products: Vec<Product> = Vec::new();
    for round in 0..8 {
        // Some are new, some are written again, and all in commits of their own.
        let written = 0..40;
        let written = written.map(|n| {
            let number = (round * 20 + n) as u64;
            let name = texts(&mut random, 4);
            let one = product(&format!("id-{number}"), &name, &texts(&mut random, 5));
            let tags = (0..2).map(|_| texts(&mut random, 3)).collect();
            (number, Product { tags, ..one })
        });
        let written: Vec<(u64, Product)> = written.collect();
        let as_text = |(number, product): &(u64, Product)| {
            let version = EntryId::default();
            let stored = Arc::new(VersionedProduct {
                product: product.clone(),
                version,
            });
            let item = Item::new(stored, *number, 0);
            (product.id.clone(), Some(Arc::new(item)))
        };
        let as_texts: Vec<ProductText> = written.iter().map(as_text).collect();
        index.write(&as_texts).unwrap();
        products.truncate(round * 20);
        products.extend(written.into_iter().map(|(_, product)| product));
    }
    for _ in 0..400 {
        let text = texts(&mut random, 3);
        let expected = products.iter().zip(0..).filter_map(|(product, number)| {
            let mut words: Vec<&str> = text.split_whitespace().collect();
            words.sort_unstable();
            words.dedup();
            let worths: Vec<u32> = words.iter().map(|word| plainly(product, word)).collect();
            let all = !worths.is_empty() && worths.iter().all(|worth| *worth > 0);
            all.then(|| (number, worths.iter().sum()))
        });
        let expected: Vec<Match> = expected.collect();
        if expected.is_empty() {
            // Then it is forgiving, which is another test's.
            continue;
        }
        let mut found = index.find(&text).unwrap();
        found.sort_unstable();
        assert_eq!(found, expected, "{text:?}");
    }
}
