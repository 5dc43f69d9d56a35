//! Records with a JSON object, and their serialization.

use std::hash::Hash;
use std::str::FromStr;

use indexmap::IndexMap;
use serde::Serialize;

use crate::state::ProviderState;

/// A record with an id and a JSON object.
pub(crate) trait Resource: Sized {
    type Id: FromStr + Hash + Eq;
    /// Name of the type in error messages.
    const KIND: &'static str;
    /// Parameter named in the error for an unknown id.
    const PARAM: &'static str;

    fn table(provider: &ProviderState) -> &IndexMap<Self::Id, Self>;

    /// Returns the object in its current state; `None` when its intent is unknown.
    fn view<'a>(
        &'a self,
        provider: &'a ProviderState,
        public_url: &str,
    ) -> Option<impl Serialize + 'a>;
}

/// Returns an object's JSON in its current state.
pub(crate) fn object<T: Resource>(
    provider: &ProviderState,
    id: &T::Id,
    public_url: &str,
) -> Option<Vec<u8>> {
    let record = T::table(provider).get(id)?;
    record.view(provider, public_url).map(|view| json(&view))
}

/// Serializes a value that always has a JSON text.
pub(super) fn json(value: &impl Serialize) -> Vec<u8> {
    let mut text = Vec::with_capacity(1024);
    serde_json::to_writer(&mut text, value).expect("wire types are plain data and memory grows");
    text
}
