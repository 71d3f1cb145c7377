//! `drawdown chart`: draws again from the results of a run, without simulating.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use rayon::prelude::*;

use super::hindcast::observations;
use super::simulation::TextFile;
use super::{Exit, refuse, say};
use crate::export::chart::{self, ChartError, Figure, PNG_WIDTH, Theme};
use crate::export::folder::Folder;
use crate::export::saved;
use crate::lang::diagnostic::nearest;
use crate::model::signals::matches;
use crate::results::Results;
use crate::study::hindcast::{Observables, Observed};

#[derive(Args, Debug)]
pub struct ChartArguments {
    /// The folder of a run, such as output/iraq-syria
    #[arg(value_name = "OUTPUT_DIR")]
    folder: PathBuf,
    /// Figures by name or pattern, such as troops,'indicator-*'; all of them unless given
    #[arg(long = "figure", value_name = "NAME,…", value_delimiter = ',')]
    figures: Vec<String>,
    /// Signals by name or pattern, each drawn in a figure of its own, such as iraq.troops,'politics.*'
    #[arg(long = "signal", value_name = "SIGNAL,…", value_delimiter = ',')]
    signals: Vec<String>,
    /// What happened, as `hindcast` takes it: drawn on the troops and the signals
    #[arg(long, value_name = "CSV", value_parser = TextFile::read)]
    observed: Option<TextFile>,
    /// What to write
    #[arg(long, value_name = "FORMAT,…", value_delimiter = ',', default_value = "svg,png")]
    format: Vec<Format>,
    /// For white paper, or for dark screens (the files' names then end in -dark)
    #[arg(long, value_enum, default_value_t = Shade::Light)]
    theme: Shade,
    /// Width of PNG pictures in pixels
    #[arg(long, value_name = "PIXELS", default_value_t = PNG_WIDTH, value_parser = clap::value_parser!(u32).range(240..=9600))]
    width: u32,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Vectors
    Svg,
    /// Pictures
    Png,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Shade {
    Light,
    Dark,
}

pub fn chart(arguments: &ChartArguments) -> Exit {
    let drawn = saved::load(&arguments.folder).map_err(Box::from).and_then(|results| {
        match observations(arguments.observed.as_ref(), &Observables::in_results(&results.legend)) {
            Ok(observed) => draw(arguments, &results, &observed),
            Err(exit) => Ok(exit),
        }
    });
    drawn.unwrap_or_else(|why: Box<dyn Error>| refuse(why.as_ref()))
}

fn draw(arguments: &ChartArguments, results: &Results, observed: &Observed) -> Result<Exit, Box<dyn Error>> {
    let theme = match arguments.theme {
        Shade::Light => Theme::Light,
        Shade::Dark => Theme::Dark,
    };
    let wanted = match (arguments.figures.as_slice(), arguments.signals.as_slice()) {
        ([], [_, ..]) => Vec::new(),
        (names, _) => named(chart::figures_with(results, observed)?, names)?,
    };
    let wanted = wanted.into_iter().chain(of_signals(results, observed, &arguments.signals)?);
    let figures: Vec<Figure> = wanted.map(|figure| figure.in_theme(theme)).collect();
    let pictures: Vec<Result<Vec<u8>, ChartError>> = match arguments.format.contains(&Format::Png) {
        true => figures.par_iter().map(|figure| chart::png(figure, arguments.width)).collect(),
        false => Vec::new(),
    };
    let (mut folder, manifest) = Folder::reopen(&arguments.folder)?;
    let mut written = String::new();
    let mut write = |name: String, bytes: &[u8]| {
        written += &format!("{}\n", arguments.folder.join(&name).display());
        folder.write(&name, |out| out.write_all(bytes))
    };
    for figure in figures.iter().filter(|_| arguments.format.contains(&Format::Svg)) {
        write(format!("charts/{}.svg", figure.name), figure.svg.as_bytes())?;
    }
    for (figure, picture) in figures.iter().zip(pictures) {
        write(format!("charts/{}.png", figure.name), &picture?)?;
    }
    folder.commit(manifest)?;
    say(&written);
    Ok(Exit::Done)
}

/// The figures that are asked for; all where none is named.
fn named(figures: Vec<Figure>, wanted: &[String]) -> Result<Vec<Figure>, String> {
    let names: Vec<String> = figures.iter().map(|figure| figure.name.clone()).collect();
    known("figure", wanted, &names)?;
    let is_wanted =
        |figure: &Figure| wanted.is_empty() || wanted.iter().any(|pattern| matches(pattern, &figure.name));
    Ok(figures.into_iter().filter(is_wanted).collect())
}

fn of_signals(
    results: &Results,
    observed: &Observed,
    wanted: &[String],
) -> Result<Vec<Figure>, Box<dyn Error>> {
    let names: Vec<String> = results.signals().map(|series| series.signal.name.clone()).collect();
    known("summarised signal", wanted, &names)?;
    let is_wanted = |name: &str| wanted.iter().any(|pattern| matches(pattern, name));
    let drawn = results.signals().filter(|series| is_wanted(&series.signal.name));
    let figures: Result<Vec<Option<Figure>>, ChartError> =
        drawn.map(|series| chart::signal_with(results, &series, observed)).collect();
    Ok(figures?.into_iter().flatten().collect())
}

/// Whether each pattern fits a name; else all those that do not, with the nearest.
fn known(what: &str, wanted: &[String], names: &[String]) -> Result<(), String> {
    let strange = wanted.iter().filter(|pattern| !names.iter().any(|name| matches(pattern, name)));
    let told: Vec<String> = strange
        .map(|pattern| match nearest(pattern, names.iter().map(String::as_str)) {
            Some(near) => format!("there is no {what} `{pattern}`; did you mean `{near}`?"),
            None => format!("there is no {what} `{pattern}`; there are {}", names.join(", ")),
        })
        .collect();
    if told.is_empty() { Ok(()) } else { Err(told.join("\n")) }
}
