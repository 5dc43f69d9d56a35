//! The commands of docs/WALKTHROUGHS.md do what the page shows, against a live shop.
//!
//! The page's `sh` blocks run as one script, as a person would paste them. What a `text` block shows
//! must be in the output of the block before it, line by line and in this order; `…` stands for
//! anything.

use std::os::unix::fs::symlink;

use tokio::process::Command;

use crate::shop::{Shop, data_folder};

const PAGE: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/WALKTHROUGHS.md"
));
const MARK: &str = "=== end of block ===";

/// Returns the page's fenced blocks: language and text.
fn blocks() -> Vec<(&'static str, &'static str)> {
    let mut found = Vec::new();
    let mut rest = PAGE;
    while let Some((_, after)) = rest.split_once("\n```") {
        let (language, after) = after.split_once('\n').expect("a fence ends its line");
        let (text, after) = after.split_once("\n```\n").expect("a block is closed");
        found.push((language, text));
        rest = after;
    }
    found
}

/// The flags with which the page starts its shop.
fn flags() -> Vec<&'static str> {
    let mut all = blocks().into_iter();
    let start = all.find(|(language, _)| *language == "console");
    let (_, start) = start.expect("the page starts a shop");
    let (_, flags) = start.split_once("streamward up").expect("with `up`");
    flags.split_whitespace().collect()
}

/// The `sh` blocks as one script that marks where each has ended.
fn script() -> String {
    let commands = blocks()
        .into_iter()
        .filter(|(language, _)| *language == "sh");
    let marked = commands.map(|(_, text)| format!("{text}\necho '{MARK}'\n"));
    marked.collect()
}

/// Checks that the output has the lines shown, in their order.
fn compare(shown: &str, output: &str) {
    let mut lines = output.lines();
    for line in shown.lines().filter(|line| line.trim() != "…") {
        let fits = |found: &str| {
            let mut rest = found;
            line.split('…').all(|piece| {
                let behind = rest.split_once(piece.trim()).map(|(_, behind)| behind);
                behind.inspect(|behind| rest = behind).is_some()
            })
        };
        assert!(
            lines.any(fits),
            "{line:?} is not, or not there, in:\n{output}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_matches_the_output() {
    let shop = Shop::open_with(&flags()).await;
    let place = data_folder();
    symlink(shop.data(), place.path().join("data")).unwrap();
    std::fs::create_dir_all(place.path().join("target/debug")).unwrap();
    let program = place.path().join("target/debug/streamward");
    symlink(env!("CARGO_BIN_EXE_streamward"), program).unwrap();
    let mut bash = Command::new("bash");
    bash.args(["-u", "-o", "pipefail", "-c", &script()]);
    let output = bash.current_dir(place.path()).output().await.unwrap();
    let (said, complaints) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    assert!(output.status.success(), "{said}\n{complaints}");

    let mut outputs = said.split(MARK);
    let (mut last, mut shown) = ("", 0);
    for (language, text) in blocks() {
        match language {
            "sh" => last = outputs.next().expect("every block ends"),
            "text" => {
                compare(text, last);
                shown += 1;
            }
            _ => {}
        }
    }
    assert!(shown >= 5, "the page shows what is seen");
    shop.audit().await;
}
