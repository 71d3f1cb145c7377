use super::*;
use crate::export::manifest::{Manifest, Provenance};
use crate::results::fixture::results;

fn manifest() -> Manifest {
    Manifest::new(&results(), &Provenance::default())
}

fn put(folder: &mut Folder, name: &str, content: &str) {
    folder.write(name, |out| out.write_all(content.as_bytes())).unwrap();
}

/// All files of a folder with their contents, but for the manifest's.
fn contents(path: &Path) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path).unwrap().map(Result::unwrap) {
        let name = entry.file_name().into_string().unwrap();
        if entry.path().is_dir() {
            found.extend(
                contents(&entry.path()).into_iter().map(|(file, text)| (format!("{name}/{file}"), text)),
            );
        } else if name == MANIFEST {
            found.push((name, String::new()));
        } else {
            found.push((name, fs::read_to_string(entry.path()).unwrap()));
        }
    }
    found.sort();
    found
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
}

#[test]
fn files_appear_together_at_the_end() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("output/iraq");
    let mut folder = Folder::open(&path).unwrap();
    put(&mut folder, "summary.csv", "one");
    put(&mut folder, "charts/troops.svg", "two");
    assert!(!path.join("summary.csv").exists());
    folder.commit(manifest()).unwrap();
    assert_eq!(
        contents(&path),
        pairs(&[("charts/troops.svg", "two"), (MANIFEST, ""), ("summary.csv", "one")])
    );
    assert_eq!(listed_files(&path.join(MANIFEST)).unwrap(), ["charts/troops.svg", "summary.csv"]);
}

#[test]
fn stale_results_go_and_other_files_stay() {
    let temporary = tempfile::tempdir().unwrap();
    let mut first = Folder::open(&temporary).unwrap();
    put(&mut first, "summary.csv", "old");
    put(&mut first, "charts/troops.svg", "old");
    put(&mut first, "paths.csv", "old");
    first.commit(manifest()).unwrap();
    fs::write(temporary.path().join("notes.txt"), "mine").unwrap();
    let mut second = Folder::open(&temporary).unwrap();
    put(&mut second, "summary.csv", "new");
    second.commit(manifest()).unwrap();
    let expected = [(MANIFEST, ""), ("notes.txt", "mine"), ("summary.csv", "new")];
    assert_eq!(contents(temporary.path()), pairs(&expected));
}

#[test]
fn a_run_given_up_leaves_the_old_results() {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("new");
    let mut given_up = Folder::open(&path).unwrap();
    put(&mut given_up, "charts/troops.svg", "half");
    drop(given_up);
    assert!(!path.exists());
    let mut first = Folder::open(&path).unwrap();
    put(&mut first, "summary.csv", "old");
    first.commit(manifest()).unwrap();
    let mut given_up = Folder::open(&path).unwrap();
    put(&mut given_up, "summary.csv", "half");
    drop(given_up);
    assert_eq!(contents(&path), pairs(&[(MANIFEST, ""), ("summary.csv", "old")]));
}

#[test]
fn what_a_killed_run_left_is_cleared() {
    let temporary = tempfile::tempdir().unwrap();
    let mut killed = Folder::open(&temporary).unwrap();
    put(&mut killed, "charts/troops.svg", "half");
    killed.suspend();
    assert_eq!(contents(temporary.path()).len(), 1);
    let folder = Folder::open(&temporary).unwrap();
    assert!(contents(temporary.path()).is_empty());
    folder.commit(manifest()).unwrap();
}

#[test]
fn a_run_killed_while_renaming_is_finished_by_the_next() {
    let temporary = tempfile::tempdir().unwrap();
    let mut first = Folder::open(&temporary).unwrap();
    put(&mut first, "a.csv", "old");
    put(&mut first, "gone.csv", "old");
    first.commit(manifest()).unwrap();
    // As if killed after the first of two renamings.
    let mut killed = Folder::open(&temporary).unwrap();
    put(&mut killed, "a.csv", "new");
    put(&mut killed, "b.csv", "new");
    let whole = Manifest { files: vec!["a.csv".into(), "b.csv".into()], ..manifest() };
    fs::write(temporary.path().join(temporary_name(MANIFEST)), serde_json::to_string(&whole).unwrap())
        .unwrap();
    fs::rename(temporary.path().join(temporary_name("a.csv")), temporary.path().join("a.csv")).unwrap();
    killed.suspend();
    drop(Folder::open(&temporary).unwrap());
    assert_eq!(contents(temporary.path()), pairs(&[("a.csv", "new"), ("b.csv", "new"), (MANIFEST, "")]));
}

