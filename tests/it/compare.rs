//! Comparisons of scenarios whose differences are known.

use std::fs;

use drawdown::results::Estimate;
use drawdown::study::comparison::{Better, Difference, Pairing};
use drawdown::study::{Compared, Comparison};
use drawdown::{Model, Scenario};
use statrs::distribution::{Discrete, DiscreteCDF, Poisson};

use crate::common::{close, compile, drawdown, folder_with, scenario};

/// Raids in one step of a week, at a rate a month, and whether there were any.
const RAIDS: &str = "
[parameters]
rate = 10
[attacks.raids]
per_month = \"rate\"
before = 10
[indicators.all_raids]
label = \"All raids\"
value = \"total(raids.attacks)\"
amber = 5
red = 10
[milestones.raided]
when = \"total(raids.attacks) > 0\"
by = 2024-01-08
";
const WEEK: &str = "step = \"1 week\"\nend = 2024-01-08";
/// Raids in a week at a rate of 1 a month.
const WEEKS_A_MONTH: f64 = 7.0 / 30.4375;

fn raids(rate: &str) -> Model {
    compile(&scenario(WEEK, RAIDS).with("parameters.rate", rate).unwrap())
}

fn compare(base: &Model, other: &Model, replicates: u64, seed: u64) -> Compared {
    Comparison::new(base).against(other).replicates(replicates).seed(seed).start().unwrap()
}

#[track_caller]
fn of(compared: &Compared, target: &str) -> Difference {
    compared.difference(1, target).unwrap_or_else(|| panic!("nothing about {target}"))
}

/// Asserts that an estimate is its truth within four of its standard errors.
#[track_caller]
fn told(what: &str, estimate: &Estimate, truth: f64) {
    close(what, estimate.value, truth, 4.0 * estimate.error().unwrap() / 1.96 + 1e-12);
}

/// Two Poisson counts that are inverted from one uniform: the chance that they are equal, and E[AB].
fn coupled(few: f64, many: f64) -> (f64, f64) {
    let (few, many) = (Poisson::new(few).unwrap(), Poisson::new(many).unwrap());
    let below = |of: &Poisson, k: u64| if k == 0 { 0.0 } else { of.cdf(k - 1) };
    let (mut same, mut product) = (0.0, 0.0);
    for a in 0..100 {
        for b in 0..100 {
            let overlap = few.cdf(a).min(many.cdf(b)) - below(&few, a).max(below(&many, b));
            if overlap > 0.0 {
                product += overlap * (a * b) as f64;
                same += if a == b { overlap } else { 0.0 };
            }
        }
    }
    (same, product)
}

#[test]
fn a_rate_doubled_is_compared_as_the_coupled_counts_are() {
    let compared = compare(&raids("10"), &raids("20"), 40_000, 7);
    let (few, many) = (10.0 * WEEKS_A_MONTH, 20.0 * WEEKS_A_MONTH);
    let (same, product) = coupled(few, many);
    for target in ["end.all_raids", "peak.all_raids"] {
        let raids = of(&compared, target);
        told("the base", &raids.base, few);
        told("the other", &raids.value, many);
        told("the difference", &raids.difference, few);
        told("ties", &raids.sides.same, same);
        // Inversion is monotone: the greater rate never has fewer. More raids are worse.
        assert_eq!(raids.sides.below.value, 0.0);
        let (better, worse) = raids.sides.better_and_worse(Better::Lower);
        assert_eq!(better.value, 0.0);
        told("worse", &worse, 1.0 - same);
        // Var(A) + Var(B) = few + many; Cov = E[AB] − few·many.
        let paired = few + many - 2.0 * (product - few * many);
        // 40,000 worlds know a variance of small counts to about one part in a hundred.
        close("the cut", raids.pairing.cut().unwrap(), (few + many) / paired, 0.2);
        assert!(raids.is_clear() && raids.is_resolved());
    }
    let number = compared.questions().iter().position(|q| q.target.name() == "end.all_raids").unwrap();
    let [base, other] = [0, 1].map(|scenario| compared.regret(scenario, number).unwrap());
    assert_eq!((base.best.value, base.mean.value), (1.0, 0.0), "fewer raids are never worse");
    told("regret", &other.mean, few);
    told("best", &other.best, same);
    assert_eq!((base.best_alone.value, other.best_alone.value), (1.0 - other.best.value, 0.0));
}

