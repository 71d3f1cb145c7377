//! What depends on what, in words.

use super::{about, kind_name};
use crate::export::words::push_wrapped;
use crate::results::format::count;
use crate::study::Causes;
use crate::study::causes::{Effect, Kind, Sign};

/// In the order they are told.
const SIGNS: [Sign; 5] = [Sign::Raises, Sign::Lowers, Sign::Either, Sign::None, Sign::Unknown];

/// Each thing with what its keys read, causes before effects.
pub fn text(causes: &Causes) -> String {
    let mut out = heading(causes);
    let mut silent = 0;
    for (place, thing) in causes.things.iter().enumerate() {
        let effects: Vec<&Effect> = causes.effects.iter().filter(|effect| effect.thing == place).collect();
        let beside = beside(causes, place, &effects);
        if effects.is_empty() && beside.is_empty() {
            silent += 1;
            continue;
        }
        let label = if thing.label.is_empty() { String::new() } else { format!(", {}", thing.label) };
        out += &format!("\n{} ({}{label})\n", thing.id, kind_name(thing.kind));
        for effect in effects {
            push_causes(&mut out, key_of(thing.kind, effect), &effect.causes);
        }
        push_causes(&mut out, "people", &beside);
    }
    if silent > 0 {
        let words =
            format!("{} more read nothing: numbers, quantities and what nothing acts on.", count(silent));
        out.push('\n');
        push_wrapped(&mut out, "", &words);
    }
    out
}

/// A thing with what acts on it, what acts on that, and so on; each is followed where it is met first.
pub fn tree(causes: &Causes, of: usize, depth: Option<usize>) -> String {
    let mut out = heading(causes);
    out += &format!("\n{}\n", about(causes, of));
    let mut seen = vec![false; causes.things.len()];
    seen[of] = true;
    let mut open: Vec<Branch> = Vec::new();
    push_branches(causes, of, "", &mut open);
    while let Some(branch) = open.pop() {
        let Branch { thing, sign, margin, is_last, steps } = branch;
        let is_known = std::mem::replace(&mut seen[thing], true);
        let reads = causes.arrows.iter().any(|arrow| arrow.to == thing);
        let more = if is_known && reads { " …" } else { "" };
        let fork = if is_last { "└" } else { "├" };
        let one = &causes.things[thing];
        out += &format!("{margin}{fork} {} {} ({}){more}\n", sign.symbol(), one.id, kind_name(one.kind));
        if !is_known && depth.is_none_or(|most| steps < most) {
            let inner = format!("{margin}{}", if is_last { "  " } else { "│ " });
            let from = open.len();
            push_branches(causes, thing, &inner, &mut open);
            open[from..].iter_mut().for_each(|branch| branch.steps = steps + 1);
        }
    }
    if out.contains(" …\n") {
        out += "\n… what acts on it stands where it is met first\n";
    }
    out
}

/// A line of the tree that is still to be written.
struct Branch {
    thing: usize,
    sign: Sign,
    margin: String,
    is_last: bool,
    steps: usize,
}

/// The last is written first.
fn push_branches(causes: &Causes, of: usize, margin: &str, open: &mut Vec<Branch>) {
    let arrows = causes.arrows.iter().filter(|arrow| arrow.to == of);
    let mut branches: Vec<Branch> = arrows
        .map(|arrow| Branch {
            thing: arrow.from,
            sign: arrow.sign,
            margin: margin.to_owned(),
            is_last: false,
            steps: 1,
        })
        .collect();
    // Things that are acted upon first; numbers after them.
    let is_number = |branch: &Branch| causes.things[branch.thing].kind == Kind::Parameter;
    branches.sort_by_key(|branch| (is_number(branch), branch.thing));
    if let Some(last) = branches.last_mut() {
        last.is_last = true;
    }
    open.extend(branches.into_iter().rev());
}

fn heading(causes: &Causes) -> String {
    let mut out = String::new();
    push_wrapped(&mut out, "", &causes.title);
    let how = format!(
        "What reads what, causes before effects. More of a signal means more (+), less (−), either as things stand (±), \
         or no difference was seen (0), by finite differences at {} states that histories visit; ? is for what never \
         varies.",
        count(causes.states as u64)
    );
    push_wrapped(&mut out, "", &how);
    out
}

/// A key in words; nothing for what has but one.
fn key_of(kind: Kind, effect: &Effect) -> &str {
    match kind {
        Kind::Variable | Kind::Parameter | Kind::Indicator | Kind::Milestone => "",
        _ => &effect.key,
    }
}

/// What acts on a thing though no key of it says so.
fn beside(causes: &Causes, place: usize, effects: &[&Effect]) -> Vec<(String, Sign)> {
    let read: Vec<usize> = effects
        .iter()
        .flat_map(|effect| &effect.causes)
        .filter_map(|(signal, _)| causes.owner(signal))
        .collect();
    let arrows = causes.arrows.iter().filter(|arrow| arrow.to == place && !read.contains(&arrow.from));
    arrows.map(|arrow| (causes.things[arrow.from].id.clone(), arrow.sign)).collect()
}

fn push_causes(out: &mut String, key: &str, causes: &[(String, Sign)]) {
    let signs = SIGNS.iter().filter_map(|sign| {
        let of_sign = causes.iter().filter(|(_, one)| one == sign);
        let names: Vec<&str> = of_sign.map(|(signal, _)| signal.as_str()).collect();
        (!names.is_empty()).then(|| format!("{} {}", sign.symbol(), names.join(", ")))
    });
    let signs: Vec<String> = signs.collect();
    if !signs.is_empty() {
        let key = if key.is_empty() { String::new() } else { format!("{key}: ") };
        push_wrapped(out, "  ", &format!("{key}{}", signs.join("; ")));
    }
}
