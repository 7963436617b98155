"""Reference values for bootstrap, drift, maturity, money, pricing, sequential and swap figures.

    python -m venv target/references-venv
    target/references-venv/bin/pip install -r crates/report/references/requirements.txt
    target/references-venv/bin/python crates/report/references/make_b.py

numpy, scipy, scikit-learn and statsmodels where they have the figure; where none has it, a second derivation by
another route than the Rust code takes (each says which).
"""

import json
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from scipy import integrate, optimize, special, stats
from scipy.spatial.distance import jensenshannon
from sklearn.metrics import average_precision_score, roc_auc_score
from statsmodels.stats.proportion import samplesize_proportions_2indep_onetail

OUT = Path(__file__).parent.parent / "tests" / "golden"


def write(name, value):
    text = json.dumps(value, separators=(",", ":"), default=plain)
    (OUT / f"{name}.json").write_text(text + "\n")


def plain(value):
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (np.integer, np.bool_)):
        return int(value)
    return float(value)


# ---------------------------------------------------------------- bootstrap


def bca(replicates, estimate, jackknife, confidence):
    """scipy.stats.bootstrap's BCa limits, from given replicates (its own code draws them itself)."""
    below = np.mean((np.sum(replicates < estimate), np.sum(replicates <= estimate))) / len(replicates)
    bias = stats.norm.ppf(below)
    gaps = jackknife.mean() - jackknife
    acceleration = np.sum(gaps**3) / (6 * np.sum(gaps**2) ** 1.5)
    tail = (1 - confidence) / 2
    limits = []
    for p in (tail, 1 - tail):
        z = bias + stats.norm.ppf(p)
        limits.append(np.quantile(replicates, stats.norm.cdf(bias + z / (1 - acceleration * z))))
    return limits


def bootstrap(rng):
    limits = []
    for confidence, skew in ((0.95, 0.3), (0.9, 1.0), (0.99, 0.1)):
        data = rng.lognormal(0, skew, 60)
        replicates = np.sort(rng.choice(data, (500, 60)).mean(axis=1))
        jackknife = (data.sum() - data) / 59
        tail = (1 - confidence) / 2
        limits.append(
            {
                "confidence": confidence,
                "estimate": data.mean(),
                "replicates": replicates,
                "jackknife": jackknife,
                "percentile": np.quantile(replicates, [tail, 1 - tail]),
                "bca": bca(replicates, data.mean(), jackknife, confidence),
            }
        )
    # The second derivation of BCa above is itself held against scipy's own.
    own = stats.bootstrap((data,), np.mean, n_resamples=500, confidence_level=0.99, method="BCa", rng=rng)
    again = bca(own.bootstrap_distribution, data.mean(), jackknife, 0.99)
    assert np.allclose(again, own.confidence_interval, rtol=1e-9), (again, own.confidence_interval)

    ranking = []
    for n, levels in ((40, 5), (300, 40), (300, 10**9)):
        scores = rng.integers(0, levels, n) / levels
        positive = rng.random(n) < 0.1 + 0.5 * scores
        weights = rng.multinomial(n, np.full(n, 1 / n))
        ranking.append(
            {
                "scores": scores,
                "positive": positive.astype(int),
                "weights": weights,
                "average_precision": average_precision_score(positive, scores, sample_weight=weights),
                "auc": roc_auc_score(positive, scores, sample_weight=weights),
            }
        )
    write("bootstrap", {"limits": limits, "ranking": ranking, "distribution": distribution(rng)})


