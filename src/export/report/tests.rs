//! Tests of the whole page: what it shows, and that nothing in it is more than text.

use super::*;
use crate::calendar::Date;
use crate::export::csv as tables;
use crate::export::manifest::Provenance as Given;
use crate::model::record::Mask;
use crate::results::fixture::{legend, record};
use crate::results::{Legend, Level, Tally};

/// What a scenario's author may have written.
const HOSTILE: &str =
    "</script><script>alert(1)</script>\"'><img src=x onerror=alert(2)> & {{ title }} {% raw %} ]]>";

fn run_of(legend: Legend) -> Results {
    let mut tally = Tally::new(&legend);
    tally.add(&legend, &record(0, !0b10100));
    tally.add(&legend, &record(64, Mask::MAX));
    Results::new(legend, tally, 7)
}

fn replicates(results: &Results) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut table = tables::Replicates::new(&results.legend, &mut bytes).unwrap();
    table.write(&results.legend, &record(0, !0b10100)).unwrap();
    table.write(&results.legend, &record(64, Mask::MAX)).unwrap();
    table.finish().unwrap();
    bytes
}

fn page_of(results: &Results) -> String {
    let given = Given {
        recipe: Default::default(),
        command: results.legend.title.clone(),
        scenario_text: results.legend.title.clone(),
        asked: 128,
    };
    let table = replicates(results);
    html(results, &Manifest::new(results, &given), Some(table.as_slice())).unwrap()
}

/// Every text that comes from the scenario.
fn hostile() -> Legend {
    let mut legend = legend();
    let text = || HOSTILE.to_owned();
    legend.title = text();
    legend.scenario = text();
    for signal in &mut legend.signals {
        signal.unit = text();
    }
    for indicator in &mut legend.indicators {
        (indicator.label, indicator.unit) = (text(), text());
    }
    // One whose fan is drawn.
    legend.indicators[0].id = "pressure".into();
    legend.milestones.iter_mut().for_each(|milestone| milestone.label = text());
    legend.phases.iter_mut().for_each(|phase| phase.label = text());
    legend.theatres.iter_mut().for_each(|theatre| theatre.label = text());
    legend.sites.iter_mut().for_each(|site| site.label = text());
    for quantity in &mut legend.quantities {
        (quantity.text, quantity.source) = (text(), Some(text()));
        (quantity.note, quantity.basis) = (Some(text()), Some(text()));
    }
    let bare = crate::results::legend::Quantity { source: None, drawn: None, ..legend.quantities[0].clone() };
    legend.quantities.push(bare);
    for source in &mut legend.sources {
        (source.title, source.note, source.url) = (text(), Some(text()), Some(format!("https://{HOSTILE}")));
    }
    legend.clamps = vec![text()];
    legend
}

/// A page without what is not HTML: its one style, its one script, its data.
fn markup(page: &str) -> String {
    let mut left = page.to_owned();
    for tag in ["style", "script"] {
        let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
        while let Some(start) = left.find(&open) {
            let end = start + left[start..].find(&close).expect("a closed tag");
            left.replace_range(start..end + close.len(), "");
        }
    }
    left
}

/// Reads a page as XML, with the few tags closed that HTML leaves open.
fn parse(page: &str) -> String {
    let mut text = markup(page).replacen("<!DOCTYPE html>", "", 1);
    for void in ["<meta ", "<link "] {
        let parts: Vec<&str> = text.split(void).collect();
        let closed = parts[1..].iter().map(|part| part.replacen('>', "/>", 1));
        text = closed.fold(parts[0].to_owned(), |done, part| done + void + &part);
    }
    text.replace("<br>", "<br/>")
}

#[test]
fn the_page_is_well_formed_and_says_everything_once() {
    let page = page_of(&crate::results::fixture::results());
    let text = parse(&page);
    let tree = resvg::usvg::roxmltree::Document::parse(&text).unwrap();
    let tags = |name: &str| tree.descendants().filter(|node| node.has_tag_name(name)).count();
    assert_eq!((tags("h1"), tags("main"), tags("header"), tags("nav"), tags("footer")), (1, 1, 1, 1, 1));
    let mut ids: Vec<&str> = tree.descendants().filter_map(|node| node.attribute("id")).collect();
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all, "an id stands twice");
    for node in tree.descendants() {
        for name in ["aria-labelledby", "href"] {
            let refers = node.attribute(name).unwrap_or_default().split_whitespace();
            let inside = refers.filter_map(|id| if name == "href" { id.strip_prefix('#') } else { Some(id) });
            inside.for_each(|id| assert!(ids.contains(&id), "nothing is called {id}"));
        }
        if node.has_tag_name("th") {
            assert!(matches!(node.attribute("scope"), Some("row" | "col")), "{node:?}");
        }
    }
    let headings =
        tree.descendants().filter_map(|node| node.tag_name().name().strip_prefix('h')?.parse::<u32>().ok());
    let levels: Vec<u32> = headings.collect();
    assert!(levels.windows(2).all(|pair| pair[1] <= pair[0] + 1), "{levels:?}");
    let sections = ["answer", "figures", "drivers", "assumptions", "limits", "manifest"];
    let places = sections.map(|id| page.find(&format!("<section id=\"{id}\"")).expect("a section"));
    assert!(places.is_sorted());
}

#[test]
fn the_answer_is_a_sentence_in_plain_words() {
    let answer = answer::answer(&crate::results::fixture::results());
    // It is done on the 31st, in 94 of them.
    assert!(answer.sentence.starts_with("“Mission ends” happens by 25 Jan 2024 in none of 126 histories"));
    assert!(answer.sentence.contains("and by 31 Jan 2024 in 7 to 8 of 10 histories;"), "{}", answer.sentence);
    assert!(answer.sentence.contains("Iraq goes from 2,500 troops to "), "{}", answer.sentence);
    assert!(answer.sentence.ends_with("is red at some time in all 126 histories."), "{}", answer.sentence);
    assert_eq!(answer.tables.len(), 3);
}

