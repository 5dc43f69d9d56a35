//! Form-encoded parameters with nested keys: `metadata[order_id]=7&confirm=true`.

use sha2::{Digest as _, Sha256};
use url::form_urlencoded;

use crate::state::Fingerprint;

/// The parameters of a request, in their order.
#[derive(Debug, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    /// Parses a request body or a query. Never fails: a part without `=` is a name without a value.
    pub(crate) fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    pub(crate) fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self(pairs)
    }

    /// Returns a parameter's value. An empty one counts as absent, because HTML forms send those.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let (_, value) = self.0.iter().rev().find(|(key, _)| key == name)?;
        (!value.is_empty()).then_some(value.as_str())
    }

    /// Returns whether a parameter is present and empty, which clears the field.
    pub(crate) fn is_cleared(&self, name: &str) -> bool {
        self.0
            .iter()
            .any(|(key, value)| key == name && value.is_empty())
    }

    /// Returns the pairs `name[key]=value`, as key and value.
    pub(crate) fn nested<'a>(&'a self, name: &str) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.0.iter().filter_map(move |(key, value)| {
            let inner = key
                .strip_prefix(name)?
                .strip_prefix('[')?
                .strip_suffix(']')?;
            Some((inner, value.as_str()))
        })
    }

    /// Returns whether a parameter is nested in `name`.
    pub(crate) fn has_nested(&self, name: &str) -> bool {
        self.nested(name).next().is_some()
    }

    /// Returns a digest of `path` and the parameters in any order.
    pub(crate) fn fingerprint(&self, path: &str) -> Fingerprint {
        let mut pairs: Vec<_> = self.0.iter().collect();
        pairs.sort_unstable();
        let mut digest = Sha256::new();
        digest.update(path);
        for (key, value) in pairs {
            // Lengths keep `a=bc` and `ab=c` apart.
            digest.update(key.len().to_le_bytes());
            digest.update(key);
            digest.update(value.len().to_le_bytes());
            digest.update(value);
        }
        let digest = digest.finalize();
        let word = |at: usize| {
            let bytes = digest[at..at + 8].iter();
            bytes.fold(0, |word, &byte| word << 8 | u64::from(byte))
        };
        Fingerprint([word(0), word(8)])
    }
}

#[cfg(test)]
mod tests {
    use super::Form;

    #[test]
    fn reads_nested_and_escaped_parameters() {
        let form = Form::parse(b"amount=5&metadata%5Border%5D=a%20b+c&metadata[x]=%C3%BC&bad=%zz");
        assert_eq!(form.get("amount"), Some("5"));
        let pairs: Vec<_> = form.nested("metadata").collect();
        assert_eq!(pairs, [("order", "a b c"), ("x", "\u{fc}")]);
        assert_eq!(form.get("bad"), Some("%zz"));
    }

    #[test]
    fn fingerprints_ignore_order_and_nothing_else() {
        let print = |text: &[u8]| Form::parse(text).fingerprint("/p");
        assert_eq!(print(b"a=1&b=2"), print(b"b=2&a=1"));
        assert_ne!(print(b"a=1&b=2"), print(b"a=1&b=3"));
        assert_ne!(print(b"ab=1"), print(b"a=b1"));
        assert_ne!(print(b"a=1"), Form::parse(b"a=1").fingerprint("/q"));
    }
}
