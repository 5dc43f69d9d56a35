//! Reasons to reject a URL.

use std::net::IpAddr;

use crate::AddressKind;

/// Rejection of a URL or of an address of its host; the message never contains the URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Rejection {
    /// The text is not a URL.
    #[error("must be a URL such as https://shop.example/hooks")]
    NotUrl,
    /// The scheme is not allowed.
    #[error("must begin with {0}")]
    Scheme(&'static str),
    /// The URL contains credentials, which logs would show.
    #[error("must not have a login in it")]
    Credentials,
    /// The URL has a fragment, which is never sent.
    #[error("must not have a fragment")]
    Fragment,
    /// The URL is too long.
    #[error("must not have more than {0} characters")]
    TooLong(usize),
    /// The port probably belongs to another protocol.
    #[error("must not name port {0}: 443 and those from 1024 on are allowed")]
    Port(u16),
    /// An address is not public.
    #[error("leads to {address}, which is {kind}")]
    NotPublic {
        /// The address.
        address: IpAddr,
        /// Kind of the address.
        kind: AddressKind,
    },
    /// The host has no address.
    #[error("has a host that cannot be resolved: {0}")]
    Unresolved(String),
}
