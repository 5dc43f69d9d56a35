//! Simulated faults, to see the tree heal.

use std::convert::Infallible;
use std::fmt;
use std::future::pending;
use std::str::FromStr;

/// A simulated fault; see [`Tree::crash`](crate::Tree::crash).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// The child panics.
    Panic,
    /// The child is killed from outside.
    Kill,
    /// The child stops working and never returns, until a watchdog or a deadline kills it.
    Hang,
}

impl Fault {
    /// Every fault, for menus and help texts.
    pub const ALL: [Self; 3] = [Self::Panic, Self::Kill, Self::Hang];

    /// Makes the fault happen to the caller; an actor's handler awaits this on a fault message.
    ///
    /// # Panics
    /// On [`Fault::Panic`], that is its purpose. [`Fault::Kill`] comes from outside and is never
    /// delivered as a message; struck directly it panics as well.
    #[expect(
        clippy::panic,
        reason = "a simulated crash is what this function is for"
    )]
    pub async fn strike(self) -> Infallible {
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

/// A word that names no [`Fault`].
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
