//! What in a posture acts on what without an expression saying so.

use super::Posture;
use super::phase::Place;

/// One thing acts on another, by their ids.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Link {
    pub from: String,
    pub to: String,
    /// More of the one is more of the other.
    pub raises: bool,
}

impl Posture {
    /// Theatres with lift act on the phases that use it, phases on the sites that people leave (less) and reach (more), on the phases after them, suppliers on
    /// sites, sites on their theatre.
    pub fn links(&self) -> Vec<Link> {
        let mut links = Vec::new();
        let mut link = |from: &str, to: &str, raises: bool| {
            links.push(Link { from: from.to_owned(), to: to.to_owned(), raises });
        };
        for phase in &self.phases {
            for one in &phase.moves {
                for (place, raises) in [(one.from, false), (one.to, true)] {
                    if let Place::Site(site) = place {
                        link(&phase.id, &self.sites[site].id, raises);
                    }
                }
                let theatre = &self.theatres[one.theatre];
                if theatre.lift.is_some() {
                    link(&theatre.id, &phase.id, true);
                }
            }
            phase.after.iter().for_each(|before| link(&self.phases[*before].id, &phase.id, true));
        }
        for site in &self.sites {
            site.supplied_by.iter().for_each(|supplier| link(&self.sites[*supplier].id, &site.id, true));
            link(&site.id, &self.theatres[site.theatre].id, true);
        }
        links.sort();
        links.dedup();
        links
    }
}
