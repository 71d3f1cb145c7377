//! What depends on what: which thing of a scenario reads which others, and which way they move it.

mod signs;

use std::collections::BTreeMap;
use std::fmt;

use crate::lang::diagnostic::nearest;
use crate::model::Model;
use crate::model::compiler::Reading;

pub use signs::Sign;
use signs::Visited;

/// Everything in a scenario that acts or is acted upon.
#[derive(Clone, Debug)]
pub struct Causes {
    /// What the scenario is called.
    pub title: String,
    /// Causes before effects, but where they go round in a circle.
    pub things: Vec<Thing>,
    /// What reads what, key by key, in the scenario's order.
    pub effects: Vec<Effect>,
    /// Which thing acts on which, each pair once.
    pub arrows: Vec<Arrow>,
    /// How many states of histories the signs were found at.
    pub states: usize,
}

/// Something with an id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thing {
    pub id: String,
    pub kind: Kind,
    /// What charts call it, where it has a label.
    pub label: String,
}

/// What a thing is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    Parameter,
    Theatre,
    Site,
    Phase,
    State,
    Attacks,
    Stock,
    Shock,
    Variable,
    Indicator,
    Milestone,
    /// All people, or those at home.
    People,
}

/// A key that is an expression: what it belongs to, and what it reads.
#[derive(Clone, Debug)]
pub struct Effect {
    /// A place among the things.
    pub thing: usize,
    /// The rest of the key: `rates.negotiating.agreed`; empty for a variable or a parameter.
    pub key: String,
    /// The signals it reads, and which way each moves it.
    pub causes: Vec<(String, Sign)>,
}

/// One thing acts on another: places among the things.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrow {
    pub from: usize,
    pub to: usize,
    pub sign: Sign,
}

/// There is no such thing in the scenario.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchThing {
    pub written: String,
    pub nearest: Option<String>,
}