def distribution(rng):
    """numpy's own cluster bootstrap: clusters drawn by `choice`, the statistics by scikit-learn."""
    clusters, resamples = 60, 10_000
    cluster = np.sort(rng.integers(0, clusters, 150))
    positive = rng.random(clusters)[cluster] < 0.3
    scores = np.round(rng.normal(size=150) + 1.2 * positive, 3)
    money = np.round(rng.lognormal(4, 1, 150), 2)
    found = {"total": [], "mean": [], "average_precision": [], "auc": []}
    for _ in range(resamples):
        weights = np.bincount(rng.choice(clusters, clusters), minlength=clusters)[cluster]
        found["total"].append(weights @ money)
        found["mean"].append(weights @ money / weights.sum())
        if weights @ positive > 0:
            found["average_precision"].append(average_precision_score(positive, scores, sample_weight=weights))
            found["auc"].append(roc_auc_score(positive, scores, sample_weight=weights))
    summary = {
        name: {"standard_error": np.std(values, ddof=1), "quantiles": np.quantile(values, [0.025, 0.5, 0.975])}
        for name, values in found.items()
    }
    return {
        "clusters": clusters,
        "cluster": cluster,
        "positive": positive.astype(int),
        "scores": scores,
        "money": money,
        "replicates": summary,
    }


# ---------------------------------------------------------------- drift


def drift(rng):
    bins = []
    for edges, n, m, shift, missing in (
        ([-1.0, 0.0, 1.0], 400, None, 0.3, 0.02),
        (list(np.linspace(-2, 2, 9)), 5_000, 20_000, 0.05, 0.0),
        (list(np.linspace(-2, 2, 9)), 60, 500, 0.0, 0.1),
        ([0.0], 50, None, -0.4, 0.0),
    ):
        then = rng.normal(size=m or 10_000)
        shares = np.histogram(then, [-np.inf, *edges, np.inf])[0] / len(then)
        now = np.histogram(rng.normal(shift, 1, n), [-np.inf, *edges, np.inf])[0]
        gone = int(rng.binomial(n, 0.03))
        bins.append({"edges": edges, "missing": missing, **compared(shares, now, m, missing, gone, 0, edges)})
    categories = []
    for shares, now, m, unseen in (
        ([0.6, 0.3, 0.1], [55, 40, 5], None, 0),
        ([0.7, 0.2999, 0.0001], [640, 350, 4], 3_000, 6),
    ):
        shares, now = np.array(shares), np.array(now)
        categories.append({"missing": 0.01, **compared(shares, now, m, 0.01, 3, unseen, [])})
    raw = []
    for n, m in ((80, 120), (1, 1), (500, 300)):
        a, b = np.round(rng.normal(size=n), 1), np.round(rng.normal(0.2, 1.3, m), 1)
        ks = stats.ks_2samp(a, b).statistic
        tail = special.kolmogorov(np.sqrt(n * m / (n + m)) * ks)
        raw.append({"then": a, "now": b, "ks": ks, "p_value": tail, "wasserstein": stats.wasserstein_distance(a, b)})
    tails = [[x, special.kolmogorov(x)] for x in (0.01, 0.2, 0.5, 0.9, 0.999, 1.0, 1.001, 1.5, 3.0, 6.0)]
    write("drift", {"bins": bins, "categories": categories, "raw": raw, "kolmogorov": tails, "rates": rates()})


def compared(shares, now, m, missing, gone, unseen, edges):
    """One table; PSI and the pooling of the chi-square test are derived here again, the rest is scipy's."""
    n, rows = int(now.sum()) + unseen, m and max(1, round(m * (1 - missing)))
    p, c = (np.append(shares, 0), np.append(now, unseen)) if unseen else (shares, now)
    k, size = len(p), rows or n
    then, later = (p * size + 0.5) / (size + k / 2), (c + 0.5) / (n + k / 2)
    result = {
        "shares": shares,
        "count": m,
        "now": now,
        "gone": gone,
        "unseen": unseen,
        "psi": np.sum(special.kl_div(later, then) + special.kl_div(then, later)),
        "jensen_shannon": jensenshannon(p, c / n, base=2),
        "chi_square": chi_square(p, c, rows),
        "missing_p": rate(gone, n + gone, missing, m),
    }
    if edges:
        gaps = np.abs(np.cumsum(p)[:-1] - np.cumsum(c / n)[:-1])
        effective = n * rows / (n + rows) if rows else n
        result["ks"] = [gaps.max(), special.kolmogorov(np.sqrt(effective) * gaps.max())]
        curve = lambda x: abs(np.interp(x, edges, (np.cumsum(p) - np.cumsum(c / n))[:-1]))
        pieces = [integrate.quad(curve, a, b, limit=2000, epsabs=1e-13)[0] for a, b in zip(edges, edges[1:])]
        result["wasserstein"] = sum(pieces) if len(edges) > 1 else None
    else:
        result["unseen_p"] = rate(unseen, n, 0.0, rows)
    return result


