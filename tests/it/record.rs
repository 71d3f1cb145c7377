//! Quantities that are counted from a record: what is drawn, what is written down, what may be read, and what the
//! shipped record of drawdowns is worth as a forecast.

use std::fs;

use drawdown::lang::quantity::{Empirical, Shape};
use drawdown::vm::inverse::Inverse;
use drawdown::{Model, Run, Scenario};

use crate::common::{close, drawdown, folder_with};

const HEAD: &str = "schema = 1\nstart = 2024-07-23\nend = 2024-12-31\nseed = 1\n";
const RECORD: &str = "scenarios/records/drawdowns.csv";

/// A scenario beside the shipped record, with one parameter `x`.
fn counted(quantity: &str) -> Model {
    let text = format!("{HEAD}[parameters]\nx = {quantity}\n");
    let record = fs::read(RECORD).unwrap();
    let folder = folder_with(&[("s.toml", text.as_bytes()), ("drawdowns.csv", &record)]);
    Scenario::open(folder.path().join("s.toml")).and_then(|s| s.compile()).unwrap_or_else(|e| panic!("{e}"))
}

/// The quantiles of a model's only drawn quantity.
fn quantile(model: &Model, p: f64) -> f64 {
    model.drawn[0].inverse.at(p)
}

const SLIPS: &str = "{ empirical = { file = 'drawdowns.csv', column = 'slip_days', where = { moved = 1 } } }";

#[test]
fn slips_are_those_of_the_theatres_own_list() {
    // As the comment above `end_slip_days` in scenarios/iraq-syria.toml has them.
    let listed = [-44, -37, -13, -12, -10, -7, -6, -5, -2, 0, 0, 0, 0, 0, 0, 1, 2, 15, 121];
    let model = counted(SLIPS);
    for (place, slip) in listed.iter().enumerate() {
        let middle = (place as f64 + 0.5) / listed.len() as f64;
        assert_eq!(quantile(&model, middle), f64::from(*slip), "value {place}");
    }
    assert!(
        model.ledger[0].text.ends_with("where moved is 1: 19 of 24 rows, 4 empty left out"),
        "{}",
        model.ledger[0].text
    );
}

#[test]
fn a_posterior_is_the_beta_of_its_cases() {
    let by_record =
        counted("{ posterior = { file = 'drawdowns.csv', column = 'reversed', where = { moved = 1 } } }");
    let by_hand = counted("{ beta = { mean = 0.1875, size = 24 } }");
    for p in [0.001, 0.05, 0.5, 0.95, 0.999] {
        // Shapes 4.5 and 19.5 either way; the tables of quantiles have errors of 1e-11.
        close("the quantile", quantile(&by_record, p), quantile(&by_hand, p), 1e-10);
    }
    assert!(by_record.ledger[0].text.starts_with("posterior of 4 in 23, prior Beta(0.5, 0.5)"));
    let uniform = counted("{ posterior = { count = 0, of = 1, prior = [1, 1] } }");
    // Beta(1, 2): 1 − √(1 − p).
    close("the median", quantile(&uniform, 0.5), 1.0 - 0.5_f64.sqrt(), 1e-9);
}

#[test]
fn later_rows_can_be_kept_out() {
    // The five that scenarios/iraq-2009.toml lists, which had ended that day.
    let known = SLIPS.replace("moved = 1", "moved = 1, known = { before = 2009-02-27 }");
    let model = counted(&known);
    let values: Vec<f64> = (0..5).map(|k| quantile(&model, (f64::from(k) + 0.5) / 5.0)).collect();
    assert_eq!(values, [-44.0, -37.0, -6.0, 0.0, 1.0]);
    let model = counted(&known.replace("before = 2009-02-27", "from = 2009-02-27, before = 2021-04-14"));
    assert!(model.ledger[0].text.contains("9 of 24 rows"), "{}", model.ledger[0].text);
}

#[test]
fn draws_follow_the_record_in_a_run() {
    let text = format!(
        "{HEAD}[parameters]\nx = {{ empirical = {{ values = [0, 0, 0, 0, -10, 30, 5, 90], smooth = true }} }}\n"
    );
    let model = Scenario::parse("s.toml", &text).unwrap().compile().unwrap();
    let results = Run::new(&model).replicates(20_000).start().unwrap();
    let x = results.signal("x").unwrap().on("2024-07-23").unwrap();
    // Kernels are symmetric: the mean is the record's, 115/8; its standard error is 32/√20000 = 0.23.
    close("the mean", x.mean, 14.375, 0.7);
    assert_eq!((x.q(0.25), x.q(0.5)), (0.0, 0.0), "half of them ended on the day");
}

