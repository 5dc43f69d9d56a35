//! Fault settings: kinds of misbehaviour and their probabilities.

use rand::Rng as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// Probability of each fault, from 0 (never) to 1 (always).
///
/// Callback faults are drawn once per event, before its first attempt. Retries have no faults, so
/// that every setting except [`drop`](Self::drop) still ends in a delivery.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Faults {
    /// Delay before the first attempt of a callback.
    pub delay_ms: Delay,
    /// The callback is sent twice.
    pub duplicate: f64,
    /// The callback waits until a later one was sent, or one second when none follows.
    pub reorder: f64,
    /// The callback is never sent; the shop must poll the intent or `/v1/events`.
    pub drop: f64,
    /// The first attempt has a wrong signature; the correct one follows as a retry.
    pub bad_signature: f64,
    /// The first attempt has a signature from ten minutes ago; the correct one follows as a retry.
    pub stale_timestamp: f64,
    /// The API answers 500: half of the time before executing the request, half after it.
    pub error500: f64,
    /// Delay before a request to the API is executed, which its client's timeout does not cancel.
    pub answer_ms: Delay,
}

/// A delay in milliseconds, uniform in `min..=max`. On the wire a number, or `[min, max]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delay {
    /// Minimum.
    pub min: u64,
    /// Maximum.
    pub max: u64,
}

/// An invalid fault setting.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct FaultError {
    /// Name of the invalid field on the wire; empty for the whole body.
    pub field: String,
    /// Reason of the rejection.
    pub reason: &'static str,
}

/// Maximum delay: an hour.
const MAX_DELAY_MS: u64 = 3_600_000;

impl Faults {
    /// Returns these faults with the fields of the JSON object `patch` replaced.
    ///
    /// # Errors
    /// Rejects a `patch` that is not an object, has an unknown field or a value out of range; the
    /// error names the field.
    pub fn merged(mut self, patch: &Value) -> Result<Self, FaultError> {
        let fields = patch
            .as_object()
            .ok_or_else(|| reject("", "expected a JSON object"))?;
        for (field, value) in fields {
            let probability = match field.as_str() {
                "delayMs" => {
                    self.delay_ms = Delay::read(value).map_err(|reason| reject(field, reason))?;
                    continue;
                }
                "answerMs" => {
                    self.answer_ms = Delay::read(value).map_err(|reason| reject(field, reason))?;
                    continue;
                }
                "duplicate" => &mut self.duplicate,
                "reorder" => &mut self.reorder,
                "drop" => &mut self.drop,
                "badSignature" => &mut self.bad_signature,
                "staleTimestamp" => &mut self.stale_timestamp,
                "error500" => &mut self.error500,
                _ => return Err(reject(field, "unknown field")),
            };
            *probability = value
                .as_f64()
                .filter(|p| (0.0..=1.0).contains(p))
                .ok_or_else(|| reject(field, "expected a probability from 0 to 1"))?;
        }
        Ok(self)
    }
}

fn reject(field: &str, reason: &'static str) -> FaultError {
    FaultError {
        field: field.to_owned(),
        reason,
    }
}

/// Draws whether a fault of probability `p` occurs now.
pub(crate) fn occurs(p: f64) -> bool {
    // No random number on the hot path, where all probabilities are zero.
    p > 0.0 && rand::rng().random::<f64>() < p
}

impl Delay {
    fn read(value: &Value) -> Result<Self, &'static str> {
        let bounds = match value.as_array().map(Vec::as_slice) {
            None => value.as_u64().map(|ms| (ms, ms)),
            Some([min, max]) => min.as_u64().zip(max.as_u64()),
            Some(_) => None,
        };
        let (min, max) = bounds.ok_or("expected milliseconds or [min, max]")?;
        if min > max {
            return Err("min is greater than max");
        }
        if max > MAX_DELAY_MS {
            return Err("longer than an hour");
        }
        Ok(Self { min, max })
    }

    /// Draws a delay from the range.
    pub(crate) fn draw(self) -> std::time::Duration {
        let ms = if self.min >= self.max {
            self.min
        } else {
            rand::rng().random_range(self.min..=self.max)
        };
        std::time::Duration::from_millis(ms)
    }

    /// Draws a delay; `None` without one, because a timer of zero costs a millisecond.
    pub(crate) fn drawn(self) -> Option<std::time::Duration> {
        Some(self.draw()).filter(|delay| !delay.is_zero())
    }
}

impl Serialize for Delay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.min == self.max {
            serializer.serialize_u64(self.min)
        } else {
            [self.min, self.max].serialize(serializer)
        }
    }
}
