//! The copy of the project that holds all mutants, and its build.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use crate::Failure;
use crate::mutant::{Mutant, Piece};
use crate::schema::{Form, Mark, Source};
use crate::sites::{self, Kind, Site};

/// The copy, and which mutants are in it.
pub struct Tree {
    pub root: PathBuf,
    pub mutants: Vec<Mutant>,
    files: Vec<File>,
    /// For each mutant why it is not in the copy, if it is not.
    pub left_out: Vec<Option<String>>,
}

struct File {
    path: String,
    text: String,
    sites: Vec<Site>,
    forms: Vec<Form>,
    marks: Vec<(Piece, Mark)>,
}

/// A program of tests: its target's name and its path.
pub type Program = (String, PathBuf);

/// What was found not to compile: sites with the form they have instead, mutants with why.
type Known = (BTreeMap<String, String>, BTreeMap<String, String>);

/// What a build came to: the programs, or its errors, each a file, a place in it, and words.
type Built = Result<Vec<Program>, Vec<(String, Range<usize>, String)>>;

impl Tree {
    /// Copies the project and finds the sites of all mutants.
    pub fn new(project: &Path, root: PathBuf, mutants: Vec<Mutant>) -> Result<Self, Failure> {
        let mut by_file: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
        for (index, mutant) in mutants.iter().enumerate() {
            by_file.entry(&mutant.file).or_default().push(index);
        }
        copy(project, &root, |path| by_file.contains_key(path))?;
        let mut left_out = vec![None; mutants.len()];
        let mut files = Vec::new();
        for (path, of_file) in by_file {
            let text = fs::read_to_string(project.join(path))?;
            let (sites, homeless) = sites::find(&text, &mutants, &of_file)?;
            for mutant in homeless {
                left_out[mutant] = Some("is in no function that runs".to_owned());
            }
            let forms = vec![Form::Compared; sites.len()];
            files.push(File { path: path.to_owned(), text, sites, forms, marks: Vec::new() });
        }
        Ok(Self { root, mutants, files, left_out })
    }

    /// Writes and builds until what is written compiles: a form that does not is given up for a simpler one.
    pub fn build(&mut self, target: &Path) -> Result<Vec<Program>, Failure> {
        self.recall()?;
        loop {
            self.write()?;
            let errors = match cargo(&self.root, target, &["--lib"])? {
                Ok(_) => break,
                Err(errors) => errors,
            };
            println!("{} errors", errors.len());
            let mut blamed = BTreeSet::new();
            for (path, place, words) in errors {
                let blame = self.blame(&path, &place);
                let (file, mark) = blame.ok_or_else(|| format!("{path}: {words}"))?;
                if blamed.insert((file, mark)) {
                    self.give_up(file, mark, &words);
                }
            }
            self.remember()?;
        }
        let parts = ["--lib", "--test", "it", "--test", "allocations"];
        cargo(&self.root, target, &parts)?.map_err(|errors| format!("{errors:?}").into())
    }

    fn write(&mut self) -> Result<(), Failure> {
        let dropped: Vec<bool> = self.left_out.iter().map(Option::is_some).collect();
        let mut ranges = Vec::new();
        for file in &mut self.files {
            let source = Source {
                text: &file.text,
                sites: &file.sites,
                forms: &file.forms,
                first_site: ranges.len(),
                mutants: &self.mutants,
                dropped: &dropped,
            };
            let written = source.write();
            put(&self.root.join(&file.path), &written.text)?;
            file.marks = written.marks;
            ranges.extend((0..file.sites.len()).map(|index| range(&file.sites, index)));
        }
        let mut runtime = include_str!("runtime.rs").to_owned();
        let (mutants, sites) = (self.mutants.len(), ranges.len());
        let _ = write!(
            runtime,
            "\nconst MUTANTS: usize = {mutants};\n\
             /// The first mutant of each site, and the one after its last.\n\
             static SITES: [(u32, u32); {sites}] = {ranges:?};\n"
        );
        put(&self.root.join("src/mutants.rs"), &runtime)?;
        Ok(())
    }

