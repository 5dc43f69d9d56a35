//! A client that holds units, in Redis or in PostgreSQL.

use anyhow::{Context, Result, bail};
use futures_util::try_join;
use redis::aio::MultiplexedConnection;
use tokio_postgres::{Client, NoTls, Statement};

const HOLD: &str = include_str!("../../../lua/hold.lua");

/// A way to hold units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// A single script.
    Script,
    /// A transaction: rows locked with FOR UPDATE, checked by the client, written, committed.
    Transaction,
    /// The same inside a database function.
    Function,
    /// A database function on one row per unit, locked with SKIP LOCKED.
    Units,
}

impl Way {
    pub const ALL: [Self; 4] = [Self::Script, Self::Transaction, Self::Function, Self::Units];

    pub fn name(self) -> &'static str {
        match self {
            Self::Script => "one script",
            Self::Transaction => "FOR UPDATE, transaction",
            Self::Function => "FOR UPDATE, function",
            Self::Units => "unit rows, SKIP LOCKED",
        }
    }
}

/// A connection of a client.
#[derive(Clone)]
pub enum Holder {
    Redis(MultiplexedConnection, String),
    Postgres(std::sync::Arc<Session>),
}

/// A session of PostgreSQL with prepared statements.
pub struct Session {
    pub client: Client,
    way: Way,
    lock: Statement,
    take: Statement,
    insert: Statement,
    function: Statement,
}

/// Connects to PostgreSQL; `settings` are those of the session.
pub async fn postgres(url: &str, settings: &str) -> Result<Client> {
    let mut config: tokio_postgres::Config = url.parse()?;
    let (client, connection) = config.options(settings).connect(NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

impl Holder {
    pub async fn redis(url: &str) -> Result<Self> {
        let mut link = peers::connect(url).await?;
        let mut load = redis::cmd("SCRIPT");
        let hash = load.arg("LOAD").arg(HOLD).query_async(&mut link).await?;
        Ok(Self::Redis(link, hash))
    }

    pub async fn postgres(url: &str, settings: &str, way: Way) -> Result<Self> {
        let client = postgres(url, settings).await?;
        let function = if way == Way::Units {
            "hold_units"
        } else {
            "hold_rows"
        };
        let session = Session {
            lock: client
                .prepare(
                    "SELECT available FROM stock WHERE product = ANY ($1) ORDER BY product FOR UPDATE",
                )
                .await?,
            take: client
                .prepare(
                    "UPDATE stock SET available = available - 1, reserved = reserved + 1 WHERE product = ANY ($1)",
                )
                .await?,
            insert: client.prepare("INSERT INTO reservation VALUES ($1, 'held', $2)").await?,
            function: client.prepare(&format!("SELECT {function}($1, $2)")).await?,
            client,
            way,
        };
        Ok(Self::Postgres(session.into()))
    }

    /// Holds one unit of both products for an order, or nothing; returns whether it did.
    pub async fn hold(&self, order: i64, products: [i32; 2]) -> Result<bool> {
        match self {
            Self::Redis(link, hash) => {
                let mut call = redis::cmd("EVALSHA");
                call.arg(hash).arg(3).arg(format!("reservation:{order}"));
                call.arg(&products.map(|product| format!("stock:{product}")))
                    .arg(1)
                    .arg(1);
                let (tag,): (String,) = call.query_async(&mut link.clone()).await?;
                match &*tag {
                    "RESERVED" => Ok(true),
                    "REJECTED" => Ok(false),
                    other => bail!("the script answers {other}"),
                }
            }
            Self::Postgres(session) if session.way == Way::Transaction => {
                session.transaction(order, products).await
            }
            Self::Postgres(session) => {
                let Session {
                    client, function, ..
                } = &**session;
                let row = client
                    .query_one(function, &[&order, &&products[..]])
                    .await?;
                Ok(row.get(0))
            }
        }
    }
}

impl Session {
    /// Begins a transaction and locks the products' rows; returns whether all have a unit.
    pub async fn lock(&self, products: [i32; 2]) -> Result<bool> {
        let products = &products[..];
        let parameters: [&(dyn tokio_postgres::types::ToSql + Sync); 1] = [&products];
        let begin = self.client.batch_execute("BEGIN");
        // Both go in one round trip.
        let ((), rows) = try_join!(begin, self.client.query(&self.lock, &parameters))?;
        Ok(rows.len() == products.len() && rows.iter().all(|row| row.get::<_, i32>(0) > 0))
    }

    async fn transaction(&self, order: i64, products: [i32; 2]) -> Result<bool> {
        let enough = self.lock(products).await?;
        if !enough {
            self.client.batch_execute("ROLLBACK").await?;
            return Ok(false);
        }
        let products = &products[..];
        let (taken, inserted): (&[&(dyn tokio_postgres::types::ToSql + Sync)], &[_]) = (
            &[&products],
            &[
                &order as &(dyn tokio_postgres::types::ToSql + Sync),
                &products,
            ],
        );
        let take = self.client.execute(&self.take, taken);
        let insert = self.client.execute(&self.insert, inserted);
        let (updated, _, ()) = try_join!(take, insert, self.client.batch_execute("COMMIT"))?;
        (updated == 2).then_some(true).context("the rows are gone")
    }
}
