//! A script's header promises what its body does: the inputs it uses and the tags it returns.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

const FOLDERS: [&str; 12] = [
    "order",
    "inventory",
    "promotion",
    "payment",
    "notification",
    "webhook",
    "account",
    "catalog",
    "audit",
    "idempotency",
    "rate_limit",
    "layout",
];

/// A script, cut where its header ends.
struct Script {
    name: String,
    header: String,
    body: String,
}

fn scripts() -> Vec<Script> {
    let lua = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../lua");
    let files = |folder: &&str| -> Vec<PathBuf> {
        let found = fs::read_dir(lua.join(folder)).unwrap();
        found.map(|entry| entry.unwrap().path()).collect()
    };
    FOLDERS
        .iter()
        .flat_map(files)
        .map(|path| cut(&path))
        .collect()
}

fn cut(path: &Path) -> Script {
    let text = fs::read_to_string(path).unwrap();
    let (header, body): (Vec<&str>, Vec<&str>) = {
        let end = text
            .lines()
            .take_while(|line| line.starts_with("--"))
            .count();
        let lines: Vec<&str> = text.lines().collect();
        (lines[..end].to_vec(), lines[end..].to_vec())
    };
    // Comments in the body promise nothing.
    let code = |line: &&&str| !line.trim_start().starts_with("--");
    let body: Vec<&str> = body.iter().filter(code).copied().collect();
    Script {
        name: path.display().to_string(),
        header: header.join("\n"),
        body: body.join("\n"),
    }
}

/// Returns the text between each `open` and the next `close`.
fn between<'a>(text: &'a str, open: &str, close: &str) -> Vec<&'a str> {
    let behind = text.split(open).skip(1);
    behind
        .filter_map(|rest| Some(rest.split_once(close)?.0))
        .collect()
}

/// The indices of `KEYS` or `ARGV` that a text names: single ones, and the start of a range.
struct Indices {
    single: BTreeSet<usize>,
    range: Option<usize>,
    computed: bool,
}

fn indices(text: &str, array: &str) -> Indices {
    let mut found = Indices {
        single: BTreeSet::new(),
        range: None,
        computed: text.contains(&format!("#{array}")) || text.contains(&format!("({array})")),
    };
    for index in between(text, &format!("{array}["), "]") {
        match (index.parse(), index.strip_suffix("..")) {
            (Ok(n), _) => _ = found.single.insert(n),
            (Err(_), Some(start)) => found.range = Some(start.parse().unwrap()),
            (Err(_), None) => found.computed = true,
        }
    }
    found
}

/// The words in upper case that a text opens a tagged array with.
fn tags<'a>(text: &'a str, open: &str, quote: &str) -> BTreeSet<&'a str> {
    let tag = |word: &&str| word.bytes().all(|b| b.is_ascii_uppercase() || b == b'_');
    between(text, open, quote).into_iter().filter(tag).collect()
}

#[test]
fn every_input_a_script_uses_is_in_its_header_and_the_other_way_round() {
    for script in scripts() {
        for array in ["KEYS", "ARGV"] {
            let promised = indices(&script.header, array);
            let used = indices(&script.body, array);
            let place = format!("{} of {}", array, script.name);
            for n in &used.single {
                let covered = promised.range.is_some_and(|start| *n >= start);
                assert!(
                    covered || promised.single.contains(n),
                    "{place}: {n} is used"
                );
            }
            for n in &promised.single {
                assert!(used.single.contains(n), "{place}: {n} is not used");
            }
            let expected: BTreeSet<usize> = (1..=promised.single.len()).collect();
            assert_eq!(promised.single, expected, "{place}: not without a gap");
            if let Some(start) = promised.range {
                assert_eq!(start, promised.single.len() + 1, "{place}: the range");
            }
            assert_eq!(promised.range.is_some(), used.computed, "{place}: a range");
        }
    }
}

#[test]
fn every_tag_is_promised_and_every_promise_is_kept() {
    for script in scripts() {
        let promised = tags(&script.header, "{\"", "\"");
        let returned = tags(&script.body, "return { '", "'");
        assert_eq!(promised, returned, "{}", script.name);
        assert!(!promised.is_empty(), "{}", script.name);
        let words = script
            .body
            .split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        let returns = words.filter(|word| *word == "return").count();
        let tagged = script.body.matches("return { '").count();
        assert_eq!(returns, tagged, "{}: an answer without a tag", script.name);
    }
}

#[test]
fn every_header_states_reason_writes_and_complexity() {
    for Script { name, header, .. } in scripts() {
        assert!(header.contains("script,"), "{name}: why a script");
        assert!(header.contains("-- Complexity: O("), "{name}: complexity");
        for answer in between(&header, "{\"", "\n") {
            let said = ["written", "settled"]
                .iter()
                .any(|word| answer.contains(word));
            assert!(said, "{name}: what {answer:?} writes");
        }
    }
}

#[test]
fn no_script_builds_a_key() {
    for Script { name, body, .. } in scripts() {
        for built in ["'sw:", "KEYS[1] ..", "order_key ..", "_key .. "] {
            assert!(!body.contains(built), "{name}: {built}");
        }
        for call in between(&body, "redis.call('", "\n") {
            let (command, rest) = call.split_once('\'').unwrap();
            let literal = rest.trim_start_matches(", ").starts_with('\'');
            // XINFO has the word of what is asked before the key.
            let names_key = literal && command != "XINFO";
            assert!(!names_key, "{name}: {command} names its key");
        }
    }
}
