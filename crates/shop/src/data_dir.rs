//! The data folder of a shop: its lock, and the small files with addresses and credentials.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, anyhow};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::BadSetting;

/// Addresses of the running shop, and the process that wrote them: `run.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunFile {
    /// Process id of the API.
    pub pid: u32,
    /// Name of the machine that it runs on.
    #[serde(default)]
    pub host: String,
    /// Boot of that machine.
    #[serde(default)]
    pub boot: String,
    /// Start of the process, in ticks since that boot: process ids are given again.
    #[serde(default)]
    pub started: u64,
    /// URL of the API.
    pub api: String,
    /// URL of the payment provider.
    pub provider: String,
    /// URL of Redis.
    pub redis: String,
    /// Prefix of all keys.
    #[serde(default = "default_namespace")]
    pub namespace: String,
}

impl RunFile {
    /// Describes this process.
    pub fn of_this_process(api: &str, provider: String, redis: String, namespace: String) -> Self {
        let pid = std::process::id();
        Self {
            pid,
            host: this_host(),
            boot: this_boot(),
            started: start_of(pid).unwrap_or_default(),
            api: api.to_owned(),
            provider,
            redis,
            namespace,
        }
    }

    /// Returns why the file describes no process that runs here; `None` when it does.
    pub fn staleness(&self) -> Option<String> {
        let pid = self.pid;
        if self.host != this_host() {
            return Some(format!("it was written on the machine {:?}", self.host));
        }
        if self.boot != this_boot() {
            return Some("it was written before the machine was started".to_owned());
        }
        let runs = match Path::new("/proc/self").exists() {
            true => start_of(pid) == Some(self.started),
            false => is_listed(pid),
        };
        (!runs).then(|| format!("its process, {pid}, has ended"))
    }

    /// Process that wrote the file.
    fn writer(&self) -> (u32, &str, &str, u64) {
        (self.pid, &self.host, &self.boot, self.started)
    }
}

fn this_host() -> String {
    kernel("hostname")
}

fn this_boot() -> String {
    kernel("random/boot_id")
}

/// A value that the kernel shows; empty on systems that show none.
fn kernel(name: &str) -> String {
    let value = fs::read_to_string(Path::new("/proc/sys/kernel").join(name));
    value.unwrap_or_default().trim().to_owned()
}

/// Start of a process in ticks since the machine's; `None` when there is no such process.
fn start_of(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    // The name of the program, in parentheses, may contain anything.
    let (_, fields) = stat.rsplit_once(')')?;
    fields.split(' ').nth(20)?.parse().ok()
}

/// Whether there is a process of any user with this id, on systems without `/proc`.
fn is_listed(pid: u32) -> bool {
    let mut list = Command::new("ps");
    list.args(["-p", &pid.to_string()]);
    let quiet = list
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Without the program there is no telling.
    quiet.status().map_or(true, |status| status.success())
}

/// A `run.json` that is deleted when it is dropped.
#[derive(Debug)]
pub struct Published {
    path: PathBuf,
    run: RunFile,
}

impl Drop for Published {
    fn drop(&mut self) {
        // Another process may have written its own since.
        let file = read::<RunFile>(&self.path).ok().flatten();
        if file.is_some_and(|file| file.writer() == self.run.writer()) {
            // A file that stays is found to be stale.
            let _ = fs::remove_file(&self.path);
        }
    }
}

fn default_namespace() -> String {
    "sw".to_owned()
}

/// Access to the payment provider: `provider.json`.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderFile {
    /// Base URL.
    pub url: String,
    /// Secret key of requests to the provider.
    pub secret_key: String,
    /// Secret that signs the provider's callbacks.
    pub webhook_secret: String,
}

/// The first administrator: `admin.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AdminFile {
    /// Address to log in with.
    pub email: String,
    /// Password, made up at the first start.
    pub password: String,
    /// Bearer token.
    pub token: String,
}

/// Room in bytes that a start needs.
const PROBE: usize = 256 * 1024;
/// Files of a folder whose rights are looked at; an outbox may have many.
const MOST_PROBED: usize = 100;

/// A data folder.
#[derive(Clone, Debug)]
pub struct DataDir {
    path: PathBuf,
}