def chi_square(p, c, rows):
    n = c.sum()
    expected = n * p if rows is None else (c + p * rows) * n / (n + rows)
    least = 5 if rows is None else 5 * n / min(n, rows)
    order = np.argsort(expected, kind="stable")
    groups, group, left = [], [], 0.0
    for i in order:
        group, left = group + [i], left + expected[i]
        if left >= least:
            groups, group, left = groups + [group], [], 0.0
    if groups:
        groups[-1] += group
    if len(groups) < 2:
        return None
    now = np.array([c[g].sum() for g in groups])
    then = np.array([p[g].sum() for g in groups])
    if rows is None:
        found = stats.chisquare(now, then / then.sum() * n)
        return [found.statistic, found.pvalue, len(groups) - 1]
    found = stats.chi2_contingency([now, then * rows], correction=False)
    return [found.statistic, found.pvalue, found.dof]


def rate(count, n, share, rows):
    if rows is None:
        if 0 < share < 1 and n * share * (1 - share) >= 100:
            z = (count - n * share) / np.sqrt(n * share * (1 - share))
            return 2 * stats.norm.sf(abs(z))
        return stats.binomtest(count, n, share).pvalue
    past = round(share * rows)
    table = [[count, n - count], [past, rows - past]]
    smallest = min(n, rows) * min(count + past, n + rows - count - past) / (n + rows)
    if smallest < 100:
        return stats.fisher_exact(table).pvalue
    return stats.chi2_contingency(table, correction=False).pvalue


def rates():
    cases = (
        (0, 50, 0.0, None), (3, 50, 0.0, None), (3, 50, 0.02, None), (49, 50, 0.9, None), (30, 10_000, 0.002, None),
        (600, 10_000, 0.05, None), (4, 60, 0.01, 800), (0, 60, 0.2, 30), (3, 1_000, 0.0, 10_000), (60, 60, 1.0, 50),
        (700, 10_000, 0.06, 9_000), (995, 1_000, 0.99, 100_000), (2, 3, 0.5, 1_000_000),
    )
    return [[count, n, share, rows, rate(count, n, share, rows)] for count, n, share, rows in cases]


# ---------------------------------------------------------------- maturity


def maturity(rng):
    curves = []
    for n, span, mean, horizon in ((400, 60, 15, None), (2_000, 90, 20, 45), (2_000, 30, 20, 120)):
        age = rng.integers(0, span + 1, n)
        delay = np.floor(rng.exponential(mean, n)).astype(int)
        seen = delay <= age
        age, delay = age[seen], delay[seen]
        curves.append({"delay": delay, "age": age, "horizon": horizon, **chain_ladder(delay, age, horizon)})
    sizes = {
        "one": [[p, q, a, b, two, one_size(p, q, a, b, two)] for p, q, a, b, two in SIZES],
        "two": [[p, q, a, b, two, two_size(p, q, a, b, two)] for p, q, a, b, two in SIZES],
    }
    write("maturity", {"curves": curves, "sizes": sizes})