#[test]
fn what_was_run_is_written_down_without_the_record() {
    let smooth = SLIPS.replace("moved = 1 }", "moved = 1 }, smooth = true");
    let model = counted(&smooth);
    assert!(model.resolved.contains("SHA-256") && !model.resolved.contains("file ="), "{}", model.resolved);
    let again = Scenario::parse("again.toml", &model.resolved).unwrap().compile().unwrap();
    for k in 1..200 {
        let p = f64::from(k) / 200.0;
        assert_eq!(quantile(&model, p), quantile(&again, p));
    }
    assert_eq!(again.resolved, model.resolved);
}

#[test]
fn a_part_of_where_can_be_set_and_the_record_is_read_again_from_its_own_place() {
    let base = format!("{HEAD}[parameters]\nx = {}\n", SLIPS.replace("drawdowns.csv", "records/r.csv"));
    let folder = folder_with(&[("base.toml", base.as_bytes())]);
    fs::create_dir_all(folder.path().join("records")).unwrap();
    fs::copy(RECORD, folder.path().join("records/r.csv")).unwrap();
    fs::create_dir(folder.path().join("base")).unwrap();
    // The variant stands elsewhere; the path is still that of the file that says it.
    let variant = "extends = '../base.toml'\n[parameters.x.empirical.where]\ndriver = 'unilateral'\n";
    fs::write(folder.path().join("base/v.toml"), variant).unwrap();
    let scenario = Scenario::open(folder.path().join("base/v.toml")).unwrap_or_else(|e| panic!("{e}"));
    assert!(
        scenario.compile().unwrap().ledger[0].text.contains("driver is unilateral and moved is 1: 10 of 24")
    );
    let set = scenario.with("parameters.x.empirical.column", "start_slip_days").unwrap();
    let model = set.compile().unwrap_or_else(|e| panic!("{e}"));
    assert!(model.ledger[0].text.contains("column start_slip_days"), "{}", model.ledger[0].text);
    // What is opened is all that is read: the model does not ask for it again.
    fs::remove_file(folder.path().join("records/r.csv")).unwrap();
    assert!(set.compile().is_ok());
}

#[test]
fn nothing_outside_its_own_folder_is_read_unless_allowed() {
    let record = fs::read(RECORD).unwrap();
    let folder = folder_with(&[("r.csv", &record), ("base.toml", HEAD.as_bytes())]);
    let at = |name: &str| folder.path().join(name);
    fs::create_dir_all(at("one/two")).unwrap();
    let write = |name: &str, text: &str| fs::write(at(name), text).unwrap();
    let named = |file: &str| format!("[parameters]\nx = {}\n", SLIPS.replace("drawdowns.csv", file));
    let check = |name: &str, more: &[&str]| {
        let output = drawdown(folder.path(), &[&["check", name], more].concat());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    write("one/up.toml", &format!("{HEAD}{}", named("../r.csv")));
    write("one/absolute.toml", &format!("{HEAD}{}", named(at("r.csv").to_str().unwrap())));
    write("one/two/far.toml", "extends = '../../base.toml'\n");
    write("one/two/steps.toml", "extends = '../step.toml'\n");
    write("one/step.toml", "extends = '../base.toml'\n");
    for name in ["one/up.toml", "one/absolute.toml", "one/two/far.toml", "one/two/steps.toml"] {
        let (code, said) = check(name, &[]);
        assert_eq!(code, Some(2), "{name}: {said}");
        assert!(said.contains("lies outside the scenario's own folder"), "{name}: {said}");
        assert!(said.contains("--allow-outside"), "{name}: {said}");
        let (code, said) = check(name, &["--allow-outside"]);
        assert_eq!(code, Some(0), "{name}: {said}");
    }
    // One step up for a base, whose folder is then the scenario's own.
    write("one/near.toml", &format!("extends = '../base.toml'\n{}", named("../r.csv")));
    assert_eq!(check("one/near.toml", &[]).0, Some(0));
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink(at("r.csv"), at("one/link.csv")).unwrap();
        write("one/linked.toml", &format!("{HEAD}{}", named("link.csv")));
        let (code, said) = check("one/linked.toml", &[]);
        assert_eq!(code, Some(2), "{said}");
    }
    let text = format!("{HEAD}{}", named("r.csv"));
    let said = Scenario::parse("text.toml", &text).unwrap().compile().unwrap_err().to_string();
    assert!(said.contains("a text that is no file cannot name one"), "{said}");
}

// ---------------------------------------------------------------------------------------- Worth

