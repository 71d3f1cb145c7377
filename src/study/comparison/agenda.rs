//! What is asked of every world: the numbers that scenarios have in common, and where each has them.

use crate::calendar::Date;
use crate::model::record::{Record, flags};
use crate::results::bins::Scale;
use crate::results::legend::{Indicator, Kind, Legend};
use crate::study::Target;
use crate::study::target::{TargetKind, usual};
use crate::vm::Row;

/// Which side is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    Higher,
    Lower,
}

/// One number asked of every scenario in every world.
#[derive(Clone, Debug)]
pub struct Question {
    /// As the base has it.
    pub target: Target,
    /// What tables and pictures call it.
    pub label: String,
    /// What it is about: a theatre, an indicator, a milestone, by its id.
    pub about: String,
    /// Which side is better: known of indicators, by their amber and red, and of nothing else.
    pub better: Option<Better>,
    /// How finely its differences are told apart.
    pub(super) scale: Scale,
    /// `[scenario]`: where it stands there, if that has it.
    pub(super) of: Vec<Option<Target>>,
}

/// A signal whose differences are followed over the reported dates: an indicator, or a theatre's troops.
#[derive(Clone, Debug)]
pub struct Course {
    /// The signal: `iraq.troops`, `resurgence`.
    pub name: String,
    /// What tables and pictures call it.
    pub label: String,
    pub unit: String,
    /// Which side is better, if that is known.
    pub better: Option<Better>,
    pub(super) scale: Scale,
    /// `[scenario]`: where it stands there, if that has it.
    of: Vec<Option<Place>>,
}

/// Something that is not compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Its path in the scenario: `milestones.agreement`.
    pub what: String,
    /// Why, with the scenario it is about.
    pub why: String,
}

/// Where a signal stands in a record.
#[derive(Clone, Copy, Debug)]
struct Place {
    is_flag: bool,
    /// Among how many flags, or values, it is which.
    of: usize,
    number: usize,
    /// Recorded at the first row alone.
    once: bool,
}

/// All that is asked.
#[derive(Clone, Debug)]
pub struct Agenda {
    pub questions: Vec<Question>,
    pub courses: Vec<Course>,
    /// Dates that every scenario reports.
    pub dates: Vec<Date>,
    /// `[scenario][date]`: the reported row.
    rows: Vec<Vec<usize>>,
    pub left_out: Vec<LeftOut>,
}

impl Agenda {
    /// What scenarios of one calendar have in common with the first; `names` are theirs.
    pub fn new(legends: &[Legend], names: &[String]) -> Self {
        let base = &legends[0];
        let shared: Vec<usize> = base
            .report
            .iter()
            .copied()
            .filter(|row| legends.iter().all(|legend| legend.report.contains(row)))
            .collect();
        let place = |legend: &Legend, row: &usize| legend.report.binary_search(row).ok();
        let rows = legends.iter().map(|legend| shared.iter().filter_map(|row| place(legend, row)).collect());
        Self {
            questions: questions(legends),
            courses: courses(legends),
            dates: shared.iter().map(|&row| base.calendar.date(row)).collect(),
            rows: rows.collect(),
            left_out: (1..legends.len())
                .flat_map(|other| left_out((base, &names[0]), (&legends[other], &names[other])))
                .collect(),
        }
    }
}

impl Question {
    /// Words for the sides on which another scenario may be, above the base and below it.
    pub fn sides(&self) -> [&'static str; 2] {
        match (self.better, self.target.kind()) {
            (Some(Better::Higher), _) => ["better", "worse"],
            (Some(Better::Lower), _) => ["worse", "better"],
            (None, TargetKind::Number) => ["more", "fewer"],
            (None, TargetKind::Flag) => ["gained", "lost"],
            (None, TargetKind::Days) => ["later", "earlier"],
        }
    }
}

impl Course {
    /// Words for the sides on which another scenario may be, above the base and below it.
    pub fn sides(&self) -> [&'static str; 2] {
        match self.better {
            Some(Better::Higher) => ["better", "worse"],
            Some(Better::Lower) => ["worse", "better"],
            None => ["more", "fewer"],
        }
    }

