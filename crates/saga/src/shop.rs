//! What a modelled shop starts with, and what may go wrong in it.

/// Minor units for one unit of any product.
pub const PRICE: i64 = 1000;

/// What does not change while the model runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shop {
    /// Units of each product that are received at the beginning.
    pub stock: Vec<i64>,
    /// The terms of the only coupon.
    pub coupon: Terms,
    /// What may be ordered, each once.
    pub wishes: Vec<Wish>,
    /// What may go wrong, and how often.
    pub trouble: Trouble,
    /// What people may do beside ordering.
    pub people: People,
    /// What is done wrongly, to see that it is found.
    pub mutation: Option<Mutation>,
}

/// The terms of the coupon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Terms {
    /// Minor units off, at most the subtotal.
    pub off: i64,
    /// Orders that may hold or have used it.
    pub limit: i64,
    /// Orders of one customer that may.
    pub per_customer: i64,
}

/// What an order asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    /// Who orders.
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

impl Wish {
    /// Minor units before any discount.
    pub fn subtotal(&self) -> i64 {
        self.units.iter().sum::<i64>() * PRICE
    }
}

/// How a card takes a charge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Card {
    /// The money is captured at once.
    Good,
    /// The charge is declined at once.
    Bad,
    /// The charge is under way for a while, then the money is captured.
    Slow,
    /// The charge is under way for a while, then it is declined.
    SlowBad,
}

/// How often each kind of trouble may come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Trouble {
    /// Handlers that die between two of their steps; their entry comes again.
    pub crashes: u8,
    /// Entries that come again while their first handler is still at work.
    pub takeovers: u8,
    /// Callbacks that never arrive.
    pub lost: u8,
    /// Callbacks that arrive twice.
    pub doubled: u8,
    /// Charges that the provider does not answer, whether it makes them or not.
    pub silences: u8,
    /// Questions to the provider that come while a callback about the same intent is on its way.
    pub hasty: u8,
    /// Intents whose amount somebody lowers at the provider.
    pub lowered: u8,
}

/// What people may do beside ordering.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Customers may cancel.
    pub cancel: bool,
    /// Customers may pay on the provider's page.
    pub page: bool,
    /// Administrators may pay back.
    pub refund: bool,
    /// Customers are reminded; it changes nothing about an order.
    pub remind: bool,
}

/// One thing done wrongly. The checker must find what follows from each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Mutation {
    /// A script runs though its delivery was settled before.
    SkipGate,
    /// Units are reserved without looking at the shelf.
    ReserveUnseen,
    /// Units go back on the shelf twice.
    ReturnTwice,
    /// An end that comes before its reservation leaves no mark.
    ForgetEarlyEnd,
    /// What a confirmed order holds is never sold.
    ForgetSale,
    /// The coupon is held without looking at its limit.
    HoldUnseen,
    /// An order may be paid when the first of its holds is granted.
    AwaitTooEarly,
    /// The timeout is not set.
    ForgetTimeout,
    /// Money confirms an order whatever has become of it.
    ConfirmAfterEnd,
    /// Money that comes too late is not sent back.
    ForgetLateRefund,
    /// The provider is asked for the price without its discount.
    ForgetDiscount,
    /// An order ends at its timeout though it is paid.
    ExpirePaid,
    /// A refund asked for on an order that is not confirmed is granted.
    RefundUnpaid,
    /// An order is confirmed whatever amount was captured.
    ConfirmAnyAmount,
    /// Money on a voided payment is not recorded.
    IgnoreLateCapture,
    /// An intent that is opened after its order ended is left open.
    ForgetEarlyVoid,
    /// A payment is marked as voided although an intent was opened that nobody has voided.
    VoidUnseen,
    /// A payment that is voided before its intent was recorded forgets which intent it was.
    VoidUnnamed,
    /// Asking to charge a payment that is voided is tried again and again.
    ChargeVoided,
    /// Every request to the provider has an idempotency key of its own.
    FreshKeys,
    /// Nobody asks the provider about an intent.
    ForgetPoll,
    /// An opening that comes again when the time to pay has passed is not looked into.
    LeaveOverdue,
    /// What is asked about an order that has ended is not voided when its charge has failed.
    LeaveUnpaid,
}

impl Mutation {
    /// All of them.
    pub const ALL: [Self; 23] = [
        Self::SkipGate,
        Self::ReserveUnseen,
        Self::ReturnTwice,
        Self::ForgetEarlyEnd,
        Self::ForgetSale,
        Self::HoldUnseen,
        Self::AwaitTooEarly,
        Self::ForgetTimeout,
        Self::ConfirmAfterEnd,
        Self::ForgetLateRefund,
        Self::ForgetDiscount,
        Self::ExpirePaid,
        Self::RefundUnpaid,
        Self::ConfirmAnyAmount,
        Self::IgnoreLateCapture,
        Self::ForgetEarlyVoid,
        Self::VoidUnseen,
        Self::VoidUnnamed,
        Self::ChargeVoided,
        Self::FreshKeys,
        Self::ForgetPoll,
        Self::LeaveOverdue,
        Self::LeaveUnpaid,
    ];
}

impl Shop {
    /// Whether this is done wrongly.
    pub fn has(&self, mutation: Mutation) -> bool {
        self.mutation == Some(mutation)
    }

    /// What the coupon takes off an order, if it is granted.
    pub fn discount(&self, order: usize) -> i64 {
        self.coupon.off.min(self.wishes[order].subtotal())
    }
}
