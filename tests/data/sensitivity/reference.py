"""Makes the reference files beside it: samples, outputs, and what SALib says of them.

    pip install SALib==1.6.0 && python reference.py

Numbers are rounded before the indices are worked out, so that the files hold exactly what SALib saw.
"""

import csv
from importlib.metadata import version
from pathlib import Path

import numpy as np
from SALib.analyze import delta, morris, pawn, sobol
from SALib.sample import morris as morris_sample
from SALib.sample import sobol as sobol_sample
from scipy.stats import rankdata

HERE = Path(__file__).parent
PROBLEM = {"num_vars": 3, "names": ["x1", "x2", "x3"], "bounds": [[0, 1]] * 3}


def ishigami(x):
    a, b, c = (2 * np.pi * x[:, i] - np.pi for i in range(3))
    return np.sin(a) + 7 * np.sin(b) ** 2 + 0.1 * c**4 * np.sin(a)


def write(name, header, rows):
    with open(HERE / name, "w", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(header)
        table.writerows([[f"{v:.6f}".rstrip("0").rstrip(".") for v in row] for row in rows])


def rounded(values):
    return np.round(values, 6)


def given(indices):
    rng = np.random.default_rng(20240723)
    x = rounded(rng.uniform(size=(600, 3)))
    y = rounded(ishigami(x))
    write("given.csv", ["x1", "x2", "x3", "y"], np.column_stack([x, y]))
    found = pawn.analyze(PROBLEM, x, y, S=10)
    indices += [("pawn_median", i, v) for i, v in enumerate(found["median"])]
    indices += [("pawn_max", i, v) for i, v in enumerate(found["maximum"])]
    n = len(y)
    classes = int(min(np.ceil(n ** (2 / (7 + np.tanh((1500 - n) / 500)))), 48))
    edges, grid = np.linspace(0, n, classes + 1), np.linspace(y.min(), y.max(), 100)
    for i in range(3):
        raw = delta.calc_delta(y, grid, x[:, i], edges)
        draws = rng.integers(n, size=(1000, n))
        replays = [delta.calc_delta(y[d], grid, x[d, i], edges) for d in draws]
        indices.append(("delta_raw", i, raw))
        indices.append(("delta", i, 2 * raw - np.mean(replays)))
        indices.append(("delta_error", i, np.std(replays, ddof=1)))
    ranks = np.column_stack([rankdata(v) for v in [*x.T, y]])
    z = (ranks - ranks.mean(axis=0)) / ranks.std(axis=0)
    b, *_ = np.linalg.lstsq(z[:, :3], z[:, 3], rcond=None)
    indices += [("srrc", i, v) for i, v in enumerate(b)]
    indices.append(("r_squared", 0, 1 - np.mean((z[:, 3] - z[:, :3] @ b) ** 2)))


def saltelli(indices):
    x = sobol_sample.sample(PROBLEM, 256, calc_second_order=False, seed=7)
    y = rounded(ishigami(x))
    # A, A with one input from B each, B.
    write("saltelli.csv", ["a", "ab1", "ab2", "ab3", "b"], y.reshape(-1, 5))
    found = sobol.analyze(PROBLEM, y, calc_second_order=False, num_resamples=2000, seed=7)
    for name, key in [("first", "S1"), ("first_half_width", "S1_conf"), ("total", "ST"), ("total_half_width", "ST_conf")]:
        indices += [(name, i, v) for i, v in enumerate(found[key])]


def trajectories(indices):
    x = rounded(morris_sample.sample(PROBLEM, 40, num_levels=4, seed=7))
    y = rounded(ishigami(x))
    write("morris.csv", ["x1", "x2", "x3", "y"], np.column_stack([x, y]))
    found = morris.analyze(PROBLEM, x, y, num_levels=4)
    for name in ["mu", "mu_star", "sigma"]:
        indices += [(name, i, v) for i, v in enumerate(found[name])]


if __name__ == "__main__":
    indices = []
    given(indices)
    saltelli(indices)
    trajectories(indices)
    with open(HERE / "indices.csv", "w", newline="") as out:
        table = csv.writer(out, lineterminator="\n")
        table.writerow(["statistic", "input", "value"])
        table.writerows([[name, i + 1, f"{v:.9f}"] for name, i, v in indices])
    print("SALib", version("SALib"))