#[test]
fn milestones_have_probabilities_and_dates_without_a_better_side() {
    let compared = compare(&raids("10"), &raids("20"), 20_000, 7);
    let none = [10.0, 20.0].map(|rate| Poisson::new(rate * WEEKS_A_MONTH).unwrap().pmf(0));
    for target in ["raided", "by.raided"] {
        let raided = of(&compared, target);
        told("the base", &raided.base, 1.0 - none[0]);
        told("the other", &raided.value, 1.0 - none[1]);
        told("the difference", &raided.difference, none[0] - none[1]);
        told("gained", &raided.sides.above, none[0] - none[1]);
        assert_eq!((raided.sides.below.value, raided.quantiles), (0.0, None));
    }
    // It comes after a week, or counts with the end, which is the same day.
    assert!(of(&compared, "date.raided").is_nothing());
    let number = compared.questions().iter().position(|q| q.target.name() == "raided").unwrap();
    assert_eq!((compared.questions()[number].better, compared.regret(0, number)), (None, None));
}

/// The date of a shock is exponential; one that never comes counts with the end.
#[test]
fn dates_are_compared_by_their_restricted_means() {
    let body = "[shocks.war]\nper_year = 1\n[milestones.war_comes]\nwhen = \"war.count > 0\"\n";
    let base = scenario("end = 2024-12-31", body);
    let twice = compile(&base.clone().with("shocks.war.per_year", "2").unwrap());
    let compared = compare(&compile(&base), &twice, 10_000, 7);
    let date = of(&compared, "date.war_comes");
    // The sum over days d of P(no war by day d), each row standing for the day that follows it.
    let restricted = |rate: f64| (0..365).map(|day| survival(rate, day)).sum::<f64>();
    told("the base", &date.base, restricted(1.0));
    told("the other", &date.value, restricted(2.0));
    told("the difference", &date.difference, restricted(2.0) - restricted(1.0));
    // One uniform a day decides both: the war of the smaller rate is never the earlier.
    assert_eq!(date.sides.above.value, 0.0);
    // The same day: the smaller rate's war comes on day d, and until then there was none at the greater. Or never.
    let on_day = |day| survival(2.0, day) * (1.0 - survival(1.0, 1));
    told("the same day", &date.sides.same, (0..365).map(on_day).sum::<f64>() + survival(2.0, 365));
}

#[expect(clippy::disallowed_methods, reason = "the truth from another library")]
fn survival(per_year: f64, days: i32) -> f64 {
    (-per_year * f64::from(days) / 365.25).exp()
}

#[test]
fn a_scenario_differs_from_itself_in_nothing() {
    let model = raids("10");
    let compared = compare(&model, &model, 1000, 7);
    let names: Vec<&str> = compared.alternatives.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["test", "test-2"]);
    for (number, question) in compared.questions().iter().enumerate() {
        let difference = compared.difference_in(1, number).unwrap();
        assert_eq!(difference.difference.value, 0.0, "{}", question.target);
        assert!(difference.is_nothing() && !difference.is_resolved());
        let expected =
            if question.target.name() == "date.raided" { Pairing::NothingVaries } else { Pairing::Whole };
        assert_eq!(difference.pairing, expected, "{}", question.target);
        for regret in [0, 1].into_iter().filter_map(|scenario| compared.regret(scenario, number)) {
            assert_eq!((regret.mean.value, regret.best.value, regret.best_alone.value), (0.0, 1.0, 0.0));
        }
    }
    for course in 0..compared.courses().len() {
        assert!(
            compared.course(1, course).all(|point| point.mean().value == 0.0 && point.q(0.95).value == 0.0)
        );
    }
}

