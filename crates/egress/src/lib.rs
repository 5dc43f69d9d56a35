//! Where requests may go whose address a stranger has named.
//!
//! Such an address can point into the network that the program runs in - a database without a password, the
//! cloud's metadata service - and the program would knock there in its own name. So a [`Policy`] looks at
//! the URL, resolves its name itself and refuses every address that is not public. **Invariant:** what
//! is connected to is the address that was looked at; whoever resolves the name a second time gives the
//! name's owner a second answer.

mod address;
mod policy;
mod refused;

pub use address::{Kind, kind_of};
pub use policy::Policy;
pub use refused::Refused;
pub use url::Url;
