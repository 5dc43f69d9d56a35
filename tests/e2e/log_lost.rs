//! The log cannot be written: the shop works on, and counts the lost lines.

use std::{fs::OpenOptions, io::Write, process::Stdio};

use reqwest::StatusCode;
use testkit::eventually;

use crate::{
    process::{Process, streamward_on},
    shop::{Shop, audit, data_folder, read_json},
};

/// A disk without room.
fn full_disk() -> Stdio {
    let full = OpenOptions::new().write(true).open("/dev/full");
    Stdio::from(full.expect("Linux has it"))
}

/// A pipe whose reader has gone, as `head -1` does.
fn closed_pipe() -> Stdio {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    drop(reader);
    Stdio::from(writer)
}

/// An order is confirmed, also after a worker's panic, whose report has no place to go.
async fn works(shop: &Shop) {
    let crash = streamward_on(shop.data(), &["crash", "inventory/worker-0"]).await;
    assert!(crash.status.success());
    let ada = shop.customer().await;
    let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
    ada.sees(&order, "confirmed").await;
    shop.audit().await;
}

async fn lost_lines(shop: &Shop) -> Option<u64> {
    let metrics = reqwest::get(format!("{}/metrics", shop.api)).await.ok()?;
    let text = metrics.text().await.ok()?;
    let name = "streamward_log_lines_lost_total ";
    text.lines()
        .find_map(|line| line.strip_prefix(name))?
        .parse()
        .ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_ends_no_process_and_lost_lines_are_counted() {
    let mut shop = Shop::open_logging(&[], full_disk()).await;
    works(&shop).await;
    eventually("lost lines are counted", || async {
        lost_lines(&shop).await.filter(|lost| *lost > 0)
    })
    .await;
    assert_eq!(shop.terminate().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_whose_reader_has_gone_ends_no_process() {
    let mut shop = Shop::open_logging(&[], closed_pipe()).await;
    works(&shop).await;
    assert_eq!(shop.terminate().await, Some(0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_that_is_not_read_stops_no_process() {
    let (reader, writer) = std::io::pipe().expect("a pipe");
    let mut filler = writer.try_clone().expect("a second writer");
    // Whatever room there is, it is taken.
    let filling = std::thread::spawn(move || while filler.write_all(&[b'x'; 512]).is_ok() {});
    let mut shop = Shop::open_logging(&[], Stdio::from(writer)).await;
    works(&shop).await;
    assert_eq!(shop.terminate().await, Some(0));
    drop(reader);
    filling.join().expect("it ends with the reader");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ready_line_that_nobody_reads_ends_no_process() {
    for output in [closed_pipe(), full_disk()] {
        let data = data_folder();
        let path = data.path().to_str().unwrap();
        let any = [
            "--listen",
            "127.0.0.1:0",
            "--provider-listen",
            "127.0.0.1:0",
        ];
        let up = [&["up", "--data", path], &any[..]].concat();
        let process = Process::start_mute(&up, output);
        let file = data.path().join("run.json");
        eventually("it serves", || async {
            let api = file.exists().then(|| read_json(&file)["api"].clone())?;
            let ready = reqwest::get(format!("{}/readyz", api.as_str()?))
                .await
                .ok()?;
            (ready.status() == StatusCode::OK).then_some(())
        })
        .await;
        audit(data.path()).await;
        assert_eq!(process.terminate().await, Some(0));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_command_without_a_place_for_its_message_has_its_exit_code() {
    for (log, code) in [(closed_pipe(), 64), (full_disk(), 64)] {
        let mut command = Process::command(&["tree", "--data", "/nonexistent"]);
        let status = command.stderr(log).status().await.unwrap();
        assert_eq!(status.code(), Some(code));
    }
}
