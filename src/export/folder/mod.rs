//! A folder of results: files appear in it all together, at the end, or not at all.
//!
//! Each file is written under a temporary name beside its own. When the run is over all are renamed, the manifest
//! last, in one step for who looks at the folder (`exchange.rs`), or one after the other where the system has no
//! such step. The manifest lists the files of a run, so that the next run knows which are stale, and can finish the
//! renaming if this one is killed in the middle of it.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::{Component, Path, PathBuf};
use std::{error, fmt};

use crate::export::journal::JOURNAL;
use crate::export::manifest::{Lists, MANIFEST, Manifest, sha256_of};

mod exchange;

/// What a temporary name ends in; it also begins with a dot.
pub const TEMPORARY: &str = ".drawdown-part";

/// An output folder that is being written to. Dropped without [`Folder::commit`], it leaves what was
/// there before.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Names of files written so far, relative, with `/`.
    staged: BTreeSet<String>,
    /// Names of files that stay as they are unless they are written.
    kept: BTreeSet<String>,
    /// Files of the run whose results are there now.
    earlier: Vec<String>,
    /// The folder was made by [`Folder::open`].
    is_new: bool,
    /// What has temporary names keeps them.
    is_suspended: bool,
    /// Locked until it is dropped; not where folders cannot be opened.
    _lock: Option<File>,
}

/// Why a folder cannot be used.
#[derive(Debug)]
pub enum FolderError {
    /// There is a file of that name.
    NotAFolder(PathBuf),
    /// There is a link of that name whose end is not there.
    NoEnd(PathBuf),
    /// It holds something that is not of an earlier run.
    NotOurs(PathBuf),
    /// Another process writes to it.
    InUse(PathBuf),
    /// The system refused.
    Io(PathBuf, io::Error),
}

impl Folder {
    /// Opens a folder, making it if need be, and clears away what a killed run left half written.
    ///
    /// # Errors
    /// The path is a file, or a folder that is neither empty nor of an earlier run, or cannot be used.
    pub fn open(path: impl AsRef<Path>) -> Result<Self, FolderError> {
        let folder = Self::resume(path)?;
        let cleared = remove_temporaries(&folder.path);
        cleared.map_err(|error| FolderError::Io(folder.path.clone(), error))?;
        Ok(folder)
    }

    /// Opens a folder and keeps what a stopped run left half written: see [`Folder::append`].
    ///
    /// # Errors
    /// As [`Folder::open`].
    pub fn resume(path: impl AsRef<Path>) -> Result<Self, FolderError> {
        let path = path.as_ref().to_path_buf();
        let io = |error| FolderError::Io(path.clone(), error);
        let is_new = !path.exists();
        if is_new && path.is_symlink() {
            return Err(FolderError::NoEnd(path));
        }
        if is_new {
            fs::create_dir_all(&path).map_err(io)?;
        } else if !path.is_dir() {
            return Err(FolderError::NotAFolder(path));
        }
        let mut lock = locked(&path)?;
        match exchange::restore(&path) {
            Ok(false) => {}
            // Another folder than the one that was locked.
            Ok(true) => lock = locked(&path)?,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Err(FolderError::InUse(path)),
            Err(error) => return Err(io(error)),
        }
        finish_interrupted(&path).map_err(io)?;
        if lock.as_ref().is_some_and(|lock| !is_at(lock, &path)) {
            return Err(FolderError::InUse(path));
        }
        let earlier = match listed_files(&path.join(MANIFEST)) {
            Some(files) => files,
            None if holds_nothing_else(&path).map_err(io)? => Vec::new(),
            None => return Err(FolderError::NotOurs(path)),
        };
        let (staged, kept) = (BTreeSet::new(), BTreeSet::new());
        Ok(Self { path, staged, kept, earlier, is_new, is_suspended: false, _lock: lock })
    }

