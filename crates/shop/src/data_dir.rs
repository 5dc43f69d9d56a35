//! The data folder of a shop: its lock, and the small files with addresses and credentials.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::BadSetting;

/// Addresses of the running shop: `run.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunFile {
    /// Process id of the API.
    pub pid: u32,
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
    /// Creates the folder at `path` unless it exists.
    pub fn create(path: &Path) -> Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        let created = builder.create(path).and_then(|()| path.canonicalize());
        let path = created.with_context(|| format!("--data {}", path.display()))?;
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
        let lock = File::create(&path).with_context(|| path.display().to_string())?;
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

/// Reads a small JSON file; `None` when there is none.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => serde_json::from_slice(&bytes).with_context(|| path.display().to_string()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Writes a small JSON file atomically, readable by its owner only.
pub fn write<T: Serialize>(path: &Path, value: &T) -> Result<()> {
    let write = || -> std::io::Result<()> {
        let draft = path.with_extension("draft");
        // A leftover draft may have other permissions.
        match fs::remove_file(&draft) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&draft)?;
        serde_json::to_writer_pretty(&mut file, value)?;
        file.write_all(b"\n")?;
        file.sync_all()?;
        fs::rename(&draft, path)
    };
    write().with_context(|| path.display().to_string())
}
