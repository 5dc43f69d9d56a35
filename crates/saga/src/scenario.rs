//! Scenario of a modelled shop: its initial stock, its orders, and the faults that may occur.

/// Price of one unit of any product in minor units.
pub const PRICE: i64 = 1000;

/// A scenario, constant while the model runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scenario {
    /// Units of each product received at the beginning.
    pub stock: Vec<i64>,
    /// Terms of the only coupon.
    pub coupon: CouponTerms,
    /// Orders that may be placed, each once.
    pub orders: Vec<OrderSpec>,
    /// Faults that may occur, and how often.
    pub faults: Faults,
    /// Actions of people beside placing orders.
    pub user_actions: UserActions,
    /// A seeded mistake that the checker must find.
    pub mutation: Option<Mutation>,
}

/// Terms of the coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CouponTerms {
    /// Discount in minor units, at most the subtotal.
    pub discount: i64,
    /// Maximum number of orders that hold or used it.
    pub max_uses: i64,
    /// Maximum number of these orders per customer.
    pub max_uses_per_customer: i64,
}

/// An order that may be placed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OrderSpec {
    /// Index of the customer.
    pub customer: usize,
    /// Units of each product.
    pub units: Vec<i64>,
    /// Whether it uses the coupon.
    pub coupon: bool,
    /// The card that is charged at once; without one the customer pays on the provider's page.
    pub card: Option<Card>,
    /// The card that the customer may try next, once.
    pub retry: Option<Card>,
}

impl OrderSpec {
    /// Returns the price in minor units before any discount.
    pub fn subtotal(&self) -> i64 {
        self.units.iter().sum::<i64>() * PRICE
    }
}

/// Behaviour of a card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Card {
    /// The charge is captured at once.
    Accepted,
    /// The charge is declined at once.
    Declined,
    /// The charge is in progress for a while, then captured.
    Slow,
    /// The charge is in progress for a while, then declined.
    SlowDeclined,
}

/// Maximum number of each kind of fault.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Faults {
    /// Handlers that crash between two of their steps; their entry is redelivered.
    pub crashes: u8,
    /// Entries that are redelivered while their first handler is still running.
    pub takeovers: u8,
    /// Callbacks that never arrive.
    pub lost_callbacks: u8,
    /// Callbacks that arrive twice.
    pub duplicate_callbacks: u8,
    /// Charges that the provider does not answer, whether it makes them or not.
    pub unanswered_charges: u8,
    /// Polls that overtake a callback about the same intent.
    pub early_polls: u8,
    /// Intents whose amount is lowered at the provider.
    pub lowered_amounts: u8,
}

/// Actions of people that the scenario allows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct UserActions {
    /// Customers may cancel.
    pub cancel: bool,
    /// Customers may pay on the provider's page.
    pub pay_on_page: bool,
    /// Administrators may refund.
    pub refund: bool,
    /// Customers are reminded, which does not change an order.
    pub remind: bool,
}

/// A seeded mistake. The checker must find the violation that follows from each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mutation {
    /// A script runs although its delivery was settled before.
    IgnoreSettled,
    /// Units are reserved without checking the stock.
    ReserveWithoutStock,
    /// Units are released twice.
    ReleaseTwice,
    /// An order that ends before its reservation leaves no mark.
    ForgetEarlyEnd,
    /// The reservation of a confirmed order is never sold.
    ForgetSale,
    /// The coupon is held without checking its limits.
    HoldBeyondLimit,
    /// An order awaits payment when the first of its holds is granted.
    AwaitPaymentTooEarly,
    /// The timeout is not scheduled.
    ForgetTimeout,
    /// A payment confirms an order that has ended.
    ConfirmAfterEnd,
    /// A late payment is not refunded.
    ForgetLateRefund,
    /// The intent is opened with the price before the discount.
    ForgetDiscount,
    /// A paid order expires at its timeout.
    ExpirePaid,
    /// A refund of an order that is not confirmed is granted.
    RefundUnpaid,
    /// An order is confirmed whatever amount was captured.
    ConfirmAnyAmount,
    /// A capture of a voided payment is not recorded.
    IgnoreLateCapture,
    /// An intent opened after its order ended is left open.
    ForgetEarlyVoid,
    /// A payment is marked as voided although an unknown intent was opened.
    VoidUnknownIntent,
    /// A payment voided before its intent was recorded does not record the intent.
    VoidWithoutIntent,
    /// A request to charge a voided payment is retried forever.
    ChargeVoided,
    /// Every request to the provider has an idempotency key of its own.
    NoIdempotencyKeys,
    /// Intents are never polled.
    ForgetPoll,
    /// A redelivered opening past the payment timeout is not looked up.
    SkipOverdueOpening,
    /// A polled intent of an order that has ended is not voided when its charge has failed.
    LeaveUnpaidIntent,
}

impl Mutation {
    /// All mutations.
    pub const ALL: [Self; 23] = [
        Self::IgnoreSettled,
        Self::ReserveWithoutStock,
        Self::ReleaseTwice,
        Self::ForgetEarlyEnd,
        Self::ForgetSale,
        Self::HoldBeyondLimit,
        Self::AwaitPaymentTooEarly,
        Self::ForgetTimeout,
        Self::ConfirmAfterEnd,
        Self::ForgetLateRefund,
        Self::ForgetDiscount,
        Self::ExpirePaid,
        Self::RefundUnpaid,
        Self::ConfirmAnyAmount,
        Self::IgnoreLateCapture,
        Self::ForgetEarlyVoid,
        Self::VoidUnknownIntent,
        Self::VoidWithoutIntent,
        Self::ChargeVoided,
        Self::NoIdempotencyKeys,
        Self::ForgetPoll,
        Self::SkipOverdueOpening,
        Self::LeaveUnpaidIntent,
    ];
}

impl Scenario {
    /// Returns whether this mistake is seeded.
    pub fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// Returns the coupon's discount on an order, if it is granted.
    pub fn discount(&self, order: usize) -> i64 {
        self.coupon.discount.min(self.orders[order].subtotal())
    }
}
