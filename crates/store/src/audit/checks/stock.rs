//! Rule 1: a product's ledger adds up, and its reservations say the same.
//!
//! Reservations are read once, at any moments. Every later change of one is an entry of one of two
//! topics, written by the script that made it. So after following both up to the entries at which a
//! ledger was read, the sums are those of exactly that moment. A reservation is made once and ends
//! later, so the topic of new ones is followed first.

use std::collections::HashMap;

use contracts::{
    OrderId, ProductId,
    event::{InventoryReserved, InventoryUpdated, Message as _, StockCause},
};
use streamward::{Partition, RawEntry, SharedConnection, unpack};

use super::ledger::{Seen, judge};
use crate::{
    Result,
    audit::{
        Pace,
        drift::Drift,
        scan::{
            log::{Log, read_stock},
            row::{self, Reservation},
        },
    },
    inventory::Stock,
    keys, read,
};

const RESERVED: &str = "inventory:reserved";
const UPDATED: &str = "inventory:updated";

/// Products read by one call.
const MOST: usize = 100;

/// An order's id without a heap of its own: there are as many as there are orders.
type Id = [u8; 26];

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Held,
    Sold,
    /// Returned, or never made.
    Ended,
}

impl State {
    fn of(word: &str) -> Self {
        match word {
            "held" => Self::Held,
            "sold" => Self::Sold,
            _ => Self::Ended,
        }
    }
}

struct Kept {
    state: State,
    /// Numbers of products, and units.
    lines: Box<[(u32, i64)]>,
}

/// All reservations of a partition, as they were at the positions of the logs.
pub(crate) struct Reservations {
    reserved: Log,
    updated: Log,
    orders: HashMap<Id, Kept>,
    products: Vec<ProductId>,
    numbers: HashMap<ProductId, u32>,
    /// Per product: units held and units sold.
    sums: Vec<(i64, i64)>,
}

impl Reservations {
    pub(crate) async fn open(link: &mut SharedConnection, partition: &Partition) -> Result<Self> {
        // In this order: of a reservation that is followed from its start, the end is followed too.
        let updated = Log::open(link, partition, UPDATED).await?;
        let reserved = Log::open(link, partition, RESERVED).await?;
        Ok(Self {
            reserved,
            updated,
            orders: HashMap::new(),
            products: Vec::new(),
            numbers: HashMap::new(),
            sums: Vec::new(),
        })
    }

    /// Whether the order was entered.
    pub(crate) fn knows(&self, order: &OrderId) -> bool {
        self.orders.contains_key(&id(order))
    }

    /// Enters what was read of an order.
    pub(crate) fn enter(&mut self, order: &OrderId, found: Option<&Reservation>) {
        let state = found.map_or(State::Ended, |one| State::of(&one.state));
        let lines = found.map_or(&[][..], |one| &one.lines);
        let lines = lines
            .iter()
            .map(|(product, units)| (self.number(product), *units))
            .collect();
        self.replace(id(order), Kept { state, lines });
    }

    /// The number of a product; an unknown one gets the next.
    pub(crate) fn number(&mut self, product: &ProductId) -> u32 {
        if let Some(number) = self.numbers.get(product) {
            return *number;
        }
        let number = u32::try_from(self.products.len()).unwrap_or(u32::MAX);
        self.products.push(product.clone());
        self.sums.push((0, 0));
        self.numbers.insert(product.clone(), number);
        number
    }

    fn replace(&mut self, order: Id, new: Kept) {
        self.add(&new, 1);
        if let Some(old) = self.orders.insert(order, new) {
            self.add(&old, -1);
        }
    }

    fn add(&mut self, kept: &Kept, sign: i64) {
        for (product, units) in &kept.lines {
            let sums = &mut self.sums[*product as usize];
            match kept.state {
                State::Held => sums.0 += sign * units,
                State::Sold => sums.1 += sign * units,
                State::Ended => {}
            }
        }
    }

    /// Follows a topic to `end`, up to which so many entries were ever `added`.
    async fn follow(
        &mut self,
        log: fn(&mut Self) -> &mut Log,
        link: &mut SharedConnection,
        partition: &Partition,
        (end, added): (String, u64),
    ) -> Result<()> {
        loop {
            let page = log(self).next(link, &end).await?;
            if page.is_empty() {
                return log(self).arrive(end, added);
            }
            let changes: Vec<(OrderId, State)> = page.iter().filter_map(change).collect();
            self.read_lines(link, partition, &changes).await?;
            for (order, state) in changes {
                let order = id(&order);
                let lines = self.orders.get(&order).map(|kept| kept.lines.clone());
                let lines = lines.unwrap_or_default();
                self.replace(order, Kept { state, lines });
            }
        }
    }

