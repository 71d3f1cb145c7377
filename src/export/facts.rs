//! What two runs must have in common to be parts of one, and what is said where they have not.

/// Something about a run that people know it by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fact {
    what: &'static str,
    value: String,
    /// The value says nothing to people.
    is_hash: bool,
}

impl Fact {
    /// A fact that is told with its value.
    pub fn new(what: &'static str, value: impl ToString) -> Self {
        Self { what, value: value.to_string(), is_hash: false }
    }

    /// A fact of which only a hash is known.
    pub fn hash(what: &'static str, value: &str) -> Self {
        Self { what, value: value.to_owned(), is_hash: true }
    }
}

/// How two runs differ: `the seed was 3, and is 4`.
pub fn differences(theirs: &[Fact], ours: &[Fact]) -> Vec<String> {
    let differing = theirs.iter().zip(ours).filter(|(theirs, ours)| theirs != ours);
    let told = differing.map(|(theirs, ours)| match ours.is_hash {
        true => format!("{} is another", ours.what),
        false => format!("{} was {}, and is {}", ours.what, theirs.value, ours.value),
    });
    told.collect()
}