#[test]
fn nothing_that_an_author_writes_is_more_than_text() {
    let page = page_of(&run_of(hostile()));
    assert!(page.contains("&lt;script&gt;alert(1)"), "it is shown");
    let text = parse(&page);
    let tree = resvg::usvg::roxmltree::Document::parse(&text).unwrap();
    for node in tree.descendants() {
        assert!(!["script", "img", "style"].contains(&node.tag_name().name()), "{node:?}");
        for attribute in node.attributes() {
            assert!(!attribute.name().starts_with("on") && attribute.name() != "style", "{attribute:?}");
            if attribute.name() == "href" {
                let allowed = ["#", "https://", "http://", "data:,"];
                assert!(allowed.iter().any(|head| attribute.value().starts_with(head)), "{attribute:?}");
                assert!(!attribute.value().contains(['<', '>', '"', ' ']), "{attribute:?}");
            }
        }
    }
    // The page's own script and the data of figures, nothing more.
    let scripts: Vec<&str> = page.split("<script").skip(1).collect();
    let own = scripts.iter().filter(|script| script.starts_with('>')).count();
    assert_eq!(own, 1);
    for data in scripts.iter().filter(|script| !script.starts_with('>')) {
        let data = data.strip_prefix(" type=\"application/json\">").expect("nothing but data");
        let json = &data[..data.find("</script>").unwrap()];
        assert!(!json.contains('<'), "{json}");
        serde_json::from_str::<serde_json::Value>(json).unwrap();
    }
}

#[test]
fn the_policy_lets_this_style_and_this_script_work_and_nothing_else() {
    let page = page_of(&crate::results::fixture::results());
    let between = |open: &str, close: &str| {
        let start = page.find(open).unwrap() + open.len();
        &page[start..start + page[start..].find(close).unwrap()]
    };
    assert_eq!(base64(b"Ma"), "TWE=");
    assert_eq!(base64(b"light work."), "bGlnaHQgd29yay4=");
    let policy = between("Content-Security-Policy\" content=\"", "\"").replace("&#x27;", "'");
    assert!(policy.starts_with("default-src 'none'; "), "{policy}");
    // Slashes are escaped in attributes.
    let policy = policy.replace("&#x2f;", "/");
    assert!(policy.contains(&format!("style-src '{}'", hash(between("<style>", "</style>")))), "{policy}");
    assert!(policy.contains(&format!("script-src '{}'", hash(between("<script>", "</script>")))), "{policy}");
    assert!(!policy.contains("unsafe") && !policy.contains("http"), "{policy}");
    for loads in ["src=\"", "@import", "url(http", "fetch(", "XMLHttpRequest", "innerHTML"] {
        assert!(!page.contains(loads), "{loads}");
    }
}

#[test]
fn the_same_results_give_the_same_bytes() {
    let results = crate::results::fixture::results();
    assert_eq!(page_of(&results), page_of(&results));
}

#[test]
fn drivers_need_the_table_of_this_run() {
    let results = crate::results::fixture::results();
    let told = |table: Option<&[u8]>| drivers::drivers(&results, table);
    let whole = replicates(&results);
    let found = told(Some(&whole));
    // Reliance rises with the history's number; its pressure at the end is the same in all.
    assert!(found.words.iter().any(|words| words.contains("with 1 drawn assumption")), "{found:?}");
    assert_eq!(found.results.len(), 2, "{found:?}");
    assert!(told(None).words[0].contains("run again with --format csv"));
    let cut: String =
        String::from_utf8(whole).unwrap().lines().take(60).map(|line| format!("{line}\n")).collect();
    assert!(told(Some(cut.as_bytes())).words[0].contains("it has 59 histories, the results have 126"));
    assert!(told(Some(b"replicate\n1\n")).words[0].contains("it has no column parameters.reliance"));
    let bad = cut.replace("\n1,", "\n1,x");
    assert!(told(Some(bad.as_bytes())).words[0].contains("stands where a number should"));
}

#[test]
fn what_is_read_off_a_figure_is_what_was_counted() {
    let results = crate::results::fixture::results();
    let dates: Vec<Date> = results.dates();
    let of = |figure: &str| figures::groups(&results, figure, &dates);
    let named = |groups: &[figures::Group], name: &str| {
        let found = groups.iter().flat_map(|group| &group.series).find(|series| series.name == name);
        found.unwrap_or_else(|| panic!("{name} in {groups:?}")).values.clone()
    };
    assert_eq!(named(&of("troops"), "on schedule"), ["2,500", "1,000", "500"]);
    assert_eq!(named(&of("troops"), "median")[0], "2,500");
    let told = |found: crate::results::Estimate| crate::results::format::percent(&found);
    let (agreed, closed) = (results.milestone(0).arrivals, results.site(0).closed);
    for (at, date) in dates.iter().enumerate() {
        assert_eq!(named(&of("milestones"), "Agreement")[at], told(agreed.by(*date)));
        assert_eq!(named(&of("handover"), "=Al Asad")[at], told(closed.by(*date)));
        assert_eq!(named(&of("risks"), "Low pressure")[at], told(results.indicator(1).now(Level::Red, at)));
        assert_eq!(named(&of("risks"), "At least one of them")[at], told(results.any_red(at)));
    }
    assert_eq!(of("unknown"), []);
}