    /// Reads the lines of reservations that were made after their order was read. They never change.
    async fn read_lines(
        &mut self,
        link: &mut SharedConnection,
        partition: &Partition,
        changes: &[(OrderId, State)],
    ) -> Result<()> {
        let mut new: Vec<&OrderId> = changes.iter().map(|(order, _)| order).collect();
        new.retain(|order| {
            let kept = self.orders.get(&id(order));
            kept.is_none_or(|kept| kept.lines.is_empty())
        });
        let reservations = new.iter().map(|order| keys::reservation(partition, order));
        let found = read::field_of_each(link, reservations, "lines").await?;
        for (order, lines) in new.into_iter().zip(found) {
            let reservation = Reservation {
                state: String::new(),
                lines: row::lines_of(&lines.unwrap_or_default()),
            };
            self.enter(order, Some(&reservation));
        }
        Ok(())
    }

    /// Reads the ledgers of some products, and what the reservations say at that moment.
    async fn look(
        &mut self,
        link: &mut SharedConnection,
        partition: &Partition,
        numbers: &[u32],
    ) -> Result<Vec<Seen>> {
        let logs: [fn(&mut Self) -> &mut Log; 2] =
            [|all| &mut all.reserved, |all| &mut all.updated];
        let mut all: Vec<String> = logs.iter().map(|log| log(self).stream.clone()).collect();
        let products = numbers
            .iter()
            .map(|number| &self.products[*number as usize]);
        all.extend(products.map(|product| keys::stock(partition, product)));
        let (positions, rows) = read_stock(link, &all, logs.len()).await?;
        for (log, position) in logs.into_iter().zip(positions) {
            self.follow(log, link, partition, position).await?;
        }
        let seen = |(number, row): (&u32, [Option<i64>; 6])| {
            let (reserved, sold) = self.sums[*number as usize];
            Seen {
                stock: Stock::of(row.map(Option::unwrap_or_default)),
                reserved,
                sold,
            }
        };
        Ok(numbers.iter().zip(rows).map(seen).collect())
    }

    /// Compares every product.
    pub(crate) async fn check(
        &mut self,
        link: &mut SharedConnection,
        partition: &Partition,
        pace: Pace,
        drifts: &mut Vec<Drift>,
    ) -> Result<()> {
        let mut next = 0;
        // Products that only new reservations know join the end of the list.
        while next < self.products.len() {
            let end = self.products.len().min(next + MOST);
            let numbers: Vec<u32> = (next..end).filter_map(|n| u32::try_from(n).ok()).collect();
            let started = tokio::time::Instant::now();
            let all = self.look(link, partition, &numbers).await?;
            for (number, seen) in numbers.into_iter().zip(all) {
                judge(partition, &self.products[number as usize], &seen, drifts);
            }
            pace.rest(started.elapsed()).await;
            next = end;
        }
        Ok(())
    }

    /// Units held and sold of a product, and the last entries of both topics at that moment.
    pub(crate) async fn sums_now(
        &mut self,
        link: &mut SharedConnection,
        partition: &Partition,
        product: &ProductId,
    ) -> Result<(String, i64, i64)> {
        let number = self.number(product);
        self.look(link, partition, &[number]).await?;
        let (reserved, sold) = self.sums[number as usize];
        let position = format!("{} {}", self.reserved.position, self.updated.position);
        Ok((position, reserved, sold))
    }
}

fn id(order: &OrderId) -> Id {
    // An order's id has 26 characters, all of them ASCII.
    order.as_str().as_bytes().try_into().unwrap_or_default()
}

/// Returns the change of a reservation that an entry reports.
fn change(entry: &RawEntry) -> Option<(OrderId, State)> {
    match entry.kind() {
        InventoryReserved::KIND => Some((entry.text("key").parse().ok()?, State::Held)),
        InventoryUpdated::KIND => {
            let event: InventoryUpdated = unpack(entry.data()).ok()?;
            let state = match event.cause {
                StockCause::Sold => State::Sold,
                StockCause::Returned | StockCause::Adjusted => State::Ended,
            };
            Some((event.order_id?, state))
        }
        _ => None,
    }
}
