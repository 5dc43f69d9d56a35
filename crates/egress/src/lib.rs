//! SSRF protection for requests to URLs given by outsiders.
//!
//! Such a URL can point into the program's own network: a database without a password, the cloud's
//! metadata service. A [`Policy`] therefore validates the URL, resolves its host, and rejects every
//! address that is not public. **Invariant:** the connection uses an address returned by the check;
//! a second resolution would open the way to DNS rebinding.

mod address;
mod policy;
mod rejection;

pub use address::{AddressKind, classify};
pub use policy::Policy;
pub use rejection::Rejection;
pub use url::Url;