/// The variance of the estimated difference over many seeds, paired and from separate runs.
#[test]
fn pairing_cuts_the_variance_by_the_factor_it_says() {
    let (base, other) = (raids("10"), raids("14"));
    let (worlds, seeds) = (128, 400);
    let mut paired = Vec::new();
    let mut apart = Vec::new();
    let mut said = 0.0;
    for seed in 0..seeds {
        let here = of(&compare(&base, &other, worlds, seed), "end.all_raids");
        let elsewhere = of(&compare(&base, &other, worlds, seed + 1_000_000), "end.all_raids");
        paired.push(here.difference.value);
        apart.push(elsewhere.value.value - here.base.value);
        said += here.pairing.cut().unwrap() / seeds as f64;
    }
    let measured = variance(&apart) / variance(&paired);
    // Each variance is known to √(2/400), 7 %, their ratio to 10 %: three of these.
    assert!((measured / said - 1.0).abs() < 0.3, "measured {measured}, said {said}");
    assert!(said > 3.0, "{said}");
}

fn variance(values: &[f64]) -> f64 {
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    values.iter().map(|x| (x - mean) * (x - mean)).sum::<f64>() / (n - 1.0)
}

#[test]
fn intervals_hold_the_truth_95_times_in_100() {
    let (base, other) = (raids("10"), raids("14"));
    let none = [10.0, 14.0].map(|rate| Poisson::new(rate * WEEKS_A_MONTH).unwrap().pmf(0));
    let seeds = 600;
    let mut held = [0; 3];
    for seed in 0..seeds {
        let compared = compare(&base, &other, 300, seed);
        let raids = of(&compared, "end.all_raids");
        let truths = [
            (raids.difference, 4.0 * WEEKS_A_MONTH),
            (raids.sides.same, coupled(10.0 * WEEKS_A_MONTH, 14.0 * WEEKS_A_MONTH).0),
            (of(&compared, "raided").difference, none[0] - none[1]),
        ];
        for (count, (estimate, truth)) in held.iter_mut().zip(truths) {
            let interval = estimate.interval.unwrap();
            *count += u32::from((interval.low..=interval.high).contains(&truth));
        }
    }
    for count in held {
        // Binomial: 570 ± 5.3 of 600. Four of these below; above, for the interval of few counts is wide.
        assert!((549..=598).contains(&count), "{held:?} of {seeds}");
    }
}

#[test]
fn any_number_of_threads_gives_the_same_bytes() {
    let text = |rate: &str| {
        format!("schema = 1\nstart = 2024-01-01\nseed = 1\n{WEEK}\n{RAIDS}").replace("= 10\n[", rate)
    };
    let files = [("a.toml", text("= 10\n[")), ("b.toml", text("= 15\n["))];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_bytes()));
    let folder = folder_with(&files);
    let written = |jobs: &str| {
        let arguments = ["compare", "a.toml", "b.toml", "-n", "1000", "-j", jobs, "-o", jobs];
        let output = drawdown(folder.path(), &arguments);
        assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
        let names = ["compare.csv", "differences.csv", "failures.csv", "charts/difference-all_raids.svg"];
        names.map(|name| fs::read_to_string(folder.path().join(jobs).join(name)).unwrap())
    };
    let one = written("1");
    assert_eq!(one, written("3"));
    assert!(
        one[0].starts_with("alternative,base,target,statistic,value,lo95,hi95,n\na,a,end.all_raids,value,")
    );
    assert!(
        one[0].contains("\nb,a,peak.all_raids,variance_cut,")
            && one[0].contains("\na,a,peak.all_raids,regret,0,")
    );
    assert!(one[1].contains("\nb,a,2024-01-08,all_raids,,q95,") && one[1].contains(",all_raids,,worse,"));
}