    /// The numbers of a scenario at one of the agenda's dates, if it has the signal.
    pub(super) fn values(
        &self,
        agenda: &Agenda,
        scenario: usize,
        date: usize,
        record: &Record,
    ) -> Option<Row> {
        let place = self.of[scenario]?;
        let row = if place.once { 0 } else { agenda.rows[scenario][date] };
        let at = row * place.of + place.number;
        Some(if place.is_flag { flags(record.flags[at]) } else { record.values[at] })
    }

    /// Whether a scenario has it.
    pub(super) fn is_of(&self, scenario: usize) -> bool {
        self.of[scenario].is_some()
    }
}

impl Place {
    fn of(legend: &Legend, name: &str) -> Option<Self> {
        let at = legend.signals.iter().position(|signal| signal.name == name)?;
        let signal = &legend.signals[at];
        let is_flag = signal.kind == Kind::Flag;
        let alike = |to: usize| {
            legend.signals[..to].iter().filter(|other| (other.kind == Kind::Flag) == is_flag).count()
        };
        let once = signal.once && !is_flag;
        Some(Self { is_flag, of: alike(legend.signals.len()), number: alike(at), once })
    }
}

/// Theatres' troops at the end, then what a person is shown who named nothing, where another scenario has it too.
fn questions(legends: &[Legend]) -> Vec<Question> {
    let base = &legends[0];
    let troops = base.theatres.iter().filter_map(|theatre| {
        let target = Target::parse(&format!("end.{}.troops", theatre.id), base).ok()?;
        Some((target, theatre.id.clone(), format!("Troops in {} at the end", theatre.label)))
    });
    let usual = usual(base).into_iter().map(|target| {
        let (about, label) = (entity(target.name()).to_owned(), target.label().to_owned());
        (target, about, label)
    });
    let question = |(target, about, label): (Target, String, String)| {
        let of: Vec<Option<Target>> =
            legends.iter().map(|legend| same_target(&target, base, legend)).collect();
        let better = indicator(base, &about).map(better);
        let scale = scale(&target, base);
        (of.iter().flatten().count() > 1).then_some(Question { target, label, about, better, scale, of })
    };
    troops.chain(usual).filter_map(question).collect()
}

/// Indicators and theatres' troops over time.
fn courses(legends: &[Legend]) -> Vec<Course> {
    let base = &legends[0];
    let course = |name: &str, label: &str, better: Option<Better>| {
        let signal = base.signals.iter().find(|signal| signal.name == name)?;
        let place = |legend: &Legend| {
            let same = indicator(base, name)
                .is_none_or(|mine| indicator(legend, name).is_some_and(|its| differs(mine, its).is_none()));
            // Counts are since the reported row before: another report counts other spans.
            let spans = signal.kind != Kind::Count || legend.report == base.report;
            Place::of(legend, name).filter(|_| same && spans)
        };
        let of: Vec<Option<Place>> = legends.iter().map(place).collect();
        let (name, label, unit) = (name.to_owned(), label.to_owned(), signal.unit.clone());
        let scale = Scale::of(signal);
        (of.iter().flatten().count() > 1).then_some(Course { name, label, unit, better, scale, of })
    };
    let troops = base.theatres.iter().filter_map(|theatre| {
        course(&format!("{}.troops", theatre.id), &format!("Troops in {}", theatre.label), None)
    });
    let indicators = base.indicators.iter();
    troops.chain(indicators.filter_map(|one| course(&one.id, &one.label, Some(better(one))))).collect()
}

/// The target of the same name in another scenario, if it means the same there.
fn same_target(target: &Target, base: &Legend, other: &Legend) -> Option<Target> {
    let name = target.name();
    let id = entity(name);
    if let Some(mine) = indicator(base, id) {
        let its = indicator(other, id)?;
        if differs(mine, its).is_some() {
            return None;
        }
    }
    if name.starts_with("by.") && due(base, id) != due(other, id) {
        return None;
    }
    Target::parse(name, other).ok().filter(|found| found.name() == name && found.kind() == target.kind())
}