def chain_ladder(delay, age, horizon):
    """A second derivation by another route: a run-off triangle of whole days and its development factors. Rows are
    the days on which orders were placed (by age), columns the delays; a factor is the cumulated column over the
    cumulated column before it, over the rows that are old enough for both."""
    end = int(min(np.sort(age)[-5], horizon if horizon is not None else 10**9))
    through, before = factors(delay, age, end)
    first = delay.min()
    whole = [d for d in range(first + 1, end + 1) if through[d] > before[d] == 0]
    end = min(whole) - 1 if whole else end
    for d in range(end, -1, -1):
        if through[d] > before[d]:
            if through[d] >= 5:
                break
            end = d - 1
    through, before = factors(delay, age, end)
    share, log_variance = np.ones(end + 1), np.zeros(end + 1)
    for d in range(end, 0, -1):
        fell = through[d] - before[d]
        share[d - 1] = share[d] * (before[d] / through[d] if through[d] else 1)
        log_variance[d - 1] = log_variance[d] + (fell / (through[d] * before[d]) if fell and before[d] else 0)
    steps = np.unique(delay[delay <= end])
    return {
        "oldest": int(end),
        "closed": horizon is not None and end >= horizon,
        "ages": steps,
        "share": share[steps],
        "log_variance": log_variance[steps],
        "left_out": int(np.sum(delay > end)),
    }


def factors(delay, age, end):
    """Of each development day: labels by it and by the day before, over the rows old enough for it."""
    triangle = np.zeros((age.max() + 1, end + 1))
    for d, a in zip(delay, age):
        if d <= end:
            triangle[a, d] += 1
    total = np.cumsum(triangle, axis=1)
    through, before = np.zeros(end + 1), np.zeros(end + 1)
    for d in range(end + 1):
        through[d] = total[d:, d].sum()
        before[d] = total[d:, d - 1].sum() if d else 0
    return through, before


SIZES = (
    (0.3, 0.4, 0.05, 0.8, True), (0.005, 0.006, 0.05, 0.9, False), (0.9, 0.95, 0.01, 0.8, True),
    (0.02, 0.05, 0.1, 0.5, False),
)


def one_size(null, p, alpha, power, two):
    """By search: the smallest n at which the normal approximation has the power."""
    tail = alpha / 2 if two else alpha

    def reached(n):
        limit = abs(p - null) - stats.norm.isf(tail) * np.sqrt(null * (1 - null) / n)
        return stats.norm.cdf(limit / np.sqrt(p * (1 - p) / n))

    return smallest(reached, power)


def two_size(p, q, alpha, power, two):
    tail, middle = alpha / 2 if two else alpha, (p + q) / 2

    def reached(n):
        limit = abs(p - q) - stats.norm.isf(tail) * np.sqrt(2 * middle * (1 - middle) / n)
        return stats.norm.cdf(limit / np.sqrt((p * (1 - p) + q * (1 - q)) / n))

    found = smallest(reached, power)
    theirs = samplesize_proportions_2indep_onetail(p - q, q, power, ratio=1, alpha=tail * 2, alternative="two-sided")
    assert abs(found - theirs) / theirs < 0.01, (found, theirs)
    return found


def smallest(reached, power):
    low, high = 1, 10**9
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) >= power else (middle + 1, high)
    return low


# ---------------------------------------------------------------- sequential


def sequential(rng):
    proportions = []
    for events, n, a, b, confidence in (
        (0, 10, 1, 1, 0.95), (10, 10, 1, 1, 0.95), (3, 40, 1, 1, 0.9), (55, 10_000, 0.5, 99.5, 0.95),
        (5_000, 1_000_000, 1, 1, 0.99), (1, 1, 0.5, 0.5, 0.95),
    ):
        proportions.append([events, n, a, b, confidence, *beta_binomial(events, n, a, b, confidence)])
    means = []
    for low, high, guess, observations, deviation, confidence, n in (
        (0.0, 1.0, 0.5, 1_000, 0.3, 0.95, 200), (-1.0, 1.0, 0.0, 500, 0.2, 0.9, 1_000), (0.0, 5.0, 1.0, 50, 1.0, 0.99, 3),
    ):
        values = np.round(low + (high - low) * rng.beta(1, 4, n), 4)
        means.append(
            {
                "declared": {"low": low, "high": high, "guess": guess, "observations": observations,
                             "standard_deviation": deviation},
                "confidence": confidence,
                "values": values,
                "interval": bernstein(values, low, high, guess, observations, deviation, confidence),
            }
        )
    write("sequential", {"proportions": proportions, "means": means})


