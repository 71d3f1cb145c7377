//! Put into the copy of the crate that holds all mutants: which of them this process is to be, if any.
//!
//! The file `mutant` beside the copy's manifest says so: `17` makes this process mutant 17; `watch PATH` appends to
//! PATH the mutants at which this process would have gone on with another value. Without the file nothing changes.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::Write;
use std::panic::{self, AssertUnwindSafe};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{LazyLock, Mutex};

enum Part {
    /// The program as it is.
    None,
    /// One mutant.
    Mutant(u32),
    /// The program as it is, noting what each mutant would change.
    Watch(Mutex<File>),
}

static PART: LazyLock<Part> = LazyLock::new(|| {
    let asked = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/mutant")).unwrap_or_default();
    let part = match asked.trim().strip_prefix("watch ") {
        Some(path) => Part::Watch(Mutex::new(File::options().append(true).create(true).open(path).unwrap())),
        None => asked.trim().parse().map_or(Part::None, Part::Mutant),
    };
    match part {
        Part::Watch(_) => hush(),
        Part::Mutant(mutant) => keep_alive(|(first, last)| (first..last).contains(&mutant)),
        Part::None => keep_alive(|_| false),
    }
    part
});

/// The sites whose mutants matter in this process; all of them until that is known.
static LIVE: [AtomicBool; SITES.len()] = [const { AtomicBool::new(true) }; SITES.len()];
/// The mutants already noted.
static SEEN: [AtomicBool; MUTANTS] = [const { AtomicBool::new(false) }; MUTANTS];

/// Whether a mutant of this site matters here: one load from memory where none does.
#[inline(always)]
pub fn live(site: usize) -> bool {
    LIVE[site].load(Relaxed) && known(site)
}

#[cold]
#[inline(never)]
fn known(site: usize) -> bool {
    LazyLock::force(&PART);
    LIVE[site].load(Relaxed)
}

fn keep_alive(wanted: impl Fn((u32, u32)) -> bool) {
    for (live, mutants) in LIVE.iter().zip(SITES) {
        live.store(wanted(mutants), Relaxed);
    }
}

/// What is seldom run, out of the way.
#[cold]
#[inline(never)]
pub fn apart<T>(body: impl FnOnce() -> T) -> T {
    body()
}

/// Whether this process is that mutant. Whoever asks would go another way.
#[cold]
#[inline(never)]
pub fn is(mutant: u32) -> bool {
    match &*PART {
        Part::None => false,
        Part::Mutant(own) => *own == mutant,
        Part::Watch(file) => {
            note(mutant, file);
            false
        }
    }
}

/// The value of the program as it is, or of the mutant that this process is.
#[inline(never)]
pub fn choose<T: PartialEq>(site: usize, plain: &dyn Fn() -> T, mutants: &[(u32, &dyn Fn() -> T)]) -> T {
    match &*PART {
        Part::None => plain(),
        Part::Mutant(own) => mutants.iter().find(|(id, _)| id == own).map_or_else(plain, |(_, value)| value()),
        Part::Watch(file) => {
            let value = plain();
            for (id, other) in mutants {
                if !SEEN[*id as usize].load(Relaxed) && attempt(other).is_none_or(|other| other != value) {
                    note(*id, file);
                }
            }
            if mutants.iter().all(|(id, _)| SEEN[*id as usize].load(Relaxed)) {
                LIVE[site].store(false, Relaxed);
            }
            value
        }
    }
}

/// What a function gives back that says only `impl Iterator`, or what a mutant of it does.
pub enum Either<L, R> {
    Left(L),
    Right(R),
}

impl<T, L: Iterator<Item = T>, R: Iterator<Item = T>> Iterator for Either<L, R> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        match self {
            Self::Left(left) => left.next(),
            Self::Right(right) => right.next(),
        }
    }
}

fn note(mutant: u32, file: &Mutex<File>) {
    if !SEEN[mutant as usize].swap(true, Relaxed) {
        file.lock().unwrap().write_all(format!("{mutant}\n").as_bytes()).unwrap();
    }
}

thread_local! {
    static ATTEMPTING: Cell<bool> = const { Cell::new(false) };
}

/// A mutant's value; none if it panics.
fn attempt<T>(value: &dyn Fn() -> T) -> Option<T> {
    let outer = ATTEMPTING.replace(true);
    let value = panic::catch_unwind(AssertUnwindSafe(value)).ok();
    ATTEMPTING.set(outer);
    value
}

/// No words about panics of attempts.
fn hush() {
    let usual = panic::take_hook();
    panic::set_hook(Box::new(move |panic| {
        if !ATTEMPTING.get() {
            usual(panic);
        }
    }));
}
