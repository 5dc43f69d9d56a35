//! The stock in either store: filling and auditing it.

use anyhow::{Result, ensure};
use redis::aio::MultiplexedConnection;
use tokio_postgres::Client;

use crate::client::Way;

pub const PRODUCTS: i32 = 1000;
/// The product that everybody wants in the second pattern.
pub const HOT: i32 = 0;
const PLENTY: i64 = 1_000_000;
/// Unit rows are filled one by one, so there are fewer of them.
const UNIT_ROWS: i64 = 200;
const HOT_UNIT_ROWS: i64 = 80_000;

/// The store that holds are made in.
pub enum Stock {
    Redis(MultiplexedConnection),
    Postgres(Client, Way),
}

impl Stock {
    /// Empties the store and fills it; `hot` limits the units of the hot product.
    pub async fn fill(&mut self, hot: Option<i64>) -> Result<()> {
        match self {
            Self::Redis(link) => {
                let mut pipe = redis::pipe();
                pipe.cmd("FLUSHALL").ignore();
                for product in 0..PRODUCTS {
                    let units = if product == HOT {
                        hot.unwrap_or(PLENTY)
                    } else {
                        PLENTY
                    };
                    pipe.hset(format!("stock:{product}"), "available", units)
                        .ignore();
                }
                Ok(pipe.query_async(link).await?)
            }
            Self::Postgres(client, Way::Units) => {
                let hot = hot.unwrap_or(HOT_UNIT_ROWS);
                let fill = format!(
                    "TRUNCATE stock, reservation, unit;
                     INSERT INTO unit (product) SELECT product FROM generate_series(1, {PRODUCTS} - 1) product,
                       generate_series(1, {UNIT_ROWS});
                     INSERT INTO unit (product) SELECT {HOT} FROM generate_series(1, {hot})"
                );
                client.batch_execute(&fill).await?;
                Ok(client.batch_execute("VACUUM ANALYZE unit").await?)
            }
            Self::Postgres(client, _) => {
                let hot = hot.unwrap_or(PLENTY);
                let fill = format!(
                    "TRUNCATE stock, reservation, unit;
                     INSERT INTO stock (product, available) SELECT product, {PLENTY}
                       FROM generate_series(1, {PRODUCTS} - 1) product;
                     INSERT INTO stock (product, available) VALUES ({HOT}, {hot})"
                );
                client.batch_execute(&fill).await?;
                Ok(client.batch_execute("VACUUM ANALYZE stock").await?)
            }
        }
    }

    /// Returns the number of reservations.
    ///
    /// # Errors
    /// When a product is oversold, or units are taken without a reservation.
    pub async fn audit(&mut self) -> Result<i64> {
        let (reservations, taken, lowest): (i64, i64, i64) = match self {
            Self::Redis(link) => {
                let mut pipe = redis::pipe();
                pipe.cmd("DBSIZE");
                for product in 0..PRODUCTS {
                    let fields = ["available", "reserved"];
                    pipe.cmd("HMGET")
                        .arg(format!("stock:{product}"))
                        .arg(&fields);
                }
                let mut rows: Vec<redis::Value> = pipe.query_async(link).await?;
                let keys: i64 = redis::from_redis_value(rows.remove(0))?;
                let (mut taken, mut lowest) = (0, PLENTY);
                for row in rows {
                    let [available, reserved]: [Option<i64>; 2] = redis::from_redis_value(row)?;
                    taken += reserved.unwrap_or(0);
                    lowest = lowest.min(available.unwrap_or(0));
                }
                (keys - i64::from(PRODUCTS), taken, lowest)
            }
            Self::Postgres(client, way) => {
                let taken = if *way == Way::Units {
                    "count(order_id), 0::bigint FROM unit"
                } else {
                    "sum(reserved), min(available)::bigint FROM stock"
                };
                let audit = format!("SELECT (SELECT count(*) FROM reservation), {taken}");
                let row = client.query_one(&audit, &[]).await?;
                (row.get(0), row.get(1), row.get(2))
            }
        };
        ensure!(lowest >= 0, "a product is oversold");
        ensure!(
            taken == 2 * reservations,
            "{taken} units are taken for {reservations} orders"
        );
        Ok(reservations)
    }
}
