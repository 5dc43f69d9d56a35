//! Files of the repository, for the tests that read it.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Returns the repository's root.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Returns the files below `folder` with one of these extensions, build output excluded.
pub(crate) fn files(folder: &Path, extensions: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("the folder is readable") {
        let path = entry.expect("the folder is readable").path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if path.is_dir() {
            if !name.starts_with('.') && !["target", "node_modules", "data"].contains(&&*name) {
                found.extend(files(&path, extensions));
            }
        } else if extensions.iter().any(|it| name.ends_with(it)) {
            found.push(path);
        }
    }
    found
}