#[test]
fn a_comparison_can_be_pasted_into_a_memo() {
    let text = format!("schema = 1\nstart = 2024-01-01\nseed = 1\n{WEEK}\n{RAIDS}");
    let variant = "extends = \"a.toml\"\nname = \"Twice\"\n[parameters]\nrate = 20\n";
    let folder = folder_with(&[("a.toml", text.as_bytes()), ("b.toml", variant.as_bytes())]);
    let output = drawdown(folder.path(), &["compare", "a.toml", "b.toml", "-n", "4000", "--format", "csv"]);
    let words = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert!(
        words.starts_with("4,000 worlds, each under 2 scenarios, 2024-01-01 to 2024-01-08, seed 1"),
        "{words}"
    );
    let table: Vec<&str> = words.lines().filter(|line| line.starts_with("| ")).collect();
    // Every line of a table has the same cells and the same width.
    let first: Vec<&&str> = table.iter().take(4).collect();
    assert!(first.iter().all(|line| line.chars().count() == first[0].chars().count()), "{words}");
    assert!(
        first[1].starts_with("| ---")
            && first[2].contains("All raids, worst")
            && first[2].contains("better in < ")
    );
    assert!(words.contains("worse in b, at the worst: All raids"), "{words}");
    assert!(words.contains("the same chance on both sides cuts the variance of a difference by "), "{words}");
    assert!(words.contains("**Best of the set**"), "{words}");
    assert!(folder.path().join("output/a-compare/compare.csv").exists());
    assert!(!folder.path().join("output/a-compare/charts").exists());
    let manifest = fs::read_to_string(folder.path().join("output/a-compare/manifest.json")).unwrap();
    assert!(manifest.contains("\"study\": \"compare\"") && manifest.contains("Twice"), "{manifest}");
}

#[test]
fn what_one_scenario_lacks_is_named_and_the_rest_compared() {
    let base = scenario(WEEK, RAIDS);
    let without = RAIDS
        .replace("[milestones.raided]", "[milestones.attacked]")
        .replace("amber = 5\nred = 10", "amber = 10\nred = 5");
    let other = compile(&scenario(WEEK, &without));
    let dated = compile(&base.clone().with("milestones.raided.by", "2024-01-01").unwrap());
    let base = compile(&base);
    let refused = Comparison::new(&base).against(&other).replicates(64).start().unwrap_err();
    assert!(refused.to_string().contains("no indicator, milestone or theatre in common"), "{refused}");
    let compared = Comparison::new(&base).against(&other).against(&dated).replicates(64).start().unwrap();
    let left_out: Vec<String> =
        compared.left_out.iter().map(|one| format!("{} {}", one.what, one.why)).collect();
    assert_eq!(
        left_out,
        [
            "milestones.raided not in `test-2`",
            "milestones.attacked not in `test`",
            "indicators.all_raids worse on the other side in `test-2`",
            "milestones.raided by its own date: 2024-01-08 in `test`, 2024-01-01 in `test-3`",
        ]
    );
    assert_eq!(compared.difference(1, "end.all_raids"), None);
    assert_eq!(compared.difference(2, "by.raided"), None);
    assert!(compared.difference(2, "raided").is_some_and(|difference| difference.is_nothing()));
    assert!(compared.course(2, 0).count() == 2 && compared.course(1, 0).count() == 0);
}

#[test]
fn worlds_in_which_one_scenario_fails_count_for_none() {
    let body = |from: &str| {
        format!(
            "[parameters]\nx = {{ uniform = [0, 1] }}\n[variables]\ny = \"ln(x - {from})\"\n\
                 [indicators.risk]\nvalue = \"if(y > 0, x, x)\"\namber = 0.5\nred = 0.9\n"
        )
    };
    let base = compile(&scenario(WEEK, &body("(0 - 1)")));
    let other = compile(&scenario(WEEK, &body("0.25")));
    let compared = compare(&base, &other, 1000, 7);
    let share = compared.failed() as f64 / 1000.0;
    // Binomial with ¼ of 1,000: ± 0.014.
    close("the share that fails", share, 0.25, 0.055);
    assert_eq!(compared.completed() + compared.failed(), 1000);
    assert_eq!((compared.alternatives[0].failed, compared.alternatives[1].failed), (0, compared.failed()));
    let first = &compared.alternatives[1].failures[0];
    assert!(first.signal == "risk" && first.expression == "ln(x - 0.25)", "{first:?}");
    // Both means are of the worlds that count: x above ¼.
    let risk = of(&compared, "end.risk");
    told("the base", &risk.base, 0.625);
    assert!(risk.is_nothing() && risk.sides.same.interval.unwrap().low < 0.8);
    let never = compile(&scenario(WEEK, &body("2")));
    let error = Comparison::new(&base).against(&never).replicates(64).start().unwrap_err().to_string();
    assert!(error.contains("no world in which every scenario ran to the end"), "{error}");
    assert!(error.contains("`test-2`, replicate 1: risk: ln("), "{error}");
}

