//! The checks of a product's description.

use contracts::{Money, Product, ProductId};
use serde_json::Value;

use crate::{
    body::{At, Faults},
    problem::Problem,
};

const LONGEST_NAME: usize = 200;
const LONGEST_DESCRIPTION: usize = 4000;

/// A new product; without `description` it has none, without `onSale` it is on sale.
pub(super) fn new(body: &Value) -> Result<Product, Problem> {
    let known = ["id", "name", "description", "price", "onSale"];
    let mut faults = Faults::default();
    let Some(fields) = faults.object(body, At::Root, &known) else {
        return Err(faults.problem());
    };
    let id = faults.text(&fields, "id", |text| {
        text.parse::<ProductId>()
            .map_err(|_| "must be 1 to 64 characters of a-z, 0-9, '-', '_' or '.'".to_owned())
    });
    let name = faults.text(&fields, "name", name);
    let description = faults.optional_text(&fields, "description", description);
    let price = faults.required(&fields, "price");
    let price = price.and_then(|price| faults.money(price, At::Root.field("price")));
    let on_sale = faults.optional_flag(&fields, "onSale");
    match (id, name, price) {
        (Some(id), Some(name), Some(price)) => {
            faults.finish()?;
            let (description, on_sale) = (description.unwrap_or_default(), on_sale.unwrap_or(true));
            Ok(Product {
                id,
                name,
                description,
                price,
                on_sale,
            })
        }
        _ => Err(faults.problem()),
    }
}

/// What is to change about a product.
#[derive(Clone)]
pub(super) struct Patch {
    name: Option<String>,
    description: Option<String>,
    price: Option<Money>,
    on_sale: Option<bool>,
}

impl Patch {
    pub(super) fn read(body: &Value) -> Result<Self, Problem> {
        let known = ["name", "description", "price", "onSale"];
        let mut faults = Faults::default();
        let Some(fields) = faults.object(body, At::Root, &known) else {
            return Err(faults.problem());
        };
        for name in known
            .iter()
            .filter(|name| fields.has(name) && fields.get(name).is_none())
        {
            faults.add(
                At::Root.field(name),
                "must not be null; leave it out to keep it",
            );
        }
        let price = fields.get("price");
        let patch = Self {
            name: faults.optional_text(&fields, "name", name),
            description: faults.optional_text(&fields, "description", description),
            price: price.and_then(|price| faults.money(price, At::Root.field("price"))),
            on_sale: faults.optional_flag(&fields, "onSale"),
        };
        faults.finish().map(|()| patch)
    }

    pub(super) fn apply(&self, product: Product) -> Product {
        let patch = self.clone();
        Product {
            name: patch.name.unwrap_or(product.name),
            description: patch.description.unwrap_or(product.description),
            price: patch.price.unwrap_or(product.price),
            on_sale: patch.on_sale.unwrap_or(product.on_sale),
            id: product.id,
        }
    }
}

fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    let length = text.chars().count();
    if (1..=LONGEST_NAME).contains(&length) && !text.chars().any(char::is_control) {
        Ok(text.to_owned())
    } else {
        let most = LONGEST_NAME;
        Err(format!(
            "must have 1 to {most} characters, none of them a control character"
        ))
    }
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
