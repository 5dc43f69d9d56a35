//! Reads the books of one partition.

use std::collections::{BTreeMap, HashMap};

use contracts::{CouponCode, OrderId, OrderStatus, ProductId, Service};
use streamward::{Link, Partition, Runtime, clock};

use crate::{Result, inventory::Stock, payment::PaymentView};

const SCAN: usize = 1000;

/// What an order's hash says about money and time.
pub(super) struct OrderBook {
    pub(super) status: OrderStatus,
    pub(super) total: i64,
    pub(super) currency: String,
    pub(super) has_coupon: bool,
    pub(super) due: Option<u64>,
    pub(super) changed: u64,
}

/// A reservation: its state and its lines.
pub(super) struct Reservation {
    pub(super) state: String,
    pub(super) lines: Vec<(ProductId, i64)>,
}

/// A coupon's hold for an order; without a code it only keeps a late one out.
pub(super) struct CouponHold {
    pub(super) state: String,
    pub(super) code: Option<CouponCode>,
}

/// A coupon's counters.
pub(super) struct CouponCounters {
    pub(super) held: i64,
    pub(super) uses: i64,
    pub(super) limit: Option<i64>,
}

/// Everything of one partition that has to balance.
pub(super) struct Books {
    pub(super) partition: Partition,
    pub(super) now: u64,
    pub(super) orders: BTreeMap<OrderId, OrderBook>,
    pub(super) stock: BTreeMap<ProductId, Stock>,
    pub(super) reservations: BTreeMap<OrderId, Reservation>,
    pub(super) coupons: BTreeMap<CouponCode, CouponCounters>,
    pub(super) coupon_holds: BTreeMap<OrderId, CouponHold>,
    pub(super) payments: BTreeMap<OrderId, PaymentView>,
    pub(super) told: HashMap<OrderId, Vec<String>>,
    pub(super) running: Vec<Service>,
}

impl Books {
    pub(super) async fn read(runtime: &Runtime, partition: &Partition) -> Result<Self> {
        let mut books = Self {
            partition: partition.clone(),
            now: clock::now_ms(),
            orders: BTreeMap::new(),
            stock: BTreeMap::new(),
            reservations: BTreeMap::new(),
            coupons: BTreeMap::new(),
            coupon_holds: BTreeMap::new(),
            payments: BTreeMap::new(),
            told: HashMap::new(),
            running: Vec::new(),
        };
        let mut link = runtime.server().link();
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor)
                .arg("MATCH")
                .arg(format!("{}:*", literally(&partition.key(&[]))))
                .arg("COUNT")
                .arg(SCAN);
            let (next, keys): (u64, Vec<String>) = scan.query_async(&mut link).await?;
            books.read_keys(&mut link, &keys).await?;
            if next == 0 {
                return Ok(books);
            }
            cursor = next;
        }
    }

    async fn read_keys(&mut self, link: &mut Link, keys: &[String]) -> Result<()> {
        let prefix = self.partition.key(&[]).len() + 1;
        let mut hashes: Vec<(Kind, &str)> = Vec::new();
        for key in keys {
            match Kind::of(&key[prefix..]) {
                Some(Kind::Alive(service)) if !self.running.contains(&service) => {
                    self.running.push(service);
                }
                None | Some(Kind::Alive(_)) => {}
                Some(kind) => hashes.push((kind, key)),
            }
        }
        if hashes.is_empty() {
            return Ok(());
        }
        let mut pipe = redis::pipe();
        for (_, key) in &hashes {
            pipe.cmd("HGETALL").arg(key);
        }
        let found: Vec<HashMap<String, Vec<u8>>> = pipe.query_async(link).await?;
        for ((kind, _), fields) in hashes.into_iter().zip(found) {
            self.enter(kind, fields);
        }
        Ok(())
    }

    fn enter(&mut self, kind: Kind, fields: HashMap<String, Vec<u8>>) {
        let texts = || {
            let text = |(name, value): (&String, &Vec<u8>)| {
                Some((name.clone(), String::from_utf8(value.clone()).ok()?))
            };
            fields
                .iter()
                .filter_map(text)
                .collect::<HashMap<String, String>>()
        };
        match kind {
            Kind::Order(id) => {
                if let Some(order) = order_of(&texts()) {
                    self.orders.insert(id, order);
                }
            }
            Kind::Stock(product) => {
                let number = |(name, text): (String, String)| Some((name, text.parse().ok()?));
                let figures = texts().into_iter().filter_map(number).collect();
                self.stock.insert(product, Stock::read(&figures));
            }
            Kind::Reservation(id) => {
                let mut texts = texts();
                let state = texts.remove("state").unwrap_or_default();
                let lines = lines_of(&texts.remove("lines").unwrap_or_default());
                self.reservations.insert(id, Reservation { state, lines });
            }
            Kind::Coupon(code) => {
                self.coupons.insert(code, counters_of(&texts()));
            }
            Kind::CouponHold(id) => {
                let mut texts = texts();
                let hold = CouponHold {
                    state: texts.remove("state").unwrap_or_default(),
                    code: texts.remove("code").and_then(|code| code.parse().ok()),
                };
                self.coupon_holds.insert(id, hold);
            }
            Kind::Payment(id) => {
                if let Some(payment) = PaymentView::read(texts()) {
                    self.payments.insert(id, payment);
                }
            }
            Kind::Sent(id) => {
                self.told.insert(id, fields.into_keys().collect());
            }
            Kind::Alive(_) => {}
        }
    }
}

