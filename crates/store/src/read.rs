//! Reads hashes.

use std::{collections::HashMap, str::FromStr};

use redis::{FromRedisValue, ParsingError, Value};
use streamward::SharedConnection;

use crate::Result;

/// The fields of a hash; empty when it does not exist.
pub(crate) struct Fields(HashMap<String, String>);

impl FromRedisValue for Fields {
    fn from_redis_value(value: Value) -> Result<Self, ParsingError> {
        HashMap::from_redis_value(value).map(Self)
    }
}

impl Fields {
    /// The value of a field, if it has one.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The same as text of its own; `""` without one.
    pub(crate) fn text(&self, name: &str) -> String {
        self.get(name).unwrap_or_default().to_owned()
    }

    /// The value, parsed.
    pub(crate) fn parse<T: FromStr>(&self, name: &str) -> Option<T> {
        self.get(name)?.parse().ok()
    }

    /// The value as a number; 0 without one.
    pub(crate) fn number<T: FromStr + Default>(&self, name: &str) -> T {
        self.parse(name).unwrap_or_default()
    }

    /// The fields' names.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// Reads a hash.
pub(crate) async fn hash<T: FromRedisValue>(link: &mut SharedConnection, key: &str) -> Result<T> {
    Ok(redis::cmd("HGETALL").arg(key).query_async(link).await?)
}

/// Reads several hashes in one round trip.
pub(crate) async fn hashes<T: FromRedisValue>(
    link: &mut SharedConnection,
    keys: impl IntoIterator<Item = String>,
) -> Result<Vec<T>> {
    let mut pipe = redis::pipe();
    for key in keys {
        pipe.cmd("HGETALL").arg(key);
    }
    query(link, &pipe).await
}

/// Reads the same field of several hashes in one round trip.
pub(crate) async fn field_of_each(
    link: &mut SharedConnection,
    keys: impl IntoIterator<Item = String>,
    field: &str,
) -> Result<Vec<Option<String>>> {
    let mut pipe = redis::pipe();
    for key in keys {
        pipe.cmd("HGET").arg(key).arg(field);
    }
    query(link, &pipe).await
}

/// Runs a pipeline; an empty one costs no round trip.
async fn query<T: FromRedisValue>(
    link: &mut SharedConnection,
    pipe: &redis::Pipeline,
) -> Result<Vec<T>> {
    if pipe.is_empty() {
        return Ok(Vec::new());
    }
    Ok(pipe.query_async(link).await?)
}

/// Reads one field of a hash.
pub(crate) async fn field<T: FromRedisValue>(
    link: &mut SharedConnection,
    key: &str,
    field: &str,
) -> Result<Option<T>> {
    let mut get = redis::cmd("HGET");
    Ok(get.arg(key).arg(field).query_async(link).await?)
}
