//! A start that cannot succeed ends within seconds, with one line that names the cause and what helps.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::PermissionsExt,
    path::Path,
    process::{Output, Stdio},
    time::Duration,
};

use testkit::{RedisServer, eventually};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Command,
    time::timeout,
};

use crate::{
    process::{Process, streamward_on},
    shop::{Shop, data_folder},
};

const UP: [&str; 5] = [
    "up",
    "--listen",
    "127.0.0.1:0",
    "--provider-listen",
    "127.0.0.1:0",
];

/// Every failed start is over by then; the machine may be busy with other tests.
const IN_TIME: Duration = Duration::from_secs(8);

/// The last line of a start that must fail in time.
async fn failure(command: &mut Command) -> String {
    let ended = timeout(
        IN_TIME,
        command.stdin(Stdio::null()).kill_on_drop(true).output(),
    );
    let Output { status, stderr, .. } = ended.await.expect("it ends in time").unwrap();
    let said = String::from_utf8_lossy(&stderr).into_owned();
    assert!(!status.success(), "{said}");
    let errors: Vec<&str> = said
        .lines()
        .filter(|line| line.starts_with("error: "))
        .collect();
    assert_eq!(errors.len(), 1, "{said}");
    errors[0].to_owned()
}

fn up_on(data: &Path) -> Command {
    Process::command(&[&UP[..], &["--data", data.to_str().unwrap()]].concat())
}

/// Writes an append-only file of these commands into a data folder.
fn append_only_file(data: &Path, commands: &str) {
    let folder = data.join("redis/appendonlydir");
    fs::create_dir_all(&folder).unwrap();
    let name = "appendonly.aof.1.incr.aof";
    fs::write(folder.join(name), commands).unwrap();
    let manifest = format!("file {name} seq 1 type i\n");
    fs::write(folder.join("appendonly.aof.manifest"), manifest).unwrap();
}