enum Kind {
    Order(OrderId),
    Stock(ProductId),
    Reservation(OrderId),
    Coupon(CouponCode),
    CouponHold(OrderId),
    Payment(OrderId),
    Sent(OrderId),
    Alive(Service),
}

impl Kind {
    /// What the key behind the partition's prefix is, if the audit reads it.
    fn of(rest: &str) -> Option<Self> {
        let mut parts = rest.splitn(3, ':');
        let (context, thing, id) = (parts.next()?, parts.next()?, parts.next());
        match (context, thing, id) {
            ("order", id, None) => id.parse().ok().map(Self::Order),
            ("inventory", "stock", Some(id)) => id.parse().ok().map(Self::Stock),
            ("inventory", "reservation", Some(id)) => id.parse().ok().map(Self::Reservation),
            ("promotion", "coupon", Some(code)) => code.parse().ok().map(Self::Coupon),
            ("promotion", "hold", Some(id)) => id.parse().ok().map(Self::CouponHold),
            ("payment", "intent", Some(id)) => id.parse().ok().map(Self::Payment),
            ("notification", "sent", Some(id)) => id.parse().ok().map(Self::Sent),
            (service, "alive", Some(_)) => service.parse().ok().map(Self::Alive),
            _ => None,
        }
    }
}

/// A pattern that matches `text` and nothing else; a namespace may hold what Redis reads as wildcards.
fn literally(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}

fn order_of(fields: &HashMap<String, String>) -> Option<OrderBook> {
    let number = |name: &str| fields.get(name).and_then(|text| text.parse::<i64>().ok());
    let lines = number("n").unwrap_or(0);
    let last = fields.get(&format!("h:{lines}")).map_or("", String::as_str);
    let entry = last.rsplit(' ').next().unwrap_or("");
    Some(OrderBook {
        status: fields.get("status")?.parse().ok()?,
        total: number("subtotal")? - number("discount").unwrap_or(0),
        currency: fields.get("currency")?.clone(),
        has_coupon: fields
            .get("needs")
            .is_some_and(|needs| needs.contains(Service::Promotion.name())),
        due: number("due").and_then(|ms| u64::try_from(ms).ok()),
        changed: entry
            .split('-')
            .next()
            .and_then(|ms| ms.parse().ok())
            .unwrap_or(0),
    })
}

fn counters_of(fields: &HashMap<String, String>) -> CouponCounters {
    let number = |name: &str| fields.get(name).and_then(|text| text.parse().ok());
    CouponCounters {
        held: number("held").unwrap_or(0),
        uses: number("uses").unwrap_or(0),
        limit: number("limit"),
    }
}

fn lines_of(text: &str) -> Vec<(ProductId, i64)> {
    let line = |word: &str| {
        let (product, quantity) = word.split_once('=')?;
        Some((product.parse().ok()?, quantity.parse().ok()?))
    };
    text.split(' ').filter_map(line).collect()
}
