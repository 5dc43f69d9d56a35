//! The layout of the data in Redis: which streams there are, and what is in them.

use streamward::{Error, Runtime};

use crate::{Result, keys, script};

/// The layout that this version reads and writes: one stream per type of event.
const LAYOUT: u32 = 2;
/// The streams of layout 1, one per context.
const CONTEXTS: [&str; 7] = [
    "orders",
    "inventory",
    "promotions",
    "payments",
    "notifications",
    "webhooks",
    "catalog",
];

replies! {
    /// Result of claiming a partition.
    Claim {
        Claimed = "CLAIMED",
        Known = "KNOWN",
        Other {
            layout: String,
        } = "OTHER",
        Unsettled {
            stream: String,
            group: String,
        } = "UNSETTLED",
    }
}

/// Claims every partition for the present layout. Data of the layout before is upgraded when every
/// service has settled everything in it.
///
/// # Errors
/// [`Error::Server`] that says what to do, when the data has another layout or work is left in the one
/// before.
pub async fn claim(runtime: &Runtime) -> Result<()> {
    for partition in runtime.partitions() {
        let mut keys = vec![keys::meta(partition)];
        keys.extend(CONTEXTS.map(|context| partition.stream(context)));
        let script = script!("layout/claim_layout" { layout: LAYOUT });
        let problem = match script::run(runtime, &keys, script).await? {
            Claim::Claimed | Claim::Known => continue,
            Claim::Other { layout } => format!(
                "its layout is {layout}, and this version reads layout {LAYOUT}: start the version \
                 that wrote it"
            ),
            Claim::Unsettled { stream, group } => format!(
                "its layout is 1, and the group {group} has work left in {stream}: start the version \
                 that wrote it, wait until `streamward streams` shows neither lag nor pending \
                 entries, stop it, and start this version again"
            ),
        };
        let setting = "data";
        return Err(Error::Server { setting, problem });
    }
    Ok(())
}
