//! Includes: Lua functions that several scripts share.
//!
//! A script lists the functions that it calls, one a line, in the comment that it starts with:
//!
//! ```lua
//! --- @include now_ms
//! --- @include emit
//! -- Expires an order ...
//! ```
//!
//! An include defines one function, `local function <name>(`, and lists the functions that it calls
//! itself in the same way. A script is sent with what it lists, and with what that lists, and with
//! nothing else. Redis compiles a closure for every function of a script at every call, so a script
//! pays for each function that it carries.
//!
//! The list is checked against the calls in the text: [`Script::with_includes`] refuses a script
//! that lists a function without calling it, or calls one without listing it.
//!
//! [`Script::with_includes`]: super::Script::with_includes

use std::collections::BTreeSet;

/// A Lua function that scripts can include.
#[derive(Clone, Copy, Debug)]
pub struct Include {
    /// Name of the function.
    pub name: &'static str,
    /// Lua text that defines it.
    pub source: &'static str,
}

impl Include {
    /// The function `name`, defined by `source`.
    pub const fn new(name: &'static str, source: &'static str) -> Self {
        Self { name, source }
    }
}

macro_rules! includes {
    ($($name:literal),+ $(,)?) => {
        &[$(Include::new(
            $name,
            include_str!(concat!("../../lua/includes/", $name, ".lua")),
        )),+]
    };
}

/// The runtime's own includes, which every script can list.
pub(crate) const BUILT_IN: &[Include] = includes!["id_parts", "is_older", "now_ms", "to_map"];

/// A list of includes that does not fit the script, or the include, that it stands in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IncludeError {
    /// There is no include of this name.
    #[error("{within} includes {include}, which does not exist")]
    Unknown {
        /// The script or include that lists it.
        within: String,
        /// The name.
        include: String,
    },
    /// An include is listed, but its function is not called.
    #[error("{within} includes {include}, but does not call it")]
    Unused {
        /// The script or include that lists it.
        within: String,
        /// The name.
        include: String,
    },
    /// The function of an include is called, but the include is not listed.
    #[error("{within} calls {include}, but has no line `--- @include {include}`")]
    NotListed {
        /// The script or include that calls it.
        within: String,
        /// The name.
        include: String,
    },
    /// An include line stands below the comment that the text starts with, or repeats another.
    #[error("{within}: `{line}` is repeated or stands below the first line of code")]
    Misplaced {
        /// The script or include.
        within: String,
        /// The line.
        line: String,
    },
    /// An include does not define the function that it is named after.
    #[error("the include {include} does not define `local function {include}(`")]
    Undefined {
        /// The name.
        include: String,
    },
    /// Includes list each other.
    #[error("the include {include} includes itself")]
    Circular {
        /// Name of an include in the circle.
        include: String,
    },
}

/// Returns `source` behind the functions that it lists.
pub(super) fn resolve(
    script: &str,
    source: &str,
    includes: &[Include],
) -> Result<String, IncludeError> {
    let mut resolver = Resolver {
        includes,
        text: String::new(),
        done: BTreeSet::new(),
        open: Vec::new(),
    };
    resolver.add_includes_of(script, source)?;
    resolver.text.push_str(source);
    Ok(resolver.text)
}

struct Resolver<'a> {
    includes: &'a [Include],
    /// Functions so far, each behind those that it calls.
    text: String,
    done: BTreeSet<&'static str>,
    /// Includes whose own includes are being added.
    open: Vec<&'static str>,
}

impl Resolver<'_> {
    fn find(&self, name: &str) -> Option<Include> {
        let all = self.includes.iter().chain(BUILT_IN);
        all.copied().find(|include| include.name == name)
    }

    fn add_includes_of(&mut self, within: &str, source: &str) -> Result<(), IncludeError> {
        let listed = listed(within, source)?;
        let within = || within.to_owned();
        let called = called(source);
        for name in &listed {
            let include = (*name).to_owned();
            let Some(found) = self.find(name) else {
                let within = within();
                return Err(IncludeError::Unknown { within, include });
            };
            if !called.contains(name) {
                let within = within();
                return Err(IncludeError::Unused { within, include });
            }
            self.add(found)?;
        }
        let own = self.open.last().copied();
        let forgotten = called.iter().find(|name| {
            own != Some(**name) && !listed.contains(*name) && self.find(name).is_some()
        });
        forgotten.map_or(Ok(()), |include| {
            Err(IncludeError::NotListed {
                within: within(),
                include: (*include).to_owned(),
            })
        })
    }

    fn add(&mut self, include: Include) -> Result<(), IncludeError> {
        let Include { name, source } = include;
        if self.open.contains(&name) {
            let include = name.to_owned();
            return Err(IncludeError::Circular { include });
        }
        if self.done.contains(name) {
            return Ok(());
        }
        if !source.contains(&format!("local function {name}(")) {
            let include = name.to_owned();
            return Err(IncludeError::Undefined { include });
        }
        self.open.push(name);
        self.add_includes_of(name, source)?;
        self.open.pop();
        self.text.push_str(source);
        self.done.insert(name);
        Ok(())
    }
}

/// The includes that the first comment of `source` lists.
fn listed<'a>(within: &str, source: &'a str) -> Result<BTreeSet<&'a str>, IncludeError> {
    let mut listed = BTreeSet::new();
    let mut in_header = true;
    for line in source.lines() {
        in_header &= line.starts_with("--");
        let Some(name) = line.trim_start().strip_prefix("--- @include ") else {
            continue;
        };
        if !in_header || !listed.insert(name.trim()) {
            let (within, line) = (within.to_owned(), line.to_owned());
            return Err(IncludeError::Misplaced { within, line });
        }
    }
    Ok(listed)
}

/// The names that `source` calls as plain functions: `name(..)`, `name{..}` or `name'..'`, outside
/// of comments and strings, and not as a method or a field.
fn called(source: &str) -> BTreeSet<&str> {
    let mut called = BTreeSet::new();
    let mut rest = source;
    let mut previous = ' ';
    while let Some(first) = rest.chars().next() {
        let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
        let length = if let Some(comment) = rest.strip_prefix("--") {
            long_bracket(comment).map_or_else(|| rest.find('\n'), |length| Some(2 + length))
        } else if first == '[' {
            long_bracket(rest).or(Some(1))
        } else if first == '"' || first == '\'' {
            quoted(rest, first)
        } else if is_name(first) {
            let length = rest.find(|c| !is_name(c)).unwrap_or(rest.len());
            let (name, behind) = rest.split_at(length);
            let calls = behind.trim_start().starts_with(['(', '{', '\'', '"']);
            if calls && !matches!(previous, '.' | ':') {
                called.insert(name);
            }
            Some(length)
        } else {
            Some(first.len_utf8())
        };
        if !first.is_whitespace() {
            previous = first;
        }
        rest = length.map_or("", |length| &rest[length..]);
    }
    called
}

/// Length of the text `[[..]]` or `[=[..]=]` that `text` starts with.
fn long_bracket(text: &str) -> Option<usize> {
    let inside = text.strip_prefix('[')?;
    let level = inside.len() - inside.trim_start_matches('=').len();
    inside[level..].strip_prefix('[')?;
    let close = format!("]{}]", "=".repeat(level));
    Some(text.find(&close).map_or(text.len(), |at| at + close.len()))
}

/// Length of the string, with its quotes, that `text` starts with.
fn quoted(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    let end = text[1..].find(|c| {
        let ends = c == quote && !escaped;
        escaped = c == '\\' && !escaped;
        ends
    })?;
    Some(end + 2)
}

#[cfg(test)]
mod tests;