/// A folder with the results of a run, and its place.
fn old_results() -> (tempfile::TempDir, PathBuf) {
    let temporary = tempfile::tempdir().unwrap();
    let path = temporary.path().join("output");
    let mut first = Folder::open(&path).unwrap();
    put(&mut first, "a.csv", "old");
    put(&mut first, "charts/gone.svg", "old");
    first.commit(manifest()).unwrap();
    (temporary, path)
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
#[test]
fn whoever_looks_sees_all_old_files_or_all_new_ones() {
    use std::os::unix::fs::MetadataExt;

    let (_temporary, path) = old_results();
    let (old, new) = ([("a.csv", "old")], [("a.csv", "new"), ("b.csv", "new")]);
    let in_its_place = [&[(".stand-in.drawdown-place", "")], &new[..]].concat();
    fs::remove_file(path.join(MANIFEST)).unwrap();
    fs::remove_dir_all(path.join("charts")).unwrap();
    let inode = fs::metadata(&path).unwrap().ino();
    let seen = std::cell::RefCell::new(Vec::new());
    exchange::at_once(&path, |renewed| {
        assert!(!is_at(&File::open(renewed)?, &path), "what is renewed is not what is seen");
        assert_eq!(locked(&path).is_err(), seen.borrow().len() == 2, "nobody else writes into the stand-in");
        seen.borrow_mut().push(contents(&path));
        fs::write(renewed.join("new"), "new")?;
        fs::rename(renewed.join("new"), renewed.join("a.csv"))?;
        seen.borrow_mut().push(contents(&path));
        fs::write(renewed.join("b.csv"), "new")
    })
    .unwrap();
    assert_eq!(*seen.borrow(), [&old[..], &old, &in_its_place, &in_its_place].map(pairs));
    assert_eq!(contents(&path), pairs(&new));
    assert_eq!(fs::metadata(&path).unwrap().ino(), inode, "it is the folder that it was");
}

#[cfg(unix)]
#[test]
fn what_else_is_in_a_folder_stays_as_it_is() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let (temporary, path) = old_results();
    fs::create_dir_all(path.join("mine/empty")).unwrap();
    fs::write(path.join("mine/notes.txt"), "mine").unwrap();
    fs::write(path.join("charts/mine.svg"), "mine").unwrap();
    symlink("nowhere", path.join("link")).unwrap();
    fs::set_permissions(path.join("mine"), fs::Permissions::from_mode(0o555)).unwrap();
    // Through a link to it, as well.
    let link = temporary.path().join("latest");
    symlink("output", &link).unwrap();
    let mut second = Folder::open(&link).unwrap();
    put(&mut second, "a.csv", "new");
    second.commit(manifest()).unwrap();

    assert_eq!(fs::read_link(path.join("link")).unwrap(), Path::new("nowhere"));
    fs::remove_file(path.join("link")).unwrap();
    let left = [("a.csv", "new"), ("charts/mine.svg", "mine"), (MANIFEST, ""), ("mine/notes.txt", "mine")];
    assert_eq!(contents(&path), pairs(&left));
    assert!(path.join("mine/empty").is_dir());
    assert_eq!(fs::metadata(path.join("mine")).unwrap().permissions().mode() & 0o777, 0o555);
    assert!(link.is_symlink());
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 2, "nothing is left beside it");
    fs::set_permissions(path.join("mine"), fs::Permissions::from_mode(0o755)).unwrap();
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
#[test]
fn what_is_written_while_a_folder_changes_places_is_kept() {
    let (temporary, path) = old_results();
    let turn = std::cell::Cell::new(0);
    exchange::at_once(&path, |renewed| {
        turn.set(turn.get() + 1);
        fs::write(path.join(format!("{}.txt", turn.get())), "mine")?;
        fs::create_dir_all(path.join("own"))?;
        fs::write(path.join("own/notes.txt"), format!("mine, {}", turn.get()))?;
        fs::write(renewed.join("stood-in.txt"), "mine")
    })
    .unwrap();
    let (old, own) = ([("a.csv", "old"), ("charts/gone.svg", "old")], [("own/notes.txt", "mine, 2")]);
    let mut all =
        [&old[..], &own, &[("1.txt", "mine"), ("2.txt", "mine"), ("stood-in.txt", "mine")]].concat();
    all.push((MANIFEST, ""));
    all.sort_unstable();
    assert_eq!(contents(&path), pairs(&all));
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 1, "nothing is left beside it");
}

