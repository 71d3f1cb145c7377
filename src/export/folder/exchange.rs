//! All files of a folder changed in one step.
//!
//! A stand-in beside the folder, of links to its files, is renewed first and takes its place. Then the folder itself is
//! renewed, out of sight, and takes its place back: it stays the one that it was for whoever owns it or stands in it.
//! A marker tells the stand-in from the folder, should the process be killed in between.

use std::ffi::OsString;
use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use super::{TEMPORARY, finish_by_name, is_temporary, listed_files, remove_if_there, temporary_name};
use crate::export::manifest::MANIFEST;

/// A file in stand-ins alone.
const MARKER: &str = ".stand-in.drawdown-place";

/// Renews a folder, so that who opens it by its name finds all of the old files or all of the new ones.
///
/// # Errors
/// The system cannot exchange or link these folders, or something in them is not to be touched: the folder is what it
/// was. Or, once the stand-in has its place, the folder cannot be renewed: then it waits beside for [`restore`].
pub(super) fn at_once(folder: &Path, renew: impl Fn(&Path) -> io::Result<()>) -> io::Result<()> {
    if !CAN_EXCHANGE {
        return Err(io::ErrorKind::Unsupported.into());
    }
    let folder = fs::canonicalize(folder)?;
    let beside = beside(&folder)?;
    fs::create_dir(&beside)?;
    let stand_in = File::create(beside.join(MARKER))
        .and_then(|_| link_all(&folder, &beside))
        .and_then(|()| renew(&beside))
        .and_then(|()| File::open(&beside));
    // Locked as the folder is: it may be met in its place.
    let stand_in = stand_in.inspect(|stand_in| _ = stand_in.try_lock());
    let _lock = match stand_in.and_then(|lock| exchange(&beside, &folder).map(|()| lock)) {
        Ok(lock) => lock,
        Err(error) => {
            let _ = dissolve(&beside, &folder);
            return Err(error);
        }
    };
    renew(&beside)?;
    exchange(&beside, &folder)?;
    dissolve(&beside, &folder)
}

/// Puts in order what a killed process left beside a folder; whether another folder has its place now, the one that
/// it was before.
///
/// # Errors
/// Somebody writes to what was left (`WouldBlock`), or the system refuses.
pub(super) fn restore(folder: &Path) -> io::Result<bool> {
    let Ok(folder) = fs::canonicalize(folder) else { return Ok(false) };
    let Ok(beside) = beside(&folder) else { return Ok(false) };
    if !folder.join(MARKER).exists() {
        if beside.join(MARKER).exists() {
            dissolve(&beside, &folder)?;
        } else {
            // A stand-in that was just begun, if anything: what is not empty is somebody's.
            let _ = fs::remove_dir(&beside);
        }
        return Ok(false);
    }
    if !beside.is_dir() {
        remove_if_there(&folder.join(MARKER))?;
        return Ok(false);
    }
    let lock = File::open(&beside)?;
    lock.try_lock().map_err(io::Error::from)?;
    finish_by_name(&beside)?;
    exchange(&beside, &folder)?;
    dissolve(&beside, &folder)?;
    Ok(true)
}

/// `output/theatre` has `output/.theatre.drawdown-part`.
fn beside(folder: &Path) -> io::Result<PathBuf> {
    let name = folder.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(TEMPORARY);
    Ok(folder.with_file_name(beside))
}

/// Fills a folder with all that is in another: the files are the same ones, the folders new.
fn link_all(from: &Path, to: &Path) -> io::Result<()> {
    let like = fs::metadata(from)?;
    if owner(&like) != owner(&fs::metadata(to)?) {
        // Others might see what they may not, or another disk begins here.
        return Err(io::ErrorKind::Unsupported.into());
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (path, target) = (entry.path(), to.join(entry.file_name()));
        // What is renewed behind a link is seen at once, and other results are not ours to move.
        if path.is_dir() && (path.is_symlink() || path.join(MANIFEST).exists()) {
            return Err(io::ErrorKind::Unsupported.into());
        }
        if path.is_dir() {
            fs::create_dir(&target)?;
            link_all(&path, &target)?;
        } else {
            fs::hard_link(&path, target)?;
        }
    }
    // As they are, so that what the folder forbids fails here first.
    fs::set_permissions(to, like.permissions())
}

/// Takes a stand-in apart: what is not in the folder, or newer there, was written while it had its place.
fn dissolve(stand_in: &Path, folder: &Path) -> io::Result<()> {
    let manifests =
        [stand_in, folder].map(|place| [place.join(MANIFEST), place.join(temporary_name(MANIFEST))]);
    let ours: Vec<String> =
        manifests.as_flattened().iter().filter_map(|manifest| listed_files(manifest)).flatten().collect();
    let is_ours = |path: &Path| {
        let name = path.strip_prefix(stand_in).unwrap_or(path);
        let names = [MANIFEST, MARKER].into_iter().chain(ours.iter().map(String::as_str));
        is_temporary(path) || names.into_iter().any(|ours| Path::new(ours) == name)
    };
    // The marker goes last: until then it is known for what it is.
    take_apart(stand_in, folder, &is_ours)?;
    remove_if_there(&stand_in.join(MARKER))?;
    fs::remove_dir(stand_in)
}

fn take_apart(stand_in: &Path, folder: &Path, is_ours: &dyn Fn(&Path) -> bool) -> io::Result<()> {
    fs::set_permissions(stand_in, open_to_us(fs::metadata(stand_in)?.permissions()))?;
    for entry in fs::read_dir(stand_in)? {
        let entry = entry?;
        let (path, other) = (entry.path(), folder.join(entry.file_name()));
        if entry.file_name() == MARKER {
            continue;
        }
        if entry.file_type()?.is_dir() {
            let is_new = !other.exists();
            if is_new {
                fs::create_dir(&other)?;
            }
            take_apart(&path, &other, is_ours)?;
            fs::remove_dir(&path)?;
            if is_new {
                // Stays if anything was put there.
                let _ = fs::remove_dir(&other);
            }
        } else if is_ours(&path) || !is_newer(&path, &other) {
            fs::remove_file(&path)?;
        } else {
            fs::rename(&path, &other)?;
        }
    }
    Ok(())
}

/// Whether the other file is missing, or another file that is no newer: clocks of files tick slowly.
fn is_newer(path: &Path, other: &Path) -> bool {
    let [here, there] = [path, other].map(|path| fs::symlink_metadata(path).ok());
    let changed = |file: &Option<Metadata>| file.as_ref().and_then(|file| file.modified().ok());
    here.as_ref().map(identity) != there.as_ref().map(identity) && changed(&here) >= changed(&there)
}

#[cfg(unix)]
pub(super) fn identity(metadata: &Metadata) -> (u64, u64) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.ino())
}

#[cfg(unix)]
fn owner(metadata: &Metadata) -> (u64, u32, u32) {
    use std::os::unix::fs::MetadataExt;
    (metadata.dev(), metadata.uid(), metadata.gid())
}

#[cfg(not(unix))]
pub(super) fn identity(_: &Metadata) {}

#[cfg(not(unix))]
fn owner(_: &Metadata) {}

/// Permissions with leave for us to empty a folder that we made.
fn open_to_us(permissions: fs::Permissions) -> fs::Permissions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::Permissions::from_mode(permissions.mode() | 0o700)
    }
    #[cfg(not(unix))]
    permissions
}

const CAN_EXCHANGE: bool = cfg!(any(target_os = "linux", target_os = "android", target_vendor = "apple"));

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
