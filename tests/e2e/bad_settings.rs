use testkit::RedisServer;

use crate::{process::streamward, shop::data_folder};

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