def beta_binomial(events, n, a, b, confidence):
    """By scipy's betaln and brentq, on ln p."""

    def excess(p):
        likelihood = special.xlogy(events, p) + special.xlog1py(n - events, -p)
        mixture = special.betaln(a + events, b + n - events) - special.betaln(a, b)
        return mixture - likelihood + np.log(1 - confidence)

    rate, tiny = events / n, 1e-15
    low = optimize.brentq(excess, tiny, rate, xtol=1e-16, rtol=1e-14) if events else 0.0
    high = optimize.brentq(excess, rate, 1 - tiny, xtol=1e-16, rtol=1e-14) if events < n else 1.0
    return low, high


def bernstein(values, low, high, guess, observations, deviation, confidence):
    """The mixture by numerical integration over lambda, not by its closed form."""
    c, side = high - low, (1 - confidence) / 2
    predictions = (guess + np.concatenate([[0], np.cumsum(values)[:-1]])) / (1 + np.arange(len(values)))
    v = np.sum((values - predictions) ** 2)
    log = 2 * np.log(1 / side)
    rho = observations * deviation**2 / (log + np.log1p(log))
    # Density on 0 <= lambda < 1/c, proportional to (1 - c lambda)^(rho/c^2 - 1) exp(-rho (1 - c lambda)/c^2); y = 1 - c lambda.
    k = rho / c**2
    gamma = stats.gamma(k, scale=1 / k)

    def log_mixture(s):
        exponent = lambda y: (1 - y) * s / c + (np.log(y) + 1 - y) * v / c**2
        peak = optimize.minimize_scalar(lambda y: -exponent(y) - gamma.logpdf(y), bounds=(1e-12, 1), method="bounded")
        top, at = -peak.fun, peak.x
        inner = lambda y: np.exp(exponent(y) + gamma.logpdf(y) - top)
        cuts = sorted({0.0, at * 0.2, at * 0.5, at * 0.8, at * 0.95, at, min(1.0, at * 1.05), min(1.0, at * 1.3), 1.0})
        total = sum(integrate.quad(inner, x, y, epsabs=0, epsrel=1e-12, limit=500)[0] for x, y in zip(cuts, cuts[1:]))
        return np.log(total) + top - gamma.logcdf(1)

    radius = optimize.brentq(lambda s: log_mixture(s) + np.log(side), 1e-9, 1e4 * c, xtol=1e-13, rtol=1e-13) / len(values)
    return [max(low, values.mean() - radius), min(high, values.mean() + radius)]


# ---------------------------------------------------------------- money (no library has it: order by order, by the table)


def order_cost(action, fraud, amount, m):
    missed = amount * (1 - m["recovery"]) + m["fee"]
    if action == "accept":
        return missed if fraud else 0.0
    if action == "review":
        return m["review"] + ((1 - m["review_catches"]) * missed if fraud else 0.0)
    return 0.0 if fraud else amount * m["margin"] + m["churn"]