/// Results that are ready, of a run killed while its stand-in had its place; whose inode is the folder's own.
#[cfg(any(target_os = "linux", target_vendor = "apple"))]
fn killed_between_the_exchanges(path: &Path) -> u64 {
    use std::os::unix::fs::MetadataExt;

    let inode = fs::metadata(path).unwrap().ino();
    let mut killed = Folder::open(path).unwrap();
    put(&mut killed, "a.csv", "new");
    put(&mut killed, "b.csv", "new");
    let files = vec!["a.csv".to_owned(), "b.csv".to_owned()];
    let whole = Manifest { files: files.clone(), ..manifest() };
    fs::write(path.join(temporary_name(MANIFEST)), serde_json::to_string(&whole).unwrap()).unwrap();
    let earlier = killed.earlier.clone();
    killed.suspend();
    let turn = std::cell::Cell::new(0);
    let ended = exchange::at_once(path, |renewed| {
        turn.set(turn.get() + 1);
        if turn.get() == 2 {
            return Err(io::Error::other("killed"));
        }
        move_into_place(renewed, &files, &earlier)?;
        remove_temporaries(renewed)
    });
    assert!(ended.is_err());
    assert_ne!(fs::metadata(path).unwrap().ino(), inode);
    inode
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
#[test]
fn a_folder_whose_stand_in_has_its_place_comes_back() {
    use std::os::unix::fs::MetadataExt;

    let (temporary, path) = old_results();
    let beside = temporary.path().join(".output.drawdown-part");
    let inode = killed_between_the_exchanges(&path);
    fs::write(path.join("by-name.txt"), "mine").unwrap();
    // By whoever stands in the folder.
    fs::write(beside.join("stood-in.txt"), "mine").unwrap();
    let held = File::open(&beside).unwrap();
    held.lock().unwrap();
    assert!(matches!(Folder::open(&path), Err(FolderError::InUse(_))), "somebody writes to it");
    drop(held);
    drop(Folder::open(&path).unwrap());
    assert_eq!(fs::metadata(&path).unwrap().ino(), inode);
    let results = [("a.csv", "new"), ("b.csv", "new"), ("by-name.txt", "mine"), (MANIFEST, "")];
    assert_eq!(contents(&path), pairs(&[&results[..], &[("stood-in.txt", "mine")]].concat()));
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 1, "nothing is left beside it");
}

#[cfg(any(target_os = "linux", target_vendor = "apple"))]
#[test]
fn a_stand_in_that_lost_its_folder_is_the_folder() {
    let (temporary, path) = old_results();
    killed_between_the_exchanges(&path);
    fs::remove_dir_all(temporary.path().join(".output.drawdown-part")).unwrap();
    drop(Folder::open(&path).unwrap());
    assert_eq!(contents(&path), pairs(&[("a.csv", "new"), ("b.csv", "new"), (MANIFEST, "")]));
}

#[cfg(unix)]
#[test]
fn nothing_is_renewed_behind_a_link() {
    let (temporary, path) = old_results();
    let elsewhere = temporary.path().join("elsewhere");
    fs::rename(path.join("charts"), &elsewhere).unwrap();
    std::os::unix::fs::symlink(&elsewhere, path.join("charts")).unwrap();
    assert!(exchange::at_once(&path, |_| unreachable!("it is seen at once")).is_err());
    let mut second = Folder::open(&path).unwrap();
    put(&mut second, "charts/troops.svg", "new");
    second.commit(manifest()).unwrap();
    assert_eq!(contents(&elsewhere), pairs(&[("troops.svg", "new")]));
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 2);
}

