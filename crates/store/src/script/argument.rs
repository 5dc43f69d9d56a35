//! Values as arguments of scripts.

use std::time::Duration;

use contracts::{
    CouponCode, Currency, CustomerId, DeliveryId, Line, Money, OrderId, OrderStatus, PaymentId,
    ProductId, Service, WebhookId, event::CancelReason,
};
use streamward::Envelope;

use crate::EntryId;

/// A value that writes itself as one or more arguments.
pub(crate) trait Argument {
    /// Names of what it writes in a script's header; `..` behind the last one that may be repeated.
    fn names(name: &str) -> Vec<String> {
        vec![name.to_owned()]
    }

    /// Appends it.
    fn write(&self, to: &mut Vec<Vec<u8>>);
}

/// Types that Redis takes as they are.
macro_rules! plain {
    ($($type:ty),+ $(,)?) => {
        $(impl Argument for $type {
            fn write(&self, to: &mut Vec<Vec<u8>>) {
                redis::ToRedisArgs::write_redis_args(&self, to);
            }
        })+
    };
}
plain!(str, String, [u8], Vec<u8>, u16, u32, u64, i64, usize, f64);

/// Types that are written as a text.
macro_rules! text {
    ($($type:ty: $text:ident),+ $(,)?) => {
        $(impl Argument for $type {
            fn write(&self, to: &mut Vec<Vec<u8>>) {
                to.push(self.$text().into());
            }
        })+
    };
}
text!(
    OrderId: as_str,
    CustomerId: as_str,
    ProductId: as_str,
    PaymentId: as_str,
    CouponCode: as_str,
    WebhookId: as_str,
    DeliveryId: as_str,
    Currency: as_str,
    CancelReason: name,
    OrderStatus: name,
    Service: name,
    EntryId: to_string,
);

impl<T: Argument + ?Sized> Argument for &T {
    fn names(name: &str) -> Vec<String> {
        T::names(name)
    }

    fn write(&self, to: &mut Vec<Vec<u8>>) {
        T::write(self, to);
    }
}

/// `None` is `""`.
impl<T: Argument> Argument for Option<T> {
    fn write(&self, to: &mut Vec<Vec<u8>>) {
        match self {
            Some(value) => value.write(to),
            None => to.push(Vec::new()),
        }
    }
}

impl Argument for bool {
    fn write(&self, to: &mut Vec<Vec<u8>>) {
        to.push(u8::from(*self).to_string().into());
    }
}

/// Whole milliseconds.
impl Argument for Duration {
    fn write(&self, to: &mut Vec<Vec<u8>>) {
        millis(*self).write(to);
    }
}

/// Minor units and currency.
impl Argument for Money {
    fn names(_: &str) -> Vec<String> {
        ["amount", "currency"].map(ToOwned::to_owned).into()
    }

    fn write(&self, to: &mut Vec<Vec<u8>>) {
        self.amount.write(to);
        self.currency.write(to);
    }
}

/// Fields of an event beside its message.
impl Argument for Envelope {
    fn names(_: &str) -> Vec<String> {
        ["event id", "at", "tp"].map(ToOwned::to_owned).into()
    }

    fn write(&self, to: &mut Vec<Vec<u8>>) {
        to.extend([&self.id, &self.at, &self.tp].map(|text| text.as_bytes().to_vec()));
    }
}

/// All elements in order.
impl<T: Argument> Argument for Vec<T> {
    fn names(name: &str) -> Vec<String> {
        vec![format!("{name}..")]
    }

    fn write(&self, to: &mut Vec<Vec<u8>>) {
        self.as_slice().write(to);
    }
}

/// All elements in order.
impl<T: Argument> Argument for [T] {
    fn names(name: &str) -> Vec<String> {
        vec![format!("{name}..")]
    }

    fn write(&self, to: &mut Vec<Vec<u8>>) {
        self.iter().for_each(|one| one.write(to));
    }
}

/// Product and quantity.
impl Argument for Line {
    fn write(&self, to: &mut Vec<Vec<u8>>) {
        self.product_id.write(to);
        self.quantity.write(to);
    }
}

impl<A: Argument, B: Argument> Argument for (A, B) {
    fn write(&self, to: &mut Vec<Vec<u8>>) {
        self.0.write(to);
        self.1.write(to);
    }
}

impl<A: Argument, B: Argument, C: Argument> Argument for (A, B, C) {
    fn write(&self, to: &mut Vec<Vec<u8>>) {
        self.0.write(to);
        self.1.write(to);
        self.2.write(to);
    }
}

/// Whole milliseconds.
pub(crate) fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}
