//! The data folder of a shop: who may use it, and the small files that say how it is reached.

use std::{
    fs::{self, File, OpenOptions, TryLockError},
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

use crate::setting::BadSetting;

/// How the running shop is reached: `run.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct RunFile {
    pub pid: u32,
    pub api: String,
    pub provider: String,
    pub redis: String,
    #[serde(default = "default_namespace")]
    pub namespace: String,
}

fn default_namespace() -> String {
    "sw".to_owned()
}

/// How the provider is reached: `provider.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ProviderFile {
    pub url: String,
    pub secret_key: String,
    pub webhook_secret: String,
}

/// The first administrator: `admin.json`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AdminFile {
    pub email: String,
    pub password: String,
    pub token: String,
}

/// A data folder.
#[derive(Clone, Debug)]
pub struct DataDir {
    path: PathBuf,
}

/// Held while a shop runs on a data folder. The kernel lets go of it when the process ends.
#[derive(Debug)]
pub struct Occupied {
    _lock: File,
}

impl DataDir {
    /// The folder at `path`, which is created.
    pub fn create(path: &Path) -> Result<Self> {
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder
            .create(path)
            .with_context(|| format!("--data {}", path.display()))?;
        let path = path
            .canonicalize()
            .with_context(|| format!("--data {}", path.display()))?;
        Ok(Self { path })
    }

    /// The folder at `path`, which may not exist.
    pub fn at(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
        }
    }

    /// Claims the folder for this process.
    pub fn occupy(&self) -> Result<Occupied> {
        let path = self.path.join("lock");
        let lock = File::create(&path).with_context(|| path.display().to_string())?;
        match lock.try_lock() {
            Ok(()) => Ok(Occupied { _lock: lock }),
            Err(TryLockError::WouldBlock) => {
                let problem = format!("another shop runs on {}", self.path.display());
                Err(BadSetting::new("--data", problem).into())
            }
            Err(TryLockError::Error(error)) => {
                Err(error).with_context(|| format!("lock {}", path.display()))
            }
        }
    }

    pub fn join(&self, name: &str) -> PathBuf {
        self.path.join(name)
    }

    pub fn outbox(&self) -> PathBuf {
        self.join("outbox")
    }

    pub fn run_file(&self) -> PathBuf {
        self.join("run.json")
    }

    pub fn admin_file(&self) -> PathBuf {
        self.join("admin.json")
    }

    pub fn provider_file(&self) -> PathBuf {
        self.join("provider.json")
    }
}

/// Reads a small JSON file; `None` when there is none.
pub fn read<T: DeserializeOwned>(path: &Path) -> Result<Option<T>> {
    match fs::read(path) {
        Ok(bytes) => {
            let value = serde_json::from_slice(&bytes);
            value.map(Some).with_context(|| path.display().to_string())
        }
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| path.display().to_string()),
    }
}

/// Writes a small JSON file that only its owner may read; it appears whole or not at all.
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
