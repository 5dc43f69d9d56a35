//! The journal keeps everything that was answered, over stops and crashes.

use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

use payments_sim::{OpenError, Settings, Simulator};
use serde_json::Value;

use crate::support::{Provider, Reply, Shop, reply};

const FORM: [(&str, &str); 4] = [
    ("amount", "1000"),
    ("currency", "eur"),
    ("payment_method", "pm_card_visa"),
    ("confirm", "true"),
];

fn kept_in(dir: &Path, settings: Settings) -> Settings {
    Settings {
        journal_dir: Some(dir.to_owned()),
        ..settings
    }
}

async fn charge_keyed(provider: &Provider) -> Reply {
    let request = provider
        .post("/v1/payment_intents", &FORM)
        .header("idempotency-key", "order-7");
    reply(request).await
}

/// Runs `life` in its own runtime, then drops the runtime with all its tasks.
fn cut_short<F: Future<Output = T>, T: Send>(life: impl FnOnce() -> F + Send) -> T {
    std::thread::scope(|scope| {
        let thread = scope.spawn(|| {
            let runtime = tokio::runtime::Runtime::new().unwrap();
            let value = runtime.block_on(life());
            runtime.shutdown_background();
            value
        });
        thread.join().unwrap()
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_undelivered_event_is_delivered_by_the_next_instance() {
    let dir = tempfile::tempdir().unwrap();
    let mut shop = Shop::open().await;
    let silent = kept_in(dir.path(), shop.silent_settings());
    let (first, ledger): (Reply, Value) = cut_short(async || {
        let provider = Provider::with(silent).await;
        (charge_keyed(&provider).await, provider.ledger().await)
    });

    let provider = Provider::with(kept_in(dir.path(), shop.settings())).await;
    let callback = shop.next().await;
    assert!(callback.authentic);
    assert_eq!(callback.event["data"]["object"], first.body);
    assert_eq!(provider.ledger().await, ledger);
    // The keys differ, since each start generates one; the idempotency key is the same.
    let again = charge_keyed(&provider).await;
    assert!(again.replayed);
    assert_eq!(again.text, first.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_charge_resumes_after_a_restart() {
    let dir = tempfile::tempdir().unwrap();
    let mut shop = Shop::open().await;
    let settings = kept_in(dir.path(), shop.settings());
    let slow = Settings {
        slow_charge: Duration::from_millis(600),
        ..settings.clone()
    };
    let begun = cut_short(async || Provider::with(slow).await.charge("pm_card_slow").await);
    assert_eq!(begun.body["status"], "processing");
    let provider = Provider::with(settings).await;
    assert_eq!(shop.next().await.intent(), begun.id());
    assert_eq!(provider.ledger().await["charges"], 1);
}

#[tokio::test]
async fn a_delivered_event_is_not_delivered_again_after_a_stop() {
    let dir = tempfile::tempdir().unwrap();
    let mut shop = Shop::open().await;
    let settings = kept_in(dir.path(), shop.settings());
    let provider = Provider::with(settings.clone()).await;
    let first = provider.paid().await;
    let callback = shop.next().await;
    let event = format!("/v1/events/{}", callback.id());
    crate::support::eventually(async || provider.get(&event).await.body["pending_webhooks"] == 0)
        .await;
    provider.stop().await;

    let provider = Provider::with(settings).await;
    let second = provider.paid().await;
    assert_ne!(first, second);
    assert_eq!(shop.next().await.intent(), second);
}

#[tokio::test]
async fn a_torn_last_line_is_dropped_and_earlier_lines_are_kept() {
    let dir = tempfile::tempdir().unwrap();
    let settings = kept_in(dir.path(), Settings::generated());
    let provider = Provider::with(settings.clone()).await;
    let kept = provider.paid().await;
    provider.stop().await;
    let path = dir.path().join("journal.jsonl");
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap();
    file.write_all(b"[{\"open\":{\"id\":\"pi_01").unwrap();
    drop(file);

    let provider = Provider::with(settings.clone()).await;
    assert_eq!(
        provider
            .get(&format!("/v1/payment_intents/{kept}"))
            .await
            .status,
        200
    );
    let next = provider.paid().await;
    provider.stop().await;
    let provider = Provider::with(settings).await;
    assert_eq!(
        provider
            .get(&format!("/v1/payment_intents/{next}"))
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn damage_in_the_middle_is_an_error_that_names_the_line() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("journal.jsonl"), "[]\nnonsense\n[]\n").unwrap();
    let opened = Simulator::open(kept_in(dir.path(), Settings::generated())).await;
    assert!(matches!(opened, Err(OpenError::Damaged { line: 2, .. })));
}

#[tokio::test]
async fn a_journal_in_use_is_rejected() {
    let dir = tempfile::tempdir().unwrap();
    let settings = kept_in(dir.path(), Settings::generated());
    let _first = Simulator::open(settings.clone()).await.unwrap();
    assert!(matches!(
        Simulator::open(settings).await,
        Err(OpenError::InUse { .. })
    ));
}

#[tokio::test]
async fn a_large_journal_is_compacted_at_start_without_loss() {
    let dir = tempfile::tempdir().unwrap();
    let settings = kept_in(dir.path(), Settings::generated());
    let provider = Provider::with(settings.clone()).await;
    let first = charge_keyed(&provider).await;
    provider
        .send(
            "/v1/refunds",
            &[("payment_intent", &first.id()), ("amount", "1")],
        )
        .await;
    let open = provider.send("/v1/payment_intents", &FORM[..2]).await;
    let events = provider.get("/v1/events").await.body;
    let ledger = provider.ledger().await;
    provider.stop().await;

    let path = dir.path().join("journal.jsonl");
    let idle = format!(
        "[{{\"move\":{{\"intent\":\"{}\",\"state\":{{\"status\":\"requires_payment_method\"}}}}}}]\n",
        open.id()
    );
    let mut file = std::fs::OpenOptions::new()
        .append(true)
        .open(&path)
        .unwrap();
    file.write_all(idle.repeat(9_000_000 / idle.len()).as_bytes())
        .unwrap();
    drop(file);

    for _ in 0..2 {
        let provider = Provider::with(settings.clone()).await;
        assert!(std::fs::metadata(&path).unwrap().len() < 10_000);
        assert_eq!(provider.ledger().await, ledger);
        assert_eq!(provider.get("/v1/events").await.body, events);
        let list = provider.get("/v1/payment_intents").await.body;
        assert_eq!(list["data"], serde_json::json!([open.body, first.body]));
        assert_eq!(charge_keyed(&provider).await.text, first.text);
        provider.stop().await;
    }
}