/// A command as it stands in an append-only file.
fn packed(words: &[&str]) -> String {
    let word = |word: &&str| format!("${}\r\n{word}\r\n", word.len());
    format!(
        "*{}\r\n{}",
        words.len(),
        words.iter().map(word).collect::<String>()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_file_names_the_command_that_repairs_it() {
    let data = data_folder();
    let damaged =
        packed(&["SET", "one", "1"]) + "not a command\r\n" + &packed(&["SET", "two", "2"]);
    append_only_file(data.path(), &damaged);
    let error = failure(&mut up_on(data.path())).await;
    let manifest = data
        .path()
        .join("redis/appendonlydir/appendonly.aof.manifest");
    let repair = format!("redis-check-aof --fix '{}'", manifest.display());
    assert!(
        error.contains("Bad file format") && error.contains(&repair),
        "{error}"
    );
}

/// A folder in front of `PATH` whose `redis-server` is this script.
fn with_script(command: &mut Command, folder: &Path, script: &str) {
    let program = folder.join("redis-server");
    fs::write(&program, format!("#!/bin/sh\n{script}\n")).unwrap();
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    command.env("PATH", format!("{}:/usr/bin:/bin", folder.display()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_exits_or_hangs_is_reported_with_the_end_of_its_output() {
    let (data, path) = (data_folder(), data_folder());
    let mut exits = up_on(data.path());
    with_script(
        &mut exits,
        path.path(),
        "echo 'a library is missing' >&2; exit 3",
    );
    let error = failure(&mut exits).await;
    assert!(
        error.contains("exit status: 3") && error.contains("a library is missing"),
        "{error}"
    );

    // A child of the script keeps its output open.
    let mut leaves = up_on(data.path());
    let script = "sleep 30 & echo 'a library is missing' >&2; exit 3";
    with_script(&mut leaves, path.path(), script);
    let error = failure(&mut leaves).await;
    assert!(error.contains("a library is missing"), "{error}");

    let mut hangs = up_on(data.path());
    with_script(&mut hangs, path.path(), "exec sleep 600");
    let error = failure(&mut hangs).await;
    assert!(error.contains("neither answers nor works"), "{error}");
    assert!(error.contains("redis/redis.log"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_redis_server_says_how_to_install_it() {
    let (data, path) = (data_folder(), data_folder());
    let error = failure(up_on(data.path()).env("PATH", path.path())).await;
    assert!(
        error.contains("not installed") && error.contains("make setup"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_is_named() {
    let namespace = ["--user", "--map-root-user", "--mount"];
    let mut probe = Command::new("unshare");
    if !can(probe
        .args(namespace)
        .args(["mount", "-t", "tmpfs", "none", "/mnt"]))
    .await
    {
        skipped("a_full_disk_is_named", "user namespaces are not available");
        return;
    }
    let data = data_folder();
    let program = env!("CARGO_BIN_EXE_streamward");
    let script = "mount -t tmpfs -o size=64k none \"$1\" && exec \"$0\" up --data \"$1\"";
    let mut command = Command::new("unshare");
    command.args(namespace).args(["sh", "-c", script, program]);
    let error = failure(command.arg(data.path())).await;
    assert!(
        error.contains("the disk is full") && error.contains("df -h"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_of_another_user_is_named() {
    let data = data_folder();
    fs::set_permissions(data.path(), fs::Permissions::from_mode(0o500)).unwrap();
    // Root may write everywhere: then another user runs the program.
    let program = env!("CARGO_BIN_EXE_streamward");
    let as_other = ["--reuid", "65534", "--clear-groups"];
    let mut probe = Command::new("setpriv");
    if is_root() && !can(probe.args(as_other).args(["test", "-x", program])).await {
        skipped(
            "a_folder_of_another_user_is_named",
            "user 65534 cannot run the program",
        );
        return;
    }
    let mut command = Command::new("setpriv");
    command.args(as_other).arg(program);
    let mut plain = up_on(data.path());
    let command = if is_root() {
        command.args(UP).arg("--data").arg(data.path())
    } else {
        &mut plain
    };
    let error = failure(command).await;
    fs::set_permissions(data.path(), fs::Permissions::from_mode(0o700)).unwrap();
    assert!(
        error.contains("--data") && error.contains("ermission denied"),
        "{error}"
    );
    assert!(error.contains("chown"), "{error}");
}

/// Reports a test that cannot run here, on standard error itself: the harness hides that of a test that
/// passes.
fn skipped(test: &str, reason: &str) {
    let line = format!("{test}: not run, because {reason}\n");
    io::stderr().write_all(line.as_bytes()).unwrap();
}

/// Whether a command runs and succeeds here.
async fn can(command: &mut Command) -> bool {
    let quiet = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    quiet.status().await.is_ok_and(|status| status.success())
}

fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    fs::metadata("/proc/self").is_ok_and(|own| own.uid() == 0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_in_the_place_of_the_folder_is_named() {
    let data = data_folder();
    let file = data.path().join("file");
    fs::write(&file, "").unwrap();
    let error = failure(&mut up_on(&file)).await;
    assert!(
        error.contains("--data") && error.contains("file"),
        "{error}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_is_not_there_or_frozen_is_named_without_its_password() {
    let data = data_folder();
    let mut redis = RedisServer::start();
    let url = format!("{}?pass=s3cret", redis.url());
    redis.signal("-STOP");
    for _ in 0..2 {
        let error = failure(up_on(data.path()).args(["--redis", &url])).await;
        assert!(
            error.contains("--redis") && error.contains("redis.sock"),
            "{error}"
        );
        assert!(!error.contains("s3cret"), "{error}");
        redis.kill();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_character_may_be_in_the_path_of_the_data() {
    for name in ["a b", "c#d", "e?f", "g%20h", "ä'\"\\"] {
        let mut shop = Shop::open_in(name).await;
        let ada = shop.customer().await;
        let order = ada.order("mug-01", 1, Some("pm_card_visa")).await;
        ada.sees(&order, "confirmed").await;
        drop(ada);
        shop.audit().await;
        assert_eq!(shop.terminate().await, Some(0), "{name}");
    }
}

/// A file that takes seconds to load: between other commands, scripts that count.
fn slow_file(data: &Path) {
    let count = "local n = 0 while n < 20000000 do n = n + 1 end return n";
    let cheap = packed(&["SET", "key", "value"]).repeat(1100);
    let slow = packed(&["EVAL", count, "0"]);
    append_only_file(data, &(slow + &cheap).repeat(60));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_load_shows_its_progress_and_obeys_signals() {
    for signal in ["-TERM", "-INT", "-HUP"] {
        let data = data_folder();
        slow_file(data.path());
        let mut process = up_on(data.path()).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(process.stderr.take().unwrap()).lines();
        let progress = async {
            while let Some(line) = log.next_line().await.unwrap() {
                if line.contains("redis-server loads its data") {
                    return line;
                }
            }
            panic!("it ended")
        };
        let line = timeout(Duration::from_secs(20), progress)
            .await
            .expect("progress");
        assert!(
            line.contains("percent=") && line.contains("left="),
            "{line}"
        );
        let pid = process.id().unwrap().to_string();
        let sent = Command::new("kill").args([signal, &pid]).status().await;
        assert!(sent.unwrap().success());
        let ended = timeout(Duration::from_secs(2), process.wait()).await;
        let status = ended.expect("it obeys at once").unwrap();
        assert_eq!(status.code(), Some(0), "{signal}");
        // Its redis-server ends with it, and the next start finds the folder free.
        eventually("the server has gone", || async {
            let free = tokio::net::UnixStream::connect(data.path().join("redis.sock")).await;
            free.is_err().then_some(())
        })
        .await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_file_of_a_process_that_has_gone_is_not_believed() {
    let mut shop = Shop::open().await;
    let run = shop.data().join("run.json");
    let alive = fs::read_to_string(&run).unwrap();
    assert!(streamward_on(shop.data(), &["tree"]).await.status.success());
    shop.audit().await;
    shop.kill().await;
    let said = async |why: &str| {
        let output = streamward_on(shop.data(), &["tree"]).await;
        assert_eq!(output.status.code(), Some(64));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(said.contains("stale") && said.contains(why), "{said}");
    };
    said("has ended").await;
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap();
    let other = alive.replace(&format!("\"{}\"", host.trim()), "\"elsewhere\"");
    fs::write(&run, other).unwrap();
    said("elsewhere").await;
    let boot = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap();
    fs::write(&run, alive.replace(boot.trim(), "another")).unwrap();
    said("before the machine was started").await;
}

/// SIGHUP would be the first of two signals, and SIGTERM the second, which does not drain.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_ignores_sighup_from_its_parent_goes_on_ignoring_it() {
    let data = data_folder();
    let mut command = Command::new("sh");
    command.args(["-c", "trap '' HUP; exec \"$0\" \"$@\""]);
    command.arg(env!("CARGO_BIN_EXE_streamward"));
    command.args(UP).arg("--data").arg(data.path());
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    let mut process = command.kill_on_drop(true).spawn().unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    assert!(lines.next_line().await.unwrap().is_some(), "it is ready");
    let pid = process.id().unwrap().to_string();
    for signal in ["-HUP", "-TERM"] {
        let sent = Command::new("kill").args([signal, &pid]).status().await;
        assert!(sent.unwrap().success());
    }
    let status = timeout(Duration::from_secs(20), process.wait()).await;
    assert_eq!(status.expect("it ends").unwrap().code(), Some(0));
}
