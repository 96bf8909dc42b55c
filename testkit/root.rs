//! A file tree in the place of the system's.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// A root folder with some files, removed when it is dropped.
#[derive(Debug)]
pub struct Root(PathBuf);

impl Root {
    /// Creates it; `name` tells it from those of other tests.
    pub fn with(name: &str, files: &[(&str, &str)]) -> Self {
        let id = std::process::id();
        let root = Self(std::env::temp_dir().join(format!("seep-root-{id}-{name}")));
        let _ = fs::remove_dir_all(&root.0);
        for (path, text) in files {
            let path = root.0.join(path);
            fs::create_dir_all(path.parent().expect("a folder")).expect("created");
            fs::write(path, text).expect("written");
        }
        root
    }

    /// Returns where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Root {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}
