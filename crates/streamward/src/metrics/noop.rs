//! Stands in for the `metrics` facade when the feature is off: takes the same calls, records nothing.

/// A counter, gauge or histogram that records nothing.
pub(crate) struct Instrument;

pub(crate) type Counter = Instrument;
pub(crate) type Gauge = Instrument;
pub(crate) type Histogram = Instrument;

impl Instrument {
    pub(crate) fn increment<T>(&self, _by: T) {}

    pub(crate) fn absolute(&self, _value: u64) {}

    pub(crate) fn decrement<T>(&self, _by: T) {}

    pub(crate) fn set(&self, _value: f64) {}

    pub(crate) fn record(&self, _value: f64) {}
}

macro_rules! instrument {
    ($name:expr $(, $key:expr $(=> $label:expr)?)* $(,)?) => {{
        let _ = (&$name, $((&$key, $(&$label)?),)*);
        $crate::metrics::noop::Instrument
    }};
}

pub(crate) use instrument as counter;
pub(crate) use instrument as gauge;
pub(crate) use instrument as histogram;
