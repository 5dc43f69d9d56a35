//! Stream ids, in the order in which Redis counts them.

use std::{fmt, str::FromStr};

/// `<ms>-<seq>`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub(crate) struct Id {
    pub(crate) ms: u64,
    pub(crate) seq: u64,
}

impl Id {
    /// Before every entry.
    pub(crate) const ZERO: Self = Self::new(0, 0);

    pub(crate) const fn new(ms: u64, seq: u64) -> Self {
        Self { ms, seq }
    }

    /// The smallest id behind this one.
    pub(crate) const fn next(self) -> Self {
        match self.seq.checked_add(1) {
            Some(seq) => Self::new(self.ms, seq),
            None => Self::new(self.ms + 1, 0),
        }
    }

    /// The largest id before this one, which must not be the first.
    pub(crate) const fn before(self) -> Self {
        match self.seq.checked_sub(1) {
            Some(seq) => Self::new(self.ms, seq),
            None => Self::new(self.ms - 1, u64::MAX),
        }
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.ms, self.seq)
    }
}

impl fmt::Debug for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Id {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (ms, seq) = text.split_once('-').ok_or(())?;
        let part = |digits: &str| digits.parse().map_err(drop);
        Ok(Self::new(part(ms)?, part(seq)?))
    }
}

#[cfg(test)]
mod tests {
    use super::Id;

    #[test]
    fn neighbours_have_nothing_between_them() {
        for id in [Id::new(5, 0), Id::new(5, 7), Id::new(5, u64::MAX)] {
            assert_eq!((id.next().before(), id.before().next()), (id, id));
        }
        assert_eq!("5-7".parse(), Ok(Id::new(5, 7)));
    }
}
