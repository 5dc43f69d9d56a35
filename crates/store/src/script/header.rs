//! Compares a call with the header of its script.

use super::{Answer, Arguments};

/// Returns arguments that the header has elsewhere or under another name, and replies of the header
/// that are not read.
pub(super) fn differences<A: Answer>(call: &Arguments) -> Vec<String> {
    let comments = call
        .script
        .source()
        .lines()
        .filter(|line| line.starts_with("--"));
    let header = comments.collect::<Vec<_>>().join("\n");
    let names = call
        .front
        .iter()
        .copied()
        .chain(call.names.iter().map(String::as_str));
    let mut differences = Vec::new();
    let mut count = 0;
    for (index, name) in (1..).zip(names) {
        let expected = match name.strip_suffix("..") {
            Some(name) => format!("ARGV[{index}..] {name}"),
            None => format!("ARGV[{index}] {name}"),
        };
        let mut found = header.split(&expected).skip(1);
        if !found.any(|rest| !rest.starts_with(char::is_alphanumeric)) {
            differences.push(expected);
        }
        count = index;
    }
    if header.matches("ARGV[").count() != count {
        differences.push(format!("{count} arguments"));
    }
    let tags = header.split("{\"").skip(1);
    let tags = tags.filter_map(|rest| Some(rest.split_once('"')?.0));
    differences.extend(
        tags.filter(|tag| !A::TAGS.contains(tag))
            .map(ToOwned::to_owned),
    );
    differences
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, fs, path::Path};

    /// The paths of the files below `folder`.
    fn files(folder: &Path) -> Vec<std::path::PathBuf> {
        let entries = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap().path());
        let files = |path: std::path::PathBuf| {
            if path.is_dir() {
                files(&path)
            } else {
                vec![path]
            }
        };
        entries.flat_map(files).collect()
    }

    #[test]
    fn every_script_is_called() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let lua = root.join("../../lua");
        let mut scripts = BTreeSet::new();
        for file in files(&lua) {
            let name = file.strip_prefix(&lua).unwrap().with_extension("");
            let name = name.to_string_lossy().into_owned();
            if name.contains('/') && !name.starts_with("includes/") {
                scripts.insert(name);
            }
        }
        for source in files(&root.join("src")) {
            let text = fs::read_to_string(source).unwrap();
            for call in text.split("script!(").skip(1) {
                scripts.remove(call.split('"').nth(1).unwrap_or_default());
            }
        }
        assert_eq!(scripts, BTreeSet::new());
    }

    #[test]
    #[should_panic(expected = "ARGV[2] own")]
    fn a_wrong_argument_is_noticed() {
        let call = script!("idempotency/claim_key" { fingerprint: "", own: "", lease: 1_u64 });
        assert_eq!(super::differences::<bool>(&call), Vec::<String>::new());
    }
}
