//! The dependency policy: which crate may name which, where dependencies come from, and under which
//! licences. `make lint` runs it; `docs/DECISIONS.md`, "Layers", says why.

use std::{collections::BTreeSet, process::Command};

use serde_json::Value;

/// Libraries that only some of our crates may name.
const RESERVED: [(&str, &[&str]); 4] = [
    ("ractor", &["streamward-supervision", "streamward"]),
    (
        "redis",
        &[
            "streamward",
            "streamward-store",
            "streamward-testkit",
            "streamward-cli",
        ],
    ),
    ("deadpool-redis", &["streamward"]),
    ("axum", &["streamward-api", "streamward-payments-sim"]),
];

/// Our crates from the bottom up: one may only depend on those before it.
const LAYERS: [&str; 12] = [
    "streamward-supervision",
    "streamward-contracts",
    "streamward-testkit",
    "streamward",
    "streamward-store",
    "streamward-payments-sim",
    "order-worker",
    "inventory-worker",
    "payment-worker",
    "notification-worker",
    "streamward-api",
    "streamward-cli",
];

const LICENCES: [&str; 14] = [
    "0BSD",
    "MIT",
    "MIT-0",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CC0-1.0",
    "ISC",
    "Unicode-3.0",
    "Unlicense",
    "Zlib",
];

/// Data files, not code: Mozilla's list of certificate authorities.
const OTHER_LICENCES: [(&str, &str); 2] = [
    ("webpki-roots", "CDLA-Permissive-2.0"),
    ("webpki-root-certs", "CDLA-Permissive-2.0"),
];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--all-features",
        ])
        .output()
        .expect("cargo metadata runs wherever cargo test does");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).expect("cargo metadata answers JSON")
}

fn packages(metadata: &Value) -> &Vec<Value> {
    metadata["packages"]
        .as_array()
        .expect("metadata has packages")
}

fn name(package: &Value) -> &str {
    package["name"].as_str().expect("a package has a name")
}

fn is_ours(package: &Value) -> bool {
    package["source"].is_null()
}

/// The dependencies a crate builds with, development ones left out.
fn dependencies(package: &Value) -> impl Iterator<Item = &str> {
    let all = package["dependencies"].as_array().into_iter().flatten();
    all.filter(|dependency| dependency["kind"] != "dev")
        .map(name)
}

#[test]
fn only_their_crates_name_ractor_redis_and_axum() {
    let metadata = metadata();
    for package in packages(&metadata)
        .iter()
        .filter(|package| is_ours(package))
    {
        for (library, allowed) in RESERVED {
            let names_it = dependencies(package).any(|dependency| dependency == library);
            let who = name(package);
            assert!(
                !names_it || allowed.contains(&who),
                "{who} must not depend on {library}"
            );
        }
    }
}

#[test]
fn dependencies_point_downwards() {
    let metadata = metadata();
    let place = |who: &str| LAYERS.iter().position(|layer| *layer == who);
    for package in packages(&metadata)
        .iter()
        .filter(|package| is_ours(package))
    {
        let who = name(package);
        let own = place(who).unwrap_or_else(|| panic!("{who} has no place in LAYERS"));
        for below in dependencies(package) {
            assert!(
                place(below).is_none_or(|at| at < own),
                "{who} must not depend on {below}"
            );
            let both_work = who.ends_with("-worker") && below.ends_with("-worker");
            assert!(
                !both_work,
                "workers never depend on each other: {who} on {below}"
            );
        }
    }
}

#[test]
fn everything_comes_from_the_one_public_registry() {
    let metadata = metadata();
    let sources: BTreeSet<&str> = packages(&metadata)
        .iter()
        .filter_map(|package| package["source"].as_str())
        .collect();
    assert_eq!(sources.len(), 1, "{sources:?}");
    assert!(
        sources.iter().all(|source| source.starts_with("registry+")),
        "{sources:?}"
    );
}

#[test]
fn every_licence_is_on_the_list() {
    let metadata = metadata();
    for package in packages(&metadata) {
        let who = name(package);
        let licence = package["license"].as_str().unwrap_or_default();
        // "A OR B" and the older "A/B" leave the choice; every part of an AND must be allowed.
        let choices = licence.replace('/', " OR ");
        let allowed = |part: &str| {
            let part = part.trim_matches(['(', ')', ' ']);
            LICENCES.contains(&part) || OTHER_LICENCES.contains(&(who, part))
        };
        let acceptable = choices
            .replace(['(', ')'], "")
            .split(" AND ")
            .all(|part| part.split(" OR ").any(allowed));
        assert!(acceptable, "{who} is under {licence:?}");
    }
}
