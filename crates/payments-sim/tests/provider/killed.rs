//! `kill -9` under load loses nothing that was answered.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use payments_sim::Settings;
use reqwest::Client;
use serde_json::Value;
use tokio::process::{Child, Command};

use crate::support::{Provider, eventually, reply, settings, soon};

/// Environment variable with the journal directory, set in the process to kill.
const VICTIM: &str = "PAYMENTS_SIM_VICTIM_DIR";
const CALLERS: usize = 8;
const ANSWERS_BEFORE_THE_KILL: usize = 300;
const FORM: [(&str, &str); 4] = [
    ("amount", "1000"),
    ("currency", "eur"),
    ("payment_method", "pm_card_visa"),
    ("confirm", "true"),
];

#[tokio::test(flavor = "multi_thread")]
async fn answered_charges_survive_a_kill() {
    if let Some(dir) = std::env::var_os(VICTIM) {
        return serve_until_killed(&PathBuf::from(dir)).await;
    }
    let dir = tempfile::tempdir().unwrap();
    let mut victim = start_victim(dir.path());
    let address = dir.path().join("url");
    eventually(async || address.exists()).await;
    let url = std::fs::read_to_string(&address).unwrap();

    let answered = Arc::new(AtomicUsize::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|caller| tokio::spawn(call_until_it_breaks(url.clone(), caller, answered.clone())))
        .collect();
    eventually(async || answered.load(Ordering::Relaxed) >= ANSWERS_BEFORE_THE_KILL).await;
    victim.kill().await.unwrap();
    let mut known = Vec::new();
    for caller in callers {
        known.extend(soon(caller).await.unwrap());
    }

    let provider = Provider::with(kept_in(dir.path())).await;
    assert!(known.len() >= ANSWERS_BEFORE_THE_KILL);
    assert!(provider.simulator.ledger().charges >= known.len() as u64);
    for (key, body) in known {
        let again = provider
            .post("/v1/payment_intents", &FORM)
            .header("idempotency-key", key);
        let again = reply(again).await;
        assert!(again.replayed);
        assert_eq!(again.body, body);
    }
}

fn kept_in(dir: &Path) -> Settings {
    let secret_key = "sk_test_victim".to_owned();
    Settings {
        secret_key,
        journal_dir: Some(dir.to_owned()),
        ..settings()
    }
}

/// Starts this test in a child process.
fn start_victim(dir: &Path) -> Child {
    Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "killed::answered_charges_survive_a_kill"])
        .env(VICTIM, dir)
        .kill_on_drop(true)
        .spawn()
        .unwrap()
}

async fn serve_until_killed(dir: &Path) {
    let provider = Provider::with(kept_in(dir)).await;
    // Whoever sees the file sees all of it.
    std::fs::write(dir.join("url.new"), &provider.url).unwrap();
    std::fs::rename(dir.join("url.new"), dir.join("url")).unwrap();
    std::future::pending::<()>().await;
}

/// Charges until the provider is gone, and returns each key with its response.
async fn call_until_it_breaks(
    url: String,
    caller: usize,
    answered: Arc<AtomicUsize>,
) -> Vec<(String, Value)> {
    let client = Client::builder().no_proxy().build().unwrap();
    let mut known = Vec::new();
    loop {
        let key = format!("order-{caller}-{}", known.len());
        let request = client
            .post(format!("{url}/v1/payment_intents"))
            .bearer_auth("sk_test_victim")
            .header("idempotency-key", &key)
            .form(&FORM);
        let Ok(response) = request.send().await else {
            return known;
        };
        let Ok(body) = response.json().await else {
            return known;
        };
        known.push((key, body));
        answered.fetch_add(1, Ordering::Relaxed);
    }
}
