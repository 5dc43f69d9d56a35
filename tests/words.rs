//! Names and comments use the field's terms: no doc comment opens with a riddle, and no name that was
//! replaced comes back. The glossary is in `CONTRIBUTING.md`.

mod files;

use std::{fs, path::PathBuf};

use self::files::{files, root};

/// Words that open no doc comment, except a question: its first sentence is read alone, in a list, so it
/// starts with a noun or a verb.
const REFUSED_OPENINGS: [&str; 19] = [
    "as", "how", "it", "nobody", "one", "so", "somebody", "that", "they", "this", "those", "what",
    "whatever", "where", "who", "whoever", "whom", "whose", "whosever",
];

/// Names of files, modules, types and functions that are not used, with the field's term for each, by the
/// part of the path where they are refused: a name that needs its comment to be understood is wrong.
const REFUSED_NAMES: [(&str, &[(&str, &str)]); 4] = [
    (
        "",
        &[
            ("births", "pending_starts"),
            ("book", "state"),
            ("books", "state"),
            ("bury", "dead_letter"),
            ("census", "scan"),
            ("courier", "notifier"),
            ("deck", "delivery_queue"),
            ("deed", "request_fingerprint"),
            ("desk", "commands"),
            ("edge", "request_context"),
            ("errands", "background_tasks"),
            ("gate", "admission"),
            ("keeper", "root_watcher"),
            ("lining_up", "key_order"),
            ("mend", "recover_from"),
            ("nudge", "resend"),
            ("occasion", "message_key"),
            ("once", "idempotency"),
            ("parcel", "delivery"),
            ("polite", "protocol_errors"),
            ("purse", "quota_lease"),
            ("squeeze", "compression"),
            ("stories", "order_events"),
            ("strike", "inject_fault"),
            ("stroke", "repair_step"),
            ("surveyor", "metrics_sampler"),
            ("tell", "resend"),
            ("timekeeper", "scheduler"),
            ("told", "mark_reported"),
            ("truth", "snapshot"),
            ("turns", "key_order"),
            ("untold", "not_notified"),
            ("yardstick", "baseline"),
        ],
    ),
    (
        "tests/",
        &[
            ("cast", "harness"),
            ("diary", "call_log"),
            ("fleet", "test_shop"),
            ("floor", "harness"),
            ("happening", "step"),
            ("kin", "harness"),
            ("scene", "step"),
            ("story", "step"),
            ("theatre", "harness"),
        ],
    ),
    ("crates/streamward/", &[("verdict", "disposition")]),
    (
        "workers/notification/",
        &[
            ("letter", "template"),
            ("post", "notifier"),
            ("tag", "message_key"),
        ],
    ),
];

const DEFINITIONS: [&str; 6] = ["enum", "fn", "mod", "struct", "trait", "type"];

/// Returns the source files: path from the root, and text.
fn sources() -> Vec<(String, String)> {
    let root = root();
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("source is text");
        let path = path.strip_prefix(&root).expect("it is below the root");
        (path.display().to_string(), text)
    };
    files(&root, &[".rs"]).into_iter().map(read).collect()
}

/// Returns the text of a line of a doc comment.
fn doc_text(line: &str) -> Option<&str> {
    let line = line.trim_start();
    let text = line
        .strip_prefix("///")
        .or_else(|| line.strip_prefix("//!"));
    text.map(str::trim)
}

/// Returns the first line of each doc comment with its number.
fn openings(text: &str) -> Vec<(usize, &str)> {
    let docs: Vec<_> = text.lines().map(doc_text).collect();
    let opens = |at: usize| at == 0 || docs[at - 1].is_none();
    let first = (0..docs.len()).filter(|at| opens(*at));
    first.filter_map(|at| Some((at + 1, docs[at]?))).collect()
}

/// `QuotaLease` as `quota_lease`.
fn snake_case(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}

/// Returns the names that a line of code defines.
fn defined(line: &str) -> Vec<&str> {
    let mut words = line.split(|it: char| !it.is_alphanumeric() && it != '_');
    let mut names = Vec::new();
    while let Some(word) = words.next() {
        if DEFINITIONS.contains(&word) {
            names.extend(words.next());
        }
    }
    names
}

/// Returns the term to use instead of a name, if the name is refused in this file.
fn term(path: &str, name: &str) -> Option<&'static str> {
    let name = snake_case(name);
    let here = REFUSED_NAMES.iter().filter(|(part, _)| path.contains(part));
    let mut names = here.flat_map(|(_, names)| *names);
    names
        .find(|(refused, _)| *refused == name)
        .map(|(_, term)| *term)
}

#[test]
fn doc_comments_open_with_a_noun_or_a_verb() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        for (line, opening) in openings(&text) {
            let word = opening.split(|it: char| !it.is_alphabetic()).next();
            let word = word.unwrap_or_default().to_lowercase();
            if REFUSED_OPENINGS.contains(&&*word) && !opening.contains('?') {
                wrong.push(format!("{path}:{line}: opens with `{word}`: {opening}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn names_are_the_fields_terms() {
    let mut wrong = Vec::new();
    for (path, text) in sources() {
        let stem = path
            .rsplit('/')
            .next()
            .and_then(|it| it.strip_suffix(".rs"));
        if let Some(term) = stem.and_then(|stem| term(&path, stem)) {
            wrong.push(format!("{path}: the term is `{term}`"));
        }
        let code = text.lines().enumerate();
        for (at, line) in code.filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for name in defined(line) {
                if let Some(term) = term(&path, name) {
                    wrong.push(format!("{path}:{}: `{name}`: the term is `{term}`", at + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