    /// Opens the folder of a run to put further files beside those that are there; commit it with the manifest
    /// that comes back.
    ///
    /// # Errors
    /// As [`Folder::open`]; or there is no run in it.
    pub fn reopen(path: impl AsRef<Path>) -> Result<(Self, Manifest), FolderError> {
        let path = path.as_ref();
        let mut folder = Self::open(path)?;
        let manifest = Manifest::read(path).map_err(|_| FolderError::NotOurs(path.to_owned()))?;
        folder.kept.extend(folder.earlier.iter().cloned());
        Ok((folder, manifest))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Opens a file for writing, such as `replicates.csv` or `charts/troops.svg`. Flush it before the
    /// folder is committed: what is still held back then is lost.
    ///
    /// # Errors
    /// It cannot be made, or its name leads out of the folder, as that of a figure in results from a stranger may.
    pub fn create(&mut self, name: &str) -> Result<BufWriter<File>, FolderError> {
        if !is_inside(name) {
            let error = io::Error::new(io::ErrorKind::InvalidInput, "the name leads out of the folder");
            return Err(FolderError::Io(self.path.join(name), error));
        }
        let temporary = self.path.join(temporary_name(name));
        let open = || {
            // A folder that was taken away is not made again: what was in it is gone.
            fs::metadata(&self.path)?;
            fs::create_dir_all(temporary.parent().unwrap_or(&self.path))?;
            File::create(&temporary)
        };
        let file = open().map_err(|error| FolderError::Io(temporary.clone(), error))?;
        self.staged.insert(name.to_owned());
        Ok(BufWriter::new(file))
    }

    /// Opens a file that a stopped run left half written, to be gone on with after so many bytes.
    ///
    /// # Errors
    /// It is not there, or shorter.
    pub fn append(&mut self, name: &str, after: u64) -> Result<BufWriter<File>, FolderError> {
        let temporary = self.path.join(temporary_name(name));
        let open = || {
            let mut file = OpenOptions::new().write(true).open(&temporary)?;
            if file.metadata()?.len() < after {
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, "it is shorter than it was"));
            }
            file.set_len(after)?;
            file.seek(SeekFrom::End(0))?;
            Ok(file)
        };
        let file = open().map_err(|error| FolderError::Io(temporary.clone(), error))?;
        self.staged.insert(name.to_owned());
        Ok(BufWriter::new(file))
    }

    /// Leaves what was written so far half written, for [`Folder::resume`].
    pub fn suspend(mut self) {
        self.staged.clear();
        self.is_new = false;
        self.is_suspended = true;
    }

    /// Writes a whole file.
    ///
    /// # Errors
    /// It cannot be made or written.
    pub fn write(
        &mut self,
        name: &str,
        content: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), FolderError> {
        let mut file = self.create(name)?;
        content(&mut file)
            .and_then(|()| file.flush())
            .map_err(|error| FolderError::Io(self.path.join(name), error))
    }

    /// A file as it was written so far, to be read; `None` if this run did not write it.
    ///
    /// # Errors
    /// It cannot be opened.
    pub fn staged(&self, name: &str) -> Result<Option<File>, FolderError> {
        let temporary = self.path.join(temporary_name(name));
        match File::open(&temporary) {
            Ok(file) => Ok(Some(file)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(FolderError::Io(temporary, error)),
        }
    }

    /// Puts the files in their places, the manifest (completed with their names) last, and removes
    /// those of an earlier run that this one did not write.
    ///
    /// # Errors
    /// The system refused.
    pub fn commit(mut self, mut manifest: impl Lists) -> Result<(), FolderError> {
        self.place(&mut manifest).map_err(|error| FolderError::Io(self.path.clone(), error))
    }

    fn place(&mut self, manifest: &mut impl Lists) -> io::Result<()> {
        let is_gone = |name: &&String| !self.path.join(temporary_name(name)).exists();
        if let Some(gone) = self.staged.iter().find(is_gone) {
            return Err(io::Error::new(io::ErrorKind::NotFound, format!("{gone} was taken away")));
        }
        let files: Vec<String> = self.staged.union(&self.kept).cloned().collect();
        manifest.list(&files, &|name| sha256_of(&self.path.join(temporary_name(name))))?;
        self.staged.insert(MANIFEST.to_owned());
        let mut file = BufWriter::new(File::create(self.path.join(temporary_name(MANIFEST)))?);
        serde_json::to_writer_pretty(&mut file, manifest)?;
        file.write_all(b"\n")?;
        file.flush()?;
        // What cannot be renamed now is left for the next command to rename.
        self.is_suspended = true;
        replace(&self.path, &files, &self.earlier)
    }
}

impl Drop for Folder {
    /// Nothing can be reported from here; what cannot be removed is removed by the next run.
    fn drop(&mut self) {
        if self.is_suspended {
            return;
        }
        let _ = remove_temporaries(&self.path);
        for name in &self.staged {
            remove_empty_parents(&self.path, name);
        }
        if self.is_new {
            let _ = fs::remove_dir(&self.path);
        }
    }
}

/// Locks a folder, so that two runs do not write to it at once.
fn locked(folder: &Path) -> Result<Option<File>, FolderError> {
    let Ok(handle) = File::open(folder) else { return Ok(None) };
    match handle.try_lock() {
        Err(TryLockError::WouldBlock) => Err(FolderError::InUse(folder.to_owned())),
        // It was the stand-in of one that another process has just renewed.
        Ok(()) if !is_at(&handle, folder) => Err(FolderError::InUse(folder.to_owned())),
        // Not every file system has locks.
        _ => Ok(Some(handle)),
    }
}

/// Whether an open folder is the one of that name.
fn is_at(handle: &File, folder: &Path) -> bool {
    let place = |metadata: fs::Metadata| exchange::identity(&metadata);
    handle.metadata().map(place).is_ok_and(|open| fs::metadata(folder).map(place).is_ok_and(|at| at == open))
}

