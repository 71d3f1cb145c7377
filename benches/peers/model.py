"""What the Python peers share: the numbers of benches/reference.toml, the drawn parameters, the output."""

import json
import sys

import numpy as np

STEPS, SITES, SIGNALS = 156, 8, 12
NAMES = [
    "north.troops", "south.troops", "troops", "rockets", "raids", "losses", "insurgents",
    "politics.negotiating", "politics.agreed", "politics.stalled", "politics.expelled", "risk",
]  # fmt: skip
FLAGS = range(7, 11)
QUANTILES = [0.05, 0.25, 0.5, 0.75, 0.95]
WEEKS = [13, 52, 104, 156]

TROOPS = np.array([900, 700, 400, 300, 200, 900, 700, 400])
AT_START = np.array([2500.0, 2000.0])
EXPOSURE = np.array([1.0, 0.8, 1.2, 1.0, 0.6, 1.0, 1.2, 0.9])
FIRST_SITE = np.array([0, 5, 8])  # of the north, of the south, the end
MOVES = np.array([
    [90, 70, 80, 60, 100, 90, 140, 80],
    [90, 140, 80, 90, 100, 180, 140, 120],
    [180, 140, 80, 90, 0, 180, 140, 120],
    [90, 140, 80, 60, 0, 180, 140, 80],
    [180, 140, 80, 0, 0, 180, 140, 0],
    [270, 70, 0, 0, 0, 90, 0, 0],
])  # fmt: skip
STARTS = np.array([56.0, 168.0, 308.0, 448.0, 588.0, 728.0])
LASTS, MIN_DAYS = 84.0, 28.0

WEEK = 7.0
MONTHS, YEARS = WEEK / 30.4375, WEEK / 365.25
SIZE, WOUNDED_SIZE = 12 * MONTHS, 0.3
DECAY = np.exp(-np.log(2) / np.array([6.0, 10.0]) * WEEK)  # rockets, raids

# Rates of both chains a year, from state to state: a fixed part and what heat adds.
POLITICS = np.array([[0, 0, 0.4, 0.05], [0.2, 0, 0.2, 0.02], [2.5, 0.4, 0, 0.1], [0, 0, 0, 0]])
POLITICS_HEAT = np.array([[0, 0, 1.4, 0.3], [0, 0, 1.5, 0.1], [0, 0, 0, 0.6], [0, 0, 0, 0]])
REGION = np.array([[0, 0.4, 0], [3, 0, 0.6], [0, 2, 0]])
REGION_HEAT = np.array([[0, 0.8, 0], [0, 0, 0.5], [0, 0, 0]])


def draw_parameters(rng, n):
    """Rockets base, raids base, branching, elasticity, severity, agree rate, lift, recruitment; starts."""

    def lognormal(median, p90, size=n):
        return rng.lognormal(np.log(median), np.log(p90 / median) / 1.2815515655446004, size)

    agree_rate = lognormal(0.8, 1.6)
    while (beyond := agree_rate > 2.5).any():
        agree_rate[beyond] = lognormal(0.8, 1.6, beyond.sum())
    parameters = np.stack([
        rng.triangular(0.8, 2, 4.5, n),
        rng.triangular(1, 3, 6, n),
        0.05 + 0.4 * rng.beta(1 + 4 * 0.15 / 0.4, 1 + 4 * 0.25 / 0.4, n),  # pert
        rng.uniform(0.3, 1.2, n),
        lognormal(0.5, 0.9),
        agree_rate,
        lognormal(60, 95),
        rng.normal(0.4, 0.1, n),
    ])
    return parameters, STARTS[:, None] + lognormal(20, 60, (6, n))


def arguments():
    """Replicates, threads and seed from the command line."""
    replicates, threads, *seed = map(int, sys.argv[1:])
    return replicates, threads, *(seed or [1])


def rank(p, n):
    """The place of a quantile among n sorted values: the least that a share p does not exceed."""
    return min(max(int(np.ceil(p * n * (1 - 2**-52))), 1), n) - 1


def report(name, replicates, threads, seconds, statistics, chances, attacks, wounded):
    """Prints the line of results; statistics[week - 1, signal] is mean, sd and five quantiles."""
    signals = {
        signal: {str(week): statistics[week - 1, place].tolist() for week in WEEKS}
        for place, signal in enumerate(NAMES)
    }
    sites = np.stack([attacks, wounded], 1) / replicates
    chances = {key: float(value) for key, value in chances.items()}
    check = {"signals": signals, "chances": chances, "sites": sites.tolist()}
    print(json.dumps(
        {"name": name, "replicates": replicates, "threads": threads, "seconds": seconds, "check": check}
    ))  # fmt: skip
