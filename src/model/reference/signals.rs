//! The names that processes publish, as patterns: words in capitals stand for ids.

/// What a family of signals is.
#[derive(Debug)]
pub struct SignalKind {
    /// `SITE.CONTINGENT`.
    pub name: &'static str,
    /// `flag`, `level`, `count`; empty where it depends on what the scenario writes.
    pub kind: &'static str,
    pub unit: &'static str,
    pub doc: &'static str,
}

const fn signal(name: &'static str, kind: &'static str, unit: &'static str, doc: &'static str) -> SignalKind {
    SignalKind { name, kind, unit, doc }
}

/// Every family, in the order of the reference.
pub const SIGNALS: &[SignalKind] = &[
    signal("troops", "level", "people", "at all sites together"),
    signal("THEATRE.troops", "level", "people", "at the theatre's sites"),
    signal("THEATRE.CONTINGENT", "level", "people", "of one contingent at the theatre's sites"),
    signal("THEATRE.lift_used", "level", "share", "of the step's lift, the scarcer of people and tonnes"),
    signal("SITE.troops", "level", "people", "at the site"),
    signal("SITE.CONTINGENT", "level", "people", "of one contingent at the site"),
    signal("SITE.supplied", "flag", "", "needs no supplier, or has one that is manned and itself supplied"),
    signal("home.CONTINGENT", "level", "people", "came home, net; negative after a surge from nothing"),
    signal("PHASE.started", "flag", "", "from its activation on"),
    signal("PHASE.active", "flag", "", "started, not done, not cancelled; held included"),
    signal("PHASE.progress", "level", "share", "of its people moved; of its time, without moves"),
    signal("PHASE.done", "flag", "", "its time is over and nobody is left to move"),
    signal("PHASE.cancelled", "flag", "", "ended for good by `cancel`"),
    signal("CHAIN.STATE", "flag", "", "the chain of `[states]` is in this state"),
    signal("CHAIN.days", "level", "days", "in this state so far"),
    signal("ATTACKS.attacks", "count", "attacks", "in the step"),
    signal(
        "ATTACKS.rate",
        "level",
        "attacks a month",
        "expected now: the background, and what past attacks bring on",
    ),
    signal("ATTACKS.SITE.attacks", "count", "attacks", "on one site; for processes with `at`"),
    signal("ATTACKS.killed", "count", "people", "for processes with `killed`"),
    signal("ATTACKS.wounded", "count", "people", "for processes with `wounded`"),
    signal("STOCK", "level", "its `unit`", "its level"),
    signal("SHOCK", "flag", "", "it is on"),
    signal("SHOCK.started", "flag", "", "it set in during the step, however briefly; can be summed"),
    signal("SHOCK.size", "level", "", "its size; 0 while it is off"),
    signal("SHOCK.count", "level", "onsets", "so far"),
    signal("PARAMETER", "level", "", "the same throughout a replicate"),
    signal("VARIABLE", "", "", "of the kind that its expression has"),
    signal("INDICATOR", "", "its `unit`", "its value"),
];
