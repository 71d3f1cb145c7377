//! Figures of bases and of attacks, on likely and unlikely data.

use super::super::attacks::{self, Attacks, Recent, Row};
use super::super::fan::{Fan, FanPoint};
use super::super::handover::{self, Handovers};
use super::super::map::{self, Map};
use super::super::posture::{self, Posture};
use super::super::strip::Closing;
use super::samples::{self, caption, weeks};
use super::{sound, words};
use crate::calendar::Date;
use crate::results::{DateQuantile, Estimate, Interval};

const LONG: &str = "Third forward operating base of the coalition in the valley of the river";

fn share(value: f64) -> Estimate {
    Estimate { value, interval: Some(Interval { low: value * 0.9, high: (value * 1.1).min(1.0) }), n: 1000 }
}

fn closing(label: &str, end: f64) -> Closing {
    let date = |k: i64| DateQuantile::On(crate::calendar::add_days(samples::START, 200 + 60 * k));
    let dates = if end > 0.0 {
        [date(0), date(1), date(2), DateQuantile::AfterEnd, DateQuantile::AfterEnd]
    } else {
        [DateQuantile::AfterEnd; 5]
    };
    Closing { label: label.to_owned(), dates, end: share(end) }
}

fn base(label: &str, people: f64, end: f64) -> posture::Site {
    let weeks = weeks();
    let last = weeks.len() as f64;
    let medians = weeks.iter().enumerate().map(|(week, date)| (*date, people * (1.0 - week as f64 / last)));
    posture::Site { medians: medians.collect(), closing: closing(label, end) }
}

fn posture_of(sites: Vec<posture::Site>) -> Posture {
    let theatre = posture::Theatre { label: "Iraq".to_owned(), sites };
    Posture { theatres: vec![theatre], unchanged: vec!["Kuwait".to_owned()] }
}

#[test]
fn layers_are_named_where_there_is_room_and_strips_always() {
    let posture = posture_of(vec![base("Erbil", 60.0, 0.4), base("Al-Asad", 1500.0, 0.8)]);
    let told = words(&sound(posture::figure(&posture, &caption())));
    let times = |name: &str| told.iter().filter(|word| *word == name).count();
    assert_eq!((times("Al-Asad"), times("Erbil")), (2, 1), "{told:?}");
    assert!(told.iter().any(|line| line.contains("Nobody moves in Kuwait")), "{told:?}");
}

#[test]
fn small_bases_share_a_layer() {
    let sites = (0..12).map(|k| base(&format!("Base {k}"), 1200.0 - 90.0 * f64::from(k), 0.5)).collect();
    let told = words(&sound(posture::figure(&posture_of(sites), &caption())));
    assert!(told.contains(&"others".to_owned()), "{told:?}");
    assert!((0..12).all(|k| told.contains(&format!("Base {k}"))), "{told:?}");
}

#[test]
fn odd_postures() {
    let one = |medians: Vec<(Date, f64)>| {
        posture_of(vec![posture::Site { medians, closing: closing(LONG, 0.0) }, base(LONG, 1e15, 1.0)])
    };
    sound(posture::figure(&one(Vec::new()), &caption()));
    sound(posture::figure(&one(vec![(samples::START, 5.0)]), &caption()));
    sound(posture::figure(&one(vec![(samples::START, f64::NAN), (samples::END, 0.0)]), &caption()));
    let mut nothing = one(Vec::new());
    nothing.theatres[0].sites.iter_mut().for_each(|site| site.medians.clear());
    sound(posture::figure(&nothing, &caption()));
    nothing.theatres.clear();
    assert_eq!(posture::figure(&nothing, &caption()).unwrap(), None);
}

fn on_map(label: &str, location: [f64; 2], people: [f64; 4]) -> map::Site {
    let people = people.map(|people| (people, format!("{people:.0}"))).to_vec();
    map::Site { label: label.to_owned(), location, people }
}

fn map_of(sites: Vec<map::Site>) -> Map {
    let dates = [0, 40, 80, 120].map(|week: usize| weeks()[week]).to_vec();
    Map { dates, sites, elsewhere: vec!["At sea".to_owned()], unchanged: Vec::new() }
}

#[test]
fn a_map_names_its_bases_with_their_people() {
    let sites = vec![
        on_map("Erbil", [36.2, 44.0], [1200.0, 900.0, 400.0, 0.0]),
        on_map("Baghdad", [33.3, 44.3], [650.0, 500.0, 200.0, 100.0]),
    ];
    let told = words(&sound(map::figure(&map_of(sites), &caption())));
    for name in ["Erbil 1200", "Erbil 400", "Erbil", "Baghdad 650", "Baghdad 100"] {
        assert!(told.contains(&name.to_owned()), "{name}: {told:?}");
    }
    assert!(told.iter().any(|line| line.contains("At sea")), "{told:?}");
    assert!(told.iter().any(|line| line.contains("Natural Earth")), "{told:?}");
}

