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
    assert_eq!(*seen.borrow(), [pairs(&old), pairs(&old), pairs(&new), pairs(&new)]);
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
fn a_stand_in_that_a_killed_run_left_is_cleared() {
    let (temporary, path) = old_results();
    let beside = temporary.path().join(".output.drawdown-part");
    fs::create_dir_all(beside.join("charts")).unwrap();
    fs::write(beside.join("charts/gone.svg"), "old").unwrap();
    drop(Folder::open(&path).unwrap());
    assert!(!beside.exists());
    assert_eq!(contents(&path).len(), 3);
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
