//! What the stock should be: shelves and orders in memory.

use std::collections::BTreeMap;

use contracts::{Line, OrderId, event::StockCause};
use store::inventory::{Reserved, Settled};

#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Shelf {
    pub(super) available: i64,
    pub(super) reserved: i64,
    pub(super) sold: i64,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum State {
    New,
    Held,
    Ended,
}

pub(super) struct Order {
    pub(super) id: OrderId,
    pub(super) lines: Vec<Line>,
    pub(super) state: State,
}

/// What the stock should be.
#[derive(Default)]
pub(super) struct Model {
    pub(super) shelves: BTreeMap<&'static str, Shelf>,
    pub(super) orders: Vec<Order>,
}

impl Model {
    fn shelf(&mut self, line: &Line) -> &mut Shelf {
        self.shelves.get_mut(line.product_id.as_str()).unwrap()
    }

    pub(super) fn reserve(&mut self, index: usize) -> Reserved {
        if self.orders[index].state != State::New {
            return Reserved::Late;
        }
        let lines = self.orders[index].lines.clone();
        let short = |line: &Line| self.shelf(line).available < i64::from(line.quantity);
        if lines.iter().any(short) {
            return Reserved::Rejected;
        }
        for line in &lines {
            let shelf = self.shelf(line);
            shelf.available -= i64::from(line.quantity);
            shelf.reserved += i64::from(line.quantity);
        }
        self.orders[index].state = State::Held;
        Reserved::Reserved
    }

    pub(super) fn settle(&mut self, index: usize, cause: StockCause) -> Settled {
        let before = std::mem::replace(&mut self.orders[index].state, State::Ended);
        match before {
            State::New => return Settled::None,
            State::Ended => return Settled::Late,
            State::Held => {}
        }
        for line in self.orders[index].lines.clone() {
            let (shelf, quantity) = (self.shelf(&line), i64::from(line.quantity));
            shelf.reserved -= quantity;
            match cause {
                StockCause::Sold => shelf.sold += quantity,
                StockCause::Returned | StockCause::Adjusted => shelf.available += quantity,
            }
        }
        Settled::Settled
    }
}
