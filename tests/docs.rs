//! Every path, link and test that the documentation names exists.

mod files;

use std::{
    fs,
    path::{Path, PathBuf},
};

use self::files::{files, root};

/// Folders whose paths documents name from the repository's root.
const ROOTS: [&str; 9] = [
    "api/", "bench/", "crates/", "docs/", "fuzz/", "lua/", "ops/", "tests/", "workers/",
];

/// Short names of test folders in `docs/SEMANTICS.md`, as its first paragraph defines them.
const SUITES: [(&str, &str); 7] = [
    ("runtime", "crates/streamward/tests/behaviour"),
    ("protocol", "crates/streamward/tests/protocol"),
    ("steps", "crates/store/tests/steps"),
    ("supervision", "crates/supervision/tests/behaviour"),
    ("e2e", "tests/e2e"),
    ("sending", "workers/notification/tests/sending"),
    ("posting", "workers/webhook/tests/posting"),
];

/// Returns the documents with their texts.
fn documents() -> Vec<(PathBuf, String)> {
    let mut all = files(&root().join("docs"), &[".md"]);
    all.extend(
        [
            "README.md",
            "CONTRIBUTING.md",
            "SECURITY.md",
            "CHANGELOG.md",
        ]
        .map(|it| root().join(it)),
    );
    let read = |path: PathBuf| {
        let text = fs::read_to_string(&path).expect("the document is text");
        (path, text)
    };
    all.into_iter().map(read).collect()
}

/// Expands `a/{b,c}.rs` to `a/b.rs` and `a/c.rs`.
fn expand(path: &str) -> Vec<String> {
    let Some((before, rest)) = path.split_once('{') else {
        return vec![path.to_owned()];
    };
    let (choices, after) = rest.split_once('}').expect("a closed brace");
    let each = |choice: &str| format!("{before}{}{after}", choice.trim());
    choices.split(',').map(each).collect()
}

/// Returns the texts between single backticks, outside of fenced blocks.
fn code_spans(text: &str) -> Vec<&str> {
    let outside = text.split("\n```").step_by(2);
    outside
        .flat_map(|part| part.split('`').skip(1).step_by(2))
        .collect()
}

/// Returns the paths that a document names. A path with `<..>` or `*` is a pattern for the reader.
fn paths(text: &str) -> Vec<String> {
    let spans = code_spans(text).into_iter();
    let named = spans.filter(|span| ROOTS.iter().any(|root| span.starts_with(root)));
    let exact = named.filter(|span| !span.contains(['<', '*', ' ', '…']));
    let file = |span: &str| span.split("::").next().unwrap_or_default().to_owned();
    exact.flat_map(|span| expand(&file(span))).collect()
}

/// Returns the anchor of a heading, as GitHub computes it.
fn anchor(heading: &str) -> String {
    let lower = heading.trim().to_lowercase();
    let kept = lower
        .chars()
        .filter(|it| it.is_alphanumeric() || matches!(it, ' ' | '-' | '_'));
    kept.map(|it| if it == ' ' { '-' } else { it }).collect()
}

/// Returns the targets of the relative links of a document.
fn links(text: &str) -> Vec<&str> {
    let after = text.split("](").skip(1);
    let targets = after.filter_map(|rest| rest.split(')').next());
    targets.filter(|it| !it.contains("://")).collect()
}

/// Returns the problem of a link, if it has one.
fn broken(document: &Path, text: &str, target: &str) -> Option<String> {
    let (file, fragment) = target.split_once('#').unwrap_or((target, ""));
    let path = document.with_file_name(file);
    let text = if file.is_empty() {
        text.to_owned()
    } else if path.is_dir() {
        return None;
    } else {
        match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(_) => return Some(format!("{}: no file {target}", document.display())),
        }
    };
    let mut headings = text.lines().filter(|line| line.starts_with('#'));
    let known = headings.any(|line| anchor(line.trim_start_matches('#')) == fragment);
    (!fragment.is_empty() && !known).then(|| format!("{}: no heading {target}", document.display()))
}

/// Whether a suite has this test: a file or folder, and behind `::` the name of a test or module.
fn has_test(suite: &str, named: &str) -> bool {
    let mut parts = named.split("::");
    let mut path = root().join(suite).join(parts.next().unwrap_or_default());
    for part in parts {
        let deeper = path.join(part);
        if deeper.with_extension("rs").exists() {
            path = deeper;
            continue;
        }
        let text = fs::read_to_string(path.with_extension("rs")).unwrap_or_default();
        return text.contains(&format!("fn {part}("));
    }
    path.is_dir() || path.with_extension("rs").exists()
}

/// Returns the suites' names in a text with the tests named behind each: "runtime `a`, `b`".
fn cited(text: &str) -> Vec<(&'static str, String)> {
    let mut found = Vec::new();
    for (name, folder) in SUITES {
        for rest in text.split(&format!("{name} `")).skip(1) {
            let mut rest = format!("`{}", rest.split(['\n', '|']).next().unwrap_or_default());
            while let Some((span, after)) = rest.strip_prefix('`').and_then(|it| it.split_once('`'))
            {
                found.extend(expand(span).into_iter().map(|it| (folder, it)));
                rest = after.trim_start_matches([',', ' ']).to_owned();
            }
        }
    }
    found
}

#[test]
fn every_path_in_the_documents_exists() {
    let missing: Vec<_> = documents()
        .iter()
        .flat_map(|(document, text)| {
            let all = paths(text).into_iter();
            let gone = all.filter(|path| !root().join(path).exists());
            gone.map(|path| format!("{}: {path}", document.display()))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_link_in_the_documents_resolves() {
    let all: Vec<_> = documents()
        .iter()
        .flat_map(|(document, text)| {
            let all = links(text).into_iter();
            all.filter_map(|target| broken(document, text, target))
                .collect::<Vec<_>>()
        })
        .collect();
    assert!(all.is_empty(), "{all:#?}");
}

#[test]
fn every_test_that_semantics_cites_exists() {
    let text = fs::read_to_string(root().join("docs/SEMANTICS.md")).unwrap();
    // A citation may run over the end of a line.
    let text = text.replace("\n  ", " ").replace(",\n", ", ");
    let all = cited(&text);
    assert!(all.len() > 100, "citations are found: {}", all.len());
    let missing: Vec<_> = all
        .iter()
        .filter(|(suite, named)| !has_test(suite, named))
        .collect();
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_document_that_code_refers_to_exists() {
    let code = files(&root(), &[".rs", ".lua", ".toml", "Makefile"]);
    let mut missing = Vec::new();
    for file in code {
        let text = fs::read_to_string(&file).unwrap();
        for rest in text.split("docs/").skip(1) {
            let end = rest.find(|it: char| !it.is_alphanumeric() && !"/_-.".contains(it));
            let path = format!(
                "docs/{}",
                rest[..end.unwrap_or(rest.len())].trim_end_matches('.')
            );
            if path.ends_with(".md") && !root().join(&path).exists() {
                missing.push(format!("{}: {path}", file.display()));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}
