//! Places in a JSON body.

use std::fmt;

/// A place in a JSON value: a chain of borrowed steps, which costs nothing until it is displayed.
///
/// Displayed as a JSON Pointer in URI fragment form (RFC 6901, section 6): `#/items/0/quantity`.
#[derive(Clone, Copy, Debug)]
pub(crate) enum At<'a> {
    /// The whole body.
    Root,
    /// A member of an object.
    Field(&'a Self, &'a str),
    /// An item of an array.
    Item(&'a Self, usize),
}

impl At<'_> {
    /// Returns the place of the member `name`.
    pub(crate) fn field<'b>(&'b self, name: &'b str) -> At<'b> {
        At::Field(self, name)
    }

    /// Returns the place of item `index`.
    pub(crate) fn item(&self, index: usize) -> At<'_> {
        At::Item(self, index)
    }
}

impl fmt::Display for At<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => f.write_str("#"),
            Self::Item(parent, index) => write!(f, "{parent}/{index}"),
            Self::Field(parent, name) => {
                write!(f, "{parent}/")?;
                name.bytes().try_for_each(|byte| escape(f, byte))
            }
        }
    }
}

fn escape(f: &mut fmt::Formatter<'_>, byte: u8) -> fmt::Result {
    match byte {
        b'~' => f.write_str("~0"),
        b'/' => f.write_str("~1"),
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' => {
            write!(f, "{}", char::from(byte))
        }
        _ => write!(f, "%{byte:02X}"),
    }
}

#[cfg(test)]
mod tests {
    use super::At;

    #[test]
    fn a_pointer_is_written_as_a_uri_fragment() {
        let items = At::Root.field("items");
        let line = items.item(3);
        assert_eq!(line.field("quantity").to_string(), "#/items/3/quantity");
        assert_eq!(At::Root.to_string(), "#");
        assert_eq!(At::Root.field("a/b~c é").to_string(), "#/a~1b~0c%20%C3%A9");
    }
}
