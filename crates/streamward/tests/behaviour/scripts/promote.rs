//! `promote`: due jobs of the delay queue become entries of the inbox.

use super::{ATTEMPTS, DATA, DELAYED, INBOX, TestServer, pairs};

const AT: &str = "2026-01-01T00:00:00.000Z";

/// An entry: its id, its fields and values.
type Entry = (String, Vec<(String, Vec<u8>)>);

/// Promoted, lateness of the latest, and milliseconds until the next.
pub(super) async fn promote(server: &TestServer, limit: u32) -> (usize, i64, i64) {
    let args = [&limit.to_string(), AT];
    let keys = [DELAYED, DATA, INBOX, ATTEMPTS];
    let mut reply = server.call("promote_jobs", &keys, &args).await;
    assert_eq!(reply.tag(), "PROMOTED");
    let mut number = || reply.take::<i64>().expect("a number");
    let (promoted, late, wait) = (number(), number(), number());
    (usize::try_from(promoted).expect("a count"), late, wait)
}

async fn schedule(server: &TestServer, job: &str, due_ms: i64) {
    let due_ms = due_ms.to_string();
    server.command::<()>(&["ZADD", DELAYED, &due_ms, job]).await;
}

async fn now(server: &TestServer) -> i64 {
    let (seconds, micros): (i64, i64) = server.command(&["TIME"]).await;
    seconds * 1000 + micros / 1000
}

#[tokio::test]
async fn nothing_due_writes_nothing() {
    let server = TestServer::new().await;
    assert_eq!(promote(&server, 100).await, (0, 0, -1));
    schedule(&server, "Remind:o-1", now(&server).await + 60_000).await;
    let before = server.dump().await;
    let (promoted, late, wait) = promote(&server, 100).await;
    assert_eq!((promoted, late), (0, 0));
    assert!((50_000..=60_000).contains(&wait), "{wait}");
    assert_eq!(server.dump().await, before);
}

#[tokio::test]
async fn a_due_job_becomes_an_entry_named_by_type_key_and_time() {
    let server = TestServer::new().await;
    let due = now(&server).await - 5_000;
    schedule(&server, "Remind:o:1", due).await;
    server
        .command::<()>(&["HSET", DATA, "Remind:o:1", "packed"])
        .await;
    let (promoted, late, wait) = promote(&server, 100).await;
    assert_eq!((promoted, wait), (1, -1));
    assert!((5_000..15_000).contains(&late), "{late}");

    let id = format!("Remind:o:1@{due}");
    let expected = pairs(&[
        ("type", "Remind"),
        ("v", "1"),
        ("id", &id),
        ("key", "o:1"),
        ("at", AT),
        ("data", "packed"),
    ]);
    assert_eq!(server.only(INBOX).await, expected);
    let left: usize = server.command(&["EXISTS", DELAYED, DATA]).await;
    assert_eq!(left, 0, "the job is still in the queue");
}

#[tokio::test]
async fn a_job_without_data_carries_an_empty_map() {
    let server = TestServer::new().await;
    schedule(&server, "Remind:o-1", 1).await;
    promote(&server, 100).await;
    let entries: Vec<(String, Vec<Vec<u8>>)> = server.command(&["XRANGE", INBOX, "-", "+"]).await;
    assert_eq!(entries[0].1.last(), Some(&vec![0x80]));
}

#[tokio::test]
async fn ten_thousand_due_jobs_leave_in_bounded_batches_oldest_first() {
    let server = TestServer::new().await;
    let mut add = vec!["ZADD".to_owned(), DELAYED.to_owned()];
    for n in 1..=10_000 {
        add.extend([n.to_string(), format!("Remind:{n:05}")]);
    }
    server.command::<()>(add).await;
    assert_eq!(promote(&server, 100).await.0, 100);
    let newest: Vec<Entry> = server
        .command(&["XREVRANGE", INBOX, "+", "-", "COUNT", "1"])
        .await;
    let key = ("key".to_owned(), b"00100".to_vec());
    assert!(newest[0].1.contains(&key), "{newest:?}");

    let mut promoted = 100;
    while promoted < 10_000 {
        assert_eq!(promote(&server, 100).await.0, 100);
        promoted += 100;
    }
    assert_eq!(promote(&server, 100).await.0, 0);
    assert_eq!(server.ids(INBOX).await.len(), 10_000);
}

#[tokio::test]
async fn a_job_without_a_key_does_not_stop_the_others() {
    let server = TestServer::new().await;
    schedule(&server, "Malformed", 1).await;
    schedule(&server, "Remind:o-1", 2).await;
    assert_eq!(promote(&server, 100).await.0, 2);
    let entries: Vec<Entry> = server.command(&["XRANGE", INBOX, "-", "+"]).await;
    let kinds: Vec<&[u8]> = entries.iter().map(|(_, fields)| &fields[0].1[..]).collect();
    assert_eq!(kinds, [&b"Malformed"[..], b"Remind"]);
    let left: usize = server.command(&["EXISTS", DELAYED]).await;
    assert_eq!(left, 0);
}

#[tokio::test]
async fn malformed_postponed_entries_do_not_block_the_others() {
    let server = TestServer::new().await;
    // In turn: no MessagePack, another shape, a first id, a history and fields that are none, and
    // an odd number of fields.
    let broken: [&[u8]; 6] = [
        b"\xc1\x00",
        b"\x93\x01\x02\x03",
        b"\x93\xc3\xa2[]\x92\xa1a\xa11",
        b"\x93\xa31-0\xa1{\x92\xa1a\xa11",
        b"\x93\xa31-0\xa2[]\x92\xa1a\xc3",
        b"\x93\xa31-0\xa2[]\x91\xa1a",
    ];
    for (n, data) in broken.iter().enumerate() {
        let job = format!("~retry:{n}");
        schedule(&server, &job, 1).await;
        let words: [&[u8]; 4] = [b"HSET", DATA.as_bytes(), job.as_bytes(), data];
        server.command::<()>(words.as_slice()).await;
    }
    schedule(&server, "~retry:none", 1).await;
    schedule(&server, "Remind:o-1", 2).await;

    assert_eq!(promote(&server, 100).await.0, 8);
    let entries: Vec<Entry> = server.command(&["XRANGE", INBOX, "-", "+"]).await;
    let mut kinds = entries.iter().map(|(_, fields)| fields[0].1.as_slice());
    assert!(kinds.by_ref().take(7).all(|kind| kind == b"~retry"));
    assert_eq!(kinds.next(), Some(&b"Remind"[..]));
    let left: usize = server.command(&["EXISTS", DELAYED, DATA, ATTEMPTS]).await;
    assert_eq!(left, 0);
}
