//! Counts over windows, totals and handed-over bases, against the same from whole histories.

use std::cell::RefCell;

use drawdown::Run;
use drawdown::model::record::{Record, lanes};
use drawdown::results::Legend;

use crate::common::{close, compile, scenario};

const BODY: &str = "
[contingents.us]
[theatres.t]
[sites.one]
theatre = \"t\"
troops = { us = 300 }
[sites.two]
theatre = \"t\"
troops = { us = 200 }
[phases.early]
start = 2024-02-01
end = 2024-03-01
end_slip_days = { uniform = [0, 60] }
moves.out = { from = \"one\", to = \"home\" }
[phases.late]
start = 2024-02-01
end = 2024-05-01
end_slip_days = { uniform = [0, 90] }
moves.out = { from = \"two\", to = \"home\" }
[attacks.raids]
label = \"Raids\"
at = [\"t\"]
per_month = 9
dispersion = 3
killed = { mean = 0.4, dispersion = 0.3 }
[attacks.bombs]
label = \"Bombs\"
at = [\"t\"]
per_month = 2
killed = { mean = 1.5 }
";
const REPLICATES: usize = 300;
const DAYS: usize = 150;

/// What a signal is in every history at each day: `[replicate][day]`.
type Histories = Vec<Vec<f64>>;

/// The value of a rank of 0.5 and 0.95.
fn quantiles(mut values: Vec<f64>) -> [f64; 2] {
    values.sort_by(f64::total_cmp);
    [0.5, 0.95].map(|p| values[(p * values.len() as f64).ceil() as usize - 1])
}

#[test]
fn windows_totals_and_handed_over_bases_are_those_of_the_histories() {
    let header = format!("end = 2024-05-30\nreport_every = \"1 week\"\nreplicates = {REPLICATES}");
    let model = compile(&scenario(&header, BODY));
    let names = ["raids.attacks", "raids.killed", "bombs.killed", "one.troops", "two.troops"];
    let found: RefCell<[Histories; 5]> = RefCell::default();
    let mut each = |legend: &Legend, record: &Record| {
        for (place, name) in names.iter().enumerate() {
            let at = legend.paths.iter().position(|path| path == name).unwrap();
            let rows = || record.paths.iter().skip(at).step_by(names.len());
            let of_lanes = lanes(record.alive).map(|lane| rows().map(|row| row[lane]).collect());
            found.borrow_mut()[place].extend(of_lanes);
        }
    };
    let results = Run::new(&model).paths(names).each(&mut each).start().unwrap();
    let [raids, raid_killed, bomb_killed, one, two] = found.into_inner();
    assert_eq!((raids.len(), raids[0].len()), (REPLICATES, DAYS + 1));
    let killed: Histories = raid_killed
        .iter()
        .zip(&bomb_killed)
        .map(|(a, b)| a.iter().zip(b).map(|(a, b)| a + b).collect())
        .collect();

    // A quarter of 150 days is more than 30, so the recent past is the whole weeks nearest to that: 28 days.
    assert_eq!(results.legend.recent_days, 28);
    let labels: Vec<&str> = results.legend.counts.iter().map(|count| count.label.as_str()).collect();
    assert_eq!(labels, ["Bombs", "Raids", "Killed"]);
    for (count, histories) in [(1, &raids), (2, &killed)] {
        let counted = results.counts().nth(count).unwrap();
        assert!((0..4).all(|row| counted.recent(row).is_none()));
        // The last reported day ends a span of three days, and 28 days before it lie nearest to the row of day 119.
        for (row, from, to) in [(4, 0, 28), (9, 35, 63), (21, 119, 147), (22, 119, 150)] {
            let sums: Vec<f64> = histories.iter().map(|h| h[from + 1..=to].iter().sum()).collect();
            let recent = counted.recent(row).unwrap();
            assert_eq!([0.5, 0.95].map(|p| recent.sum.q(p)), quantiles(sums.clone()), "{count}, row {row}");
            close("per month", recent.per_month, 30.4375 / (to - from) as f64, 1e-12);
            let any = sums.iter().filter(|sum| **sum > 0.0).count() as f64 / REPLICATES as f64;
            close("any", recent.any.value, any, 1e-12);
        }
        let totals: Vec<f64> = histories.iter().map(|h| h[1..].iter().sum()).collect();
        assert_eq!([0.5, 0.95].map(|p| counted.total().q(p)), quantiles(totals.clone()));
        for (total, share) in counted.exceedance() {
            let reached = totals.iter().filter(|sum| **sum >= total).count() as f64 / REPLICATES as f64;
            close("exceedance", share.value, reached, 1e-12);
        }
    }
    for row in [0, 8, 12, 22] {
        let day = if row == 22 { DAYS } else { 7 * row };
        let empty = |troops: &Vec<f64>| if troops[..=day].contains(&0.0) { 1.0 } else { 0.0 };
        let bases = one.iter().zip(&two).map(|(one, two)| empty(one) + empty(two)).collect();
        assert_eq!([0.5, 0.95].map(|p| results.handed_over(row).q(p)), quantiles(bases), "row {row}");
    }
    let announced: Vec<String> =
        results.legend.sites.iter().map(|site| site.announced_empty.unwrap().to_string()).collect();
    // As announced, nothing slips.
    assert_eq!(announced, ["2024-03-01", "2024-05-01"]);
}
