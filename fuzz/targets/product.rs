//! Products: an accepted product is valid and survives a round trip.

#![no_main]

use api::check_product;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

fuzz_target!(|line: &[u8]| {
    let Ok(body) = serde_json::from_slice::<Value>(line) else {
        return;
    };
    match check_product(&body) {
        Err(faults) => {
            assert!(!faults.is_empty());
            assert!(faults.iter().all(|fault| !fault.detail.is_empty()));
        }
        Ok(product) => {
            let is_plain = |text: &str| !text.is_empty() && text == text.trim();
            assert!(is_plain(&product.name) && product.name.chars().count() <= 200);
            assert!(product.price.amount >= 0);
            assert!(product.tags.len() <= 20 && product.tags.iter().all(|tag| is_plain(tag)));
            let written = serde_json::to_value(&product).expect("a product is JSON");
            assert_eq!(check_product(&written).as_ref(), Ok(&product), "{written}");
        }
    }
});
