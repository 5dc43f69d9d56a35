//! The dependency policy of `deny.toml`, and the layers: which crate may name which, where
//! dependencies come from, under which licences and in how many versions.
//!
//! `make lint` runs it; `docs/decisions/workspace.md` gives the reasons.

use std::{
    collections::{BTreeMap, BTreeSet},
    process::Command,
};

use serde_json::Value;

/// Our crates from the bottom up: one may only depend on those before it.
const LAYERS: [&str; 19] = [
    "streamward-supervision",
    "streamward-message",
    "streamward-contracts",
    "streamward-saga",
    "streamward-egress",
    "streamward",
    "streamward-testkit",
    "streamward-store",
    "streamward-payments-sim",
    "order-worker",
    "inventory-worker",
    "promotion-worker",
    "payment-worker",
    "notification-worker",
    "webhook-worker",
    "streamward-api",
    "streamward-shop",
    "streamward-workload",
    "streamward-cli",
];

/// The only target that is checked; packages for Windows or UEFI are never built.
const PLATFORM: &str = "x86_64-unknown-linux-gnu";

/// `deny.toml`, the one place that says what is allowed.
fn policy() -> toml::Table {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deny.toml");
    let text = std::fs::read_to_string(path).expect("deny.toml is in the root");
    text.parse().expect("deny.toml is TOML")
}

fn texts(value: &toml::Value) -> Vec<&str> {
    value
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(toml::Value::as_str)
        .collect()
}

fn tables<'a>(policy: &'a toml::Table, section: &str, list: &str) -> Vec<&'a toml::Table> {
    let all = policy[section][list].as_array().expect("it is a list");
    all.iter().filter_map(toml::Value::as_table).collect()
}

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--locked",
            "--filter-platform",
            PLATFORM,
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

/// The packages that our crates are built and tested with on this platform.
fn packages(metadata: &Value) -> Vec<&Value> {
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let nodes = list(&metadata["resolve"]["nodes"]);
    let mut waiting = list(&metadata["workspace_members"]);
    let mut reached: BTreeSet<String> = BTreeSet::new();
    while let Some(id) = waiting.pop() {
        if reached.insert(id.as_str().expect("an id is text").to_owned()) {
            let node = nodes
                .iter()
                .find(|node| node["id"] == id)
                .expect("every id has a node");
            waiting.extend(
                list(&node["deps"])
                    .into_iter()
                    .map(|dep| dep["pkg"].clone()),
            );
        }
    }
    let all = metadata["packages"]
        .as_array()
        .expect("metadata has packages");
    let is_reached = |package: &Value| {
        package["id"]
            .as_str()
            .is_some_and(|id| reached.contains(id))
    };
    all.iter().filter(|package| is_reached(package)).collect()
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
fn only_their_crates_name_the_reserved_libraries() {
    let (metadata, policy) = (metadata(), policy());
    for ban in tables(&policy, "bans", "deny") {
        let library = ban["crate"].as_str().expect("a ban names a crate");
        let allowed = texts(&ban["wrappers"]);
        for package in packages(&metadata) {
            let names_it = dependencies(package).any(|dependency| dependency == library);
            let who = name(package);
            let foreign = !is_ours(package);
            assert!(
                !names_it || foreign || allowed.contains(&who),
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
    let (metadata, policy) = (metadata(), policy());
    let allowed = texts(&policy["licenses"]["allow"]);
    let exceptions = tables(&policy, "licenses", "exceptions");
    for package in packages(&metadata) {
        let who = name(package);
        let licence = package["license"].as_str().unwrap_or_default();
        let excepted = |part: &str| {
            exceptions
                .iter()
                .any(|it| it["crate"].as_str() == Some(who) && texts(&it["allow"]).contains(&part))
        };
        // "A OR B" and the older "A/B" leave the choice; every part of an AND must be allowed.
        let acceptable = licence
            .replace('/', " OR ")
            .replace(['(', ')'], "")
            .split(" AND ")
            .all(|part| {
                part.split(" OR ")
                    .map(str::trim)
                    .any(|one| allowed.contains(&one) || excepted(one))
            });
        assert!(acceptable, "{who} is under {licence:?}");
    }
}

#[test]
fn no_crate_comes_in_two_versions_without_a_reason() {
    let (metadata, policy) = (metadata(), policy());
    let skipped: Vec<&str> = tables(&policy, "bans", "skip")
        .into_iter()
        .filter(|skip| {
            skip["reason"]
                .as_str()
                .is_some_and(|reason| !reason.is_empty())
        })
        .filter_map(|skip| skip["crate"].as_str())
        .collect();
    let mut versions: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for package in packages(&metadata) {
        let version = package["version"]
            .as_str()
            .expect("a package has a version");
        let spec_covers = |skip: &str| {
            skip.split_once('@').is_some_and(|(skipped, prefix)| {
                skipped == name(package)
                    && version
                        .strip_prefix(prefix)
                        .is_some_and(|rest| rest.starts_with('.'))
            })
        };
        if !skipped.iter().any(|skip| spec_covers(skip)) {
            versions.entry(name(package)).or_default().insert(version);
        }
    }
    let doubled: Vec<_> = versions.iter().filter(|(_, all)| all.len() > 1).collect();
    assert!(doubled.is_empty(), "{doubled:?}");
}
