//! The mutants that cargo-mutants would make.

use std::ops::Range;
use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use crate::Failure;

/// One change to the program.
#[derive(Debug, Deserialize)]
pub struct Mutant {
    /// File, line, column, and what is done there: no two are the same.
    pub name: String,
    pub file: String,
    pub genre: Genre,
    span: Span,
    pub replacement: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
pub enum Genre {
    FnValue,
    BinaryOperator,
    UnaryOperator,
    MatchArm,
    MatchArmGuard,
    StructField,
}

#[derive(Debug, Deserialize)]
struct Span {
    start: Place,
}

/// Both count from 1, in characters.
#[derive(Debug, Deserialize)]
struct Place {
    line: usize,
    column: usize,
}

/// All mutants of the files that fit these patterns.
pub fn list(root: &Path, patterns: &[&str]) -> Result<Vec<Mutant>, Failure> {
    let mut command = Command::new("cargo");
    command.current_dir(root).args(["mutants", "--list", "--json"]);
    for pattern in patterns {
        command.args(["--file", pattern]);
    }
    let listed = command.output()?;
    if !listed.status.success() {
        let words = String::from_utf8_lossy(&listed.stderr);
        return Err(format!("{words}\nThis needs cargo-mutants: cargo install --locked cargo-mutants").into());
    }
    let mut mutants: Vec<Mutant> = serde_json::from_slice(&listed.stdout)?;
    mutants.sort_by(|a, b| a.file.cmp(&b.file));
    Ok(mutants)
}

impl Mutant {
    /// Where in its file it begins, in bytes.
    pub fn start(&self, text: &str) -> usize {
        let Place { line, column } = self.span.start;
        let before: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        before + text[before..].chars().take(column - 1).map(char::len_utf8).sum::<usize>()
    }
}

/// A mutant's name without line and column.
pub fn deed(name: &str) -> String {
    let mut parts = name.splitn(4, ':');
    let file = parts.next().unwrap_or_default();
    format!("{file}:{}", parts.nth(2).unwrap_or_default())
}

/// A piece of a text, in bytes.
pub type Piece = Range<usize>;