    /// The innermost piece of what we wrote in which an error lies.
    fn blame(&self, path: &str, place: &Range<usize>) -> Option<(usize, Mark)> {
        let file = self.files.iter().position(|file| file.path == path)?;
        let holds = |piece: &Piece| piece.start <= place.start && place.end <= piece.end;
        let File { sites, marks, .. } = &self.files[file];
        if let Some((_, mark)) = marks.iter().rev().find(|(piece, _)| holds(piece)) {
            return Some((file, *mark));
        }
        // A signature: the body after it gives back what it must not. Its last mutant is most likely to.
        let after = |(piece, mark): &&(Piece, Mark)| match mark {
            Mark::Site(index) => {
                matches!(sites[*index].kind, Kind::Function { .. }) && piece.start >= place.end
            }
            Mark::Mutant(_) => false,
        };
        let (_, mark) = marks.iter().find(after)?;
        let Mark::Site(body) = mark else { return None };
        let mutants = sites[*body].mutants.iter().rev();
        let last = mutants.copied().find(|mutant| self.left_out[*mutant].is_none())?;
        Some((file, Mark::Mutant(last)))
    }

    fn give_up(&mut self, file: usize, mark: Mark, words: &str) {
        let File { sites, forms, .. } = &mut self.files[file];
        let index = match mark {
            Mark::Site(index) => index,
            Mark::Mutant(mutant) => {
                let site = sites.iter().position(|site| site.mutants.contains(&mutant)).unwrap_or_default();
                if forms[site] == Form::Plain || matches!(sites[site].kind, Kind::Function { .. }) {
                    self.left_out[mutant] = Some(words.to_owned());
                    return;
                }
                site
            }
        };
        let within = index..sites[index].end;
        let all = if forms[index] == Form::Left { within } else { index..index + 1 };
        for index in all {
            forms[index] = match forms[index] {
                Form::Compared => Form::Plain,
                Form::Plain | Form::Left => Form::Left,
            };
            if forms[index] == Form::Left {
                for &mutant in &sites[index].mutants {
                    self.left_out[mutant].get_or_insert_with(|| words.to_owned());
                }
            }
        }
    }

    fn forms(&self) -> PathBuf {
        self.root.with_file_name("forms.json")
    }

    fn known(&self) -> Result<Known, Failure> {
        fs::read(self.forms())
            .map_or_else(|_| Ok(Known::default()), |text| Ok(serde_json::from_slice(&text)?))
    }

    fn remember(&self) -> Result<(), Failure> {
        let forms =
            self.files.iter().flat_map(|file| {
                file.sites.iter().zip(&file.forms).filter(|(_, form)| **form != Form::Compared).map(
                    |(site, form)| (key(file, site), if *form == Form::Plain { "plain" } else { "left" }),
                )
            });
        let left_out = self.mutants.iter().zip(&self.left_out);
        let left_out = left_out.filter_map(|(mutant, why)| Some((mutant.name.as_str(), why.as_ref()?)));
        // What is known of files that are left as they are now stays.
        let mut known = self.known()?;
        known.0.extend(forms.map(|(site, form)| (site, form.to_owned())));
        known.1.extend(left_out.map(|(mutant, why)| (mutant.to_owned(), why.clone())));
        Ok(fs::write(self.forms(), serde_json::to_vec_pretty(&known)?)?)
    }

    /// What earlier builds found does not compile.
    pub fn recall(&mut self) -> Result<(), Failure> {
        let (forms, mut left_out) = self.known()?;
        for file in &mut self.files {
            for index in 0..file.sites.len() {
                match forms.get(&key(file, &file.sites[index])).map(String::as_str) {
                    Some("plain") => file.forms[index] = Form::Plain,
                    Some(_) => file.forms[index] = Form::Left,
                    None => {}
                }
            }
        }
        for (mutant, why) in self.mutants.iter().zip(&mut self.left_out) {
            *why = left_out.remove(&mutant.name).or(why.take());
        }
        Ok(())
    }
}

