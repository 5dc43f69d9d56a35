use crate::{
    process::{Talker, streamward_on},
    shop::Shop,
};

#[tokio::test(flavor = "multi_thread")]
async fn streams_are_shown_again_and_again() {
    let shop = Shop::open().await;
    let mut streams = Talker::start(shop.data(), &["streams", "--watch", "100ms"]);
    for picture in 0..3 {
        if picture > 0 {
            assert_eq!(streams.next().await, "", "pictures are an empty line apart");
        }
        let header = streams.next().await;
        assert!(header.starts_with("stream "), "{header}");
        streams.until(|line| line.starts_with("service ")).await;
        let services: Vec<String> = [streams.next().await, streams.next().await].into();
        assert!(services[0].starts_with("order "), "{services:?}");
        // Nobody looks at a terminal.
        assert!(!services.concat().contains('\x1b'), "{services:?}");
        streams.until(|line| line.starts_with("webhook ")).await;
    }
    streams.hang_up().await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn watch_waits_for_a_shop_that_goes_away() {
    let mut shop = Shop::open().await;
    let is_root = |line: &str| line.starts_with("streamward  running");
    let absent = "the shop does not answer: ";
    let mut tree = Talker::start(shop.data(), &["tree", "--watch=100ms"]);
    let mut streams = Talker::start(shop.data(), &["streams", "--watch=100ms"]);
    tree.until(is_root).await;
    streams.until(|line| line.starts_with("service ")).await;
    assert_eq!(shop.terminate().await, Some(0));
    for tool in [&mut tree, &mut streams] {
        let line = tool.until(|line| line.starts_with(absent)).await;
        assert!(line.ends_with("; retrying"), "{line}");
    }
    shop.restart().await;
    tree.until(is_root).await;
    streams.until(|line| line.starts_with("service ")).await;
    shop.audit().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_watch_that_makes_no_sense_is_refused() {
    let nowhere = crate::shop::data_folder();
    for (args, word) in [
        (&["tree", "--watch", "--json"][..], "--json"),
        (&["streams", "--watch", "0s"], "--watch"),
        (&["streams", "--watch", "often"], "--watch"),
        (&["tree", "--watch"], "--data"),
    ] {
        let output = streamward_on(nowhere.path(), args).await;
        let words = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(64), "{args:?}: {words}");
        assert!(words.contains(word), "{args:?}: {words}");
    }
}
