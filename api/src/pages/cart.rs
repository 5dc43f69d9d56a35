//! The cart: what a visitor wants to order, kept in a cookie. It needs no session and survives a login.

use std::fmt;

use contracts::ProductId;

use crate::auth::tokens::is_hex;

/// The name of the cookie.
pub(crate) const COOKIE: &str = "sw-cart";
/// Seconds that a cart is kept after its last change: 30 days.
pub(crate) const SECONDS: u64 = 30 * 24 * 3600;
/// The largest quantity of a line, as of an order's.
const MOST_UNITS: u32 = 1000;
/// Maximum number of lines.
const MOST_LINES: usize = 50;
/// Maximum length of the cookie's value: browsers keep 4,096 bytes of name, value and attributes.
const LONGEST: usize = 3500;
/// Hex digits of a key.
const KEY: usize = 32;

/// A line of a cart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CartLine {
    pub(crate) product: ProductId,
    /// Units, 1 to 1000.
    pub(crate) quantity: u32,
}

/// Products and quantities, no product twice, and the idempotency key of their order.
///
/// The key lives as long as the cart: when an order was stored and its answer lost, the cart is still there, and
/// ordering it again finds that order. Displayed as forms have the lines: `mug-01:2~tea-01:1`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cart {
    key: String,
    lines: Vec<CartLine>,
}

/// The error of a cart without room for another product.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Cart {
    /// Reads the value of the cookie.
    pub(crate) fn of_cookie(text: &str) -> Self {
        let (key, lines) = text.split_once('!').unwrap_or(("", text));
        let mut cart = Self::read(lines);
        if is_key(key) {
            key.clone_into(&mut cart.key);
        } else {
            cart.renew_key();
        }
        cart
    }

    /// Returns the value of the cookie, empty for an empty cart.
    pub(crate) fn to_cookie(&self) -> String {
        if self.is_empty() {
            return String::new();
        }
        format!("{}!{self}", self.key)
    }

    /// Returns the idempotency key of its order.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// Makes its order another one than any before.
    pub(crate) fn renew_key(&mut self) {
        self.key = hex::encode(rand::random::<[u8; KEY / 2]>());
    }

    /// Reads lines as a form has them; what is not a line is left out.
    pub(crate) fn read(text: &str) -> Self {
        let mut cart = Self::default();
        for line in text.split('~').take(MOST_LINES).filter_map(line) {
            if cart.quantity(&line.product) == 0 {
                cart.lines.push(line);
            }
        }
        cart
    }

    pub(crate) fn lines(&self) -> &[CartLine] {
        &self.lines
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Returns the number of units.
    pub(crate) fn units(&self) -> u32 {
        self.lines.iter().map(|line| line.quantity).sum()
    }

    /// Returns the units of a product, 0 when it is not in the cart.
    pub(crate) fn quantity(&self, product: &ProductId) -> u32 {
        let mut lines = self.lines.iter();
        let line = lines.find(|line| line.product == *product);
        line.map_or(0, |line| line.quantity)
    }

    /// Sets the units of a product, at most 1000; with none the line is removed.
    pub(crate) fn set(&mut self, product: ProductId, quantity: u32) -> Result<(), Full> {
        let quantity = quantity.min(MOST_UNITS);
        if self.key.is_empty() {
            self.renew_key();
        }
        if quantity == 0 {
            self.lines.retain(|line| line.product != product);
            return Ok(());
        }
        let line = CartLine { product, quantity };
        let mut lines = self.lines.iter_mut();
        if let Some(known) = lines.find(|known| known.product == line.product) {
            *known = line;
            return Ok(());
        }
        self.lines.push(line);
        if self.lines.len() > MOST_LINES || self.to_string().len() > LONGEST {
            self.lines.pop();
            return Err(Full);
        }
        Ok(())
    }

    /// Removes the units of an order that was placed under `key`; those that were added since stay, for another order. A
    /// cart that is newer than the order stays as it is.
    pub(crate) fn remove_ordered(&mut self, ordered: &Self, key: &str) {
        if key != self.key {
            return;
        }
        for line in &mut self.lines {
            line.quantity -= ordered.quantity(&line.product).min(line.quantity);
        }
        self.lines.retain(|line| line.quantity > 0);
        self.renew_key();
    }
}

