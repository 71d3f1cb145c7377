//! From findings of sensitivity to what their figures draw.

use super::furniture::Caption;
use super::text;
use super::tornado::{Bar, Tornado, Whisker};
use crate::results::format::digits;
use crate::study::sensitivity::{Answer, Direction, Index, Input, Statistic, Subject};
use crate::study::{Findings, Method};

/// Bars of one figure.
const MOST_BARS: usize = 12;

/// What every figure says about these findings.
pub fn caption(findings: &Findings) -> Caption {
    let legend = &findings.legend;
    Caption {
        scenario: legend.title.clone(),
        start: legend.calendar.start(),
        end: legend.calendar.end(),
        replicates: findings.plan.histories - findings.failed,
        failed: findings.failed,
        seed: Some(findings.seed),
        sources: legend.sources.iter().map(|source| source.title.clone()).collect(),
    }
}

/// One figure a target.
pub fn tornadoes(findings: &Findings) -> impl Iterator<Item = Tornado> {
    findings.answers.iter().map(|answer| tornado(findings, answer))
}

fn tornado(findings: &Findings, answer: &Answer) -> Tornado {
    let method = findings.method;
    let unit = match answer.target.unit() {
        "" => String::new(),
        unit => format!(", {unit}"),
    };
    let measure = match method {
        Method::Given => {
            "How far the outcome's distribution moves when it is known (Borgonovo's δ)".to_owned()
        }
        Method::Sobol => "Share of the variance, with all it interacts with (total order)".to_owned(),
        Method::Morris => format!("Mean change over the input's whole range (Morris's μ*){unit}"),
    };
    let ranking = answer.ranking(method);
    let some = |(_, index): &&(usize, Index)| index.value != 0.0;
    let bars = ranking.iter().filter(some).take(MOST_BARS);
    let bars: Vec<Bar> = bars.map(|(input, index)| bar(findings, answer, *input, index)).collect();
    let idle = answer.index(Subject::Dummy, method.leading());
    Tornado {
        name: format!("sensitivity-{}", answer.target.name().replace('.', "-")),
        target: answer.target.label().to_owned(),
        measure,
        percent: method == Method::Sobol,
        inner: (method == Method::Sobol).then(|| "by itself (first order)".to_owned()),
        left_out: ranking.len() - bars.len(),
        bars,
        idle: idle.map(|dummy| dummy.value + 3.0 * dummy.error),
        chance: share(&answer.chance),
        rest: share(&Index { value: 1.0 - answer.chance.value, ..answer.chance }).words,
    }
}

fn bar(findings: &Findings, answer: &Answer, input: usize, index: &Index) -> Bar {
    let method = findings.method;
    let resolved = answer.is_resolved(method, input);
    let first = answer.index(Subject::Input(input), Statistic::First);
    let remark = match answer.directions[input] {
        _ if !resolved => "not resolved",
        Some(Direction::Raises) => "raises it",
        Some(Direction::Lowers) => "lowers it",
        None => "",
    };
    let described = &findings.inputs[input];
    let size = if method == Method::Sobol { share(index) } else { number(index) };
    Bar {
        label: described.id.replace("parameters.", ""),
        note: note(findings, described),
        size,
        inner: first.filter(|_| resolved).map(|first| first.value),
        remark: remark.to_owned(),
        resolved,
    }
}

/// Distribution and source of each quantity of an input.
fn note(findings: &Findings, input: &Input) -> String {
    let legend = &findings.legend;
    let of = |place: &usize| {
        let quantity = &legend.quantities[*place];
        let source = quantity.source.as_deref().map_or("no source", |named| {
            let found = legend.sources.iter().find(|source| source.id == named);
            found.map_or(named, |source| source.title.as_str())
        });
        format!("{} · {source}", quantity.text)
    };
    input.quantities.iter().map(of).collect::<Vec<_>>().join("; ")
}

fn share(index: &Index) -> Whisker {
    let interval = index.interval();
    let (low, high) = (interval.low.clamp(0.0, 1.0), interval.high.clamp(0.0, 1.0));
    let percent = |share: f64| digits(100.0 * share, Some(100.0 * index.error));
    let words = match index.error > 0.0 {
        true => format!("{} % ({} to {} %)", percent(index.value), percent(low), percent(high)),
        false => format!("{} %", percent(index.value)),
    };
    Whisker { value: index.value, low, high, words }
}

fn number(index: &Index) -> Whisker {
    let interval = index.interval();
    let low = if interval.low > 0.0 { interval.low } else { 0.0 };
    let told = |value: f64| match index.error > 0.0 {
        true => text::reading(value, index.error),
        false => text::plain(value),
    };
    let words = match index.error > 0.0 {
        true => format!("{} ({} to {})", told(index.value), told(low), told(interval.high)),
        false => told(index.value),
    };
    Whisker { value: index.value, low, high: interval.high, words }
}