#[test]
fn odd_maps() {
    assert_eq!(map::figure(&map_of(Vec::new()), &caption()).unwrap(), None);
    let crowd = (0..20).map(|k| on_map(LONG, [35.0 + 0.01 * f64::from(k % 5), 40.0], [10.0; 4])).collect();
    sound(map::figure(&map_of(crowd), &caption()));
    sound(map::figure(&map_of(vec![on_map("Pole", [90.0, 0.0], [1.0; 4])]), &caption()));
    sound(map::figure(&map_of(vec![on_map("Antipode", [-33.0, 180.0], [0.0; 4])]), &caption()));
    let apart = vec![on_map("Fiji", [-17.0, 178.0], [5.0; 4]), on_map("Samoa", [-13.8, -171.8], [50.0; 4])];
    sound(map::figure(&map_of(apart), &caption()));
    let world = vec![on_map("Ramstein", [49.4, 7.6], [9e3; 4]), on_map("Guam", [13.5, 144.8], [6e3; 4])];
    sound(map::figure(&map_of(world), &caption()));
}

fn handovers(announced: Vec<Date>) -> Handovers {
    let bases = |week: usize| week as f64 / 12.0;
    let points = weeks().into_iter().enumerate().map(|(week, date)| FanPoint {
        date,
        quantiles: [0.5, 0.7, 1.0, 1.1, 1.2].map(|part| (part * bases(week)).floor()),
    });
    Handovers { sites: 14, fan: samples::fan(points.collect()), announced }
}

#[test]
fn the_announced_course_of_handovers_is_drawn_where_there_is_one() {
    let dates = vec![samples::START, weeks()[30], weeks()[60]];
    let told = words(&sound(handover::figure(&handovers(dates), &caption())));
    assert!(told.contains(&"On schedule 3".to_owned()), "{told:?}");
    let told = words(&sound(handover::figure(&handovers(Vec::new()), &caption())));
    assert!(!told.iter().any(|line| line.to_lowercase().contains("on schedule")), "{told:?}");
    let never = Handovers { fan: Fan::default(), ..handovers(Vec::new()) };
    assert_eq!(handover::figure(&never, &caption()).unwrap(), None);
}

fn rows() -> Vec<Row> {
    let often = Row {
        label: "Attacks on troops".to_owned(),
        recent: Recent::Mean {
            fan: samples::resurgence().fan,
            mean: weeks().into_iter().map(|date| (date, 90.0)).collect(),
            last_mean: "90".to_owned(),
        },
        total: "median 210, 90 %: 60 to 700".to_owned(),
        exceedance: (0..2000).map(|k| (f64::from(k), (1.0 - f64::from(k) / 2000.0).max(0.0))).collect(),
    };
    let rare = Row {
        label: "Mass-casualty attacks".to_owned(),
        recent: Recent::Any {
            shares: weeks().into_iter().map(|date| (date, 7.0)).collect(),
            last: "7 %".to_owned(),
        },
        total: "any in 23 %; median 0, 90 %: 0 to 2".to_owned(),
        exceedance: vec![(0.0, 1.0), (1.0, 0.23), (2.0, 0.06), (3.0, 0.011)],
    };
    vec![often, rare]
}

fn of(rows: Vec<Row>) -> Attacks {
    Attacks { name: "attacks", what: "Attacks", days: 91, rows }
}

#[test]
fn what_is_rare_is_told_as_a_share() {
    let told = words(&sound(attacks::figure(&of(rows()), &caption())));
    for line in
        ["Mean 90", "Any in 7 %", "any in 23 %; median 0, 90 %: 0 to 2", "share of histories with any"]
    {
        assert!(told.contains(&line.to_owned()), "{line}: {told:?}");
    }
    let rare = words(&sound(attacks::figure(&of(rows().split_off(1)), &caption())));
    assert!(!rare.iter().any(|line| line.contains("inner band")), "{rare:?}");
}

#[test]
fn odd_attacks() {
    assert_eq!(attacks::figure(&of(Vec::new()), &caption()).unwrap(), None);
    let mut rows = rows();
    for row in &mut rows {
        row.label = LONG.repeat(3);
        row.exceedance = vec![(1e15, 1.0), (f64::MAX, 0.5)];
    }
    sound(attacks::figure(&of(rows.clone()), &caption()));
    rows[0].exceedance.clear();
    rows[1].recent = Recent::Any { shares: Vec::new(), last: String::new() };
    let told = words(&sound(attacks::figure(&of(rows), &caption())));
    assert_eq!(told.iter().filter(|line| *line == "100 %").count(), 1, "{told:?}");
}
