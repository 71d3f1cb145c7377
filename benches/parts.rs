//! The parts of the engine, each by itself: `cargo bench --bench parts`, or `-- attacks` after it for some.
//!
//! What can choose is timed with the widest instructions of this machine and with those that every machine
//! has. An element is one number of one replicate; of a process, one step of one replicate. `benches/parts`
//! prints the same as one table of nanoseconds an element.

use std::hint::black_box;
use std::time::Duration;

use criterion::{Criterion, Throughput};
use drawdown::lang::quantity::Shape;
use drawdown::model::record::{Mask, Record};
use drawdown::model::step::Workspace;
use drawdown::results::tally::Tally;
use drawdown::vm::graph::{Graph, Node, Rhythm};
use drawdown::vm::inverse::Inverse;
use drawdown::vm::isa::Isa;
use drawdown::vm::op::{Binary, Unary};
use drawdown::vm::program::Program;
use drawdown::vm::random::Stream;
use drawdown::vm::window::{Moment, Window};
use drawdown::vm::{LANES, Row, counts, math};
use drawdown::{Model, Run, Scenario};

fn main() {
    let criterion = Criterion::default().warm_up_time(Duration::from_millis(200));
    let criterion = criterion.measurement_time(Duration::from_millis(600)).sample_size(20);
    let mut criterion = criterion.configure_from_args();
    random_numbers(&mut criterion);
    inversion_of_counts(&mut criterion);
    inverse_distributions(&mut criterion);
    portable_functions(&mut criterion);
    expressions(&mut criterion);
    processes(&mut criterion);
    summary(&mut criterion);
    criterion.final_summary();
}

fn random_numbers(criterion: &mut Criterion) {
    let stream = Stream::new(1, "parts");
    let name = "random numbers/uniforms";
    time_rows(
        criterion,
        name,
        #[inline(always)]
        |row, out| stream.uniforms(0, 7 * row as i64, 0, out),
    );
}

fn inversion_of_counts(criterion: &mut Criterion) {
    let u = uniforms();
    for mean in [0.3, 5.0, 1000.0] {
        let (means, sizes) = ([mean; LANES], [2.0; LANES]);
        time_rows(
            criterion,
            &format!("counts/Poisson, mean {mean}"),
            #[inline(always)]
            |row, out| counts::poisson(&means, &u[row], out),
        );
        time_rows(
            criterion,
            &format!("counts/negative binomial, mean {mean}, size 2"),
            #[inline(always)]
            |row, out| counts::negative_binomial(&means, &sizes, &u[row], out),
        );
    }
    let (trials, p) = ([100.0; LANES], [0.05; LANES]);
    time_rows(
        criterion,
        "counts/binomial, 100 trials, p 0.05",
        #[inline(always)]
        |row, out| counts::binomial(&trials, &p, &u[row], out),
    );
}

fn inverse_distributions(criterion: &mut Criterion) {
    let shapes = [
        ("triangular", Shape::Triangular { low: 0.0, mode: 1.0, high: 3.0 }),
        ("normal", Shape::Normal { mean: 0.0, sd: 1.0 }),
        ("lognormal", Shape::Lognormal { median: 20.0, p90: 60.0 }),
        ("PERT", Shape::Pert { low: 0.0, mode: 1.0, high: 3.0 }),
        ("gamma", Shape::Gamma { mean: 10.0, sd: 5.0 }),
    ];
    let u = uniforms();
    for (name, shape) in shapes {
        let inverse = Inverse::new(&shape, None, None).expect("nothing is cut off");
        time(criterion, &format!("inverse distributions/{name}"), ROWS * LANES, || {
            u.iter().flatten().for_each(|u| {
                black_box(inverse.at(*u));
            });
        });
    }
}

fn portable_functions(criterion: &mut Criterion) {
    let u = uniforms();
    for (name, function) in [("exp", Unary::Exp), ("ln", Unary::Ln), ("logistic", Unary::Logistic)] {
        time_rows(
            criterion,
            &format!("functions/{name}"),
            #[inline(always)]
            |row, out| function.apply(out, &u[row]),
        );
    }
    time_rows(
        criterion,
        "functions/inverse normal",
        #[inline(always)]
        |row, out| math::inverse_normal_row(&u[row], out),
    );
}

fn expressions(criterion: &mut Criterion) {
    time_program(criterion, "expressions/x / (x + y)", |g, x, y| {
        let sum = g.add(x, y);
        g.binary(Binary::Divide, x, sum)
    });
    time_program(criterion, "expressions/if(x < y, x, y)", |g, x, y| {
        let less = g.binary(Binary::Less, x, y);
        g.select(less, x, y)
    });
    time_program(criterion, "expressions/x ^ y", |g, x, y| g.binary(Binary::Power, x, y));
    time_program(criterion, "expressions/sum(x, 28), weekly", |g, x, _| {
        g.window(Window::Sum(28.0_f64.to_bits()), x)
    });
}