/// Gives files their names and removes what is stale or temporary: at once, or else file by file.
fn replace(folder: &Path, files: &[String], earlier: &[String]) -> io::Result<()> {
    let renew = |folder: &Path| {
        move_into_place(folder, files, earlier)?;
        remove_temporaries(folder)
    };
    exchange::at_once(folder, renew).or_else(|_| renew(folder))
}

/// Gives files their names and removes the earlier ones that are not among them. The manifest is last: until then it
/// can be done again.
fn move_into_place(folder: &Path, files: &[String], earlier: &[String]) -> io::Result<()> {
    let give = |name: &str| match fs::rename(folder.join(temporary_name(name)), folder.join(name)) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    };
    files.iter().try_for_each(|name| give(name))?;
    for name in earlier.iter().filter(|name| !files.contains(name)) {
        remove_if_there(&folder.join(name))?;
        remove_empty_parents(folder, name);
    }
    give(MANIFEST)
}

/// The files of a run that was killed while it renamed, and those of the run before: its manifest has its name only
/// once all files have theirs.
fn interrupted(folder: &Path) -> Option<(Vec<String>, Vec<String>)> {
    let files = listed_files(&folder.join(temporary_name(MANIFEST)))?;
    Some((files, listed_files(&folder.join(MANIFEST)).unwrap_or_default()))
}

/// Carries on where a run was killed while it renamed.
fn finish_interrupted(folder: &Path) -> io::Result<()> {
    interrupted(folder).map_or(Ok(()), |(files, earlier)| replace(folder, &files, &earlier))
}

/// The same, file by file, in a folder that is out of sight.
fn finish_by_name(folder: &Path) -> io::Result<()> {
    if let Some((files, earlier)) = interrupted(folder) {
        move_into_place(folder, &files, &earlier)?;
    }
    remove_temporaries(folder)
}

/// Removes the folders in a name that hold nothing; those that hold something stay, and that is no
/// error.
fn remove_empty_parents(folder: &Path, name: &str) {
    for parent in Path::new(name).ancestors().skip(1).filter(|parent| !parent.as_os_str().is_empty()) {
        let _ = fs::remove_dir(folder.join(parent));
    }
}

/// `charts/troops.svg` becomes `charts/.troops.svg.drawdown-part`.
fn temporary_name(name: &str) -> String {
    match name.rsplit_once('/') {
        Some((folder, file)) => format!("{folder}/.{file}{TEMPORARY}"),
        None => format!(".{name}{TEMPORARY}"),
    }
}

/// A relative name that does not lead out of the folder.
fn is_inside(name: &str) -> bool {
    !name.is_empty() && Path::new(name).components().all(|part| matches!(part, Component::Normal(_)))
}

/// The files that a manifest lists; `None` if there is no whole manifest of ours.
pub fn listed_files(manifest: &Path) -> Option<Vec<String>> {
    let manifest: serde_json::Value = serde_json::from_slice(&fs::read(manifest).ok()?).ok()?;
    manifest.get("drawdown")?;
    let files = manifest.get("files").and_then(|files| files.as_array().cloned()).unwrap_or_default();
    // A study's manifest lists its files with their hashes.
    let name = |file: &'_ serde_json::Value| file.get("name").unwrap_or(file).as_str().map(str::to_owned);
    let names = files.iter().filter_map(name).filter(|name| is_inside(name));
    Some(names.collect())
}

/// Whether a folder holds only temporaries and folders of temporaries.
fn holds_nothing_else(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let nothing = if entry.file_type()?.is_dir() {
            holds_nothing_else(&entry.path())?
        } else {
            is_temporary(&entry.path()) || is_journal(&entry.path())
        };
        if !nothing {
            return Ok(false);
        }
    }
    Ok(true)
}

fn remove_temporaries(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            remove_temporaries(&entry.path())?;
        } else if is_temporary(&entry.path()) {
            remove_if_there(&entry.path())?;
        }
    }
    Ok(())
}

fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    name.starts_with('.') && name.ends_with(TEMPORARY)
}

/// Points that a sweep was stopped after: ours, and not to be thrown away.
fn is_journal(path: &Path) -> bool {
    path.file_name().is_some_and(|name| name == JOURNAL)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

impl fmt::Display for FolderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotAFolder(path) => write!(f, "`{}` is a file; results need a folder", path.display()),
            Self::NoEnd(path) => {
                write!(f, "`{}` is a link to nothing; results need a folder", path.display())
            }
            Self::NotOurs(path) => write!(
                f,
                "`{}` holds other files and no {MANIFEST} of an earlier run; choose an empty or a new folder",
                path.display()
            ),
            Self::InUse(path) => {
                write!(
                    f,
                    "another drawdown is writing to `{}`; choose another folder with -o",
                    path.display()
                )
            }
            Self::Io(path, error) => write!(f, "`{}`: {error}", path.display()),
        }
    }
}

impl error::Error for FolderError {
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        match self {
            Self::Io(_, error) => Some(error),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests;
