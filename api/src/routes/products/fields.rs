//! The bodies of products.

use contracts::{Money, Product, ProductId};
use serde_json::{Value, json};

use crate::http::{
    At, Components, Faults, Field, Kept, Removable,
    fields::{Integer, Line, text_field},
    reference, request_body,
};

type Name = Line<200>;
/// A category or a tag.
type Word = Line<64>;
type Threshold = Integer<u32, 0, 1_000_000_000>;

request_body! {
    /// A product.
    pub(crate) struct NewProduct {
        id: ProductId, example = "mug-02";
        /// A single line.
        name: Name, example = "A blue mug";
        /// Plain text.
        description: Option<PlainText>, example = "It holds a third of a litre.";
        price: Money;
        /// Whether it may be ordered; true without it.
        on_sale as "onSale": Option<bool>;
        category: Option<Word>, example = "kitchen";
        tags: Option<Tags>;
        image_url as "imageUrl": Option<WebAddress>, example = "https://shop.example/mug-02.jpg";
        /// Low-stock threshold in units; without it, that of the shop's settings.
        low_stock_threshold as "lowStockThreshold": Option<Threshold>, example = 5;
    }
}

request_body! {
    /// Changes of a product. Null removes an optional member; a missing member stays as it is.
    pub(crate) struct ProductChange {
        name: Kept<Name>;
        description: Kept<PlainText>;
        price: Kept<Money>;
        on_sale as "onSale": Kept<bool>;
        category: Removable<Word>, example = "kitchen";
        tags: Kept<Tags>;
        image_url as "imageUrl": Removable<WebAddress>;
        low_stock_threshold as "lowStockThreshold": Removable<Threshold>;
    }
}

impl From<NewProduct> for Product {
    fn from(new: NewProduct) -> Self {
        Self {
            description: new.description.unwrap_or_default(),
            on_sale: new.on_sale.unwrap_or(true),
            category: new.category,
            tags: new.tags.unwrap_or_default(),
            image_url: new.image_url,
            low_stock_threshold: new.low_stock_threshold,
            ..Self::new(new.id, new.name, new.price)
        }
    }
}

impl ProductChange {
    /// Returns the changed product.
    pub(crate) fn apply(&self, mut product: Product) -> Product {
        fn set<T: Clone>(member: &mut T, change: Option<&T>) {
            if let Some(change) = change {
                member.clone_from(change);
            }
        }
        set(&mut product.name, self.name.as_ref());
        set(&mut product.description, self.description.as_ref());
        set(&mut product.price, self.price.as_ref());
        set(&mut product.on_sale, self.on_sale.as_ref());
        set(&mut product.category, self.category.as_ref());
        set(&mut product.tags, self.tags.as_ref());
        set(&mut product.image_url, self.image_url.as_ref());
        set(
            &mut product.low_stock_threshold,
            self.low_stock_threshold.as_ref(),
        );
        product
    }
}

/// A fault of a product's field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The field, for example `price/amount`; empty for the product as a whole.
    pub field: String,
    /// Description of the fault, for people.
    pub detail: String,
}

/// Checks a product in the JSON of `POST /v1/products` as that request would.
///
/// # Errors
/// Every fault of it.
pub fn check_product(body: &Value) -> Result<Product, Vec<Fault>> {
    let text = |fault: &Value, name: &str| fault[name].as_str().unwrap_or_default().to_owned();
    let fault = |fault: &Value| Fault {
        field: text(fault, "pointer")
            .trim_start_matches(['#', '/'])
            .to_owned(),
        detail: text(fault, "detail"),
    };
    let mut faults = Faults::default();
    let read = NewProduct::read(body, At::Root, &mut faults);
    let read = faults.finish(read).map(Product::from);
    read.map_err(|faults| faults.list().iter().map(fault).collect())
}

const LONGEST_TEXT: usize = 4000;

text_field!(
    /// Plain text of several lines.
    PlainText, { "maxLength": LONGEST_TEXT, "pattern": r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$" },
    "must have up to {LONGEST_TEXT} characters of plain text",
    |text| {
        let plain = |c: char| !c.is_control() || matches!(c, '\n' | '\t');
        text.chars().count() <= LONGEST_TEXT && text.chars().all(plain)
    }
);

const LONGEST_URL: usize = 2000;

text_field!(
    /// A plain web address. Pages show it unescaped, so that quotes and angle brackets are refused.
    WebAddress, { "maxLength": LONGEST_URL, "pattern": r"^https?://[!#-&(-;=?-\[\]-~]+$" },
    "must be a web address of up to {LONGEST_URL} characters, beginning with https:// or http://",
    |text| {
        let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
        let plain = |b: u8| b.is_ascii_graphic() && !b"\"'<>\\".contains(&b);
        rest.is_some_and(|rest| !rest.is_empty())
            && text.bytes().all(plain)
            && text.len() <= LONGEST_URL
    }
);

/// Tags without repetitions, in the order given.
pub(crate) struct Tags;

const MOST_TAGS: usize = 20;

impl Field for Tags {
    type Value = Vec<String>;

    fn read(value: &Value, at: At<'_>, faults: &mut Faults) -> Option<Vec<String>> {
        let list = value.as_array().filter(|list| list.len() <= MOST_TAGS);
        let Some(list) = list else {
            faults.add(at, format!("must be an array of up to {MOST_TAGS} strings"));
            return None;
        };
        let mut tags = Vec::with_capacity(list.len());
        for (index, tag) in list.iter().enumerate() {
            if let Some(tag) = Word::read(tag, at.item(index), faults)
                && !tags.contains(&tag)
            {
                tags.push(tag);
            }
        }
        Some(tags)
    }

    fn schema() -> Value {
        json!({ "type": "array", "maxItems": MOST_TAGS, "items": reference("Tag") })
    }

    fn add_components(components: &mut Components) {
        let mut tag = <Word as Field>::schema();
        tag["description"] = json!("A word that products are found by.");
        tag["example"] = json!("blue");
        components.insert("Tag".to_owned(), tag);
    }
}
