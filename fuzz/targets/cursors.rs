//! Pagination cursors: an accepted cursor survives a round trip.
//!
//! Input: the name of a list, a line end, and the cursor.

#![no_main]

use api::fuzzing::product_cursor;
use contracts::OrderId;
use libfuzzer_sys::fuzz_target;
use store::EntryId;

fuzz_target!(|input: &str| {
    let (list, text) = input.split_once('\n').unwrap_or_default();
    let again = match list {
        "orders" => text.parse().ok().map(|id: OrderId| id.to_string()),
        "ledger" => text.parse().ok().map(|id: EntryId| id.to_string()),
        sort => product_cursor(sort, text),
    };
    if let Some(again) = again {
        assert_eq!(again, text);
    }
});
