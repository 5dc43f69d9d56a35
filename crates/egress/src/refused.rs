//! Why a request is not made.

use std::net::IpAddr;

use crate::Kind;

/// Why a URL, or the address behind it, is refused. It never quotes the URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// It is no URL.
    #[error("must be a URL such as https://shop.example/hooks")]
    NotUrl,
    /// It is of another kind than is allowed.
    #[error("must begin with {0}")]
    Scheme(&'static str),
    /// It names a user or a password, which every log on the way would see.
    #[error("must not have a login in it")]
    Login,
    /// It has a fragment, which is never sent.
    #[error("must not have a fragment")]
    Fragment,
    /// It is longer than it may be.
    #[error("must not have more than {0} characters")]
    TooLong(usize),
    /// The port belongs to another protocol, most likely.
    #[error("must not name port {0}: 443 and those from 1024 on are allowed")]
    Port(u16),
    /// An address is not public.
    #[error("leads to {address}, which is {kind}")]
    Inner {
        /// The address.
        address: IpAddr,
        /// What is wrong with it.
        kind: Kind,
    },
    /// The name has no address now.
    #[error("has a host that cannot be resolved: {0}")]
    Unresolved(String),
}
