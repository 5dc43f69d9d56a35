//! `park` where the parking is full: there is room for so many entries per stream.

use super::{
    GROUP, INBOX, ORDERS, TestServer, holders,
    park::{RECORD, due, park_in},
};

#[tokio::test]
async fn a_full_parking_postpones_and_has_room_again_when_one_leaves() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 5).await;
    server.read(ORDERS, GROUP, "w", 5).await;
    let room = (ORDERS, 2);
    for (id, answer) in [("1-0", "PARKED"), ("2-0", "PARKED"), ("3-0", "POSTPONED")] {
        let parked = park_in(&server, room, (id, "w", 1), 400, RECORD).await;
        assert_eq!(parked, answer, "{id}");
    }
    server.command::<()>(&["XACK", ORDERS, GROUP, "1-0"]).await;
    let parked = park_in(&server, room, ("4-0", "w", 1), 400, RECORD).await;
    assert_eq!(parked, "PARKED");
    let expected = [("2-0", "~retry", 1), ("4-0", "~retry", 1), ("5-0", "w", 1)];
    assert_eq!(server.holders(ORDERS).await, holders(&expected));
}

#[tokio::test]
async fn an_entry_due_at_once_is_parked_although_parking_is_full() {
    let server = TestServer::new().await;
    server.fill(ORDERS, 3).await;
    server.read(ORDERS, GROUP, "w", 3).await;
    for id in ["1-0", "2-0", "3-0"] {
        let parked = park_in(&server, (ORDERS, 1), (id, "w", 1), 0, "").await;
        assert_eq!(parked, "PARKED");
    }
    assert_eq!(due(&server).await.len(), 3);
}

#[tokio::test]
async fn every_stream_has_a_parking_of_its_own() {
    let server = TestServer::new().await;
    server.group(INBOX, GROUP).await;
    for stream in [ORDERS, INBOX] {
        server.fill(stream, 2).await;
        server.read(stream, GROUP, "w", 2).await;
        for (id, answer) in [("1-0", "PARKED"), ("2-0", "POSTPONED")] {
            let parked = park_in(&server, (stream, 1), (id, "w", 1), 400, RECORD).await;
            assert_eq!(parked, answer, "{stream} {id}");
        }
    }
}