/// The lock of a running shop on its data folder. The kernel releases it when the process ends.
#[derive(Debug)]
pub struct DataLock {
    _file: File,
}

impl DataDir {
    /// Creates the folder at `path` unless it exists, and checks that this process can write there.
    ///
    /// # Errors
    /// The cause and the command that helps, in a line.
    pub fn create(path: &Path) -> Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        let created = builder.create(path).and_then(|()| path.canonicalize());
        let path = created.map_err(|error| unusable(path, path, &error))?;
        check_writable(&path)?;
        Ok(Self { path })
    }

    /// Returns the folder at `path`, which may not exist.
    pub fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Locks the folder for this process.
    pub fn lock(&self) -> Result<DataLock> {
        let path = self.path.join("lock");
        let lock = File::create(&path).map_err(|error| unusable(&self.path, &path, &error))?;
        match lock.try_lock() {
            Ok(()) => Ok(DataLock { _file: lock }),
            Err(TryLockError::WouldBlock) => {
                let problem = format!("another shop runs on {}", self.path.display());
                Err(BadSetting::new("--data", problem).into())
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("lock {}", path.display()))
            }
        }
    }

    /// Writes the addresses of this process into `run.json`.
    pub fn publish(&self, run: RunFile) -> Result<Published> {
        let path = self.run_file();
        write(&path, &run)?;
        Ok(Published { path, run })
    }

    /// The same, unless another process that runs has written its own.
    pub fn publish_unless_running(&self, run: RunFile) -> Result<Option<Published>> {
        let other: Option<RunFile> = read(&self.run_file())?;
        if other.is_some_and(|other| other.staleness().is_none()) {
            return Ok(None);
        }
        self.publish(run).map(Some)
    }

    /// Returns the path of a file in the folder.
    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    /// Returns the folder of mail and SMS that have no server.
    pub fn outbox(&self) -> PathBuf {
        self.join("outbox")
    }

    /// Returns the path of a [`RunFile`].
    pub fn run_file(&self) -> PathBuf {
        self.join("run.json")
    }

    /// Returns the path of an [`AdminFile`].
    pub fn admin_file(&self) -> PathBuf {
        self.join("admin.json")
    }

    /// Returns the path of a [`ProviderFile`].
    pub fn provider_file(&self) -> PathBuf {
        self.join("provider.json")
    }
}

/// Checks that files of the folder can be written: the present ones, and as much of a new one as a start
/// needs. Other processes may start on the same folder meanwhile.
fn check_writable(folder: &Path) -> Result<()> {
    let (path, mut probe) =
        create_unique(folder, "probe", 0o600).map_err(|error| unusable(folder, folder, &error))?;
    // Without a name it is gone with this process, however that ends.
    let removed = fs::remove_file(&path);
    let written = removed.and_then(|()| probe.write_all(&[0; PROBE]));
    written.map_err(|error| unusable(folder, &path, &error))?;
    for inner in ["", "redis", "redis/appendonlydir", "provider", "outbox"] {
        let inner = folder.join(inner);
        let files = match fs::read_dir(&inner) {
            Ok(files) => files,
            Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
            Err(error) => return Err(unusable(folder, &inner, &error)),
        };
        for file in files.take(MOST_PROBED).flatten() {
            if file.file_type().is_ok_and(|kind| kind.is_file()) {
                match OpenOptions::new().append(true).open(file.path()) {
                    // Its owner has removed it since the folder was read.
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                    opened => {
                        opened.map_err(|error| unusable(folder, &file.path(), &error))?;
                    }
                }
            }
        }
    }
    Ok(())
}

/// Creates a file in the folder whose name no other process uses, on whatever machine it runs.
fn create_unique(folder: &Path, name: &str, mode: u32) -> io::Result<(PathBuf, File)> {
    let number: u64 = rand::random();
    let path = folder.join(format!("{name}.{}.{number:016x}", std::process::id()));
    let mut options = OpenOptions::new();
    let file = options
        .write(true)
        .create_new(true)
        .mode(mode)
        .open(&path)?;
    Ok((path, file))
}

