//! Stands in for the `metrics` facade when the feature is off: takes the same calls, records nothing.

/// A counter that counts nothing.
pub(crate) struct Counter;

impl Counter {
    pub(crate) fn increment(&self, _by: u64) {}
}

/// A gauge that shows nothing.
pub(crate) struct Gauge;

impl Gauge {
    pub(crate) fn set(&self, _value: f64) {}

    pub(crate) fn increment(&self, _by: f64) {}

    pub(crate) fn decrement(&self, _by: f64) {}
}

/// A histogram that records nothing.
pub(crate) struct Histogram;

impl Histogram {
    pub(crate) fn record(&self, _value: f64) {}
}

macro_rules! instrument {
    ($d:tt $name:ident => $type:ident) => {
        macro_rules! $name {
                    ($d($d key:expr $d(=> $d label:expr)?),+ $d(,)?) => {{
                        $d(let _ = (&$d key $d(, &$d label)?);)+
                        $crate::metrics::noop::$type
                    }};
                }
        pub(crate) use $name;
    };
}

instrument!($ counter => Counter);
instrument!($ gauge => Gauge);
instrument!($ histogram => Histogram);
