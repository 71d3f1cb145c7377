"""Numba, as an expert would write it: an own generator, counts by inversion, blocks into histograms."""

import time
from math import exp, floor, log

import numba as nb
import numpy as np

import model as m

STEPS, SITES, SIGNALS = m.STEPS, m.SITES, m.SIGNALS
TROOPS, AT_START, EXPOSURE, FIRST_SITE = m.TROOPS, m.AT_START, m.EXPOSURE, m.FIRST_SITE
MOVES, STARTS, LASTS, MIN_DAYS = m.MOVES, m.STARTS, m.LASTS, m.MIN_DAYS
WEEK, MONTHS, YEARS, SIZE, WOUNDED_SIZE, DECAY = m.WEEK, m.MONTHS, m.YEARS, m.SIZE, m.WOUNDED_SIZE, m.DECAY
POLITICS, POLITICS_HEAT, REGION, REGION_HEAT = m.POLITICS, m.POLITICS_HEAT, m.REGION, m.REGION_HEAT

BLOCK, BINS = 256, 2048
# Signals with quantiles, and bins to a unit; the flags' quantiles follow from their means.
KEPT = np.array([0, 1, 2, 3, 4, 5, 6, 11])
PER_UNIT = np.array([BINS / 2501, BINS / 2001, BINS / 4501, 1, 1, 1, BINS / 30_001, BINS], np.float32)
TERMS = 600
FASTEST = 5.2 * YEARS  # no state is left with a greater chance in a week
RECIPROCALS = 1 / np.maximum(np.arange(TERMS), 1)

inline = nb.njit(inline="always", error_model="numpy")


@nb.njit
def splitmix(x):
    z = x
    z = (z ^ (z >> nb.uint64(30))) * nb.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> nb.uint64(27))) * nb.uint64(0x94D049BB133111EB)
    return z ^ (z >> nb.uint64(31))


@inline
def uniform(s):
    """xoshiro256+ (Blackman and Vigna, 2021)."""
    result = s[0] + s[3]
    t = s[1] << nb.uint64(17)
    s[2] ^= s[0]
    s[3] ^= s[1]
    s[1] ^= s[2]
    s[0] ^= s[3]
    s[2] ^= t
    s[3] = (s[3] << nb.uint64(45)) | (s[3] >> nb.uint64(19))
    return (result >> nb.uint64(11)) * (1.0 / 9007199254740992.0)


@inline
def two_normals(s):
    while True:
        u = 2 * uniform(s) - 1
        v = 2 * uniform(s) - 1
        q = u * u + v * v
        if 0 < q < 1:
            f = (-2 * log(q) / q) ** 0.5
            return u * f, v * f


@inline
def negative_binomial(u, first, mean, size):
    """The least count whose distribution function reaches u; first is the chance of none."""
    mass = first
    total = first
    k = 0
    if u > total:
        a = mean / (mean + size)
        b = a * (size - 1)
        while u > total and k < TERMS - 1:
            k += 1
            mass *= a + b * RECIPROCALS[k]
            total += mass
    return k


@inline
def no_event(mean, size):
    return exp(-size * log(1 + mean / size))


@nb.njit(error_model="numpy")
def jump(state, states, fixed, by_heat, heat, agree_rate, u):
    """At most one jump a week."""
    total = 0.0
    for to in range(states):
        total += fixed[state, to] + by_heat[state, to] * heat
    if states == 4 and state == 0:
        total += agree_rate
    leaves = 1 - exp(-total * YEARS)
    if u >= leaves:
        return state
    left = u / leaves * total
    for to in range(states):
        left -= fixed[state, to] + by_heat[state, to] * heat
        if states == 4 and state == 0 and to == 1:
            left -= agree_rate
        if left < 0:
            return to
    return state


