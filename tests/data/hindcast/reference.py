"""Makes the reference files beside it: samples, outcomes, and what scoringrules and properscoring say of them.

    pip install scoringrules==0.10.0 properscoring==0.1 && python reference.py

Numbers are rounded before they are scored, so that the files hold exactly what the libraries saw. A range is scored by
scoringrules' threshold-weighted CRPS, whose weight is 0 within it: its chaining function is the signed distance to it.
"""

import csv
from pathlib import Path

import numpy as np
import properscoring
import scoringrules

HERE = Path(__file__).parent
ALPHAS = np.array([0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9])


def forecasts():
    rng = np.random.default_rng(20090227)
    return {
        "normal": np.round(rng.normal(100, 15, 400), 4),
        "counts": rng.negative_binomial(2, 0.05, 300).astype(float),
        "tail": np.round(rng.lognormal(7, 1.2, 250), 3),
        "two_heaps": np.concatenate([np.zeros(120), np.round(rng.normal(9000, 400, 80), 1)]),
        "three": np.array([1.0, 2.0, 4.0]),
        "one": np.array([5.0]),
    }


POINTS = {
    "normal": [100.0, 61.5, 160.25],
    "counts": [0.0, 37.0, 250.0],
    "tail": [900.0, 30000.0],
    "two_heaps": [0.0, 4500.0, 9000.0],
    "three": [2.0, 3.5],
    "one": [5.0, 7.5],
}
RANGES = {
    "normal": [(90.0, 110.0), (130.0, 150.0), (None, 80.0), (105.5, None)],
    "counts": [(20.0, 45.0), (None, 10.0)],
    "tail": [(500.0, 1500.0), (20000.0, None)],
    "two_heaps": [(1.0, 8999.0), (None, 999.0)],
    "three": [(2.0, 3.0)],
    "one": [(6.0, 9.0)],
}


def wis(quantile, outcome):
    """Bracher and others' weights: half the distance of the median, and alpha / 2 of each interval score.

    Put together here, for weighted_interval_score of scoringrules 0.10 takes the median itself for its distance.
    """
    scores = scoringrules.interval_score(outcome, quantile(ALPHAS / 2), quantile(1 - ALPHAS / 2), ALPHAS)
    return float((abs(outcome - quantile(0.5)) / 2 + np.sum(ALPHAS / 2 * scores)) / (len(ALPHAS) + 0.5))


def chain(low, high):
    """Of a range: rises by 1 outside it and is flat within; 0 stands for all that is inside."""
    low, high = -np.inf if low is None else low, np.inf if high is None else high
    return lambda x: np.where(x < low, x - low, np.where(x > high, x - high, 0.0))


def main():
    samples = forecasts()
    with open(HERE / "samples.csv", "w", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["forecast", "value"])
        table.writerows([name, repr(float(v))] for name, values in samples.items() for v in values)
    rows = []
    for name, values in samples.items():
        for y in POINTS[name]:
            crps = float(scoringrules.crps_ensemble(y, values, estimator="nrg"))
            assert abs(crps - float(properscoring.crps_ensemble(y, values))) < 1e-9 * max(1, crps)
            rows.append([name, y, y, crps, wis(lambda p: np.quantile(values, p), y)])
        for low, high in RANGES[name]:
            v = chain(low, high)
            inside = low if low is not None else high
            crps = float(scoringrules.twcrps_ensemble(inside, values, v_func=v, estimator="nrg"))
            rows.append([name, low, high, crps, wis(lambda p: v(np.quantile(values, p)), 0.0)])
    with open(HERE / "scores.csv", "w", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["forecast", "low", "high", "crps", "wis"])
        table.writerows(["" if cell is None else cell if isinstance(cell, str) else repr(float(cell)) for cell in row] for row in rows)


main()
