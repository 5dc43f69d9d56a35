//! The frame around every page: head, navigation and notice.

use super::{assets, notice::Notice, visitor::Visitor, words};

/// The values of the frame (`templates/frame.html`).
#[derive(Debug, Default)]
pub(crate) struct Frame {
    /// The visitor's name, with a session.
    pub(crate) name: Option<String>,
    /// Text about the units in the cart, unless it is empty.
    pub(crate) cart: Option<String>,
    pub(crate) units: u32,
    /// The CSRF token of the session; empty without one.
    pub(crate) csrf: String,
    pub(crate) notice: Option<Notice>,
    /// Whether the page knows who the visitor is; without that it shows no links about accounts.
    pub(crate) is_known: bool,
    /// The words of the search field.
    pub(crate) query: String,
    pub(crate) files: assets::Addresses,
}

impl Frame {
    /// Returns the frame of a visitor's page.
    pub(crate) fn of(visitor: &Visitor) -> Self {
        let words = visitor.words;
        let session = visitor.session.as_ref();
        let units = visitor.cart.units();
        let cart = words::fill(words.cart_units, &[&units.to_string()]);
        Self {
            name: session.map(|session| session.principal.name.clone()),
            cart: (units > 0).then_some(cart),
            units,
            csrf: visitor.csrf(),
            notice: visitor.notice,
            is_known: !visitor.is_unknown(),
            query: String::new(),
            files: assets::addresses(),
        }
    }
}