@nb.njit(fastmath=True, error_model="numpy")
def simulate(s, p, starts, out, attacks_at, wounded_at):
    """One replicate into out[step, signal]; returns whether the milestones were met."""
    rockets_base, raids_base, branching, elasticity = p[0], p[1], p[2], p[3]
    severity, agree_rate, lift, recruitment = p[4], p[5], p[6], p[7]
    people = TROOPS.copy()
    moved = np.zeros(SITES, np.int64)
    phase, active, overdue, activated, finished = 0, False, False, 0.0, 0.0
    carried0, carried1, gate0, gate1 = 0.0, 0.0, -1.0, -1.0
    politics, region = 0, 0
    insurgents, host, tension, losses = 2500.0, 0.5, 0.0, 0.0
    base = np.array([rockets_base, 0.6 * rockets_base, 0.5 * raids_base, raids_base])
    calm = (1 - branching) * MONTHS
    excitation = branching * MONTHS * base
    window = np.full(4, rockets_base * MONTHS)
    attacks = np.zeros(4, np.int64)
    north, south, presence0, presence1 = AT_START[0], AT_START[1], 1.0, 1.0
    unharmed = no_event(severity, WOUNDED_SIZE)
    root, tension_left, spare = YEARS**0.5, exp(-2 * YEARS), 0.0
    for step in range(STEPS):
        recent = window[0] + window[1] + window[2] + window[3]
        heat = recent / (recent + 8)
        pressure = 0.5 * host + 0.5 * (north + south) / 4500
        mood = exp(min(max(tension, -1.0), 1.5)) * (0.5 if politics == 1 else 1.0)
        strength = insurgents / 2500
        for process in range(4):
            presence = presence0 if process % 2 == 0 else presence1
            drive = mood if process < 2 else strength
            mean = calm * base[process] * presence * drive + excitation[process]
            count = negative_binomial(uniform(s), no_event(mean, SIZE), mean, SIZE)
            decay = DECAY[process // 2]
            excitation[process] = decay * excitation[process] + branching * (1 - decay) * count
            attacks[process] = count
        wounded = 0
        for theatre in range(2):
            strikes = attacks[theatre] + attacks[2 + theatre]
            if strikes == 0 or (south if theatre else north) == 0:
                continue
            first, last = FIRST_SITE[theatre], FIRST_SITE[theatre + 1] - 1
            everyone = 0.0
            for site in range(first, last + 1):
                everyone += people[site] * EXPOSURE[site]
            for _ in range(strikes):
                left = uniform(s) * everyone
                site = first
                while site < last and left >= people[site] * EXPOSURE[site]:
                    left -= people[site] * EXPOSURE[site]
                    site += 1
                harmed = negative_binomial(uniform(s), unharmed, severity, WOUNDED_SIZE)
                attacks_at[site] += 1
                wounded_at[site] += harmed
                wounded += harmed
        losses += wounded

        # Posture: gates, the next phase, its moves.
        now = step * WEEK
        end = now + WEEK
        gate0 = -1.0 if politics == 0 or politics == 2 else (now if gate0 < 0 else gate0)
        gate1 = -1.0 if region == 2 else (now if gate1 < 0 else gate1)
        if not active and phase < 6:
            ready = gate0 if phase == 2 else (gate1 if phase == 4 else 0.0)
            moment = max(ready, finished, starts[phase])
            if ready >= 0 and moment < end:
                active, activated = True, moment
        budget0 = lift * (0.5 if politics == 2 else 1.0) + carried0
        budget1 = 0.75 * lift * (0.6 if region == 2 else 1.0) + carried1
        carried0, carried1 = 0.0, 0.0
        if active:
            length = max(STARTS[phase] + LASTS - activated, MIN_DAYS)
            passed = end - activated
            over = passed >= length - 1e-6
            share = 1.0 if over else max(passed / length, 0.0)
            still = 0
            for site in range(SITES):
                if recent <= 12:
                    asked = int(floor(MOVES[phase, site] * share + 1e-9 + 0.5)) - moved[site]
                    wanted = max(min(asked, people[site]), 0)
                    heads = min(wanted, int((budget0 if site < 5 else budget1) + 1e-6))
                    if site < 5:
                        budget0 -= heads
                        carried0 = 1.0 if heads < wanted else carried0
                    else:
                        budget1 -= heads
                        carried1 = 1.0 if heads < wanted else carried1
                    people[site] -= heads
                    moved[site] += heads
                still += MOVES[phase, site] - moved[site]
            carried0 *= max(budget0, 0.0)
            carried1 *= max(budget1, 0.0)
            if over and still == 0:
                finished = end if overdue else end - (passed - length)
                active, overdue = False, False
                moved[:] = 0
                phase += 1
            else:
                overdue = over

        growth = recruitment * (1 - insurgents / 15_000) - 0.6 * pressure
        host_growth = 0.2 * (1 - host) - 0.1 * heat
        change = 1.2 if region == 1 else (3.0 if region == 2 else 0.0)
        x, y = two_normals(s)
        if step % 2 == 0:
            z, spare = two_normals(s)
        else:
            z = spare
        insurgents = min(insurgents * exp((growth - 0.03125) * YEARS + 0.25 * root * x), 30_000.0)
        host = min(host * exp((host_growth - 0.005) * YEARS + 0.1 * root * y), 1.0)
        tension = tension * tension_left + change * YEARS + 0.5 * root * z
        u = uniform(s)
        if u < FASTEST:
            politics = jump(politics, 4, POLITICS, POLITICS_HEAT, heat, agree_rate, u)
        u = uniform(s)
        if u < FASTEST:
            region = jump(region, 3, REGION, REGION_HEAT, heat, 0.0, u)
        window[step % 4] = attacks[0]

        here = float(people[0] + people[1] + people[2] + people[3] + people[4])
        if here != north:
            north, presence0 = here, ((here + 50) / 2550) ** elasticity
        here = float(people[5] + people[6] + people[7])
        if here != south:
            south, presence1 = here, ((here + 50) / 2050) ** elasticity
        rockets, raids = attacks[0] + attacks[1], attacks[2] + attacks[3]
        out[step, 0], out[step, 1], out[step, 2] = north, south, north + south
        out[step, 3], out[step, 4], out[step, 5], out[step, 6] = rockets, raids, losses, insurgents
        for state in range(4):
            out[step, 7 + state] = 1.0 if politics == state else 0.0
        risk = 0.4 * (1 - exp(-(rockets + raids) / 3)) + 0.3 * min(insurgents / 7500, 1.0)
        out[step, 11] = risk + 0.3 * wounded / (wounded + 2)
    return north + south <= 90, losses >= 100


@nb.njit(fastmath=True, error_model="numpy")
def tally(block, count, sums, histograms):
    for step in range(STEPS):
        for replicate in range(count):
            for signal in range(SIGNALS):
                x = np.float64(block[replicate, step, signal])
                sums[step, signal, 0] += x
                sums[step, signal, 1] += x * x
            for kept in range(KEPT.size):
                place = int(block[replicate, step, KEPT[kept]] * PER_UNIT[kept])
                histograms[step, kept, min(place, BINS - 1)] += 1


@nb.njit(parallel=True)
def run(replicates, threads, seed, parameters, starts, sums, histograms, attacks_at, wounded_at, met):
    blocks = (replicates + BLOCK - 1) // BLOCK
    for thread in nb.prange(threads):
        block = np.empty((BLOCK, STEPS, SIGNALS), np.float32)
        s = np.empty(4, np.uint64)
        for b in range(thread, blocks, threads):
            first = b * BLOCK
            count = min(BLOCK, replicates - first)
            for i in range(count):
                for word in range(4):
                    place = nb.uint64(4 * (first + i) + word + 1) * nb.uint64(0x9E3779B97F4A7C15)
                    s[word] = splitmix(nb.uint64(seed) * nb.uint64(0xD1B54A32D192ED03) + place)
                gone, many = simulate(
                    s, parameters[:, first + i], starts[:, first + i], block[i], attacks_at[thread], wounded_at[thread]
                )
                met[thread, 0] += gone
                met[thread, 1] += many
            tally(block, count, sums[thread], histograms[thread])


@nb.njit(error_model="numpy")
def quantiles(histograms, ranks, out):
    for step in range(STEPS):
        for kept in range(KEPT.size):
            before, place = 0, 0
            for q in range(ranks.size):
                while before + histograms[step, kept, place] <= ranks[q]:
                    before += histograms[step, kept, place]
                    place += 1
                inside = (ranks[q] - before) / histograms[step, kept, place]
                whole = 3 <= kept < 6  # rockets, raids, losses: a bin is one number
                out[step, KEPT[kept], 2 + q] = place if whole else (place + inside) / PER_UNIT[kept]


def measure(replicates, threads, seed):
    """Seconds, statistics, chances and totals by site."""
    begun = time.perf_counter()
    parameters, starts = m.draw_parameters(np.random.default_rng(seed), replicates)
    sums = np.zeros((threads, STEPS, SIGNALS, 2))
    histograms = np.zeros((threads, STEPS, KEPT.size, BINS), np.int32)
    attacks_at, wounded_at = np.zeros((threads, SITES)), np.zeros((threads, SITES))
    met = np.zeros((threads, 2))
    run(replicates, threads, seed, parameters, starts, sums, histograms, attacks_at, wounded_at, met)
    total, squares = np.moveaxis(sums.sum(0), 2, 0)
    statistics = np.zeros((STEPS, SIGNALS, 7))
    ranks = np.array([m.rank(p, replicates) for p in m.QUANTILES])
    quantiles(histograms.sum(0), ranks, statistics)
    mean = total / replicates
    statistics[..., 0] = mean
    statistics[..., 1] = np.sqrt(np.maximum(squares - total * mean, 0) / (replicates - 1))
    for flag in m.FLAGS:
        statistics[:, flag, 2:] = ranks >= replicates - total[:, flag, None]
    seconds = time.perf_counter() - begun
    gone, many_losses = met.sum(0) / replicates
    chances = {"gone": gone, "many_losses": many_losses}
    return seconds, statistics, chances, attacks_at.sum(0), wounded_at.sum(0)


def main():
    replicates, threads, seed = m.arguments()
    nb.set_num_threads(threads)
    measure(64, threads, seed)  # compiles
    seconds, *results = measure(replicates, threads, seed)
    m.report("Numba", replicates, threads, seconds, *results)


if __name__ == "__main__":
    main()