def money(rng):
    actions = np.array(["accept", "review", "reject"])
    model = {"recovery": 0.2, "fee": 1500.0, "margin": 0.3, "churn": 990.0, "review": 410.0, "review_catches": 0.75}
    n = 300
    amount = rng.integers(0, 50_000, n)
    fraud = rng.random(n) < 0.15
    score = np.round(np.clip(rng.normal(0.3 + 0.3 * fraud, 0.2), 0, 1), 2)
    live, shadow = rng.choice(actions, n, p=[0.8, 0.1, 0.1]), actions[np.digitize(score, [0.45, 0.7])]

    def total(decisions, m=model):
        return sum(order_cost(*row, m) for row in zip(decisions, fraud, amount))

    cheapest = min(total(["accept"] * n), total(["reject"] * n))
    sensitivity = {}
    for name in model:
        sensitivity[name] = []
        for factor in (0.5, 1.5):
            asked = model[name] * factor
            value = min(1.0, asked) if name in ("recovery", "margin", "review_catches") else asked
            moved = model | {name: value}
            sensitivity[name].append([asked, value, total(shadow, moved) - total(live, moved)])
    thresholds = sorted(set(score), reverse=True)
    by_threshold = [total(np.where(score >= t, "reject", "accept")) for t in thresholds]
    within = [t for t, cost in zip(thresholds, by_threshold) if cost <= 700_000]
    assert total(["accept"] * n) > 700_000
    sweep = [
        [review, reject, total(np.where(score >= reject, "reject", np.where(score >= review, "review", "accept")))]
        for review, reject in ((0.4, 0.7), (0.0, 0.5), (0.45, 2.0), (0.505, 0.505))
    ]
    swap = {}
    for a in actions:
        for b in actions:
            cell = (live == a) & (shadow == b)
            swap[f"{a} {b}"] = [[int(np.sum(cell & kind)), int(amount[cell & kind].sum())] for kind in (fraud, ~fraud)]
    index = {"accept": 0, "review": 1, "reject": 2}
    write(
        "money",
        {
            "model": model, "amount": amount, "fraud": fraud.astype(int), "score": score,
            "live": [index[a] for a in live], "shadow": [index[a] for a in shadow],
            "live_total": total(live), "shadow_total": total(shadow),
            "accept_all": total(["accept"] * n), "reject_all": total(["reject"] * n),
            "live_savings": 1 - total(live) / cheapest, "shadow_savings": 1 - total(shadow) / cheapest,
            "sensitivity": sensitivity, "sweep": sweep,
            "best": [thresholds[int(np.argmin(by_threshold))], min(by_threshold)],
            "break_even": [700_000, min(within), max(within)],
            "swap": swap,
        },
    )


# ---------------------------------------------------------------- pricing


def spread(values):
    median = np.median(values)
    return {
        "values": values, "mean": values.mean(), "median": median,
        "mad": stats.median_abs_deviation(values),
        "percentiles": np.quantile(values, [0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99]),
    }


def pricing(rng):
    n = 400
    live = rng.integers(0, 9_000, n)
    live[:5] = 0
    shadow = np.maximum(0, np.round(live * rng.normal(1.01, 0.08, n))).astype(int)
    shadow[5:60] = live[5:60]
    delta, positive = shadow - live, live > 0
    spreads = [spread(delta.astype(float)), spread(delta[positive] / live[positive]), spread(delta[:2].astype(float))]
    write("pricing", {"spreads": spreads, "stability": stability(rng), "repricing": repricing(rng),
                      "off_policy": off_policy(rng), "response": response(rng)})


