"""NumPy: every step on arrays of 5,000 replicates; all values kept, partitioned at the end."""

import time

import numpy as np

import model as m

CHUNK = 5000
THEATRES = [slice(0, 5), slice(5, 8)]


class Posture:
    """Who is where, and the phase at work: one at a time, for each comes after the one before."""

    def __init__(self, n):
        self.people = np.repeat(m.TROOPS[:, None], n, 1)
        self.moved = np.zeros((m.SITES, n), np.int64)
        self.phase = np.zeros(n, np.int64)
        self.active = np.zeros(n, bool)
        self.overdue = np.zeros(n, bool)
        self.activated = np.zeros(n)
        self.finished = np.zeros(n)
        self.carried = np.zeros((2, n))
        self.gate_open = np.full((2, n), np.nan)
        self.lanes = np.arange(n)

    def open(self, now, end, starts, gates):
        since = np.where(np.isnan(self.gate_open), now, self.gate_open)
        self.gate_open = np.where(gates, since, np.nan)
        waiting = ~self.active & (self.phase < 6)
        phase = np.minimum(self.phase, 5)
        ready = np.where(phase == 2, self.gate_open[0], np.where(phase == 4, self.gate_open[1], 0.0))
        moment = np.maximum(np.maximum(ready, self.finished), starts[phase, self.lanes])
        opens = waiting & (moment < end)  # never for a closed gate: not a number
        self.active |= opens
        self.activated = np.where(opens, moment, self.activated)

    def advance(self, now, starts, gates, held, lift):
        end = now + m.WEEK
        self.open(now, end, starts, gates)
        at = np.flatnonzero(self.active)  # the others stay as they are
        budget = lift[:, at] + self.carried[:, at]
        self.carried[:] = 0
        if at.size == 0:
            return
        phase = self.phase[at]
        moves = m.MOVES[phase].T
        length = np.maximum(m.STARTS[phase] + m.LASTS - self.activated[at], m.MIN_DAYS)
        passed = end - self.activated[at]
        over = passed >= length - 1e-6
        share = np.where(over, 1.0, np.maximum(passed / length, 0.0))
        people, moved = self.people[:, at], self.moved[:, at]
        asked = np.floor(moves * share + 1e-9 + 0.5).astype(np.int64) - moved
        wanted = np.where(held[at], 0, np.maximum(np.minimum(asked, people), 0))
        for theatre, sites in enumerate(THEATRES):
            heads = (budget[theatre] + 1e-6).astype(np.int64)
            upto = np.minimum(np.cumsum(wanted[sites], 0), heads)
            taken = np.diff(upto, axis=0, prepend=0)
            people[sites] -= taken
            moved[sites] += taken
            left = np.maximum(budget[theatre] - upto[-1], 0.0)
            self.carried[theatre, at] = np.where((taken < wanted[sites]).any(0), left, 0.0)
        done = over & (moved == moves).all(0)
        ended = np.where(self.overdue[at], end, end - (passed - length))
        self.people[:, at], self.moved[:, at] = people, np.where(done, 0, moved)
        self.finished[at] = np.where(done, ended, self.finished[at])
        self.active[at], self.overdue[at] = ~done, over & ~done
        self.phase[at] = phase + done


def jump(rng, state, fixed, by_heat, heat, agree_rate=None):
    """At most one jump a week."""
    rates = fixed[state].T + by_heat[state].T * heat
    if agree_rate is not None:
        rates[1] += np.where(state == 0, agree_rate, 0.0)
    upto = np.cumsum(rates, 0)
    total = upto[-1]
    leaves = -np.expm1(-total * m.YEARS)
    u = rng.random(state.size)
    with np.errstate(invalid="ignore", divide="ignore"):
        target = (u / leaves * total >= upto).sum(0)
    return np.where(u < leaves, np.minimum(target, len(rates) - 1), state)