/// A step of scenarios that have one process each, and of one that has all.
fn processes(criterion: &mut Criterion) {
    for name in ["nothing", "posture", "attacks", "states", "stocks", "shocks"] {
        time_steps(criterion, &format!("processes/{name}"), &model(&format!("processes/{name}.toml")));
    }
    time_steps(criterion, "processes/the reference model", &model("reference.toml"));
}

/// Of the reference model: a block added to the tally, and quantiles read from the results.
fn summary(criterion: &mut Criterion) {
    let model = model("reference.toml");
    let run = || Run::new(&model).replicates(10_000);
    let legend = run().legend().expect("no signal is followed");
    let record: Record = Workspace::new(&model, 1, Isa::widest(), &[]).run(0, Mask::MAX).clone();
    let mut tally = Tally::new(&legend);
    time(criterion, "summary/values added to the tally", record.values.len() * LANES, || {
        tally.add(&legend, black_box(&record));
    });
    let results = run().start().expect("the reference model runs");
    let points: Vec<_> = results.signals().flat_map(|series| series.points().collect::<Vec<_>>()).collect();
    time(criterion, "summary/quantiles read, 10,000 replicates", points.len() * QUANTILES.len(), || {
        for point in &points {
            black_box(QUANTILES.map(|p| point.q(p)));
        }
    });
}

const QUANTILES: [f64; 5] = [0.05, 0.25, 0.5, 0.75, 0.95];
/// Rows of 64 replicates that are worked on in turn: no branch is known beforehand, and all stay in the cache.
const ROWS: usize = 32;
/// Random numbers for those parts that take them.
fn uniforms() -> Vec<Row> {
    let stream = Stream::new(1, "uniforms");
    let mut rows = vec![[0.0; LANES]; ROWS];
    rows.iter_mut().zip((0..).step_by(2)).for_each(|(row, day)| stream.uniforms(0, day, 0, row));
    rows
}

fn model(file: &str) -> Model {
    let path = format!("{}/benches/{file}", env!("CARGO_MANIFEST_DIR"));
    let compiled = Scenario::open(&path).and_then(|scenario| scenario.compile());
    compiled.unwrap_or_else(|mistakes| panic!("{path}: {mistakes}"))
}

/// Times what one call does to so many elements.
fn time(criterion: &mut Criterion, name: &str, elements: usize, mut part: impl FnMut()) {
    let (group, name) = name.split_once('/').expect("a group and a name");
    let mut group = criterion.benchmark_group(group);
    group.throughput(Throughput::Elements(elements as u64));
    group.bench_function(name, |bencher| bencher.iter(&mut part));
}

/// The same with the widest instructions of this machine, and with those that every machine has.
fn time_each(criterion: &mut Criterion, name: &str, elements: usize, mut part: impl FnMut(Isa)) {
    for (instructions, isa) in choices() {
        time(criterion, &format!("{name} ({instructions})"), elements, || part(isa));
    }
}

fn choices() -> [(&'static str, Isa); 2] {
    [("widest", Isa::widest()), ("baseline", Isa::BASELINE)]
}

/// Times work that fills a row; inlined, it is compiled for the instructions.
fn time_rows(criterion: &mut Criterion, name: &str, work: impl Fn(usize, &mut Row)) {
    let mut out = [0.0; LANES];
    time_each(criterion, name, ROWS * LANES, |isa| {
        isa.run(
            #[inline(always)]
            || {
                // A loop where it stands: a closure within would be compiled for every machine alike.
                for row in 0..ROWS {
                    work(black_box(row), &mut out);
                    black_box(&mut out);
                }
            },
        );
    });
}

/// Times the steps of a program that works out one expression of two rows.
fn time_program(criterion: &mut Criterion, name: &str, expression: fn(&mut Graph, Node, Node) -> Node) {
    let mut graph = Graph::default();
    let (x, y) = (graph.input(Rhythm::Step), graph.input(Rhythm::Step));
    let result = expression(&mut graph, x, y);
    let program = Program::new(&graph, &[], &[result]);
    let mut registers = program.registers(7.0);
    let u = uniforms();
    time_each(criterion, name, ROWS * LANES, |isa| {
        for row in 0..ROWS {
            registers.rows[x.index()] = u[row];
            registers.rows[y.index()] = u[ROWS - 1 - row];
            let days = 7.0 * row as f64;
            let now = Moment { row, days, behind: 7.0, ahead: 7.0, step: 7.0 };
            program.run_step(&mut registers, isa, black_box(&now));
        }
        black_box(&registers.rows[result.index()]);
    });
}

/// Times the steps of a model, block after block of replicates.
fn time_steps(criterion: &mut Criterion, name: &str, model: &Model) {
    for (instructions, isa) in choices() {
        let mut workspace = Workspace::new(model, 1, isa, &[]);
        let mut blocks = (0..).step_by(LANES);
        time(criterion, &format!("{name} ({instructions})"), model.calendar.steps() * LANES, || {
            blocks.next().map(|first| black_box(workspace.run(first, Mask::MAX).alive));
        });
    }
}