#[test]
fn scenarios_that_cannot_be_paired_say_why_and_what_to_do() {
    let file = |header: &str| {
        format!("schema = 1\n{header}\n[shocks.war]\nper_year = 1\n[milestones.war_comes]\nwhen = \"war\"\n")
    };
    let base = file("start = 2024-01-01\nend = 2024-12-31\nseed = 1\nreplicates = 64");
    let files = [
        ("base.toml", base.clone()),
        ("late.toml", base.replace("2024-01-01", "2024-02-01").replace("seed = 1", "seed = 2")),
        ("weekly.toml", base.replace("seed = 1", "step = \"1 week\"").replace("2024-12-31", "2025-12-31")),
        ("other-seed.toml", base.replace("seed = 1", "seed = 2")),
        ("wrong.toml", base.replace("per_year", "per_yaer")),
    ];
    let files = files.each_ref().map(|(name, text)| (*name, text.as_bytes()));
    let folder = folder_with(&files);
    let run = |arguments: &[&str]| {
        let output = drawdown(folder.path(), &[&["compare"], arguments].concat());
        (output.status.code(), String::from_utf8(output.stderr).unwrap())
    };
    let cases: [(&[&str], &[&str]); 4] = [
        (&["base.toml"], &["a comparison takes two scenarios or more", "extends = "]),
        (
            &["base.toml", "late.toml", "weekly.toml"],
            &[
                "`late` starts on 2024-02-01, `base` on 2024-01-01",
                "--set start=2024-01-01",
                "`weekly` ends on 2025-12-31, `base` on 2024-12-31",
                "`weekly` has steps of 7 days, `base` of 1 day",
                "`late` states seed 2, `base` 1: one must serve both (say which: -s 1)",
            ],
        ),
        (&["base.toml", "other-seed.toml"], &["-s 1"]),
        (&["base.toml", "wrong.toml"], &["did you mean `per_year`?"]),
    ];
    for (arguments, reasons) in cases {
        let (code, message) = run(arguments);
        assert_eq!(code, Some(2), "{arguments:?}: {message}");
        for reason in reasons {
            assert!(message.contains(reason), "{arguments:?}: {message}\nwithout {reason}");
        }
    }
    assert!(!folder.path().join("output/base-compare").exists(), "nothing is left behind");
    // With one seed for both they can be compared, and so can one that states none.
    assert_eq!(run(&["base.toml", "other-seed.toml", "-s", "5", "-q", "--format", "csv"]).0, Some(0));
    let set = ["base.toml", "weekly.toml", "--set", "end=2024-12-31", "--set", "step=1 day"];
    assert_eq!(run(&[&set[..], &["-q", "--format", "csv"]].concat()), (Some(0), String::new()));
}

#[test]
fn reported_dates_are_those_that_all_report() {
    let model = |every: &str| {
        let header = format!("end = 2024-03-01\nreport_every = \"{every}\"");
        let body =
            "[shocks.war]\nper_year = 1\n[indicators.wars]\nvalue = \"war.count\"\namber = 1\nred = 2\n";
        compile(&scenario(&header, body))
    };
    let compared = compare(&model("6 days"), &model("4 days"), 64, 7);
    let days: Vec<i8> = compared.course(1, 0).map(|point| point.date.day()).collect();
    assert_eq!(days, [1, 13, 25, 6, 18, 1]);
    assert!(compared.course(1, 0).all(|point| point.sides.same.value == 1.0));
}

#[test]
fn a_seed_is_drawn_where_none_is_stated_and_recorded() {
    let text = format!("schema = 1\nstart = 2024-01-01\n{WEEK}\n{RAIDS}");
    let model = Scenario::parse("test.toml", &text).unwrap().compile().unwrap();
    let drawn = Comparison::new(&model).against(&model).replicates(64).start().unwrap();
    assert_eq!(compare(&model, &model, 64, drawn.seed).value(0, 0), drawn.value(0, 0));
}
