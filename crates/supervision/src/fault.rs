//! Fault injection, to test that the tree recovers.

use std::convert::Infallible;
use std::fmt;
use std::future::pending;
use std::str::FromStr;

/// A simulated fault, injected by [`Tree::crash`](crate::Tree::crash).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The child panics.
    Panic,
    /// The child is killed from outside.
    Kill,
    /// The child blocks forever, until a watchdog or a shutdown deadline kills it.
    Hang,
}

impl Fault {
    /// All faults, for menus and help texts.
    pub const ALL: [Self; 3] = [Self::Panic, Self::Kill, Self::Hang];

    /// Injects the fault into the caller; an actor's handler awaits this on a fault message.
    ///
    /// # Panics
    /// Always on [`Fault::Panic`] and [`Fault::Kill`]. The tree kills from outside and never sends
    /// [`Fault::Kill`] as a message.
    #[expect(
        clippy::panic,
        reason = "a simulated crash is the purpose of this function"
    )]
    pub async fn inject(self) -> Infallible {
        match self {
            Self::Panic | Self::Kill => panic!("simulated fault: {self}"),
            Self::Hang => pending().await,
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Panic => "panic",
            Self::Kill => "kill",
            Self::Hang => "hang",
        })
    }
}

/// Error for a string that names no [`Fault`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown fault {0:?}: use panic, kill or hang")]
pub struct UnknownFault(String);

impl FromStr for Fault {
    type Err = UnknownFault;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|fault| fault.to_string() == word)
            .ok_or_else(|| UnknownFault(word.to_owned()))
    }
}
