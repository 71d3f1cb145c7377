//! What the scenario says about posture, and its compilation.

use super::order::needs_first;
use super::phase::{Move, Pace, Phase, Place};
use super::{Lift, Named, Outputs, PhaseOutputs, Posture, Site, SiteOutputs, Theatre, TheatreOutputs};
use crate::calendar::Date;
use crate::lang::diagnostic::Diagnostic;
use crate::lang::keys::{Domain, Key, Number, Takes, When};
use crate::lang::quantity::{Numeric, NumericValue};
use crate::lang::reader::{Section, Spanned};
use crate::model::compiler::Compiler;
use crate::model::signals::{Definition, Kind};
use crate::vm::graph::{Node, Rhythm};

const fn people(example: &'static str) -> Number {
    Number { when: When::Once, domain: Domain::NotNegative, example }
}

pub const CONTINGENT_KEYS: &[Key] =
    &[Key::optional("label", Takes::Text, "what charts call it").left_out("the id, as words")];

pub const THEATRE_KEYS: &[Key] = &[
    Key::optional("label", Takes::Text, "what charts call it").left_out("the id, as words"),
    Key::optional("lift", Takes::Table, "what transport out of the theatre, or into it, can carry")
        .such_as("{ passengers_per_week = 400 }")
        .left_out("as much as the phases ask"),
];

pub const LIFT_KEYS: &[Key] = &[
    Key::once("passengers_per_week", Domain::NotNegative, "400", "people a week").left_out("no limit"),
    Key::once("tonnes_per_week", Domain::NotNegative, "1500", "tonnes a week").left_out("no limit"),
    Key::step("available", "\"1 - 0.6 * regional_war\"", "share of it that can be used, 0 to 1")
        .left_out("1"),
];

pub const SITE_KEYS: &[Key] = &[
    Key::optional("label", Takes::Text, "what charts call it").left_out("the id, as words"),
    Key::required("theatre", Takes::Id("theatre"), "the theatre it lies in"),
    Key::optional("location", Takes::Location, "degrees north, east").left_out("not known"),
    Key::optional("troops", Takes::Numbers("contingents", people("{ us = 900 }")), "people at the start")
        .left_out("nobody"),
    Key::once(
        "tonnes",
        Domain::NotNegative,
        "4000",
        "tonnes of equipment, which leave in proportion to people",
    )
    .left_out("0"),
    Key::optional("supplied_by", Takes::Ids("sites"), "unsupplied when none of them is manned and supplied")
        .left_out("always supplied"),
    Key::once("exposure", Domain::NotNegative, "1", "weight a head when attacks are split among sites")
        .left_out("1"),
];

pub const PHASE_KEYS: &[Key] = &[
    Key::optional("label", Takes::Text, "what charts call it").left_out("the id, as words"),
    Key::optional("start", Takes::Date, "announced start").left_out("when `after` and `requires` allow"),
    Key::optional("end", Takes::Date, "announced end").left_out("`lasts_days` is needed"),
    Key::once("slip_days", Domain::Any, "10", "actual minus announced start, days").left_out("0"),
    Key::once("end_slip_days", Domain::Any, "{ pert = [0, 20, 120] }", "actual minus announced end, days")
        .left_out("0"),
    Key::once("shift_days", Domain::Any, "0", "days that both dates move").left_out("0"),
    Key::optional(
        "pace",
        Takes::Choice(&["deadline", "duration"]),
        "whether a late start keeps the end or the length",
    )
    .left_out("\"deadline\" with an `end`, else \"duration\""),
    Key::once("min_days", Domain::NotNegative, "30", "days; never faster than this").left_out("0"),
    Key::once("profile", Domain::Positive, "1", "power of elapsed time: 1 even, above 1 late, below 1 early")
        .left_out("1"),
    Key::step("requires", "\"politics.agreed\"", "the gate: it opens only when this holds")
        .left_out("always open"),
    Key::once("delay_days", Domain::NotNegative, "60", "days after the gate opens, if it stays open")
        .left_out("0"),
    Key::once("lasts_days", Domain::NotNegative, "180", "its length in days, in place of an end")
        .left_out("`end` is needed"),
    Key::step("hold", "\"sum(militia.attacks, 30) > 60\"", "paused while this holds").left_out("never"),
    Key::step("cancel", "\"politics.expelled\"", "ended for good when this holds").left_out("never"),
    Key::optional("after", Takes::Ids("phases"), "phases that must be done before").left_out("none"),
    Key::optional("moves", Takes::Table, "who goes where").left_out("nobody"),
];

