//! The small shops.

use saga::shop::{Card, People, Shop, Terms, Trouble, Wish};

const NO_TROUBLE: Trouble = Trouble {
    crashes: 0,
    takeovers: 0,
    lost: 0,
    doubled: 0,
    silences: 0,
    hasty: 0,
    lowered: 0,
};

/// People who do everything they may.
pub(crate) const BUSY: People = People {
    cancel: true,
    page: true,
    refund: true,
    remind: false,
};

/// People who only order and pay.
pub(crate) const PLAIN: People = People {
    cancel: false,
    page: true,
    refund: false,
    remind: false,
};

/// What a customer orders: one unit of the only product.
const fn wish(customer: usize, units: Vec<i64>, card: Option<Card>) -> Wish {
    Wish {
        customer,
        units,
        coupon: false,
        card,
        retry: None,
    }
}

/// A shop of one order for one unit, of which there is one.
pub(crate) fn one(card: Option<Card>) -> Shop {
    shop(vec![1], vec![wish(0, vec![1], card)])
}

/// A shop of two customers who both want the last unit.
pub(crate) fn competing(card: Option<Card>) -> Shop {
    let wishes = [0, 1].map(|customer| wish(customer, vec![1], card));
    shop(vec![1], wishes.into())
}

/// A shop where nothing goes wrong, and people do everything they may.
const fn shop(stock: Vec<i64>, wishes: Vec<Wish>) -> Shop {
    Shop {
        stock,
        coupon: Terms {
            off: 100,
            limit: 1,
            per_customer: 1,
        },
        wishes,
        trouble: NO_TROUBLE,
        people: BUSY,
        mutation: None,
    }
}

/// Handlers die, and callbacks are lost.
pub(crate) const DYING: Trouble = Trouble {
    crashes: 1,
    lost: 1,
    ..NO_TROUBLE
};

/// Entries are handled twice at once.
pub(crate) const TWICE: Trouble = Trouble {
    takeovers: 1,
    ..NO_TROUBLE
};

/// Callbacks come twice.
pub(crate) const DOUBLED: Trouble = Trouble {
    doubled: 1,
    ..NO_TROUBLE
};

/// Charges are not answered, and callbacks are lost.
pub(crate) const SILENT: Trouble = Trouble {
    silences: 1,
    lost: 1,
    ..NO_TROUBLE
};

/// The provider is asked while its callbacks are on their way, and some are lost.
pub(crate) const HASTY: Trouble = Trouble {
    hasty: 1,
    lost: 1,
    ..NO_TROUBLE
};

/// Handlers die, and somebody lowers an intent's amount at the provider.
pub(crate) const LOWERED: Trouble = Trouble {
    crashes: 1,
    lowered: 1,
    ..NO_TROUBLE
};

/// Handlers die again and again, and callbacks come twice.
pub(crate) const WORST: Trouble = Trouble {
    crashes: 2,
    ..DOUBLED
};

/// What is done to a shop before it is walked through.
pub(crate) trait Vary: Sized {
    /// The customers try this card next.
    fn then(self, card: Card) -> Self;
    /// The orders use the coupon, which takes this much off.
    fn with_coupon(self, off: i64) -> Self;
    /// With trouble.
    fn with(self, trouble: Trouble) -> Self;
    /// With other people.
    fn among(self, people: People) -> Self;
}

impl Vary for Shop {
    fn then(mut self, card: Card) -> Self {
        self.wishes
            .iter_mut()
            .for_each(|wish| wish.retry = Some(card));
        self
    }

    fn with_coupon(mut self, off: i64) -> Self {
        self.coupon.off = off;
        self.wishes.iter_mut().for_each(|wish| wish.coupon = true);
        self
    }

    fn with(mut self, trouble: Trouble) -> Self {
        self.trouble = trouble;
        self
    }

    fn among(mut self, people: People) -> Self {
        self.people = people;
        self
    }
}
