//! The page of the cart, and the forms that change it.

use askama::Template;
use axum::http::StatusCode;
use contracts::ProductId;

use super::{
    cart::Full,
    form::PageForm,
    format::money,
    frame::Frame,
    notice::Notice,
    priced_cart::PricedCart,
    visitor::{PageResult, Visitor},
    words::Words,
};
use crate::{problem::Problem, routes::products::known};

const PATH: &str = "/cart";

#[derive(Template)]
#[template(path = "cart.html")]
struct CartPage {
    w: &'static Words,
    frame: Frame,
    can_order: bool,
    subtotal: String,
    cart: PricedCart,
}

/// Shows the cart.
pub(crate) async fn show(visitor: Visitor) -> PageResult {
    let words = visitor.words;
    let cart = PricedCart::of(&visitor.api, words, &visitor.cart);
    let page = CartPage {
        w: words,
        frame: visitor.frame(),
        can_order: cart.can_be_ordered(),
        subtotal: cart
            .subtotal
            .map_or_else(String::new, |sum| money(words, sum)),
        cart,
    };
    visitor.page(StatusCode::OK, &page)
}

/// Adds units of a product.
pub(crate) async fn add(mut form: PageForm) -> PageResult {
    let product = product(&form)?;
    known(&form.visitor.api, &product)?;
    let Some(units) = quantity(&form) else {
        return Ok(form.visitor.redirect(PATH, Some(Notice::BadQuantity)));
    };
    let visitor = &mut form.visitor;
    let before = visitor.cart.quantity(&product);
    let added = visitor.cart.set(product, before.saturating_add(units));
    let notice = match added {
        Ok(()) => Notice::Added,
        Err(Full) => Notice::CartFull,
    };
    Ok(changed(visitor, notice))
}

/// Sets the units of a product, or removes it.
pub(crate) async fn change(mut form: PageForm) -> PageResult {
    let product = product(&form)?;
    let removed = !form.text("remove").is_empty();
    let units = if removed { Some(0) } else { quantity(&form) };
    let Some(units) = units else {
        return Ok(form.visitor.redirect(PATH, Some(Notice::BadQuantity)));
    };
    let visitor = &mut form.visitor;
    // Only a known line has this form; an old page must not add one.
    let known = visitor.cart.quantity(&product) > 0;
    let set = if known {
        visitor.cart.set(product, units)
    } else {
        Ok(())
    };
    let notice = match set {
        Ok(()) => Notice::Changed,
        Err(Full) => Notice::CartFull,
    };
    Ok(changed(visitor, notice))
}

fn changed(visitor: &Visitor, notice: Notice) -> axum::response::Response {
    let mut response = visitor.redirect(PATH, Some(notice));
    visitor.keep_cart(response.headers_mut());
    response
}

fn product(form: &PageForm) -> PageResult<ProductId> {
    let product = form.text("product").parse();
    Ok(product.map_err(|_| Problem::not_found())?)
}

fn quantity(form: &PageForm) -> Option<u32> {
    let units = form.text("quantity").parse().ok();
    units.filter(|units| (1..=1000).contains(units))
}