#[test]
fn where_folders_cannot_change_places_files_are_renamed_one_by_one() {
    let (temporary, path) = old_results();
    // The name of the stand-in is taken.
    fs::write(temporary.path().join(".output.drawdown-part"), "mine").unwrap();
    let mut second = Folder::open(&path).unwrap();
    put(&mut second, "a.csv", "new");
    second.commit(manifest()).unwrap();
    assert_eq!(contents(&path), pairs(&[("a.csv", "new"), (MANIFEST, "")]));
}

#[test]
fn a_stand_in_that_never_had_its_place_is_cleared_and_what_is_no_stand_in_stays() {
    let (temporary, path) = old_results();
    let beside = temporary.path().join(".output.drawdown-part");
    fs::create_dir_all(beside.join("charts")).unwrap();
    fs::write(beside.join("charts/gone.svg"), "newer").unwrap();
    fs::write(beside.join(".b.csv.drawdown-part"), "new").unwrap();
    drop(Folder::open(&path).unwrap());
    assert!(beside.join("charts/gone.svg").exists(), "nothing says that it is ours");
    fs::write(beside.join(".stand-in.drawdown-place"), "").unwrap();
    drop(Folder::open(&path).unwrap());
    assert!(!beside.exists());
    let old = [("a.csv", "old"), ("charts/gone.svg", "old"), (MANIFEST, "")];
    assert_eq!(contents(&path), pairs(&old));
}

#[test]
fn results_of_which_a_file_was_taken_away_are_not_whole() {
    let temporary = tempfile::tempdir().unwrap();
    let mut first = Folder::open(&temporary).unwrap();
    put(&mut first, "summary.csv", "old");
    first.commit(manifest()).unwrap();
    let mut folder = Folder::open(&temporary).unwrap();
    put(&mut folder, "sites.csv", "new");
    put(&mut folder, "summary.csv", "new");
    fs::remove_file(temporary.path().join(temporary_name("summary.csv"))).unwrap();
    let refused = folder.commit(manifest()).unwrap_err().to_string();
    assert!(refused.contains("summary.csv was taken away"), "{refused}");
    assert_eq!(contents(temporary.path()), pairs(&[(MANIFEST, ""), ("summary.csv", "old")]));
}

#[test]
fn other_peoples_folders_are_refused() {
    let temporary = tempfile::tempdir().unwrap();
    let file = temporary.path().join("file");
    fs::write(&file, "mine").unwrap();
    assert!(matches!(Folder::open(&file), Err(FolderError::NotAFolder(_))));
    let refused = Folder::open(&temporary).unwrap_err();
    assert!(matches!(refused, FolderError::NotOurs(_)));
    assert!(refused.to_string().contains("choose an empty or a new folder"));
    fs::write(temporary.path().join(MANIFEST), "{\"name\": \"an app\"}").unwrap();
    assert!(Folder::open(&temporary).is_err());
    assert_eq!(fs::read_to_string(&file).unwrap(), "mine");
}

#[test]
fn no_name_leads_out_of_the_folder() {
    let temporary = tempfile::tempdir().unwrap();
    let mut folder = Folder::open(temporary.path().join("inner")).unwrap();
    for name in ["../up.csv", "charts/../../up.csv", "/tmp/up.csv", ""] {
        let refused = folder.create(name).unwrap_err().to_string();
        assert!(refused.contains("the name leads out of the folder"), "{refused}");
    }
    assert_eq!(fs::read_dir(&temporary).unwrap().count(), 1);
}

#[test]
fn a_manifest_cannot_have_files_elsewhere_removed() {
    let temporary = tempfile::tempdir().unwrap();
    let outside = temporary.path().join("precious.csv");
    fs::write(&outside, "mine").unwrap();
    let path = temporary.path().join("output");
    fs::create_dir(&path).unwrap();
    let forged = format!(
        "{{\"drawdown\": \"0\", \"files\": [\"../precious.csv\", {:?}]}}",
        outside.display().to_string()
    );
    fs::write(path.join(MANIFEST), forged).unwrap();
    Folder::open(&path).unwrap().commit(manifest()).unwrap();
    assert_eq!(fs::read_to_string(&outside).unwrap(), "mine");
}