/// Whole numbers have bins of their own.
fn scale(target: &Target, legend: &Legend) -> Scale {
    let signal = target.name().strip_prefix("end.");
    let signal = signal.and_then(|name| legend.signals.iter().find(|signal| signal.name == name));
    match target.kind() {
        TargetKind::Number => signal.map_or(Scale::REAL, Scale::of),
        TargetKind::Flag | TargetKind::Days => Scale::WHOLE,
    }
}

/// What of the base another scenario has not, or not in the same sense, and what it has beyond.
fn left_out((base, name): (&Legend, &str), (other, its_name): (&Legend, &str)) -> Vec<LeftOut> {
    let mut found = Vec::new();
    let mut push =
        |kind: &str, id: &str, why: String| found.push(LeftOut { what: format!("{kind}.{id}"), why });
    let lists = [
        ("theatres", ids(&base.theatres, |one| &one.id), ids(&other.theatres, |one| &one.id)),
        ("indicators", ids(&base.indicators, |one| &one.id), ids(&other.indicators, |one| &one.id)),
        ("milestones", ids(&base.milestones, |one| &one.id), ids(&other.milestones, |one| &one.id)),
    ];
    for (kind, mine, its) in lists {
        mine.iter()
            .filter(|id| !its.contains(id))
            .for_each(|id| push(kind, id, format!("not in `{its_name}`")));
        its.iter().filter(|id| !mine.contains(id)).for_each(|id| push(kind, id, format!("not in `{name}`")));
    }
    for mine in &base.indicators {
        let why = indicator(other, &mine.id).and_then(|its| differs(mine, its));
        if let Some(why) = why {
            push("indicators", &mine.id, format!("{why} in `{its_name}`"));
        }
    }
    for milestone in &base.milestones {
        let (mine, its) = (due(base, &milestone.id), due(other, &milestone.id));
        if let (Some(Some(mine)), Some(Some(its))) = (mine, its)
            && mine != its
        {
            push(
                "milestones",
                &milestone.id,
                format!("by its own date: {mine} in `{name}`, {its} in `{its_name}`"),
            );
        }
    }
    for theatre in
        base.theatres.iter().filter(|theatre| other.theatres.iter().any(|its| its.id == theatre.id))
    {
        let signal = format!("{}.troops", theatre.id);
        for (legend, name) in [(base, name), (other, its_name)] {
            if !legend.signals.iter().any(|one| one.name == signal) {
                push("theatres", &theatre.id, format!("`{signal}` is not among the `signals` of `{name}`"));
            }
        }
    }
    found
}

fn ids<T>(list: &[T], id: impl Fn(&T) -> &String) -> Vec<&str> {
    list.iter().map(|one| id(one).as_str()).collect()
}

/// The indicator or milestone a target is about.
fn entity(target: &str) -> &str {
    ["end.", "peak.", "by.", "date."].iter().find_map(|prefix| target.strip_prefix(prefix)).unwrap_or(target)
}

fn indicator<'a>(legend: &'a Legend, id: &str) -> Option<&'a Indicator> {
    legend.indicators.iter().find(|indicator| indicator.id == id)
}

fn better(indicator: &Indicator) -> Better {
    if indicator.lower_is_worse { Better::Higher } else { Better::Lower }
}

/// Why two indicators of one id cannot be compared.
fn differs(mine: &Indicator, its: &Indicator) -> Option<String> {
    match () {
        () if mine.unit != its.unit => Some(format!("measured in `{}` and not `{}`", its.unit, mine.unit)),
        () if mine.lower_is_worse != its.lower_is_worse => Some("worse on the other side".to_owned()),
        () => None,
    }
}

/// The date a milestone is asked for, if there is such a milestone.
fn due(legend: &Legend, id: &str) -> Option<Option<Date>> {
    legend.milestones.iter().find(|milestone| milestone.id == id).map(|milestone| milestone.by)
}
