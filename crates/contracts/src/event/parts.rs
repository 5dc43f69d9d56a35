//! Parts of messages: small structs and closed sets of words.

use serde::{Deserialize, Serialize};

use crate::{ProductId, words::words};

/// A line that is short of stock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "utoipa", derive(utoipa::ToSchema))]
pub struct Shortage {
    /// The product.
    pub product_id: ProductId,
    /// Units ordered.
    pub requested: u32,
    /// Units available.
    pub available: u32,
}

/// Stock of a product in one partition after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StockLevel {
    /// The product.
    pub product_id: ProductId,
    /// Units available for reservation.
    pub available: i64,
    /// Units reserved for open orders.
    pub reserved: i64,
    /// Units sold.
    pub sold: i64,
    /// Revision of the stock: one more with each change of the product's stock in this partition.
    #[serde(default)]
    pub revision: u64,
}

/// The provider's reason of a failed charge.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// Machine-readable code, for example `card_declined`.
    pub code: String,
    /// Message for people.
    pub message: String,
}

words!(
    /// Reason why an order was rejected.
    RejectReason, "reason to reject an order" {
        /// Stock is short for at least one line.
        OutOfStock = "outOfStock",
        /// The coupon was refused.
        CouponRefused = "couponRefused",
    }
);

words!(
    /// Reason why a coupon was refused.
    CouponRefusal, "reason to refuse a coupon" {
        /// No coupon has this code.
        Unknown = "unknown",
        /// The coupon is inactive.
        Inactive = "inactive",
        /// The order was placed before the coupon became valid.
        NotYetValid = "notYetValid",
        /// The order was placed after the coupon expired.
        Expired = "expired",
        /// The coupon is for another currency.
        WrongCurrency = "wrongCurrency",
        /// The subtotal is below the minimum.
        MinimumNotReached = "minimumNotReached",
        /// The total number of uses is reached.
        UsedUp = "usedUp",
        /// The number of uses per customer is reached.
        UsedUpByCustomer = "usedUpByCustomer",
    }
);

words!(
    /// Reason why an order was cancelled.
    CancelReason, "reason to cancel an order" {
        /// The order was not paid in time.
        PaymentTimeout = "paymentTimeout",
        /// The customer cancelled it.
        ByCustomer = "customer",
        /// An administrator cancelled it.
        ByAdmin = "admin",
        /// The amount paid differs from the total; it is refunded.
        AmountMismatch = "amountMismatch",
    }
);

words!(
    /// Reason of a refund.
    RefundReason, "reason to refund a payment" {
        /// The payment arrived after the order had ended.
        LatePayment = "latePayment",
        /// The amount captured differs from the total.
        AmountMismatch = "amountMismatch",
        /// An administrator refunds a confirmed order.
        Requested = "requested",
    }
);

words!(
    /// Cause of a stock change.
    StockCause, "cause of a stock change" {
        /// Reserved units were sold.
        Sold = "sold",
        /// Reserved units were released.
        Returned = "returned",
        /// An administrator received or wrote off units.
        Adjusted = "adjusted",
    }
);

words!(
    /// Result of a charge.
    ChargeStatus, "result of a charge" {
        /// The money was captured.
        Succeeded = "succeeded",
        /// The charge was refused.
        Failed = "failed",
        /// The intent was voided before any capture.
        Canceled = "canceled",
    }
);

words!(
    /// Kind of a notification to a customer.
    NotificationKind, "kind of notification" {
        /// The order is paid and confirmed.
        OrderConfirmed = "orderConfirmed",
        /// The order was rejected.
        OrderRejected = "orderRejected",
        /// The order was cancelled.
        OrderCancelled = "orderCancelled",
        /// A charge failed; the order can still be paid.
        PaymentFailed = "paymentFailed",
        /// The order is unpaid, and its payment timeout is near.
        PaymentReminder = "paymentReminder",
        /// A payment was refunded.
        Refunded = "refunded",
    }
);

words!(
    /// Channel of a notification.
    Channel, "channel" {
        /// Mail.
        Email = "email",
        /// SMS.
        Sms = "sms",
    }
);
