//! All files of a folder changed in one step.
//!
//! A stand-in beside the folder, of links to its files, is renewed first and takes its place. Then the folder itself is
//! renewed, out of sight, and takes its place back: it stays the one that it was for whoever owns it or stands in it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use super::TEMPORARY;

/// Renews a folder, so that who looks at it sees all of the old files or all of the new ones.
///
/// # Errors
/// The system cannot exchange or link these folders: a mount point, a parent without leave, a file system without
/// links. The folder then is what it was, or all new.
pub(super) fn at_once(folder: &Path, renew: impl Fn(&Path) -> io::Result<()>) -> io::Result<()> {
    let folder = fs::canonicalize(folder)?;
    let beside = stand_in(&folder)?;
    let prepared = link_all(&folder, &beside).and_then(|()| renew(&beside));
    // Locked as the folder is: it may be met in its place.
    let lock = prepared.and_then(|()| File::open(&beside)).inspect(|stand_in| _ = stand_in.try_lock());
    let _lock = match lock.and_then(|lock| exchange(&beside, &folder).map(|()| lock)) {
        Ok(lock) => lock,
        Err(error) => {
            let _ = fs::remove_dir_all(&beside);
            return Err(error);
        }
    };
    // The results are in their place, and what cannot come back is not missed.
    let _ = renew(&beside).and_then(|()| exchange(&beside, &folder));
    fs::remove_dir_all(&beside)
}

/// Removes a stand-in that a killed process left, which has nothing that is not in the folder. One that cannot be
/// removed stays: then the folder is renewed file by file.
pub(super) fn clear(folder: &Path) {
    if let Ok(beside) = fs::canonicalize(folder).and_then(|folder| stand_in(&folder))
        && beside.exists()
    {
        let _ = fs::remove_dir_all(beside);
    }
}

/// `output/theatre` has `output/.theatre.drawdown-part`.
fn stand_in(folder: &Path) -> io::Result<PathBuf> {
    let name = folder.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut beside = OsString::from(".");
    beside.push(name);
    beside.push(TEMPORARY);
    Ok(folder.with_file_name(beside))
}

/// Makes a folder with all that is in another: the files are the same ones, the folders new.
fn link_all(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir(to)?;
    fs::set_permissions(to, ours(fs::metadata(from)?.permissions()))?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            link_all(&entry.path(), &target)?;
        } else {
            fs::hard_link(entry.path(), target)?;
        }
    }
    Ok(())
}

/// A folder's permissions, and leave for us to fill it and to remove it.
fn ours(permissions: fs::Permissions) -> fs::Permissions {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::Permissions::from_mode(permissions.mode() | 0o700)
    }
    #[cfg(not(unix))]
    permissions
}

#[cfg(any(target_os = "linux", target_os = "android", target_vendor = "apple"))]
fn exchange(one: &Path, other: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, RenameFlags, renameat_with};
    Ok(renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE)?)
}

#[cfg(not(any(target_os = "linux", target_os = "android", target_vendor = "apple")))]
fn exchange(_: &Path, _: &Path) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
