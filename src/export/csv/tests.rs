use super::*;
use crate::results::fixture;

#[test]
fn print() {
    let r = fixture::results();
    summary(&r, std::io::stdout()).unwrap();
    thresholds(&r, std::io::stdout()).unwrap();
    milestones(&r, std::io::stdout()).unwrap();
    sites(&r, std::io::stdout()).unwrap();
    failures(&r, std::io::stdout()).unwrap();
    let mut t = Replicates::new(&r.legend, Vec::new()).unwrap();
    t.write(&r.legend, &fixture::record(0, 0b11011)).unwrap();
    println!("{}", String::from_utf8(t.finish().unwrap()).unwrap());
    let mut t = Paths::new(&r.legend, Vec::new()).unwrap();
    t.write(&r.legend, &fixture::record(0, 0b10)).unwrap();
    println!("{}", String::from_utf8(t.finish().unwrap()).unwrap());
    println!("{}", crate::export::words::summary(&r, Some("output/iraq".as_ref())));
}