/// The drawdowns that moved people: the driver, the slip of those that ended, and 1 for those turned back.
fn cases() -> Vec<(String, Option<f64>, f64)> {
    let mut table = csv::Reader::from_path(RECORD).unwrap();
    let header = table.headers().unwrap().clone();
    let place = |name: &str| header.iter().position(|column| column == name).unwrap();
    let rows = table.records().map(Result::unwrap);
    let moved = rows.filter(|row| &row[place("moved")] == "1");
    let case = |row: csv::StringRecord| {
        let slip = row[place("slip_days")].parse().ok();
        (row[place("driver")].to_owned(), slip, row[place("reversed")].parse().unwrap())
    };
    moved.map(case).collect()
}

/// The continuous ranked probability score of a forecast of equally likely values, E|X − y| − ½ E|X − X′| (Gneiting and
/// Raftery, *Journal of the American Statistical Association* 102, 2007).
fn crps(values: &[f64], y: f64) -> f64 {
    let n = values.len() as f64;
    let miss = values.iter().map(|x| (x - y).abs()).sum::<f64>() / n;
    let pairs = values.iter().map(|a| values.iter().map(|b| (a - b).abs()).sum::<f64>()).sum::<f64>();
    miss - pairs / (2.0 * n * n)
}

fn without<T: Copy>(values: &[T], place: usize) -> Vec<T> {
    [&values[..place], &values[place + 1..]].concat()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

#[test]
fn crps_of_two_values_is_known() {
    // E|X − y| = 1 and E|X − X′| = 1.
    assert_eq!(crps(&[0.0, 2.0], 1.0), 0.5);
    assert_eq!(crps(&[3.0; 4], 1.0), 2.0);
}

/// Each drawdown forecast from all others. The bar: five per cent better than “on time”, whose score is |slip|.
#[test]
fn the_record_forecasts_a_slip_better_than_on_time() {
    let slips: Vec<f64> = cases().into_iter().filter_map(|(_, slip, _)| slip).collect();
    assert_eq!(slips.len(), 19);
    let forecast = |place: usize| {
        let sample = Empirical::new(without(&slips, place), true);
        let shape = Shape::Empirical { sample, from: None };
        let inverse = Inverse::new(&shape, None, None).unwrap();
        let quantiles: Vec<f64> = (0..1000).map(|k| inverse.at((f64::from(k) + 0.5) / 1000.0)).collect();
        crps(&quantiles, slips[place])
    };
    let by_record = mean(&(0..slips.len()).map(forecast).collect::<Vec<_>>());
    let on_time = mean(&slips.iter().map(|slip| slip.abs()).collect::<Vec<_>>());
    close("on time", on_time, 275.0 / 19.0, 1e-12);
    close("by the record", by_record, 13.473, 1e-3);
    assert!(by_record < 0.95 * on_time, "{by_record} days, not below 95 % of {on_time}");
}

/// The same for turning back: quadratic and logarithmic scores of the posterior mean of all others. The forecast “never”
/// has the Brier score of the share that did, and no finite logarithmic score; so the bar for that one is a coin.
#[test]
fn the_record_forecasts_a_reversal_better_than_never() {
    let reversed: Vec<f64> = cases().into_iter().map(|(_, _, reversed)| reversed).collect();
    let (n, count) = (reversed.len() as f64, reversed.iter().sum::<f64>());
    assert_eq!((n, count), (23.0, 4.0));
    let chance = |place: usize| {
        let others = without(&reversed, place);
        let shape = Shape::Posterior {
            count: others.iter().sum(),
            of: others.len() as f64,
            prior: [0.5, 0.5],
            from: None,
        };
        let inverse = Inverse::new(&shape, None, None).unwrap();
        mean(&(0..1000).map(|k| inverse.at((f64::from(k) + 0.5) / 1000.0)).collect::<Vec<_>>())
    };
    let chances: Vec<f64> = (0..reversed.len()).map(chance).collect();
    // 3.5/23 for those turned back, 4.5/23 for the others, but for what a thousand quantiles miss.
    let (least, most) =
        (chances.iter().copied().fold(1.0, f64::min), chances.iter().copied().fold(0.0, f64::max));
    close("the least chance", least, 3.5 / 23.0, 1e-4);
    close("the greatest chance", most, 4.5 / 23.0, 1e-4);
    let pairs = || chances.iter().zip(&reversed);
    let brier = mean(&pairs().map(|(p, y)| (p - y) * (p - y)).collect::<Vec<_>>());
    let log = mean(
        &pairs()
            .map(|(p, y)| -drawdown::vm::math::ln(if *y == 1.0 { *p } else { 1.0 - p }))
            .collect::<Vec<_>>(),
    );
    close("the Brier score", brier, 0.1566, 1e-4);
    close("the logarithmic score", log, 0.5073, 1e-4);
    assert!(brier < 0.95 * count / n, "{brier}, not below 95 % of {}", count / n);
    assert!(log < drawdown::vm::math::ln(2.0), "{log}");
}
