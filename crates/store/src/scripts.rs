//! The shop's Lua scripts, embedded with the functions that they include.

use std::sync::LazyLock;

use streamward::{Include, Script};

macro_rules! lua {
    ($path:literal) => {
        include_str!(concat!("../../../lua/", $path, ".lua"))
    };
}

/// Functions that several scripts share; each script lists those it calls.
const INCLUDES: &[Include] = &[
    Include::new("due_in", lua!("includes/due_in")),
    Include::new("emit", lua!("includes/emit")),
    Include::new("history_line", lua!("includes/history_line")),
    Include::new("log_delivery", lua!("includes/log_delivery")),
    Include::new("stream_position", lua!("includes/stream_position")),
];

macro_rules! scripts {
    ($($name:ident = $path:literal),+ $(,)?) => {
        $(pub(crate) static $name: LazyLock<Script> = LazyLock::new(|| {
            Script::with_includes($path, lua!($path), INCLUDES)
                .expect("a test builds every script, so its includes are listed")
        });)+

        /// Every script.
        #[cfg(test)]
        pub(crate) static ALL: &[&LazyLock<Script>] = &[$(&$name),+];
    };
}

scripts! {
    PLACE_ORDER = "order/place_order",
    RECORD_HOLD = "order/record_hold",
    RECORD_PAYMENT_OPENED = "order/record_payment_opened",
    RECORD_PAYMENT = "order/record_payment",
    RECORD_DECLINED_CHARGE = "order/record_declined_charge",
    REMIND_PAYMENT_DUE = "order/remind_payment_due",
    EXPIRE_ORDER = "order/expire_order",
    RECORD_REFUND = "order/record_refund",
    REQUEST_PAYMENT = "order/request_payment",
    CANCEL_ORDER = "order/cancel_order",
    REQUEST_REFUND = "order/request_refund",
    RESERVE_STOCK = "inventory/reserve_stock",
    END_RESERVATION = "inventory/end_reservation",
    ADJUST_STOCK = "inventory/adjust_stock",
    SET_LOW_STOCK_THRESHOLD = "inventory/set_low_stock_threshold",
    ADD_COUPON = "promotion/add_coupon",
    REMOVE_COUPON = "promotion/remove_coupon",
    SET_COUPON_ACTIVE = "promotion/set_coupon_active",
    HOLD_COUPON = "promotion/hold_coupon",
    END_COUPON_HOLD = "promotion/end_coupon_hold",
    OPEN_PAYMENT = "payment/open_payment",
    BEGIN_CHARGE = "payment/begin_charge",
    SCHEDULE_POLL = "payment/schedule_poll",
    RECORD_CHARGE = "payment/record_charge",
    VOID_PAYMENT = "payment/void_payment",
    RECORD_PROVIDER_REFUND = "payment/record_provider_refund",
    MARK_SENT = "notification/mark_sent",
    MARK_CHANNEL_SENT = "notification/mark_channel_sent",
    OBSERVE_STOCK_LEVELS = "notification/observe_stock_levels",
    MARK_REPORTED = "notification/mark_reported",
    ADD_WEBHOOK = "webhook/add_webhook",
    CHANGE_WEBHOOK = "webhook/change_webhook",
    REMOVE_WEBHOOK = "webhook/remove_webhook",
    ROTATE_SECRET = "webhook/rotate_secret",
    FAN_OUT_EVENT = "webhook/fan_out_event",
    SEND_PING = "webhook/send_ping",
    REPLAY_DELIVERY = "webhook/replay_delivery",
    BEGIN_ATTEMPT = "webhook/begin_attempt",
    FINISH_ATTEMPT = "webhook/finish_attempt",
    REGISTER_ACCOUNT = "account/register_account",
    ADMIT_SESSION = "account/admit_session",
    CHANGE_PASSWORD = "account/change_password",
    RENEW_SESSION = "account/renew_session",
    ADD_API_KEY = "account/add_api_key",
    TAKE_QUOTA = "rate_limit/take_quota",
    CLAIM_KEY = "idempotency/claim_key",
    STORE_RESPONSE = "idempotency/store_response",
    RELEASE_KEY = "idempotency/release_key",
    PUT_PRODUCT = "catalog/put_product",
    REMOVE_PRODUCT = "catalog/remove_product",
    READ_ORDERS = "audit/read_orders",
    READ_STOCK = "audit/read_stock",
    READ_COUPON = "audit/read_coupon",
    RESEND_EVENT = "audit/resend_event",
    CORRECT_STOCK = "audit/correct_stock",
    RECOUNT_COUPON = "audit/recount_coupon",
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    use super::ALL;

    #[test]
    fn every_script_of_the_shop_is_compiled_in() {
        let lua = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lua");
        // Naming a script builds it, which checks the functions that it lists.
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
