//! The parts of messages: small structs, and closed sets of words.

use serde::{Deserialize, Serialize};

use crate::ProductId;

/// A line that could not be served.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shortage {
    /// The product.
    pub product_id: ProductId,
    /// Units ordered.
    pub requested: u32,
    /// Units there were.
    pub available: u32,
}

/// The stock of one product in one partition after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StockLevel {
    /// The product.
    pub product_id: ProductId,
    /// Units that can be reserved.
    pub available: i64,
    /// Units held for open orders.
    pub reserved: i64,
    /// Units that left the shelf.
    pub sold: i64,
    /// At so many available units or fewer the product is scarce, when it has a threshold of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub low_stock: Option<u32>,
}

/// The provider's reason for a failed charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// For programs, for example `card_declined`.
    pub code: String,
    /// For people.
    pub message: String,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$vdoc])* #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// The word on the wire and in Redis.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }
    };
}

words!(
    /// Why an order was rejected.
    RejectReason {
        /// At least one line asks for more than there is.
        OutOfStock = "outOfStock",
        /// The coupon was refused.
        CouponRefused = "couponRefused",
    }
);

words!(
    /// Why a coupon was refused.
    CouponRefusal {
        /// There is none with this code.
        Unknown = "unknown",
        /// It is switched off.
        Inactive = "inactive",
        /// The order was placed before its time.
        NotYetValid = "notYetValid",
        /// The order was placed after its time.
        Expired = "expired",
        /// It is for orders in another currency.
        WrongCurrency = "wrongCurrency",
        /// The order comes to less than it asks for.
        MinimumNotReached = "minimumNotReached",
        /// Others have used it as often as it may be used.
        UsedUp = "usedUp",
        /// The customer has used it as often as one may.
        UsedUpByCustomer = "usedUpByCustomer",
    }
);

words!(
    /// Why an order was cancelled.
    CancelReason {
        /// It was not paid in time.
        PaymentTimeout = "paymentTimeout",
        /// The customer changed their mind.
        ByCustomer = "customer",
        /// An administrator took it back.
        ByAdmin = "admin",
        /// What was paid is not what was asked for; it goes back.
        AmountMismatch = "amountMismatch",
    }
);

words!(
    /// Why money goes back.
    RefundReason {
        /// The payment arrived after the order had ended.
        LatePayment = "latePayment",
        /// What was captured is not what was asked for.
        AmountMismatch = "amountMismatch",
        /// An administrator takes a confirmed order back.
        Requested = "requested",
    }
);

words!(
    /// Why stock figures changed.
    StockCause {
        /// Reserved units were sold.
        Sold = "sold",
        /// Reserved units went back on the shelf.
        Returned = "returned",
        /// An admin received or wrote off units.
        Adjusted = "adjusted",
    }
);

words!(
    /// How a charge ended.
    ChargeStatus {
        /// The money was captured.
        Succeeded = "succeeded",
        /// The charge was refused.
        Failed = "failed",
        /// The intent was voided before any capture.
        Canceled = "canceled",
    }
);

words!(
    /// What a customer is told.
    NotificationKind {
        /// The order is paid and confirmed.
        OrderConfirmed = "orderConfirmed",
        /// The order was rejected.
        OrderRejected = "orderRejected",
        /// The order was cancelled.
        OrderCancelled = "orderCancelled",
        /// A charge failed; the order can still be paid.
        PaymentFailed = "paymentFailed",
        /// The order is still to be paid, and its time runs out.
        PaymentReminder = "paymentReminder",
        /// A payment went back.
        Refunded = "refunded",
    }
);

words!(
    /// How a customer is told.
    Channel {
        /// By mail.
        Email = "email",
        /// By SMS.
        Sms = "sms",
    }
);
