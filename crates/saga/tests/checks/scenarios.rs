//! Small scenarios.

use saga::scenario::{Card, CouponTerms, Faults, OrderSpec, Scenario, UserActions};

const NO_FAULTS: Faults = Faults {
    crashes: 0,
    takeovers: 0,
    lost_callbacks: 0,
    duplicate_callbacks: 0,
    unanswered_charges: 0,
    early_polls: 0,
    lowered_amounts: 0,
};

/// Every action but reminders.
pub(crate) const ALL_ACTIONS: UserActions = UserActions {
    cancel: true,
    pay_on_page: true,
    refund: true,
    remind: false,
};

/// Payments only.
pub(crate) const PAY_ONLY: UserActions = UserActions {
    cancel: false,
    refund: false,
    ..ALL_ACTIONS
};

/// Crashes, and lost callbacks.
pub(crate) const CRASHES: Faults = Faults {
    crashes: 1,
    lost_callbacks: 1,
    ..NO_FAULTS
};

/// Entries handled twice at once.
pub(crate) const TAKEOVERS: Faults = Faults {
    takeovers: 1,
    ..NO_FAULTS
};

/// Callbacks that arrive twice.
pub(crate) const DUPLICATE_CALLBACKS: Faults = Faults {
    duplicate_callbacks: 1,
    ..NO_FAULTS
};

/// Unanswered charges, and lost callbacks.
pub(crate) const UNANSWERED: Faults = Faults {
    unanswered_charges: 1,
    lost_callbacks: 1,
    ..NO_FAULTS
};

/// Polls that overtake callbacks, and lost callbacks.
pub(crate) const EARLY_POLLS: Faults = Faults {
    early_polls: 1,
    lost_callbacks: 1,
    ..NO_FAULTS
};

/// Crashes, and intents whose amount is lowered.
pub(crate) const LOWERED_AMOUNTS: Faults = Faults {
    crashes: 1,
    lowered_amounts: 1,
    ..NO_FAULTS
};

/// Repeated crashes, and callbacks that arrive twice.
pub(crate) const WORST: Faults = Faults {
    crashes: 2,
    ..DUPLICATE_CALLBACKS
};

/// Returns a scenario of one order for the only unit.
pub(crate) fn one(card: Option<Card>) -> Scenario {
    scenario(vec![spec(0, card)])
}

/// Returns a scenario of two customers who order the last unit.
pub(crate) fn competing(card: Option<Card>) -> Scenario {
    scenario([0, 1].map(|customer| spec(customer, card)).into())
}

/// Returns an order of one unit of the only product.
fn spec(customer: usize, card: Option<Card>) -> OrderSpec {
    OrderSpec {
        customer,
        units: vec![1],
        coupon: false,
        card,
        retry: None,
    }
}

/// Returns a scenario with one unit, every action and no faults.
fn scenario(orders: Vec<OrderSpec>) -> Scenario {
    Scenario {
        stock: vec![1],
        coupon: CouponTerms {
            discount: 100,
            max_uses: 1,
            max_uses_per_customer: 1,
        },
        orders,
        faults: NO_FAULTS,
        user_actions: ALL_ACTIONS,
        mutation: None,
    }
}

/// Variations of a scenario.
pub(crate) trait Vary: Sized {
    /// Lets the customers try this card next.
    fn then(self, card: Card) -> Self;
    /// Lets the orders use the coupon, with this discount.
    fn with_coupon(self, discount: i64) -> Self;
    /// Adds faults.
    fn with(self, faults: Faults) -> Self;
    /// Sets the allowed actions.
    fn allowing(self, user_actions: UserActions) -> Self;
}

impl Vary for Scenario {
    fn then(mut self, card: Card) -> Self {
        self.orders
            .iter_mut()
            .for_each(|spec| spec.retry = Some(card));
        self
    }

    fn with_coupon(mut self, discount: i64) -> Self {
        self.coupon.discount = discount;
        self.orders.iter_mut().for_each(|spec| spec.coupon = true);
        self
    }

    fn with(mut self, faults: Faults) -> Self {
        self.faults = faults;
        self
    }

    fn allowing(mut self, user_actions: UserActions) -> Self {
        self.user_actions = user_actions;
        self
    }
}
