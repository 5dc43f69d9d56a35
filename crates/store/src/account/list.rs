//! Lists accounts for operators.

use streamward::Runtime;

use super::{Role, User, user};
use crate::{Result, keys, read};

/// Keys per SCAN call.
const STRIDE: usize = 1000;

/// The accounts that have one of `roles`, by mail address. Scans every key of the shop: for operators,
/// not for requests.
pub async fn list_accounts(runtime: &Runtime, roles: &[Role]) -> Result<Vec<User>> {
    let mut people = Vec::new();
    let mut link = runtime.server().link();
    for partition in runtime.partitions() {
        let mut cursor = 0_u64;
        loop {
            let mut scan = redis::cmd("SCAN");
            scan.arg(cursor).arg("MATCH");
            scan.arg(keys::user(partition, "*"));
            scan.arg("COUNT").arg(STRIDE).arg("TYPE").arg("hash");
            let (next, found): (u64, Vec<String>) = scan.query_async(&mut link).await?;
            let all = read::hashes(&mut link, found).await?;
            people.extend(all.iter().filter_map(user));
            cursor = next;
            if cursor == 0 {
                break;
            }
        }
    }
    people.retain(|one| roles.iter().any(|role| one.roles.contains(role)));
    people.sort_by(|one, other| one.email.cmp(&other.email));
    // SCAN may return a key twice.
    people.dedup_by(|one, other| one.email == other.email);
    Ok(people)
}