fn key(file: &File, site: &Site) -> String {
    format!("{}:{}:{}", file.path, site.whole.start, site.whole.end)
}

/// The first mutant that matters to a site and the one after the last: all within it, if it is a function.
fn range(sites: &[Site], index: usize) -> (usize, usize) {
    let end = if matches!(sites[index].kind, Kind::Function { .. }) { sites[index].end } else { index + 1 };
    let mutants = || sites[index..end].iter().flat_map(|site| site.mutants.iter().copied());
    (mutants().min().unwrap_or(0), mutants().max().map_or(0, |last| last + 1))
}

/// Every file of the project that git knows or would take up, but for those written anew; and the module that asks
/// which mutant to be.
fn copy(project: &Path, root: &Path, written: impl Fn(&str) -> bool) -> Result<(), Failure> {
    let arguments = ["ls-files", "--cached", "--others", "--exclude-standard"];
    let listed = Command::new("git").current_dir(project).args(arguments).output()?;
    for path in String::from_utf8(listed.stdout)?.lines() {
        let (from, to) = (project.join(path), root.join(path));
        if !from.is_file() {
            continue;
        }
        if path == "src/lib.rs" {
            let text = fs::read_to_string(from)?;
            let text = text.replacen("pub mod ", "#[allow(warnings)]\npub mod mutants;\npub mod ", 1);
            put(&to, text.replacen("\npub mod", "\n#[allow(warnings)]\npub mod", 99))?;
        } else if !written(path) {
            put(&to, &fs::read(from)?)?;
        }
    }
    Ok(())
}

/// Writes a file unless it is so already: what is not written need not be built again.
fn put(path: &Path, contents: impl AsRef<[u8]>) -> Result<(), Failure> {
    let contents = contents.as_ref();
    if fs::read(path).is_ok_and(|now| now == contents) {
        return Ok(());
    }
    fs::create_dir_all(path.parent().unwrap_or(path))?;
    Ok(fs::write(path, contents)?)
}

/// Builds the tests of some targets.
fn cargo(root: &Path, target: &Path, parts: &[&str]) -> Result<Built, Failure> {
    let mut command = Command::new("cargo");
    command
        .current_dir(root)
        .args(["test", "--no-run", "--jobs", "1", "--message-format", "json"])
        .args(parts);
    let built = command.env("CARGO_TARGET_DIR", target).stderr(Stdio::inherit()).output()?;
    let (mut programs, mut errors) = (Vec::new(), Vec::new());
    for line in String::from_utf8(built.stdout)?.lines() {
        let message: Value = serde_json::from_str(line)?;
        if message["reason"] == "compiler-artifact" && message["profile"]["test"] == true {
            if let (Some(name), Some(path)) =
                (message["target"]["name"].as_str(), message["executable"].as_str())
            {
                programs.push((name.to_owned(), PathBuf::from(path)));
            }
        } else if message["message"]["level"] == "error" {
            errors.extend(error(&message["message"]));
        }
    }
    Ok(if built.status.success() { Ok(programs) } else { Err(errors) })
}

fn error(message: &Value) -> Option<(String, Range<usize>, String)> {
    let spans = message["spans"].as_array()?;
    let span = spans.iter().find(|span| span["is_primary"] == true)?;
    let place = |key: &str| span[key].as_u64().map(|at| at as usize);
    let code = message["code"]["code"].as_str().unwrap_or_default();
    let words = format!("{code} {}", message["message"].as_str().unwrap_or_default());
    Some((span["file_name"].as_str()?.to_owned(), place("byte_start")?..place("byte_end")?, words))
}