/// The error of a data folder that cannot be used because of one of its files: cause, file and remedy.
#[expect(
    clippy::wildcard_enum_match_arm,
    reason = "the kinds are an open set; other ones need no remedy of their own"
)]
fn unusable(folder: &Path, file: &Path, error: &io::Error) -> anyhow::Error {
    let (data, name) = (folder.display(), file.display());
    let owner = fs::metadata(file).or_else(|_| fs::metadata(folder));
    let user = fs::metadata("/proc/self").map(|own| own.uid());
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
            anyhow!("--data {data}: the disk is full ({error}): make room, see df -h '{data}'")
        }
        io::ErrorKind::PermissionDenied => {
            let whose = match (owner.map(|owner| owner.uid()), user) {
                (Ok(owner), Ok(user)) => {
                    format!("{name} belongs to user {owner}, this is user {user}")
                }
                _ => format!("{name} is closed to this user"),
            };
            let remedy =
                format!("hand it over with chown -R, or name another folder: ls -lR '{data}'");
            BadSetting::new("--data", format!("{data}: {error}: {whose}; {remedy}")).into()
        }
        _ => BadSetting::new("--data", format!("{name}: {error}")).into(),
    }
}

/// Reads a small JSON file; `None` when there is none.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Writes a small JSON file atomically, readable by its owner only.
pub fn write<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let write = || -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new(""));
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (draft, mut file) = create_unique(folder, &format!("{name}.draft"), 0o600)?;
        let written = serde_json::to_writer_pretty(&mut file, value)
            .map_err(io::Error::from)
            .and_then(|()| file.write_all(b"\n"))
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&draft, path));
        if written.is_err() {
            // The first failure is the one to report.
            let _ = fs::remove_file(&draft);
        }
        written
    };
    write().with_context(|| path.display().to_string())
}

#[cfg(test)]
mod tests {
    use std::{
        sync::Barrier,
        thread::{self, ScopedJoinHandle},
    };

    use super::*;

    /// Runs `act` on 20 threads at the same time.
    fn together<T: Send>(act: impl Fn() -> T + Sync) -> Vec<T> {
        let begin = Barrier::new(20);
        let each = || {
            begin.wait();
            act()
        };
        thread::scope(|scope| {
            let threads: Vec<_> = (0..20).map(|_| scope.spawn(each)).collect();
            let ends = threads.into_iter().map(ScopedJoinHandle::join);
            ends.map(|end| end.expect("no panic")).collect()
        })
    }

    #[test]
    fn processes_that_start_together_on_a_folder_do_not_disturb_each_other() {
        let folder = tempfile::tempdir().unwrap();
        for created in together(|| DataDir::create(folder.path())) {
            created.unwrap();
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_file_that_several_processes_write_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("provider.json");
        let file = ProviderFile {
            url: "http://127.0.0.1:8081".to_owned(),
            ..ProviderFile::default()
        };
        for url in together(|| {
            write(&path, &file).unwrap();
            read::<ProviderFile>(&path).unwrap().map(|read| read.url)
        }) {
            assert_eq!(url.as_ref(), Some(&file.url));
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    fn run_file() -> RunFile {
        let url = || "http://127.0.0.1:8080".to_owned();
        RunFile::of_this_process(&url(), url(), url(), default_namespace())
    }

    #[test]
    fn a_process_deletes_its_own_address_file_only() {
        let folder = tempfile::tempdir().unwrap();
        let data = DataDir::at(folder.path());
        drop(data.publish(run_file()).unwrap());
        assert!(!data.run_file().exists());
        for (pid, host, boot, started) in [
            (1, "", "", 0),
            (0, "x", "", 0),
            (0, "", "x", 0),
            (0, "", "", 1),
        ] {
            let published = data.publish(run_file()).unwrap();
            let mut other = run_file();
            other.pid += pid;
            other.host.push_str(host);
            other.boot.push_str(boot);
            other.started += started;
            write(&data.run_file(), &other).unwrap();
            drop(published);
            assert!(data.run_file().exists(), "{other:?}");
        }
    }

    #[test]
    fn a_process_is_listed_until_it_has_ended() {
        let mut child = Command::new("cat").stdin(Stdio::piped()).spawn().unwrap();
        assert!(is_listed(child.id()));
        // `cat` ends with its input, which `wait` closes.
        child.wait().unwrap();
        assert!(!is_listed(child.id()));
    }
}
