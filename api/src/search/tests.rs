use contracts::{Currency, Money};
use store::EntryId;

use super::*;

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

fn write(index: &Index, products: Vec<Product>) {
    let texts = products.into_iter().map(|product| {
        let version = EntryId::default();
        (
            product.id.clone(),
            Some(Arc::new(Stored { product, version })),
        )
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
    let mut found = index.find(text).unwrap();
    found.sort_unstable_by(|(id, score), (other, than)| than.cmp(score).then(id.cmp(other)));
    found.into_iter().map(|(id, _)| id.to_string()).collect()
}

#[test]
fn a_word_counts_more_in_the_name_than_within_it_and_least_in_the_description() {
    assert_eq!(found(&shop(), "TEA"), ["tea-01", "pot-01", "mug-01"]);
}

#[test]
fn every_word_must_be_found_somewhere() {
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
fn a_typo_is_forgiven_when_nothing_else_fits() {
    let shop = shop();
    assert_eq!(found(&shop, "teepot"), ["pot-01"]);
    assert_eq!(found(&shop, "cofee"), ["mug-01"]);
    assert!(
        found(&shop, "tex").is_empty(),
        "a short word is another word"
    );
}

#[test]
fn what_is_no_word_finds_nothing() {
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
    let gone: [Text; 1] = [("pot-01".parse().unwrap(), None)];
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
            .find(|(one, _)| one.as_str() == id)
            .unwrap()
            .1
    };
    for id in ["mug-01", "pot-01"] {
        assert_eq!(score(&one, id), score(&two, id), "{id}");
    }
}