def stability(rng):
    """Item by item with plain lists, where the Rust code walks one sorted slice."""
    n, day = 300, 86_400_000
    item, at, price = rng.integers(0, 8, n), rng.integers(-day, 4 * day, n) // 600_000 * 600_000, rng.integers(1, 5, n) * 100
    rows = sorted(zip(item.tolist(), at.tolist(), price.tolist()))
    days, changes, flips, several, dispersed, spreads, per_day = set(), 0, 0, 0, 0, [], {}
    for one in range(8):
        mine = [row for row in rows if row[0] == one]
        runs = []
        for _, when, cost in mine:
            days.add((one, when // day))
            if runs and runs[-1] != cost:
                changes += 1
                per_day[one, when // day] = per_day.get((one, when // day), 0) + 1
            if not runs or runs[-1] != cost:
                runs.append(cost)
        flips += sum(a == c for a, c in zip(runs, runs[2:]))
        for span in {when // 3_600_000 for _, when, _ in mine}:
            together = [cost for _, when, cost in mine if when // 3_600_000 == span]
            if len(together) > 1:
                several += 1
                dispersed += len(set(together)) > 1
                spreads.append(max(together) / min(together) - 1)
    return {"item": item, "at": at, "price": price, "item_days": len(days), "changes": changes, "flip_flops": flips,
            "most_in_a_day": max(per_day.values()), "several": several, "dispersed": dispersed / several,
            "mean_dispersion": np.mean(spreads)}


def repricing(rng):
    n = 200
    live = rng.integers(500, 9_000, n)
    shadow, cost = np.round(live * rng.normal(1.03, 0.05, n)).astype(int), np.round(live * 0.7).astype(int)
    quantity = rng.integers(0, 9, n)

    def at(e):
        sold = quantity * (shadow / live) ** e
        return [e, (sold - quantity).sum(), (sold * shadow - quantity * live).sum(),
                (sold * (shadow - cost) - quantity * (live - cost)).sum()]

    root = optimize.brentq(lambda e: at(e)[3], -12, -0.01, xtol=1e-14, rtol=1e-14)
    return {"live": live, "shadow": shadow, "cost": cost, "quantity": quantity,
            "scenarios": [at(e) for e in (0.0, -0.5, -1.5, -2.5)], "break_even": root}


def off_policy(rng):
    """Ratios as weighted least-squares fits of a constant with cluster-robust errors; what mixes several means by the delta
    method on their covariance, with gradients by complex steps."""
    n, groups = 400, 12
    live, shadow_policy = np.array([0.4, 0.3, 0.2, 0.1]), np.array([0.1, 0.5, 0.3, 0.1])
    arm, cluster = rng.choice(4, n, p=live), rng.integers(0, groups, n)
    propensity, shadow = live[arm], shadow_policy[arm]
    stake = rng.lognormal(2, 0.5, n)
    reward = stake * (0.2 + 0.1 * arm + rng.normal(0, 0.05, groups)[cluster] + rng.normal(0, 0.2, n))
    guess = stake[:, None] * (np.column_stack([0.2 + 0.1 * arm, np.full(n, 0.35)]) + rng.normal(0, 0.02, (n, 2)))
    weight = shadow / propensity
    share = weight * stake

    def fit(values, weights=1.0):
        found = sm.WLS(values, np.ones(n), weights=weights).fit(
            cov_type="cluster", cov_kwds={"groups": cluster}, use_t=True)
        low, high = found.conf_int()[0]
        return [low, found.params[0], high]

    columns = np.column_stack([weight * reward, share, stake, reward, guess[:, 1], weight * (reward - guess[:, 0])])
    means = columns.mean(axis=0)
    sums = np.array([(columns - means)[cluster == one].sum(axis=0) for one in range(groups)])
    covariance = groups / (groups - 1) * sums.T @ sums / n**2

    def mixed(figure):
        steps = means + 1e-30j * np.eye(len(means))
        gradient = np.array([figure(*step).imag / 1e-30 for step in steps])
        half = stats.t.ppf(0.975, groups - 1) * np.sqrt(gradient @ covariance @ gradient)
        value = figure(*means)
        return [value - half, value, value + half]

    return {"propensity": propensity, "shadow": shadow, "reward": reward, "stake": stake, "guess": guess, "cluster": cluster,
            "matched": int((weight > 0).sum()), "effective": share.sum() ** 2 / (share**2).sum(),
            "largest_share": share.max() / share.sum(), "mean_weight": fit(weight, stake), "live": fit(reward),
            "snips": mixed(lambda wr, ws, s, r, g, e: s * wr / ws),
            "snips_change": mixed(lambda wr, ws, s, r, g, e: s * wr / ws - r),
            "doubly_robust": mixed(lambda wr, ws, s, r, g, e: g + s * e / ws),
            "doubly_robust_change": mixed(lambda wr, ws, s, r, g, e: g + s * e / ws - r)}


def response(rng):
    """Even clusters' line by numpy's polyfit on the odd ones, and the other way round."""
    n = 120
    log_price, cluster = rng.normal(0, 0.1, n), rng.integers(0, 9, n)
    bought = 0.4 - 0.9 * log_price + rng.normal(0, 0.3, n)
    lines = [np.polyfit(log_price[cluster % 2 == half], bought[cluster % 2 == half], 1)[::-1] for half in (1, 0)]
    return {"log_price": log_price, "bought": bought, "cluster": cluster, "lines": lines}


def main():
    OUT.mkdir(parents=True, exist_ok=True)
    for number, family in enumerate((bootstrap, drift, maturity, sequential, money, pricing)):
        family(np.random.default_rng([20_261_120, number]))


if __name__ == "__main__":
    main()