/// Returns whether a text has the shape of a cart's key.
pub(crate) fn is_key(text: &str) -> bool {
    is_hex(text, "", KEY)
}

fn line(text: &str) -> Option<CartLine> {
    let (product, quantity) = text.split_once(':')?;
    let (product, quantity) = (product.parse().ok()?, quantity.parse().ok()?);
    (1..=MOST_UNITS)
        .contains(&quantity)
        .then_some(CartLine { product, quantity })
}

impl fmt::Display for Cart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, line) in self.lines.iter().enumerate() {
            let separator = if place == 0 { "" } else { "~" };
            write!(f, "{separator}{}:{}", line.product, line.quantity)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cart_is_read_as_it_was_written() {
        let cart = Cart::read("mug-01:2~tea_01.x:1000");
        assert_eq!(cart.units(), 1002);
        assert_eq!(cart.to_string(), "mug-01:2~tea_01.x:1000");
    }

    #[test]
    fn anything_else_in_the_cookie_is_left_out() {
        for text in [
            "",
            "~",
            "mug-01",
            "mug-01:0",
            "mug-01:1001",
            "mug-01:-1",
            "M<:1",
            "a:1:2",
        ] {
            assert!(Cart::read(text).is_empty(), "{text:?}");
        }
        assert_eq!(Cart::read("a:1~a:5~<b>~b:2").to_string(), "a:1~b:2");
    }

    #[test]
    fn a_full_cart_refuses_another_product_and_stays_as_it_is() {
        let mut cart = Cart::default();
        let id = |n: usize| format!("{:x<60}{n:03}", "p").parse::<ProductId>().unwrap();
        let mut lines = 0;
        while cart.set(id(lines), 1000).is_ok() {
            lines += 1;
        }
        assert!(lines > 40);
        let before = cart.clone();
        assert_eq!(cart.set(id(lines), 1), Err(Full));
        assert_eq!(cart, before);
        assert!(cart.to_string().len() <= LONGEST);
        // A known product can still be changed and removed.
        assert_eq!(cart.set(id(0), 5), Ok(()));
        assert_eq!(cart.set(id(0), 0), Ok(()));
        assert_eq!(cart.lines().len(), lines - 1);
    }

    #[test]
    fn an_order_leaves_what_was_added_since() {
        let mut cart = Cart::of_cookie("a:1~b:3~c:3");
        let (key, ordered) = (cart.key().to_owned(), Cart::read("a:1~b:1"));
        cart.remove_ordered(&ordered, &key);
        assert_eq!(cart.to_string(), "b:2~c:3");
        // The same order again, found by an old page.
        cart.remove_ordered(&ordered, &key);
        assert_eq!(cart.to_string(), "b:2~c:3");
    }

    #[test]
    fn a_key_lives_as_long_as_its_cart() {
        let mut cart = Cart::default();
        assert_eq!(cart.to_cookie(), "");
        let product = || "a".parse().unwrap();
        assert_eq!(cart.set(product(), 1), Ok(()));
        let kept = Cart::of_cookie(&cart.to_cookie());
        assert_eq!((kept.key(), kept.units()), (cart.key(), 1));
        let mut changed = kept.clone();
        assert_eq!(changed.set(product(), 2), Ok(()));
        assert_eq!(changed.key(), kept.key());
        changed.remove_ordered(&kept, kept.key());
        assert_ne!(changed.key(), kept.key());
        // A cookie without a key of this shape receives one.
        for text in ["a:1", "x!a:1", "<b>!a:1", "!a:1"] {
            let cart = Cart::of_cookie(text);
            assert!(is_key(cart.key()) && cart.units() == 1, "{text}");
        }
    }
}
