//! The log cannot be written: the shop works on, and counts the lost lines.

use std::{fs::OpenOptions, io::Write, process::Stdio, time::Duration};

use reqwest::StatusCode;
use testkit::eventually;
use tokio::{net::unix::pipe, time::timeout};

use crate::{
    process::{Process, streamward_on},
    shop::{Shop, audit, data_folder, read_json},
};

/// A failed command waits one second for its reader; the machine may be busy with other tests.
const ENDS_IN: Duration = Duration::from_secs(10);

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

/// A pipe without room, and its reader, which does not read.
fn full_pipe() -> (pipe::Receiver, Stdio) {
    let (writer, reader) = pipe::pipe().expect("a pipe");
    while writer.try_write(&[b'x'; 512]).is_ok() {}
    while writer.try_write(b"x").is_ok() {}
    let writer = writer.into_blocking_fd().expect("it blocks");
    (reader, Stdio::from(writer))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_command_whose_log_is_not_read_ends() {
    let data = data_folder();
    let data = data.path().to_str().unwrap();
    let up = ["up", "--data", data, "--redis", "redis://127.0.0.1:1"];
    let traced = [&up[..], &["--log", "trace"]].concat();
    for (args, code) in [
        // Parts of the command line are wrong, then the filter of the log, then Redis.
        (&["dance"][..], 64),
        (&["tree", "--log", "=="], 64),
        (&up, 1),
        (&traced, 1),
    ] {
        let (reader, log) = full_pipe();
        let status = Process::command(args).stderr(log).status();
        let status = timeout(ENDS_IN, status).await;
        let status = status.unwrap_or_else(|_| panic!("{args:?} does not end"));
        assert_eq!(status.unwrap().code(), Some(code), "{args:?}");
        drop(reader);
    }
}
