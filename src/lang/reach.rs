//! What a scenario may read: nothing outside its own folder, unless its reader allows it.
//!
//! A scenario's own folder is the one its file stands in, with all in it. A variant may extend a file one folder up,
//! as `iraq-syria/stay.toml` extends `../iraq-syria.toml`; that folder is then its own. Links are followed before
//! it is looked where a file is.

use std::path::{Path, PathBuf};

/// The folder within which files are read.
#[derive(Clone, Debug, Default)]
pub struct Reach {
    /// The own folder; `None` where everything may be read.
    folder: Option<PathBuf>,
    /// Whether the own folder is one up from the file's.
    has_climbed: bool,
}

impl Reach {
    /// Everything may be read.
    pub fn anywhere() -> Self {
        Self::default()
    }

    /// What a scenario's file may read.
    pub fn of(file: &Path) -> Self {
        let folder = match file.parent() {
            Some(parent) if parent != Path::new("") => parent,
            _ => Path::new("."),
        };
        // A folder that cannot be found holds no file either, which is told when it is read.
        Self { folder: Some(folder.canonicalize().unwrap_or_else(|_| folder.to_owned())), has_climbed: false }
    }

    /// Whether a file may be read. One that does not exist may: that it is missing is told when it is read.
    pub fn admits(&self, file: &Path) -> bool {
        match (&self.folder, file.canonicalize()) {
            (Some(folder), Ok(file)) => file.starts_with(folder),
            _ => true,
        }
    }

    /// The same for a file that is extended: it may stand one folder up, which is then the scenario's own.
    pub fn admits_base(&mut self, file: &Path) -> bool {
        if self.admits(file) {
            return true;
        }
        let (Some(folder), Ok(file)) = (&self.folder, file.canonicalize()) else { return true };
        let above = folder.parent();
        // The root of a disk is nobody's own folder.
        let is_near = above.is_some_and(|above| above.parent().is_some() && file.parent() == Some(above));
        if !is_near || self.has_climbed {
            return false;
        }
        *self = Self { folder: above.map(Path::to_owned), has_climbed: true };
        true
    }
}
