use std::{fs::OpenOptions, path::Path, process::Stdio};

use serde_json::Value;
use testkit::RedisServer;

use crate::{
    process::{Process, streamward, text},
    shop::{Shop, data_folder},
};

/// A bad setting exits with 64 and names itself.
async fn is_refused(args: &[&str], name: &str) -> String {
    let output = streamward(args).await;
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(64), "{args:?}: {words}");
    assert!(words.contains(name), "{args:?}: {words}");
    words
}

#[tokio::test(flavor = "multi_thread")]
async fn every_bad_setting_names_itself() {
    let data = data_folder();
    let data = data.path().to_str().unwrap();
    is_refused(&["up", "--listen", "nowhere"], "--listen").await;
    is_refused(&["up", "--payment-timeout", "soon"], "--payment-timeout").await;
    is_refused(&["up", "--durability", "maybe"], "--durability").await;
    is_refused(
        &["up", "--data", data, "--durability", "replicas:1"],
        "--durability",
    )
    .await;
    is_refused(&["up", "--data", data, "--partitions", "2"], "--partitions").await;
    is_refused(&["up", "--data", data, "--namespace", "a:b"], "--namespace").await;
    is_refused(&["worker", "shipping"], "shipping").await;
    is_refused(&["up", "--rate-limit", "write=0/60"], "--rate-limit").await;
    is_refused(&["up", "--cors-origin", "*"], "--cors-origin").await;
    is_refused(&["up", "--trusted-proxy", "10.0.0.0/33"], "--trusted-proxy").await;
    is_refused(&["up", "--max-connections", "0"], "--max-connections").await;
    is_refused(&["tree", "--data", "/nonexistent"], "--data").await;
    is_refused(&["dance"], "dance").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_setting_with_a_password_in_it_is_named_and_not_shown() {
    let data = data_folder();
    let up = [
        "up",
        "--data",
        data.path().to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
    ];
    let up = [&up[..], &["--provider-listen", "127.0.0.1:0"]].concat();
    let sms = [
        "--sms-user",
        "AC1",
        "--sms-password",
        "s3cret",
        "--sms-from",
        "+49301",
    ];
    for (bad, name) in [
        (
            &["--smtp", "smtp://ada:s3cret@host?tls=never"][..],
            "--smtp",
        ),
        (&["--mail-from", "nobody"], "--mail-from"),
        (&["--sms-url", "https://s3cret@host"], "--sms-user"),
        (&["--secret", "s3cret"], "--secret"),
        (
            &[&["--sms-url", "https://s3cret@host"], &sms[..]].concat(),
            "--sms-url",
        ),
        (&["--language", "fr"], "--language"),
    ] {
        let words = is_refused(&[&up[..], bad].concat(), name).await;
        assert!(!words.contains("s3cret"), "{words}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_evicts_is_refused_by_the_settings_name() {
    let redis = RedisServer::start_with(&["--maxmemory-policy", "allkeys-lru"]);
    let data = data_folder();
    let args = [
        "up",
        "--data",
        data.path().to_str().unwrap(),
        "--redis",
        &redis.url(),
    ];
    is_refused(&args, "maxmemory-policy").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_in_use_is_refused_by_name() {
    let taken = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let data = data_folder();
    let data = data.path().to_str().unwrap();
    is_refused(&["up", "--data", data, "--listen", &address], "--listen").await;
}

/// Runs a command with these variables; returns exit code and standard error.
async fn with(variables: &[(&str, &str)], args: &[&str]) -> (Option<i32>, String) {
    let mut command = Process::command(args);
    let output = command
        .envs(variables.iter().copied())
        .output()
        .await
        .unwrap();
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    (output.status.code(), words)
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_variable_is_refused_with_the_nearest_name() {
    for args in [&["up"][..], &["tree"], &["config", "worker", "order"]] {
        let (code, words) = with(&[("STREAMWARD_DURABLITY", "always")], args).await;
        assert_eq!(code, Some(64), "{words}");
        assert!(
            words.contains("did you mean STREAMWARD_DURABILITY?"),
            "{words}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blank_variable_is_not_set_and_a_blank_flag_is_refused() {
    let blank = [
        ("STREAMWARD_SMTP", ""),
        ("STREAMWARD_PAYMENT_TIMEOUT", " "),
        ("STREAMWARD_WEBHOOK_SECRET", ""),
        ("STREAMWARD_ADMIN_MAIL", ""),
    ];
    let mut command = Process::command(&["config", "--json", "up"]);
    let output = command.envs(blank).output().await.unwrap();
    let shown: Vec<Value> = serde_json::from_slice(&output.stdout).unwrap();
    let setting = |name: &str| shown.iter().find(|it| it["setting"] == name).unwrap();
    assert_eq!(setting("--payment-timeout")["value"], "15m");
    for name in ["--smtp", "--webhook-secret", "--admin-mail"] {
        assert_eq!(setting(name)["value"], Value::Null, "{name}");
    }
    is_refused(&["up", "--webhook-secret", ""], "--webhook-secret").await;
    is_refused(&["up", "--smtp", " "], "--smtp").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn times_and_sizes_are_bounded() {
    for (flag, value) in [
        ("--payment-timeout", "999999999d"),
        ("--payment-timeout", "1ns"),
        ("--audit-every", "999999999d"),
        ("--webhook-retries", "5s,999999999d"),
        ("--concurrency", "5000"),
        ("--max-connections", "4000000000"),
        ("--max-open-orders", "0"),
        ("--high-water", "0"),
    ] {
        is_refused(&["up", flag, value], flag).await;
    }
    is_refused(&["seed", "--products", "4000000000"], "--products").await;
    is_refused(&["tail", "orders", "-n", "4000000000"], "--lines").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_values_are_checked_before_anything_is_touched() {
    let parent = data_folder();
    let data = parent.path().join("data");
    let data = data.to_str().unwrap();
    for bad in [
        &["--secret", "short"][..],
        &["--mail-from", "nobody"],
        &["--smtp", "http://host"],
        &["--admin-mail", "nobody"],
        &["--provider-url", "stripe"],
        &["--partitions", "2"],
        &["--namespace", "a:b"],
        &["--durability", "replicas:1"],
        &["--redis", "http://host"],
    ] {
        is_refused(&[&["up", "--data", data], bad].concat(), bad[0]).await;
        assert!(!Path::new(data).exists(), "{bad:?}");
    }
    for flag in [
        "--provider-url",
        "--provider-public-url",
        "--webhook-url",
        "--api",
    ] {
        for command in [&["provider"][..], &["config", "provider"]] {
            let args = [command, &["--data", data, flag, "nonsense"]].concat();
            is_refused(&args, flag).await;
            assert!(!Path::new(data).exists(), "{flag}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_output_shows_a_password() {
    let data = data_folder();
    let data = data.path().to_str().unwrap();
    let away = "redis://ada:s3cret@127.0.0.1:1";
    for args in [
        &["up", "--data", data, "--redis", away][..],
        &["streams", "--redis", away],
        &[
            "up",
            "--data",
            data,
            "--redis",
            "redis://ada:s3cret@host:port",
        ],
    ] {
        let (code, words) = with(&[], args).await;
        assert_ne!(code, Some(0));
        assert!(
            words.contains("redis") && !words.contains("s3cret"),
            "{words}"
        );
        let error = words
            .lines()
            .find(|line| line.starts_with("error: "))
            .unwrap();
        assert!(error.matches("refused").count() <= 1, "said twice: {error}");
    }
    let variables = [
        ("STREAMWARD_REDIS", away),
        ("STREAMWARD_SMTP", "smtp://ada:s3cret@host"),
        ("STREAMWARD_PROVIDER_KEY", "sk://s3cret"),
        (
            "STREAMWARD_SMS_URL",
            "https://sms.example/send?apikey=s3cret",
        ),
        ("STREAMWARD_SMS_USER", "AC1"),
        ("STREAMWARD_SMS_PASSWORD", "a://s3cret"),
        ("STREAMWARD_SMS_FROM", "+49301"),
    ];
    for args in [
        &["up", "--help"][..],
        &["tree", "--help"],
        &["config", "up"],
        &["config", "provider", "--redis", "redis://:p/s3cret@host"],
    ] {
        let output = Process::command(args)
            .envs(variables)
            .output()
            .await
            .unwrap();
        let shown = text(&output);
        assert!(
            output.status.success() && !shown.contains("s3cret"),
            "{shown}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_effective_settings_are_shown_with_their_sources() {
    let mut command = Process::command(&["config", "up", "--payment-timeout", "5m"]);
    command
        .env("STREAMWARD_CONCURRENCY", "7")
        .env("STREAMWARD_PROVIDER_KEY", "sk_1");
    let shown = text(&command.output().await.unwrap());
    let row = |name: &str| {
        let row = shown.lines().find(|line| line.starts_with(name));
        let words = row
            .unwrap_or_else(|| panic!("{name} in {shown}"))
            .split_whitespace();
        words.skip(1).collect::<Vec<_>>()
    };
    assert_eq!(row("--payment-timeout"), ["5m", "--payment-timeout"]);
    assert_eq!(row("--concurrency"), ["7", "STREAMWARD_CONCURRENCY"]);
    assert_eq!(row("--durability"), ["everysec", "default"]);
    assert_eq!(row("--provider-key"), ["***", "STREAMWARD_PROVIDER_KEY"]);
    assert_eq!(row("--redis"), ["-", "-"]);
    is_refused(&["config", "up", "--secret", "short"], "--secret").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn output_that_cannot_be_written_is_a_failure() {
    let shop = Shop::open().await;
    let data = shop.data().to_str().unwrap();
    for args in [
        &["catalog", "export"][..],
        &["streams"],
        &["tree", "--json"],
    ] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let mut command = Process::command(&[args, &["--data", data]].concat());
        let child = command.stdout(full).stderr(Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().await.unwrap();
        assert_eq!(output.status.code(), Some(1), "{args:?}");
        let words = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(words.contains("standard output"), "{words}");
    }
    shop.audit().await;
}
