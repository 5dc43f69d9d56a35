//! SMS over an HTTP API: requests, errors and secrets.

use std::time::Duration;

use notification_worker::SmsApi;
use streamward::{Cause, Outcome};
use testkit::redelivered;

use crate::{harness::Harness, sms_server::SmsServer};

const PHONE: Option<&str> = Some("+4915112345678");
const REFUSAL: &str =
    r#"{"code":21211,"message":"The 'To' number is not a valid phone number.","status":400}"#;

fn api(server: &SmsServer) -> SmsApi {
    let api = SmsApi::new(&server.url, "AC1", "t0ken", "+4930123456").unwrap();
    api.timeout(Duration::from_millis(500))
}

fn cause(outcome: Outcome) -> (Option<Duration>, bool, String) {
    let text = |cause: Cause| cause.as_str().to_owned();
    match outcome {
        Outcome::Retry { after, cause } => (after, true, text(cause)),
        Outcome::Dead { cause } => (None, false, text(cause)),
        other @ (Outcome::Settled | Outcome::Done) => unreachable!("{other:?}"),
    }
}

#[tokio::test]
async fn an_sms_is_posted_as_a_form_with_basic_auth() {
    let server = SmsServer::start().await;
    server.respond("201 Created", "", r#"{"sid":"SM1","status":"queued"}"#);
    let harness = Harness::start(None, Some(api(&server))).await;
    let delivery = harness.order_confirmed(PHONE).await;
    assert_eq!(harness.handle(&delivery).await, Outcome::Settled);
    assert_eq!(
        harness.handle(&redelivered(&delivery)).await,
        Outcome::Settled
    );

    let requests = server.requests.lock().unwrap().clone();
    let [(head, body)] = requests.as_slice() else {
        unreachable!("one message, not {requests:?}");
    };
    assert!(
        head.starts_with("POST /2010-04-01/Accounts/AC1/Messages.json HTTP/1.1\r\n"),
        "{head}"
    );
    // "AC1:t0ken"
    let head = head.to_ascii_lowercase();
    assert!(head.contains("authorization: basic qumxonqwa2vu"), "{head}");
    assert!(
        head.contains("content-type: application/x-www-form-urlencoded"),
        "{head}"
    );
    let form = format!(
        "To=%2B4915112345678&From=%2B4930123456&Body=Your+order+{}+is+confirmed",
        delivery.key()
    );
    assert_eq!(*body, form);
}

#[tokio::test]
async fn a_refused_sms_becomes_a_dead_letter_with_the_apis_message() {
    let server = SmsServer::start().await;
    server.respond("400 Bad Request", "", REFUSAL);
    let harness = Harness::start(None, Some(api(&server))).await;
    let delivery = harness.order_confirmed(PHONE).await;
    let (_, retried, text) = cause(harness.handle(&delivery).await);
    assert!(!retried, "{text}");
    for word in ["400", "21211", "not a valid phone number"] {
        assert!(text.contains(word), "{text}");
    }
    // The mail was sent and is not repeated when the dead letter is replayed.
    assert_eq!(harness.sent().await.len(), 1);
    server.respond("201 Created", "", "{}");
    assert_eq!(
        harness.handle(&redelivered(&delivery)).await,
        Outcome::Settled
    );
    assert_eq!(harness.outbox().len(), 1);
    assert_eq!(harness.sent().await.len(), 2);
}

#[tokio::test]
async fn a_temporary_error_is_retried_after_the_requested_pause() {
    let server = SmsServer::start().await;
    let harness = Harness::start(None, Some(api(&server))).await;
    let delivery = harness.order_confirmed(PHONE).await;
    for (status, headers, after) in [
        ("429 Too Many Requests", "retry-after: 7\r\n", Some(7)),
        (
            "429 Too Many Requests",
            "retry-after: 999999\r\n",
            Some(3600),
        ),
        ("429 Too Many Requests", "", None),
        ("500 Internal Server Error", "", None),
        ("503 Service Unavailable", "retry-after: 3\r\n", Some(3)),
        ("401 Unauthorized", "", None),
        ("302 Found", "location: http://127.0.0.1:1/\r\n", None),
    ] {
        server.respond(status, headers, "");
        let (paused, retried, text) = cause(harness.handle(&redelivered(&delivery)).await);
        assert!(retried && text.contains(&status[..3]), "{status}: {text}");
        assert_eq!(paused, after.map(Duration::from_secs), "{status}");
    }
}

#[tokio::test]
async fn a_timeout_is_retried_without_disclosing_the_token() {
    let server = SmsServer::start().await;
    let api = api(&server);
    let shown = format!("{api:?}");
    assert!(
        !shown.contains("t0ken") && !shown.contains("AC1"),
        "{shown}"
    );
    let harness = Harness::start(None, Some(api)).await;
    let (_, retried, text) = cause(harness.handle(&harness.order_confirmed(PHONE).await).await);
    assert!(retried, "{text}");
    assert!(!text.contains("t0ken") && !text.contains("AC1"), "{text}");
    assert_eq!(server.requests.lock().unwrap().len(), 1);
}

#[test]
fn an_invalid_url_is_refused_without_being_quoted() {
    for url in [
        "api.example",
        "ftp://api.example/",
        "https://AC1:t0ken@api.example/",
    ] {
        let error = SmsApi::new(url, "u", "p", "f").map(drop).expect_err(url);
        assert!(!error.to_string().contains("t0ken"), "{error}");
    }
}
