//! The shop's scripts, compiled in behind the functions they include.

use std::sync::LazyLock;

use streamward::Script;

macro_rules! lua {
    ($path:literal) => {
        include_str!(concat!("../../../lua/", $path, ".lua"))
    };
}

macro_rules! scripts {
    ($($name:ident = $path:literal),+ $(,)?) => {
        $(pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::new($path, &[
                lua!("includes/after"),
                lua!("includes/emit"),
                lua!("includes/history"),
                lua!("includes/position"),
                lua!("includes/log_delivery"),
                lua!($path),
            ])
        });)+

        /// Every script of the shop, for callers that load them ahead and for tests.
        #[cfg(test)]
        pub(crate) static ALL: &[&LazyLock<Script>] = &[$(&$name),+];
    };
}

scripts! {
    ORDER_PLACE = "order/place",
    ORDER_HOLD = "order/hold",
    ORDER_OPENED = "order/opened",
    ORDER_PAID = "order/paid",
    ORDER_DECLINED = "order/declined",
    ORDER_REMIND = "order/remind",
    ORDER_EXPIRE = "order/expire",
    ORDER_REFUNDED = "order/refunded",
    ORDER_PAY = "order/pay",
    ORDER_CANCEL = "order/cancel",
    ORDER_REFUND = "order/refund",
    INVENTORY_RESERVE = "inventory/reserve",
    INVENTORY_SETTLE = "inventory/settle",
    INVENTORY_ADJUST = "inventory/adjust",
    INVENTORY_WATCH = "inventory/watch",
    PROMOTION_ADD = "promotion/add",
    PROMOTION_REMOVE = "promotion/remove",
    PROMOTION_SWITCH = "promotion/switch",
    PROMOTION_HOLD = "promotion/hold",
    PROMOTION_SETTLE = "promotion/settle",
    PAYMENT_OPEN = "payment/open",
    PAYMENT_CHARGE = "payment/charge",
    PAYMENT_WAIT = "payment/wait",
    PAYMENT_RECORD = "payment/record",
    PAYMENT_VOID = "payment/void",
    PAYMENT_REFUND = "payment/refund",
    NOTIFICATION_MARK = "notification/mark",
    NOTIFICATION_NOTE = "notification/note",
    NOTIFICATION_OBSERVE = "notification/observe",
    NOTIFICATION_TOLD = "notification/told",
    WEBHOOK_ADD = "webhook/add",
    WEBHOOK_CHANGE = "webhook/change",
    WEBHOOK_REMOVE = "webhook/remove",
    WEBHOOK_ROTATE = "webhook/rotate",
    WEBHOOK_FAN_OUT = "webhook/fan_out",
    WEBHOOK_SEND = "webhook/send",
    WEBHOOK_REPLAY = "webhook/replay",
    WEBHOOK_BEGIN = "webhook/begin",
    WEBHOOK_FINISH = "webhook/finish",
    ACCOUNT_REGISTER = "account/register",
    ACCOUNT_ADMIT = "account/admit",
    ACCOUNT_PASSWORD = "account/password",
    ACCOUNT_RENEW = "account/renew",
    ACCOUNT_KEY = "account/key",
    EDGE_TAKE = "edge/take",
    EDGE_CLAIM = "edge/claim",
    EDGE_FINISH = "edge/finish",
    CATALOG_PUT = "catalog/put",
    CATALOG_REMOVE = "catalog/remove",
    AUDIT_ORDERS = "audit/orders",
    AUDIT_STOCK = "audit/stock",
    AUDIT_COUPON = "audit/coupon",
    AUDIT_NUDGE = "audit/nudge",
    AUDIT_RESTOCK = "audit/restock",
    AUDIT_RECOUNT = "audit/recount",
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::ALL;

    #[test]
    fn every_script_of_the_shop_is_compiled_in() {
        let lua = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lua");
        let bound: BTreeSet<String> = ALL.iter().map(|one| one.name().to_owned()).collect();
        let contexts: BTreeSet<&str> = ALL
            .iter()
            .filter_map(|one| Some(one.name().split_once('/')?.0))
            .collect();
        let mut files = BTreeSet::new();
        for context in contexts {
            for entry in fs::read_dir(lua.join(context)).unwrap() {
                let path = entry.unwrap().path();
                let name = path.file_stem().unwrap().to_string_lossy();
                files.insert(format!("{context}/{name}"));
            }
        }
        assert_eq!(bound, files);
    }
}