pub const MOVE_KEYS: &[Key] = &[
    Key::required("from", Takes::Id("site, or home"), "where they are"),
    Key::required("to", Takes::Id("site, or home"), "where they go"),
    Key::optional(
        "troops",
        Takes::Number(Number { when: When::Once, domain: Domain::NotNegative, example: "\"all\" or 300" }),
        "how many people; needed in a move from home",
    )
    .left_out("all of them"),
    Key::optional("contingent", Takes::Id("contingent"), "whose; needed in a move from home")
        .left_out("everyone's"),
    Key::step("leave", "\"adviser_level\"", "people; stop at this level, go on when it falls").left_out("0"),
];

/// Posture as declared.
#[derive(Debug)]
pub struct Declared {
    pub contingents: Vec<(Spanned<String>, String)>,
    pub theatres: Vec<TheatreDeclared>,
    pub sites: Vec<SiteDeclared>,
    pub phases: Vec<PhaseDeclared>,
}

#[derive(Debug)]
pub struct TheatreDeclared {
    pub id: Spanned<String>,
    label: String,
    lift: Option<[Option<Numeric>; 3]>,
}

#[derive(Debug)]
pub struct SiteDeclared {
    pub id: Spanned<String>,
    label: String,
    theatre: Option<Spanned<String>>,
    location: Option<[f64; 2]>,
    troops: Vec<(Spanned<String>, Numeric)>,
    tonnes: Option<Numeric>,
    supplied_by: Vec<Spanned<String>>,
    exposure: Option<Numeric>,
}