def simulate(rng, n, out, attacks_at, wounded_at):
    """Fills out[step, signal, replicate] and the totals by site; returns the milestones' counts."""
    parameters, starts = m.draw_parameters(rng, n)
    rockets_base, raids_base, branching, elasticity, severity, agree_rate, lift, recruitment = parameters
    posture = Posture(n)
    politics, region = np.zeros(n, np.int64), np.zeros(n, np.int64)
    insurgents, host, tension, losses = np.full(n, 2500.0), np.full(n, 0.5), np.zeros(n), np.zeros(n)
    base = np.stack([rockets_base, 0.6 * rockets_base, 0.5 * raids_base, raids_base]).reshape(2, 2, n)
    decay = m.DECAY[:, None, None]
    excitation = branching * base * m.MONTHS
    window = np.repeat(rockets_base[None] * m.MONTHS, 4, 0)
    troops = np.repeat(m.AT_START[:, None], n, 1)
    root, everyone = np.sqrt(m.YEARS), np.arange(n)
    for step in range(m.STEPS):
        presence = ((troops + 50) / (m.AT_START[:, None] + 50)) ** elasticity
        recent = window.sum(0)
        heat = recent / (recent + 8)
        pressure = 0.5 * host + 0.5 * troops.sum(0) / 4500
        mood = np.exp(np.clip(tension, -1, 1.5)) * np.where(politics == 1, 0.5, 1.0)
        drive = np.stack([mood, insurgents / 2500])[:, None]
        mean = (1 - branching) * m.MONTHS * base * presence * drive + excitation
        attacks = rng.poisson(rng.gamma(m.SIZE, mean / m.SIZE))
        excitation = decay * excitation + branching * (1 - decay) * attacks
        wounded = np.zeros(n)
        for theatre, sites in enumerate(THEATRES):
            strikes = np.where(troops[theatre] > 0, attacks[:, theatre].sum(0), 0)
            struck = np.repeat(everyone, strikes)
            upto = np.cumsum(posture.people[sites] * m.EXPOSURE[sites, None], 0)
            u = rng.random(struck.size) * upto[-1, struck]
            site = sites.start + (u >= upto[:-1, struck]).sum(0)
            rate = rng.gamma(m.WOUNDED_SIZE, severity[struck] / m.WOUNDED_SIZE)
            harmed = rng.poisson(rate)
            attacks_at += np.bincount(site, minlength=m.SITES)
            wounded_at += np.bincount(site, harmed, minlength=m.SITES)
            wounded += np.bincount(struck, harmed, minlength=n)
        losses += wounded

        lifts = np.stack([
            lift * np.where(politics == 2, 0.5, 1.0),
            0.75 * lift * np.where(region == 2, 0.6, 1.0),
        ])
        gates = np.stack([(politics == 1) | (politics == 3), region != 2])
        posture.advance(step * m.WEEK, starts, gates, recent > 12, lifts)

        growth = recruitment * (1 - insurgents / 15_000) - 0.6 * pressure
        host_growth = 0.2 * (1 - host) - 0.1 * heat
        change = 1.2 * (region == 1) + 3 * (region == 2)
        z = rng.standard_normal((3, n))
        insurgents *= np.exp((growth - 0.5 * 0.25**2) * m.YEARS + 0.25 * root * z[0])
        insurgents = np.minimum(insurgents, 30_000)
        host = np.minimum(host * np.exp((host_growth - 0.5 * 0.1**2) * m.YEARS + 0.1 * root * z[1]), 1)
        tension = tension * np.exp(-2 * m.YEARS) + change * m.YEARS + 0.5 * root * z[2]
        politics = jump(rng, politics, m.POLITICS, m.POLITICS_HEAT, heat, agree_rate)
        region = jump(rng, region, m.REGION, m.REGION_HEAT, heat)
        window[step % 4] = attacks[0, 0]

        troops = np.stack([posture.people[sites].sum(0) for sites in THEATRES]).astype(float)
        rockets, raids = attacks.sum(1)
        o = out[step]
        o[0], o[1], o[2], o[3], o[4] = troops[0], troops[1], troops[0] + troops[1], rockets, raids
        o[5], o[6] = losses, insurgents
        for state in range(4):
            o[7 + state] = politics == state
        o[11] = 0.4 * (1 - np.exp(-(rockets + raids) / 3)) + 0.3 * np.minimum(insurgents / 7500, 1)
        o[11] += 0.3 * wounded / (wounded + 2)
    return (troops.sum(0) <= 90).sum(), (losses >= 100).sum()


def summarise(out, n):
    """Mean, sd and five quantiles of out[..., replicate], which is put into another order."""
    ranks = [m.rank(p, n) for p in m.QUANTILES]
    statistics = np.empty((m.STEPS, m.SIGNALS, 7))
    for step in range(m.STEPS):
        statistics[step, :, 0] = out[step].mean(1, dtype=np.float64)
        statistics[step, :, 1] = out[step].std(1, ddof=1, dtype=np.float64)
        out[step].partition(ranks, 1)
        statistics[step, :, 2:] = out[step][:, ranks]
    return statistics


def main():
    replicates, threads, seed = m.arguments()
    begun = time.perf_counter()
    rng = np.random.default_rng(seed)
    out = np.empty((m.STEPS, m.SIGNALS, replicates), np.float32)
    attacks_at, wounded_at = np.zeros(m.SITES), np.zeros(m.SITES)
    gone = many_losses = 0
    for first in range(0, replicates, CHUNK):
        n = min(CHUNK, replicates - first)
        more = simulate(rng, n, out[:, :, first : first + n], attacks_at, wounded_at)
        gone, many_losses = gone + more[0], many_losses + more[1]
    statistics = summarise(out, replicates)
    seconds = time.perf_counter() - begun
    chances = {"gone": gone / replicates, "many_losses": many_losses / replicates}
    m.report("NumPy", replicates, threads, seconds, statistics, chances, attacks_at, wounded_at)


if __name__ == "__main__":
    main()
