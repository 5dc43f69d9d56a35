//! The demo catalogue and its coupons: the same on every machine, because the seed is fixed.

use anyhow::Result;
use contracts::{Coupon, CouponCode, Currency, Discount, Money, Product, ProductId};
use fake::{
    Fake,
    faker::{address::en::CityName, name::en::Name},
    rand::{RngExt, SeedableRng, rngs::StdRng},
};
use store::{
    catalog::{self, Mode},
    inventory::{self, Adjustment, When},
    promotion,
};
use streamward::{Runtime, TraceParent};

const SEED: u64 = 2026;
const THINGS: [(&str, &str, &str, i64); 8] = [
    ("mug", "Mug", "kitchen", 1290),
    ("tee", "T-shirt", "clothes", 2490),
    ("lamp", "Desk lamp", "home", 5900),
    ("book", "Notebook", "paper", 890),
    ("bag", "Tote bag", "clothes", 1590),
    ("pen", "Fountain pen", "paper", 3490),
    ("vase", "Vase", "home", 4200),
    ("rug", "Small rug", "home", 8900),
];
const COLOURS: [&str; 6] = ["white", "blue", "green", "sand", "black", "red"];
const PLENTY: i64 = 1_000_000;
/// The last of every kind is rare, so that "out of stock" can be tried.
const RARE: i64 = 5;

/// Coupons: ten percent off, and five euros off orders of at least twenty.
const COUPONS: [(&str, Discount, Option<Money>); 2] = [
    ("WELCOME10", Discount::Percent(10), None),
    (
        "FIVEOFF",
        Discount::Amount(Money::new(500, Currency::EUR)),
        Some(Money::new(2000, Currency::EUR)),
    ),
];

/// A product of the demo and its stock.
#[derive(Debug)]
pub struct DemoProduct {
    /// The product.
    pub product: Product,
    /// Units received at the start.
    pub units: i64,
}

/// Returns the first `count` products: `mug-01`, `tee-01`, … `mug-02`, ….
pub fn products(count: usize) -> Vec<DemoProduct> {
    let mut random = StdRng::seed_from_u64(SEED);
    let rounds = count.div_ceil(THINGS.len());
    (0..count)
        .filter_map(|n| product(n, rounds, &mut random))
        .collect()
}

fn product(n: usize, rounds: usize, random: &mut StdRng) -> Option<DemoProduct> {
    let (slug, name, category, price) = THINGS[n % THINGS.len()];
    let round = n / THINGS.len() + 1;
    // Each round uses another colour, so the first 48 products have distinct names.
    let colour = COLOURS[(n % THINGS.len() + round) % COLOURS.len()];
    let maker: String = Name().fake_with_rng(random);
    let place: String = CityName().fake_with_rng(random);
    let id = format!("{slug}-{round:02}").parse::<ProductId>().ok()?;
    let price = Money::new(price + 50 * random.random_range(0..10), Currency::EUR);
    let product = Product {
        description: format!("Made by {maker} in {place}."),
        category: Some(category.to_owned()),
        tags: vec![colour.to_owned()],
        ..Product::new(id, format!("{name}, {colour}"), price)
    };
    let units = if round > 1 && round == rounds {
        RARE
    } else {
        PLENTY
    };
    Some(DemoProduct { product, units })
}

/// Writes the demo catalogue and its coupons into the shop. Products that have stock keep it.
pub async fn seed(runtime: &Runtime, count: usize) -> Result<usize> {
    let trace = TraceParent::start();
    let products = products(count);
    for DemoProduct { product, units } in &products {
        catalog::put_product(runtime, product, Mode::Put, trace).await?;
        let first = Adjustment {
            reason: "demo",
            when: When::First,
            ..Adjustment::from(*units)
        };
        inventory::adjust_stock(runtime, &product.id, first, trace).await?;
    }
    seed_coupons(runtime).await?;
    Ok(products.len())
}

/// Adds the demo's coupons; existing ones, and those that were used and removed, stay unchanged.
async fn seed_coupons(runtime: &Runtime) -> Result<()> {
    for (code, discount, minimum) in COUPONS {
        let coupon = Coupon {
            code: code.parse::<CouponCode>()?,
            discount,
            minimum,
            valid_from: None,
            valid_until: None,
            max_uses: None,
            max_uses_per_customer: None,
            active: true,
        };
        promotion::add_coupon(runtime, &coupon).await?;
    }
    Ok(())
}

/// Seeds a catalogue that is empty.
pub async fn seed_if_empty(runtime: &Runtime, count: usize) -> Result<()> {
    if catalog::all(runtime).await?.is_empty() {
        let products = seed(runtime, count).await?;
        tracing::info!(
            products,
            "the catalogue was empty: the demo catalogue was added"
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_demo_catalogue_is_deterministic_and_starts_with_a_mug() {
        let names = |products: &[DemoProduct]| {
            products
                .iter()
                .map(|demo| demo.product.clone())
                .collect::<Vec<_>>()
        };
        let first = products(24);
        assert_eq!(first.len(), 24);
        assert_eq!(names(&first), names(&products(24)));
        assert_eq!(first[0].product.id.as_str(), "mug-01");
        assert!(first.iter().any(|demo| demo.units == RARE));
        let distinct: BTreeSet<&str> = first
            .iter()
            .map(|demo| demo.product.name.as_str())
            .collect();
        assert_eq!(distinct.len(), first.len());
    }
}