#[derive(Debug)]
pub struct PhaseDeclared {
    pub id: Spanned<String>,
    label: String,
    start: Option<Spanned<Date>>,
    end: Option<Spanned<Date>>,
    pace: Option<&'static str>,
    after: Vec<Spanned<String>>,
    /// Numeric keys that are given.
    numbers: Vec<(&'static str, Numeric)>,
    moves: Vec<MoveDeclared>,
}

#[derive(Debug)]
struct MoveDeclared {
    id: Spanned<String>,
    from: Option<Spanned<String>>,
    to: Option<Spanned<String>>,
    contingent: Option<Spanned<String>>,
    troops: Option<Numeric>,
    leave: Option<Numeric>,
}

/// Reads `[contingents]`, `[theatres]`, `[sites]` and `[phases]`.
pub fn read(root: &Section<'_>) -> Declared {
    let contingents = root.children("contingents", CONTINGENT_KEYS).into_iter();
    Declared {
        contingents: contingents.map(|(id, s)| (id.clone(), s.label(&id.value))).collect(),
        theatres: root.children("theatres", THEATRE_KEYS).into_iter().map(read_theatre).collect(),
        sites: root.children("sites", SITE_KEYS).into_iter().map(read_site).collect(),
        phases: root.children("phases", PHASE_KEYS).into_iter().map(read_phase).collect(),
    }
}

fn read_theatre((id, s): (Spanned<String>, Section<'_>)) -> TheatreDeclared {
    let lift = s.table("lift", LIFT_KEYS);
    let lift = lift.map(|l| ["passengers_per_week", "tonnes_per_week", "available"].map(|k| l.number(k)));
    TheatreDeclared { label: s.label(&id.value), id, lift }
}

fn read_site((id, s): (Spanned<String>, Section<'_>)) -> SiteDeclared {
    SiteDeclared {
        label: s.label(&id.value),
        theatre: s.text("theatre"),
        location: s.location("location"),
        troops: s.numbers("troops"),
        tonnes: s.number("tonnes"),
        supplied_by: s.texts("supplied_by").unwrap_or_default(),
        exposure: s.number("exposure"),
        id,
    }
}

fn read_phase((id, s): (Spanned<String>, Section<'_>)) -> PhaseDeclared {
    let numeric = PHASE_KEYS.iter().filter(|k| matches!(k.takes, Takes::Number(_)));
    let numbers = numeric.filter_map(|k| s.number(k.name).map(|n| (k.name, n))).collect();
    let moves = s.children("moves", MOVE_KEYS).into_iter().map(read_move).collect();
    let (start, end) = (s.date("start"), s.date("end"));
    check_dates(&s, start.as_ref(), end.as_ref());
    PhaseDeclared {
        label: s.label(&id.value),
        start,
        end,
        pace: s.choice("pace"),
        after: s.texts("after").unwrap_or_default(),
        numbers,
        moves,
        id,
    }
}

fn check_dates(s: &Section<'_>, start: Option<&Spanned<Date>>, end: Option<&Spanned<Date>>) {
    if let (Some(start), Some(end)) = (start, end)
        && end.value < start.value
    {
        let error = Diagnostic::error(end.span, format!("{} ends before it starts", s.path));
        s.problem(error.related(start.span, "its start").hint("`end` must not be before `start`"));
    }
    match (s.has("end"), s.has("lasts_days")) {
        (true, true) => {
            let error =
                Diagnostic::error(s.key_span("lasts_days"), "a phase has an end or a length, not both");
            s.problem(
                error
                    .related(s.key_span("end"), "its end")
                    .hint("keep `end` for a deadline, lasts_days where a condition opens the phase"),
            );
        }
        (false, false) => s.problem(
            Diagnostic::error(s.span, format!("{} needs `end` or `lasts_days`", s.path))
                .hint("end = 2025-09-30, or lasts_days = 180 for one that a condition opens"),
        ),
        _ => {}
    }
    if s.choice("pace") == Some("deadline") && !s.has("end") {
        let error = Diagnostic::error(s.key_span("pace"), "a deadline needs an `end`");
        s.problem(error.hint("a phase without an end keeps its length: pace = \"duration\""));
    }
    if s.choice("pace") == Some("duration") && s.has("end") && !s.has("start") {
        let error = Diagnostic::error(s.key_span("pace"), "the announced length needs a `start`");
        s.problem(error.hint("give `start`, or lasts_days in place of the end"));
    }
}

fn read_move((id, s): (Spanned<String>, Section<'_>)) -> MoveDeclared {
    let all = |n: &Numeric| matches!(&n.value, NumericValue::Expression(_, text) if text == "all");
    let move_ = MoveDeclared {
        from: s.text("from"),
        to: s.text("to"),
        contingent: s.text("contingent"),
        troops: s.number("troops").filter(|n| !all(n)),
        leave: s.number("leave"),
        id,
    };
    if let (Some(from), Some(to)) = (&move_.from, &move_.to) {
        if from.value == to.value {
            let error = Diagnostic::error(to.span, format!("`{}` is where they are already", to.value));
            s.problem(error.related(from.span, "they come from here"));
        }
        if from.value == "home" {
            for (needed, given) in
                [("contingent", move_.contingent.is_some()), ("troops", move_.troops.is_some())]
            {
                if !given {
                    let error = Diagnostic::error(from.span, format!("a move from home needs `{needed}`"));
                    s.problem(
                        error.hint("write { from = \"home\", to = …, troops = 50, contingent = \"us\" }"),
                    );
                }
            }
        }
    }
    move_
}

/// Posture whose signals are declared and whose phases are still to be compiled.
pub struct Begun {
    pub posture: Posture,
    declared: Declared,
}

/// Declares every signal of posture, and compiles what is read once.
pub fn declare(compiler: &mut Compiler<'_>, declared: Declared) -> Begun {
    let named =
        |(id, label): &(Spanned<String>, String)| Named { id: id.value.clone(), label: label.clone() };
    let contingents: Vec<Named> = declared.contingents.iter().map(named).collect();
    let theatres = declared.theatres.iter();
    let theatres =
        theatres.map(|t| Theatre { id: t.id.value.clone(), label: t.label.clone(), lift: None }).collect();
    let mut posture = Posture { contingents, theatres, ..Posture::default() };
    posture.sites = declared.sites.iter().map(|s| compile_site(compiler, &posture, &declared, s)).collect();
    posture.supply_order = supply_order(compiler, &posture, &declared);
    posture.outputs = publish(compiler, &posture, &declared);
    Begun { posture, declared }
}

fn compile_site(
    compiler: &mut Compiler<'_>,
    posture: &Posture,
    declared: &Declared,
    site: &SiteDeclared,
) -> Site {
    let path = |key: &str| format!("sites.{}.{key}", site.id.value);
    let theatres = posture.theatres.iter().map(|t| t.id.as_str());
    let theatre = site.theatre.as_ref().and_then(|t| compiler.find("theatre", t, theatres)).unwrap_or(0);
    let mut troops = Vec::new();
    for (contingent, count) in &site.troops {
        let contingents = posture.contingents.iter().map(|c| c.id.as_str());
        if let Some(place) = compiler.find("contingent", contingent, contingents) {
            let node =
                compiler.once(&path(&format!("troops.{}", contingent.value)), count, Domain::NotNegative);
            troops.push((place, node));
        }
    }
    let sites = declared.sites.iter().map(|s| s.id.value.as_str());
    let supplied_by =
        site.supplied_by.iter().filter_map(|s| compiler.find("site", s, sites.clone())).collect();
    Site {
        id: site.id.value.clone(),
        label: site.label.clone(),
        theatre,
        location: site.location,
        troops,
        tonnes: site.tonnes.as_ref().map(|t| compiler.once(&path("tonnes"), t, Domain::NotNegative)),
        exposure: compiler.once_or(&path("exposure"), site.exposure.as_ref(), Domain::NotNegative, 1.0),
        supplied_by,
    }
}

/// Suppliers before those they supply; a circle is an error that prints its path.
fn supply_order(compiler: &Compiler<'_>, posture: &Posture, declared: &Declared) -> Vec<usize> {
    let edges: Vec<Vec<usize>> = posture.sites.iter().map(|s| s.supplied_by.clone()).collect();
    match needs_first(&edges) {
        Ok(order) => order,
        Err(circle) => {
            let ids: Vec<&str> = circle.iter().map(|s| posture.sites[*s].id.as_str()).collect();
            let site = &declared.sites[circle[0]];
            let supplier = site.supplied_by.iter().find(|s| s.value == ids[1]);
            let span = supplier.map_or(site.id.span, |s| s.span);
            let error = Diagnostic::error(span, "sites supply one another in a circle");
            let error = error.label(ids.join(" is supplied by "));
            compiler.problem(error.hint("one of them must be supplied from outside, or not say by whom"));
            Vec::new()
        }
    }
}

/// Declares a row for everything that posture says of itself.
fn publish(compiler: &mut Compiler<'_>, posture: &Posture, declared: &Declared) -> Outputs {
    let mut row = |name: String, kind: Kind, unit: &str| {
        let node = compiler.graph.input(Rhythm::Step);
        compiler.signals.declare(name, kind, unit, Definition::Published(node));
        node
    };
    let level =
        |row: &mut dyn FnMut(String, Kind, &str) -> Node, name: String| row(name, Kind::Level, "people");
    let by_contingent = |row: &mut dyn FnMut(String, Kind, &str) -> Node, id: &str| {
        posture.contingents.iter().map(|c| level(row, format!("{id}.{}", c.id))).collect::<Vec<_>>()
    };
    if posture.sites.is_empty() && posture.theatres.is_empty() {
        return Outputs { phases: publish_phases(&mut row, declared), ..Outputs::default() };
    }
    let troops = Some(level(&mut row, "troops".to_owned()));
    let theatres = posture.theatres.iter().map(|t| TheatreOutputs {
        troops: level(&mut row, format!("{}.troops", t.id)),
        contingents: by_contingent(&mut row, &t.id),
        lift_used: row(format!("{}.lift_used", t.id), Kind::Level, "share"),
    });
    let theatres = theatres.collect();
    let home = by_contingent(&mut row, "home");
    let sites = posture.sites.iter().map(|s| SiteOutputs {
        troops: level(&mut row, format!("{}.troops", s.id)),
        contingents: by_contingent(&mut row, &s.id),
        supplied: row(format!("{}.supplied", s.id), Kind::Flag, ""),
    });
    let sites = sites.collect();
    Outputs { troops, home, sites, theatres, phases: publish_phases(&mut row, declared) }
}

fn publish_phases(row: &mut dyn FnMut(String, Kind, &str) -> Node, declared: &Declared) -> Vec<PhaseOutputs> {
    let mut one = |id: &str| PhaseOutputs {
        started: row(format!("{id}.started"), Kind::Flag, ""),
        active: row(format!("{id}.active"), Kind::Flag, ""),
        progress: row(format!("{id}.progress"), Kind::Level, "share"),
        done: row(format!("{id}.done"), Kind::Flag, ""),
        cancelled: row(format!("{id}.cancelled"), Kind::Flag, ""),
    };
    declared.phases.iter().map(|p| one(&p.id.value)).collect()
}

impl Begun {
    /// Compiles lift and phases, now that every signal is declared.
    pub fn finish(self, compiler: &mut Compiler<'_>) -> Posture {
        let mut posture = self.posture;
        for (at, theatre) in self.declared.theatres.iter().enumerate() {
            posture.theatres[at].lift =
                theatre.lift.as_ref().map(|l| compile_lift(compiler, &theatre.id.value, l));
        }
        let ids: Vec<&str> = self.declared.phases.iter().map(|p| p.id.value.as_str()).collect();
        let phases = self.declared.phases.iter().map(|p| compile_phase(compiler, &posture, p, &ids));
        posture.phases = phases.collect();
        refuse_circle_of_phases(compiler, &self.declared.phases);
        posture
    }
}

/// Phases that wait for one another never open.
fn refuse_circle_of_phases(compiler: &Compiler<'_>, phases: &[PhaseDeclared]) {
    let named = |id: &str| phases.iter().position(|p| p.id.value == id);
    let edges: Vec<Vec<usize>> =
        phases.iter().map(|p| p.after.iter().filter_map(|a| named(&a.value)).collect()).collect();
    if let Err(circle) = needs_first(&edges) {
        let ids: Vec<&str> = circle.iter().map(|p| phases[*p].id.value.as_str()).collect();
        let after = phases[circle[0]].after.iter().find(|a| a.value == ids[1]);
        let span = after.map_or(phases[circle[0]].id.span, |a| a.span);
        let error = Diagnostic::error(span, "a phase cannot wait for itself");
        compiler.problem(error.label(ids.join(" after ")));
    }
}

fn compile_lift(compiler: &mut Compiler<'_>, theatre: &str, lift: &[Option<Numeric>; 3]) -> Lift {
    let path = |key: &str| format!("theatres.{theatre}.lift.{key}");
    let mut capacity = |key: &str, numeric: &Option<Numeric>| {
        numeric.as_ref().map(|n| compiler.once(&path(key), n, Domain::NotNegative))
    };
    Lift {
        passengers_per_week: capacity("passengers_per_week", &lift[0]),
        tonnes_per_week: capacity("tonnes_per_week", &lift[1]),
        available: compiler.each_step_or(&path("available"), lift[2].as_ref(), 1.0),
        clamp: compiler.clamp(format!("{theatre}.lift.available held to 0..1")),
    }
}

fn compile_phase(
    compiler: &mut Compiler<'_>,
    posture: &Posture,
    declared: &PhaseDeclared,
    ids: &[&str],
) -> Phase {
    let id = declared.id.value.clone();
    let path = |key: &str| format!("phases.{id}.{key}");
    let find = |key: &str| declared.numbers.iter().find(|(k, _)| *k == key).map(|(_, n)| n);
    let mut once = |key: &str, domain, default| compiler.once_or(&path(key), find(key), domain, default);
    let shift_days = once("shift_days", Domain::Any, 0.0);
    let slip_days = once("slip_days", Domain::Any, 0.0);
    let end_slip_days = once("end_slip_days", Domain::Any, 0.0);
    let min_days = once("min_days", Domain::NotNegative, 0.0);
    let profile = once("profile", Domain::Positive, 1.0);
    let delay_days = once("delay_days", Domain::NotNegative, 0.0);
    let lasts = find("lasts_days").map(|n| compiler.once(&path("lasts_days"), n, Domain::NotNegative));
    let mut gate = |key: &str| find(key).map(|n| compiler.each_step(&path(key), n).0);
    let (requires, hold, cancel) = (gate("requires"), gate("hold"), gate("cancel"));
    let after = declared.after.iter().filter_map(|a| compiler.find("phase", a, ids.iter().copied()));
    let after: Vec<usize> = after.collect();
    let days = |date: &Option<Spanned<Date>>| date.as_ref().map(|d| compiler.calendar.offset(d.value) as f64);
    Phase {
        label: declared.label.clone(),
        start: declared.start.as_ref().map(|d| d.value),
        end: declared.end.as_ref().map(|d| d.value),
        start_days: days(&declared.start),
        end_days: days(&declared.end),
        shift_days,
        slip_days,
        end_slip_days,
        pace: match (lasts, declared.pace) {
            (Some(days), _) => Pace::Lasts(days),
            (None, Some("duration")) => Pace::Announced,
            (None, _) => Pace::Deadline,
        },
        min_days,
        profile,
        requires,
        delay_days,
        hold,
        cancel,
        after,
        moves: declared.moves.iter().filter_map(|m| compile_move(compiler, posture, &id, m)).collect(),
        id,
    }
}

fn compile_move(
    compiler: &mut Compiler<'_>,
    posture: &Posture,
    phase: &str,
    declared: &MoveDeclared,
) -> Option<Move> {
    let path = |key: &str| format!("phases.{phase}.moves.{}.{key}", declared.id.value);
    let sites = posture.sites.iter().map(|s| s.id.as_str());
    let place = |id: &Spanned<String>| match id.value.as_str() {
        "home" => Some(Place::Home),
        _ => compiler.find("site", id, sites.clone().chain(["home"])).map(Place::Site),
    };
    let (from, to) = (declared.from.as_ref().and_then(place), declared.to.as_ref().and_then(place));
    let contingents = posture.contingents.iter().map(|c| c.id.as_str());
    let contingent = match &declared.contingent {
        Some(id) => Some(compiler.find("contingent", id, contingents)?),
        None => None,
    };
    let troops = declared.troops.as_ref().map(|n| compiler.once(&path("troops"), n, Domain::NotNegative));
    let leave = declared.leave.as_ref().map(|n| compiler.each_step(&path("leave"), n).0);
    let (from, to) = (from?, to?);
    let theatre = match (from, to) {
        (Place::Site(site), _) | (Place::Home, Place::Site(site)) => posture.sites[site].theatre,
        (Place::Home, Place::Home) => return None,
    };
    Some(Move { from, to, troops, contingent, leave, theatre })
}