impl fmt::Display for NoSuchThing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no signal `{}`", self.written)?;
        match &self.nearest {
            Some(near) => write!(f, "; did you mean `{near}`?"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for NoSuchThing {}

/// Keys of which more means less of the thing: later, stopped, or more who stay.
const HOLDING_BACK: [&str; 8] =
    ["hold", "cancel", "slip_days", "end_slip_days", "delay_days", "lasts_days", "min_days", "shift_days"];

/// Keys that say how a thing varies, not how much of it there is.
const SPREADING: [&str; 5] = ["dispersion", "volatility", "half_life_days", "profile", "exposure"];

impl Causes {
    /// What a model's expressions say, with signs from the histories of a seed.
    pub fn of(model: &Model, seed: u64) -> Self {
        let visited = Visited::of(model, seed);
        let mut things = things(model);
        let mut effects: Vec<Effect> =
            model.readings.iter().filter_map(|reading| effect(reading, &things, &visited)).collect();
        let mut arrows = arrows(model, &things, &effects);
        let pairs: Vec<(usize, usize)> = arrows.iter().map(|arrow| (arrow.from, arrow.to)).collect();
        let order = order(things.len(), &pairs);
        let place = |thing: usize| order.iter().position(|one| *one == thing).unwrap_or(thing);
        effects.iter_mut().for_each(|effect| effect.thing = place(effect.thing));
        arrows.iter_mut().for_each(|arrow| (arrow.from, arrow.to) = (place(arrow.from), place(arrow.to)));
        things = order.iter().map(|thing| things[*thing].clone()).collect();
        Self { title: model.name.clone(), things, effects, arrows, states: visited.count() }
    }

    /// The place of a thing, or of the thing a signal belongs to.
    ///
    /// # Errors
    /// There is none; the error names the nearest.
    pub fn find(&self, written: &str) -> Result<usize, NoSuchThing> {
        find(&self.things, written).ok_or_else(|| NoSuchThing {
            written: written.to_owned(),
            nearest: nearest(written, self.things.iter().map(|thing| thing.id.as_str())).map(str::to_owned),
        })
    }

    /// The place of the thing that a signal belongs to.
    pub fn owner(&self, signal: &str) -> Option<usize> {
        find(&self.things, signal)
    }
}

fn find(things: &[Thing], signal: &str) -> Option<usize> {
    let id = signal.split('.').next()?;
    things.iter().position(|thing| thing.id == id)
}

/// Everything that has an id and is, or has, a signal; and milestones.
fn things(model: &Model) -> Vec<Thing> {
    let parts = &model.parts;
    let mut things: Vec<Thing> = Vec::new();
    let mut add = |kind, id: &str, label: &str| {
        if !things.iter().any(|thing| thing.id == id) {
            things.push(Thing { id: id.to_owned(), kind, label: label.to_owned() });
        }
    };
    parts.posture.theatres.iter().for_each(|one| add(Kind::Theatre, &one.id, &one.label));
    parts.posture.sites.iter().for_each(|one| add(Kind::Site, &one.id, &one.label));
    parts.posture.phases.iter().for_each(|one| add(Kind::Phase, &one.id, &one.label));
    parts.chains.iter().for_each(|one| add(Kind::State, &one.id, ""));
    parts.attacks.iter().for_each(|one| add(Kind::Attacks, &one.id, ""));
    parts.stocks.iter().for_each(|one| add(Kind::Stock, &one.id, ""));
    parts.shocks.iter().for_each(|one| add(Kind::Shock, &one.id, ""));
    parts.indicators.iter().for_each(|one| add(Kind::Indicator, &one.id, &one.label));
    parts.milestones.iter().for_each(|one| add(Kind::Milestone, &one.id, &one.label));
    let is_parameter = |name: &str| {
        let path = format!("parameters.{name}");
        model.ledger.iter().any(|one| one.path == path) || model.readings.iter().any(|one| one.path == path)
    };
    for signal in &model.all_signals {
        let id = signal.name.split('.').next().unwrap_or_default();
        let kind = match id {
            "troops" | "home" => Kind::People,
            id if is_parameter(id) => Kind::Parameter,
            _ => Kind::Variable,
        };
        add(kind, id, "");
    }
    things
}

/// What a key reads; nothing for what says no more than where an indicator turns amber or red.
fn effect(reading: &Reading, things: &[Thing], visited: &Visited<'_>) -> Option<Effect> {
    let mut parts = reading.path.splitn(3, '.');
    let (section, id, key) = (parts.next()?, parts.next()?, parts.next().unwrap_or_default());
    let thing = things.iter().position(|thing| thing.id == id)?;
    if section == "indicators" && key != "value" || section == "milestones" && key != "when" {
        return None;
    }
    let signs = visited.signs(reading);
    Some(Effect { thing, key: key.to_owned(), causes: reading.names.iter().cloned().zip(signs).collect() })
}

/// How a key of a thing moves the thing itself.
fn through(kind: Kind, key: &str, sign: Sign) -> Sign {
    let last = key.rsplit('.').next().unwrap_or_default();
    match kind {
        Kind::Phase if HOLDING_BACK.contains(&last) || last == "leave" => sign.turned(),
        // A state is reached by one rate and left by another: there is no more or less of a chain.
        Kind::State => match sign {
            Sign::Raises | Sign::Lowers => Sign::Either,
            other => other,
        },
        _ if SPREADING.contains(&last) && sign != Sign::None => Sign::Either,
        _ => sign,
    }
}

fn arrows(model: &Model, things: &[Thing], effects: &[Effect]) -> Vec<Arrow> {
    let mut found: BTreeMap<(usize, usize), Sign> = BTreeMap::new();
    let mut add = |from: usize, to: usize, sign: Sign| {
        if from != to {
            found.entry((from, to)).and_modify(|known| *known = known.and(sign)).or_insert(sign);
        }
    };
    for effect in effects {
        for (signal, sign) in &effect.causes {
            if let Some(from) = find(things, signal) {
                add(from, effect.thing, through(things[effect.thing].kind, &effect.key, *sign));
            }
        }
    }
    let raises = |raises| if raises { Sign::Raises } else { Sign::Lowers };
    let posture = &model.parts.posture;
    for link in posture.links() {
        if let (Some(from), Some(to)) = (find(things, &link.from), find(things, &link.to)) {
            add(from, to, raises(link.raises));
        }
    }
    let all = find(things, "troops");
    for site in &posture.sites {
        if let (Some(from), Some(to)) = (find(things, &site.id), all) {
            add(from, to, Sign::Raises);
        }
    }
    for attack in &model.parts.attacks {
        for site in attack.struck() {
            if let (Some(from), Some(to)) = (find(things, &posture.sites[site].id), find(things, &attack.id))
            {
                add(from, to, Sign::Raises);
            }
        }
    }
    found.into_iter().map(|((from, to), sign)| Arrow { from, to, sign }).collect()
}

/// Places of things, causes before effects: by the longest way to each from what nothing acts on. `arrows` go from a
/// cause to an effect, each pair once; circles are cut where few arrows then go against the order.
pub fn order(things: usize, arrows: &[(usize, usize)]) -> Vec<usize> {
    let line = line(things, arrows);
    let mut rank = vec![0; things];
    line.iter().enumerate().for_each(|(at, thing)| rank[*thing] = at);
    let mut steps = vec![0; things];
    for thing in &line {
        let causes = arrows.iter().filter(|(from, to)| to == thing && rank[*from] < rank[*thing]);
        steps[*thing] = causes.map(|(from, _)| steps[*from] + 1).max().unwrap_or(0);
    }
    let mut order: Vec<usize> = (0..things).collect();
    order.sort_by_key(|thing| (steps[*thing], rank[*thing]));
    order
}

/// Things in a line in which few arrows go backwards: what nothing acts on comes first, what acts on nothing last;
/// where there is neither, what acts on most more than it is acted upon (Eades, Lin and Smyth, *Information Processing
/// Letters* 47, 1993).
fn line(things: usize, arrows: &[(usize, usize)]) -> Vec<usize> {
    let (mut first, mut last) = (Vec::new(), Vec::new());
    let (mut causes, mut effects) = (vec![0_i64; things], vec![0_i64; things]);
    for (from, to) in arrows {
        causes[*to] += 1;
        effects[*from] += 1;
    }
    let mut left: Vec<usize> = (0..things).collect();
    while !left.is_empty() {
        let source = left.iter().position(|thing| causes[*thing] == 0);
        let sink = left.iter().rposition(|thing| effects[*thing] == 0);
        let at = source.or(sink).unwrap_or_else(|| {
            let surplus = |at: &usize| effects[left[*at]] - causes[left[*at]];
            (0..left.len()).rev().max_by_key(surplus).unwrap_or(0)
        });
        let thing = left.remove(at);
        for (from, to) in arrows {
            if *from == thing {
                causes[*to] -= 1;
            }
            if *to == thing {
                effects[*from] -= 1;
            }
        }
        if source.is_none() && sink.is_some() { last.push(thing) } else { first.push(thing) }
    }
    first.extend(last.into_iter().rev());
    first
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::scenario::Scenario;

    fn causes(body: &str) -> Causes {
        let text = format!("schema = 1\nstart = 2024-01-01\nend = 2024-12-31\nseed = 1\n{body}");
        Causes::of(&Scenario::parse("t.toml", &text).unwrap().compile().unwrap(), 1)
    }

    const BODY: &str = r#"
        [parameters]
        share = { uniform = [0.1, 0.9] }
        fixed = 3
        [variables]
        up     = "2 * sheep + fixed"
        down   = "up * -share"
        hump   = "(sheep - 100) ^ 2"
        late   = "if(sum(drought.started, 400) > 2, 1, 0)"
        idle   = "0 * sheep"
        far    = "lag(down, 30)"
        ratio  = "sheep / first(sheep)"
        risen  = "peak(sheep) > 1.2 * first(sheep)"
        mixed  = "up + down"
        [stocks.sheep]
        initial = 100
        growth_per_year = "0.2 - 0.1 * drought"
        volatility = 0.3
        min = 0
        [shocks.drought]
        per_year = "4 * share"
        lasts_days = 20
    "#;

    fn sign(causes: &Causes, from: &str, to: &str) -> Sign {
        let (from, to) = (causes.find(from).unwrap(), causes.find(to).unwrap());
        let arrow = causes.arrows.iter().find(|arrow| (arrow.from, arrow.to) == (from, to));
        arrow.unwrap_or_else(|| panic!("{from} does not act on {to}")).sign
    }

    #[test]
    fn signs_are_those_of_the_derivatives() {
        let causes = causes(BODY);
        for (from, to, expected) in [
            ("sheep", "up", Sign::Raises),
            ("fixed", "up", Sign::Unknown),
            ("up", "down", Sign::Lowers),
            ("share", "down", Sign::Lowers),
            ("sheep", "hump", Sign::Either),
            ("drought", "late", Sign::Raises),
            ("sheep", "idle", Sign::None),
            ("down", "far", Sign::Raises),
            // Its first value is what it was.
            ("sheep", "ratio", Sign::Raises),
            ("sheep", "risen", Sign::Raises),
            // What it reads is held: that `down` falls as `up` rises is another arrow.
            ("up", "mixed", Sign::Raises),
            ("drought", "sheep", Sign::Lowers),
            ("share", "drought", Sign::Raises),
        ] {
            assert_eq!(sign(&causes, from, to), expected, "{from} → {to}");
        }
    }

    #[test]
    fn causes_come_before_effects_and_circles_are_cut() {
        let causes = causes(&BODY.replace("0.1 * drought", "0.1 * drought - 0.001 * mixed"));
        let backwards: Vec<&Arrow> = causes.arrows.iter().filter(|arrow| arrow.from > arrow.to).collect();
        // Sheep, up, down, mixed and back to the sheep.
        assert_eq!(backwards.len(), 1, "{backwards:?}");
    }

    #[test]
    fn signals_belong_to_things_and_others_are_told_the_nearest() {
        let causes = causes(BODY);
        assert_eq!(causes.find("drought.started"), causes.find("drought"));
        assert_eq!(
            causes.find("sheeps").unwrap_err().to_string(),
            "there is no signal `sheeps`; did you mean `sheep`?"
        );
    }
}
