//! A temporary folder that goes with its owner.

use std::path::{Path, PathBuf};

use anyhow::Result;

/// A folder that goes with its owner.
#[derive(Debug)]
pub(crate) struct TempDir(PathBuf);

impl TempDir {
    pub(crate) fn create() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("streamward-{:08x}", rand::random::<u32>()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    pub(crate) fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for TempDir {
    fn drop(&mut self) {
        // A leftover in the temporary folder is the system's to clean up.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
