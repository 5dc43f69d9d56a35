//! The checks of a product's description.

use contracts::{Money, Product, ProductId};
use serde_json::Value;

use crate::{
    http::body::{At, Faults, Fields, one_line},
    problem::Problem,
};

const LONGEST_NAME: usize = 200;
const LONGEST_DESCRIPTION: usize = 4000;
const LONGEST_WORD: usize = 64;
const MOST_TAGS: usize = 20;
const LONGEST_URL: usize = 2000;
const HIGHEST_THRESHOLD: u64 = 1_000_000_000;

const KNOWN: [&str; 9] = [
    "id",
    "name",
    "description",
    "price",
    "onSale",
    "category",
    "tags",
    "imageUrl",
    "lowStockThreshold",
];

/// A new product; what is left out it does not have, and without `onSale` it is on sale.
pub(crate) fn new(body: &Value) -> Result<Product, Problem> {
    read(body).map_err(Faults::problem)
}

/// What is wrong with a field of a product.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field, for example `price/amount`; empty for the product as a whole.
    pub field: String,
    /// What is wrong, for people.
    pub detail: String,
}

/// Checks a product in the JSON of `POST /v1/products` as that request would.
///
/// # Errors
/// Everything that is wrong with it.
pub fn check_product(body: &Value) -> Result<Product, Vec<Fault>> {
    let text = |fault: &Value, name: &str| fault[name].as_str().unwrap_or_default().to_owned();
    let fault = |fault: &Value| Fault {
        field: text(fault, "pointer")
            .trim_start_matches(['#', '/'])
            .to_owned(),
        detail: text(fault, "detail"),
    };
    read(body).map_err(|faults| faults.list().iter().map(fault).collect())
}

fn read(body: &Value) -> Result<Product, Faults> {
    let mut faults = Faults::default();
    let Some(fields) = faults.object(body, At::Root, &KNOWN) else {
        return Err(faults);
    };
    let id = faults.text(&fields, "id", |text| {
        text.parse::<ProductId>().map_err(|_| {
            "must be 1 to 64 characters of a-z, 0-9, '-', '_' or '.', a letter or digit first"
                .to_owned()
        })
    });
    faults.required(&fields, "name");
    faults.required(&fields, "price");
    let patch = Patch::of(&fields, &mut faults);
    match (id, &patch.name, patch.price) {
        (Some(id), Some(name), Some(price)) if faults.is_empty() => {
            Ok(patch.apply(Product::new(id, name.clone(), price)))
        }
        _ => Err(faults),
    }
}

/// What is to change about a product.
#[derive(Clone)]
pub(crate) struct Patch {
    name: Option<String>,
    description: Option<String>,
    price: Option<Money>,
    on_sale: Option<bool>,
    category: Option<Option<String>>,
    tags: Option<Vec<String>>,
    image_url: Option<Option<String>>,
    low_stock_threshold: Option<Option<u32>>,
}

impl Patch {
    /// Null takes away what a product may be without.
    pub(crate) fn read(body: &Value) -> Result<Self, Problem> {
        let mut faults = Faults::default();
        let Some(fields) = faults.object(body, At::Root, &KNOWN[1..]) else {
            return Err(faults.problem());
        };
        for name in ["name", "description", "price", "onSale", "tags"] {
            if fields.has(name) && fields.get(name).is_none() {
                let detail = "must not be null; leave it out to keep it";
                faults.add(At::Root.field(name), detail);
            }
        }
        let patch = Self::of(&fields, &mut faults);
        faults.finish().map(|()| patch)
    }

    fn of(fields: &Fields<'_>, faults: &mut Faults) -> Self {
        let price = fields.get("price");
        let category = faults.optional_text(fields, "category", word);
        let image_url = faults.optional_text(fields, "imageUrl", url);
        let low_stock_threshold = threshold(fields, faults);
        Self {
            name: faults.optional_text(fields, "name", name),
            description: faults.optional_text(fields, "description", description),
            price: price.and_then(|price| faults.money(price, At::Root.field("price"))),
            on_sale: faults.optional_flag(fields, "onSale"),
            category: fields.has("category").then_some(category),
            tags: fields.get("tags").and_then(|given| tags(given, faults)),
            image_url: fields.has("imageUrl").then_some(image_url),
            low_stock_threshold: fields
                .has("lowStockThreshold")
                .then_some(low_stock_threshold),
        }
    }

    /// Whether it says at how many units the product is scarce.
    pub(crate) fn names_threshold(&self) -> bool {
        self.low_stock_threshold.is_some()
    }

    pub(crate) fn apply(&self, product: Product) -> Product {
        let patch = self.clone();
        Product {
            name: patch.name.unwrap_or(product.name),
            description: patch.description.unwrap_or(product.description),
            price: patch.price.unwrap_or(product.price),
            on_sale: patch.on_sale.unwrap_or(product.on_sale),
            category: patch.category.unwrap_or(product.category),
            tags: patch.tags.unwrap_or(product.tags),
            image_url: patch.image_url.unwrap_or(product.image_url),
            low_stock_threshold: patch
                .low_stock_threshold
                .unwrap_or(product.low_stock_threshold),
            id: product.id,
        }
    }
}

fn name(text: &str) -> Result<String, String> {
    one_line(text, LONGEST_NAME)
}

/// A category or a tag.
fn word(text: &str) -> Result<String, String> {
    one_line(text, LONGEST_WORD)
}

fn description(text: &str) -> Result<String, String> {
    let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
    if text.chars().count() <= LONGEST_DESCRIPTION && text.chars().all(plain) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "must have up to {LONGEST_DESCRIPTION} characters of plain text"
        ))
    }
}

/// A page shows it as it is, so nothing but a plain web address is let in.
fn url(text: &str) -> Result<String, String> {
    let behind = |scheme| {
        text.strip_prefix(scheme)
            .is_some_and(|rest| !rest.is_empty())
    };
    let web = behind("https://") || behind("http://");
    let plain = text
        .bytes()
        .all(|b| b.is_ascii_graphic() && !b"\"'<>\\".contains(&b));
    if web && plain && text.len() <= LONGEST_URL {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "must be a web address of up to {LONGEST_URL} characters, beginning with https:// or http://"
        ))
    }
}

/// Tags without repetitions, in the order given.
fn tags(given: &Value, faults: &mut Faults) -> Option<Vec<String>> {
    let at = At::Root.field("tags");
    let list = given.as_array().filter(|list| list.len() <= MOST_TAGS);
    let Some(list) = list else {
        faults.add(at, format!("must be an array of up to {MOST_TAGS} strings"));
        return None;
    };
    let mut tags = Vec::with_capacity(list.len());
    for (index, tag) in list.iter().enumerate() {
        let tag = tag
            .as_str()
            .map_or_else(|| Err("must be a string".to_owned()), word);
        match tag {
            Ok(tag) if !tags.contains(&tag) => tags.push(tag),
            Ok(_) => {}
            Err(detail) => faults.add(at.item(index), detail),
        }
    }
    Some(tags)
}

fn threshold(fields: &Fields<'_>, faults: &mut Faults) -> Option<u32> {
    let given = fields.get("lowStockThreshold")?;
    let units = given.as_u64().filter(|units| *units <= HIGHEST_THRESHOLD);
    let units = units.and_then(|units| u32::try_from(units).ok());
    if units.is_none() {
        let detail = format!("must be an integer from 0 to {HIGHEST_THRESHOLD}");
        faults.add(At::Root.field("lowStockThreshold"), detail);
    }
    units
}
