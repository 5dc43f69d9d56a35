//! The shop's own formats of strings, written once.

use serde_json::{Value, json};

/// Their names in attributes, and what they mean. A control character is one of Unicode's category Cc.
const FORMATS: [(&str, &str); 6] = [
    (
        "one-line",
        r"^[^\x00-\x1f\x7f-\x9f]*[^\s\x00-\x1f\x7f-\x9f][^\x00-\x1f\x7f-\x9f]*$",
    ),
    ("plain-text", r"^[^\x00-\x08\x0b-\x1f\x7f-\x9f]*$"),
    ("product-id", "^[a-z0-9][a-z0-9._-]{0,63}$"),
    ("coupon-code", "^[A-Za-z0-9_-]{3,32}$"),
    ("payment-method", "^[A-Za-z0-9_]{1,64}$"),
    ("web-address", r"^https?://[!#-&(-;=?-\[\]-~]+$"),
];

/// Replaces the shop's own formats by their patterns, which every reader of OpenAPI knows.
pub(super) fn spell_out(value: &mut Value) {
    match value {
        Value::Object(members) => {
            let format = members.get("format").and_then(Value::as_str);
            let own = FORMATS.iter().find(|(name, _)| format == Some(name));
            if let Some((_, pattern)) = own {
                members.remove("format");
                members.insert("pattern".to_owned(), json!(pattern));
            }
            members.values_mut().for_each(spell_out);
        }
        Value::Array(items) => items.iter_mut().for_each(spell_out),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
