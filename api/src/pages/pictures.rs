//! Pictures of products that have none of their own: drawn from the id, the same at every request.

use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::IntoResponse as _,
};
use contracts::{Product, ProductId};
use sha2::{Digest as _, Sha256};

use crate::{Api, http::Id, problem::ApiResult, routes::products::known};

const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
const KEPT_FOR_A_DAY: HeaderValue = HeaderValue::from_static("public, max-age=86400");

/// Background and foreground of a picture.
const COLOURS: [(&str, &str); 8] = [
    ("#dbeafe", "#1d4ed8"),
    ("#dcfce7", "#15803d"),
    ("#fef3c7", "#b45309"),
    ("#fce7f3", "#be185d"),
    ("#ede9fe", "#6d28d9"),
    ("#cffafe", "#0e7490"),
    ("#ffedd5", "#c2410c"),
    ("#e5e7eb", "#374151"),
];

/// Returns the address of a product's picture.
pub(crate) fn address(product: &Product) -> String {
    // Pages load no picture over plain http.
    match &product.image_url {
        Some(url) if url.starts_with("https://") => url.clone(),
        Some(_) | None => format!("/pictures/{}", product.id),
    }
}

/// Draws the picture of a product.
pub(crate) async fn show(State(api): State<Api>, Id(id): Id<ProductId>) -> ApiResult {
    let shown = known(&api, &id)?;
    let headers = [
        (
            header::CONTENT_TYPE,
            HeaderValue::from_static("image/svg+xml"),
        ),
        (header::CACHE_CONTROL, KEPT_FOR_A_DAY),
        (header::CONTENT_SECURITY_POLICY, POLICY),
    ];
    Ok((headers, draw(&shown.stored().product)).into_response())
}

/// Returns the SVG: two shapes placed by a digest of the id, and the first letter of the name.
fn draw(product: &Product) -> String {
    let digest = Sha256::digest(product.id.as_str());
    let (back, fore) = COLOURS[usize::from(digest[0]) % COLOURS.len()];
    let place = |byte: u8| 40 + u32::from(byte) % 120;
    let (x, y, turn) = (
        place(digest[1]),
        place(digest[2]),
        u32::from(digest[3]) % 90,
    );
    let (across, down) = (place(digest[4]), place(digest[5]));
    // Letters and digits need no escaping.
    let first = product.name.chars().find(|c| c.is_alphanumeric());
    let letter: String = first.unwrap_or('·').to_uppercase().collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 200 200\">\
         <rect width=\"200\" height=\"200\" fill=\"{back}\"/>\
         <circle cx=\"{x}\" cy=\"{y}\" r=\"62\" fill=\"{fore}\" opacity=\".18\"/>\
         <rect x=\"{across}\" y=\"{down}\" width=\"80\" height=\"80\" rx=\"12\" fill=\"{fore}\" opacity=\".14\" \
         transform=\"rotate({turn} {across} {down})\"/>\
         <text x=\"100\" y=\"100\" fill=\"{fore}\" font-family=\"system-ui,sans-serif\" font-size=\"84\" \
         font-weight=\"700\" text-anchor=\"middle\" dominant-baseline=\"central\">{letter}</text></svg>"
    )
}

#[cfg(test)]
mod tests {
    use contracts::{Currency, Money};

    use super::*;

    fn product(id: &str, name: &str) -> Product {
        let price = Money::new(1, Currency::EUR);
        Product::new(id.parse().unwrap(), name.to_owned(), price)
    }

    #[test]
    fn a_picture_depends_on_the_product_alone() {
        let mug = draw(&product("mug-01", "<mug>"));
        assert_eq!(mug, draw(&product("mug-01", "<mug>")));
        assert_ne!(mug, draw(&product("mug-02", "<mug>")));
        assert!(mug.contains(">M</text>"), "{mug}");
        assert!(draw(&product("a", "<>")).contains(">·</text>"));
    }
}
