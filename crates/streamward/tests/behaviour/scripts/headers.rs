//! A script's header, its body and its Rust binding agree.

use std::collections::BTreeSet;

use super::{lua, source};

/// The names of all scripts of the runtime.
fn names() -> Vec<String> {
    let folder = std::fs::read_dir(lua("")).expect("the folder is there");
    let name = |file: std::io::Result<std::fs::DirEntry>| {
        let name = file.expect("readable").file_name();
        let name = name.into_string().expect("a plain name");
        name.strip_suffix(".lua").map(str::to_owned)
    };
    let mut names: Vec<String> = folder.filter_map(name).collect();
    names.sort();
    names
}

/// The comment a script starts with, and the rest.
fn split(text: &str) -> (String, String) {
    let is_comment = |line: &&str| line.starts_with("--");
    let header: Vec<&str> = text.lines().take_while(is_comment).collect();
    let body: Vec<&str> = text.lines().skip(header.len()).collect();
    (header.join("\n"), body.join("\n"))
}

/// Returns every text between `open` and `close`.
fn between(text: &str, open: &str, close: char) -> BTreeSet<String> {
    let pieces = text.split(open).skip(1);
    let inside = pieces.filter_map(|piece| Some(piece.split_once(close)?.0.to_owned()));
    inside.collect()
}

/// The indices of `table` that the header explains, each at the start of a line.
fn explained(header: &str, table: &str) -> BTreeSet<String> {
    let lines = header.lines().filter_map(|line| {
        let rest = line.strip_prefix("-- ")?.strip_prefix(table)?;
        Some(rest.strip_prefix('[')?.split_once(']')?.0.to_owned())
    });
    lines.collect()
}

/// The tags that the body returns: the first word of each returned table.
fn returned(body: &str) -> BTreeSet<String> {
    between(body, "return { '", '\'')
}

fn is_number(index: &str) -> bool {
    index.parse::<u32>().is_ok()
}

#[test]
fn every_key_and_argument_is_explained_and_used() {
    for name in names() {
        let (header, body) = split(&source(&format!("{name}.lua")));
        for table in ["KEYS", "ARGV"] {
            let used = between(&body, &format!("{table}["), ']');
            let explained = explained(&header, table);
            let (fixed, loops): (BTreeSet<_>, BTreeSet<_>) =
                used.into_iter().partition(|index| is_number(index));
            let (plain, ranges): (BTreeSet<_>, BTreeSet<_>) =
                explained.into_iter().partition(|index| is_number(index));
            // A range explains its first index too.
            let first = |range: &String| Some(range.split_once("..")?.0.to_owned());
            let firsts: BTreeSet<_> = ranges.iter().filter_map(first).collect();
            let fixed: BTreeSet<_> = fixed.difference(&firsts).cloned().collect();
            assert_eq!(
                fixed, plain,
                "{name}: {table} in the body and in the header"
            );
            assert_eq!(
                loops.is_empty(),
                ranges.is_empty(),
                "{name}: {table} as a range: {loops:?} in the body, {ranges:?} in the header"
            );
        }
    }
}

#[test]
fn every_answer_is_promised_and_given() {
    for name in names() {
        let (header, body) = split(&source(&format!("{name}.lua")));
        let promised = between(&header, "{\"", '"');
        assert_eq!(promised, returned(&body), "{name}");
        let returns = body.matches("return { '").count();
        let bare = body.lines().filter(|line| line.starts_with("return "));
        assert_eq!(bare.count(), 1, "{name}: one last word");
        assert!(returns >= 1, "{name}: no tagged answer");
        assert!(
            header.contains("\n-- Complexity: "),
            "{name}: no complexity"
        );
    }
}

#[test]
fn rust_binds_every_script_and_every_reply() {
    let code = code_of(std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"));
    let binding = include_str!("../../../src/scripts.rs");
    for name in names() {
        assert!(binding.contains(&format!("= \"{name}\"")), "{name}");
        let (_, body) = split(&source(&format!("{name}.lua")));
        for tag in returned(&body) {
            assert!(code.contains(&format!("\"{tag}\"")), "{name}: {tag}");
        }
    }
}

/// All Rust below `folder`.
fn code_of(folder: std::path::PathBuf) -> String {
    let mut code = String::new();
    for file in std::fs::read_dir(folder).expect("readable") {
        let path = file.expect("readable").path();
        if path.is_dir() {
            code.push_str(&code_of(path));
        } else {
            code.push_str(&std::fs::read_to_string(path).expect("text"));
        }
    }
    code
}
