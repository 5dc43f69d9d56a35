//! The fault knobs: how to misbehave, and how often.

use rand::Rng as _;
use serde::{Serialize, Serializer};
use serde_json::Value;

/// How often each fault happens; probabilities are 0 (never) to 1 (always).
///
/// The callback faults are drawn once per event, before its first attempt. Retries are clean, so
/// that any setting still ends in a delivery, [`drop`](Self::drop) excepted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Faults {
    /// Milliseconds before the first attempt of a callback.
    pub delay_ms: Delay,
    /// The callback is sent twice.
    pub duplicate: f64,
    /// The callback waits until a later one was sent, or one second when none follows.
    pub reorder: f64,
    /// The callback is never sent. Who needs it must poll the intent or `/v1/events`.
    pub drop: f64,
    /// A wrongly signed callback goes first; the right one follows as a retry.
    pub bad_signature: f64,
    /// A callback signed ten minutes ago goes first; the right one follows as a retry.
    pub stale_timestamp: f64,
    /// The API answers 500: half of the time before doing anything, half after doing all of it.
    pub error500: f64,
}

/// A wait in milliseconds, drawn evenly from `min..=max`. On the wire a number, or `[min, max]`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Delay {
    /// The shortest.
    pub min: u64,
    /// The longest.
    pub max: u64,
}

/// A fault setting that makes no sense.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct FaultError {
    /// The field at fault, as it is spelled on the wire; empty when it is the whole body.
    pub field: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

/// The longest delay that can be set: an hour.
const LONGEST_MS: u64 = 3_600_000;

impl Faults {
    /// These faults with the fields of the JSON object `patch` replaced.
    ///
    /// # Errors
    /// When `patch` is not an object, has an unknown field or a value out of range; the error names
    /// the field.
    pub fn merged(mut self, patch: &Value) -> Result<Self, FaultError> {
        let fields = patch
            .as_object()
            .ok_or_else(|| refuse("", "expected a JSON object"))?;
        for (field, value) in fields {
            let knob = match field.as_str() {
                "delayMs" => {
                    self.delay_ms = Delay::read(value).map_err(|reason| refuse(field, reason))?;
                    continue;
                }
                "duplicate" => &mut self.duplicate,
                "reorder" => &mut self.reorder,
                "drop" => &mut self.drop,
                "badSignature" => &mut self.bad_signature,
                "staleTimestamp" => &mut self.stale_timestamp,
                "error500" => &mut self.error500,
                _ => return Err(refuse(field, "unknown field")),
            };
            *knob = value
                .as_f64()
                .filter(|p| (0.0..=1.0).contains(p))
                .ok_or_else(|| refuse(field, "expected a probability from 0 to 1"))?;
        }
        Ok(self)
    }
}

fn refuse(field: &str, reason: &'static str) -> FaultError {
    FaultError {
        field: field.to_owned(),
        reason,
    }
}

/// Draws whether a fault of probability `p` happens now.
pub(crate) fn strikes(p: f64) -> bool {
    // The generator is asked only when the answer is open: on the hot path all knobs are zero.
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
        if max > LONGEST_MS {
            return Err("longer than an hour");
        }
        Ok(Self { min, max })
    }

    /// A wait drawn from the range; zero when the range is nothing but zero.
    pub(crate) fn draw(self) -> std::time::Duration {
        let ms = if self.min >= self.max {
            self.min
        } else {
            rand::rng().random_range(self.min..=self.max)
        };
        std::time::Duration::from_millis(ms)
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
