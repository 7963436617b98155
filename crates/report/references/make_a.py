"""Reference values for confusion, ranking, calibration, agreement, intervals, tests and multiple testing.

    python -m venv target/references-venv
    target/references-venv/bin/pip install -r crates/report/references/requirements.txt
    target/references-venv/bin/python crates/report/references/make_a.py

scikit-learn, scipy and statsmodels where they have the figure. Where none has it the function says "second
derivation": the definition again, by another route than the Rust code takes.
"""

import json
import math
import warnings
from pathlib import Path

import numpy as np
import statsmodels.api as sm
from scipy import optimize, special, stats
from sklearn import metrics
from sklearn.calibration import calibration_curve
from sklearn.exceptions import UndefinedMetricWarning
from statsmodels.stats import contingency_tables, inter_rater, multitest, proportion

OUT = Path(__file__).parent.parent / "tests" / "golden" / "classifier"
CONFIDENCE = 0.95


def write(name, value):
    (OUT / f"{name}.json").write_text(json.dumps(plain(value), separators=(",", ":"), allow_nan=False) + "\n")


def plain(value):
    """JSON's types; what is not finite becomes null."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [plain(item) for item in value]
    if isinstance(value, (bool, np.bool_)):
        return bool(value)
    if isinstance(value, (int, np.integer)):
        return int(value)
    if isinstance(value, (float, np.floating)):
        return float(value) if math.isfinite(value) else None
    return value


def share(part, whole):
    return part / whole if whole > 0 else None


# ---------------------------------------------------------------- cases


def case(name, scores, labels, weights=None, amounts=None, days=None, second=None):
    n = len(scores)
    return {
        "name": name,
        "scores": np.asarray(scores, float),
        "labels": np.asarray(labels, bool),
        "weights": None if weights is None else np.asarray(weights, float),
        "amounts": np.asarray([1000] * n if amounts is None else amounts, np.int64),
        "days": np.asarray([0] * n if days is None else days, np.int64),
        "second": np.asarray(scores if second is None else second, float),
    }


def random_case(name, seed, n, prevalence, digits, weighted):
    rng = np.random.default_rng(seed)
    labels = rng.random(n) < prevalence
    hidden = rng.normal(size=n) + 1.3 * labels
    score = lambda noise: np.round(1 / (1 + np.exp(-(1.1 * hidden + rng.normal(size=n) * noise - 2))), digits)
    amounts = np.round(np.exp(rng.normal(8, 1.2, n))).astype(np.int64)
    amounts[rng.random(n) < 0.05] = 0
    weights = np.round(rng.gamma(2, 0.6, n), 3)
    weights[rng.random(n) < 0.05] = 0
    days = rng.integers(-3, 5, n)
    return case(name, score(0.6), labels, weights if weighted else None, amounts, days, score(0.9))


def few_high():
    """Twelve frauds of 240 that nearly all score above the good cases."""
    rng = np.random.default_rng(21)
    labels = np.arange(240) % 20 == 0
    scores = lambda: np.round(1 / (1 + np.exp(-(rng.normal(size=240) + 2.6 * labels - 1))), 6)
    return case("few_high", scores(), labels, None, None, None, scores())


def cases():
    fixed = [0.1, 0.4, 0.35, 0.8, 0.8, 0.4, 0.05, 0.9, 0.4, 0.62]
    truth = [0, 0, 1, 1, 0, 1, 0, 1, 0, 0]
    other = [0.2, 0.3, 0.6, 0.7, 0.7, 0.5, 0.1, 0.6, 0.2, 0.9]
    money = [100, 250, 9900, 0, 1, 77, 31, 120000, 5, 640]
    return [
        case("fixed", fixed, truth, None, money, [1, 1, 1, 1, 2, 2, 2, 2, 2, 9], other),
        case("fixed_weighted", fixed, truth, [1, 2, 0.5, 1, 3, 0, 1.5, 0.25, 1, 4], money, None, other),
        random_case("rare", 1, 500, 0.06, 9, False),
        random_case("rare_tied", 2, 500, 0.06, 2, False),
        random_case("rare_tied_weighted", 3, 500, 0.08, 2, True),
        random_case("balanced", 4, 300, 0.5, 9, False),
        random_case("balanced_weighted", 5, 300, 0.5, 9, True),
        case("no_fraud", fixed, [0] * 10, None, money),
        case("all_fraud", fixed, [1] * 10, None, money),
        case("one_fraud_row", [0.7], [1]),
        case("one_good_row", [0.7], [0]),
        case("one_fraud", fixed, [0] * 5 + [1] + [0] * 4),
        case("equal_scores", [0.3] * 8, [0, 1, 0, 0, 1, 0, 0, 0]),
        case("zero_amounts", fixed, truth, None, [0] * 10),
        case("separated", [0.1, 0.2, 0.3, 0.7, 0.8], [0, 0, 0, 1, 1]),
        case("reversed", [0.9, 0.8, 0.7, 0.2, 0.1], [0, 0, 0, 1, 1]),
        case("touching", [0.1, 0.2, 0.5, 0.5, 0.8], [0, 0, 0, 1, 1]),
        case("certain", [0, 0, 1, 1, 0.5, 0, 1, 0.25], [0, 1, 1, 0, 1, 0, 1, 0]),
        case("zero_weights", fixed, truth, [0] * 10, money),
        case("frauds_weigh_nothing", fixed, truth, [1 - y for y in truth], money),
        few_high(),
        case("empty", [], []),
    ]


def usable(c):
    """Scores, labels, weights, amounts of the rows that count."""
    w = np.ones(len(c["scores"])) if c["weights"] is None else c["weights"]
    keep = w > 0
    return c["scores"][keep], c["labels"][keep], w[keep], c["amounts"][keep]


def both(y):
    return bool(y.any() and not y.all())


# ---------------------------------------------------------------- confusion


def rates(tn, fp, fn, tp):
    return {
        "prevalence": share(tp + fn, tn + fp + fn + tp),
        "alert_rate": share(tp + fp, tn + fp + fn + tp),
        "precision": share(tp, tp + fp),
        "recall": share(tp, tp + fn),
        "false_positive_rate": share(fp, fp + tn),
        "false_discovery_rate": share(fp, tp + fp),
        "specificity": share(tn, fp + tn),
        "f1": share(2 * tp, 2 * tp + fp + fn),
    }


def confusion_at(c, threshold):
    p, y = c["scores"], c["labels"]
    if len(p) == 0:
        zero = [0, 0, 0, 0]
        return {"threshold": threshold, "rows": zero, "rates": rates(*zero)}
    flagged = p >= threshold
    rows = metrics.confusion_matrix(y, flagged, labels=[False, True]).ravel()
    by_rate = rates(*rows)
    # scikit-learn's own, where it defines them, against the formulas above.
    nan = {"zero_division": np.nan}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UndefinedMetricWarning)
        by_rate["precision"] = metrics.precision_score(y, flagged, **nan)
        by_rate["recall"] = metrics.recall_score(y, flagged, **nan)
        by_rate["f1"] = metrics.f1_score(y, flagged, **nan)
    return {
        "threshold": threshold,
        "rows": rows,
        "rates": by_rate,
    }


def sweep(c):
    """scikit-learn's tables at every distinct score, and the thresholds its thinned PR curve keeps."""
    p, y, w, _ = usable(c)
    if len(p) == 0:
        return None
    tns, fps, fns, tps, thresholds = metrics.confusion_matrix_at_thresholds(y, p, sample_weight=w)
    kept = None
    if y.any():
        kept = metrics.precision_recall_curve(y, p, sample_weight=w, drop_intermediate=True)[2]
    return {"tables": list(zip(thresholds, tns, fps, fns, tps)), "kept": kept}


def recall_at_fpr(c, bound):
    p, y, w, _ = usable(c)
    if len(p) == 0 or not both(y):
        return None
    fpr, tpr, thresholds = metrics.roc_curve(y, p, sample_weight=w, drop_intermediate=False)
    at = np.flatnonzero(fpr <= bound)[-1]
    return {"recall": tpr[at], "false_positive_rate": fpr[at], "threshold": thresholds[at]}


def top_k(scores, labels, amounts, k):
    """Second derivation: each row's chance to be among the k under a random order of ties, row by row."""
    if len(scores) == 0 or k == 0:
        return None
    k = min(k, len(scores))
    chance = [min(max((k - np.sum(scores > s)) / np.sum(scores == s), 0), 1) for s in scores]
    frauds = float(np.dot(chance, labels))
    return {"alerts": k, "frauds": frauds, "precision": frauds / k, "amount": float(np.dot(chance, labels * amounts))}


def daily(c, k):
    by_day = []
    for day in sorted(set(c["days"].tolist())):
        on = c["days"] == day
        by_day.append({"day": day, "top": top_k(c["scores"][on], c["labels"][on], c["amounts"][on], k)})
    precisions = [day["top"]["precision"] for day in by_day]
    return {"days": by_day, "mean": share(sum(precisions), len(precisions)), "interval": mean_interval(precisions, CONFIDENCE)}


def confusion(c):
    thresholds = [0.0, 0.05, 0.2, 0.4, 0.5, 0.8, 1.5] + list(c["scores"][:3])
    return {
        "at": [confusion_at(c, t) for t in thresholds],
        "sweep": sweep(c),
        "recall_at_fpr": [(f, recall_at_fpr(c, f)) for f in (0.0, 0.01, 0.05, 0.2, 0.5, 1.0)],
        "top_k": [(k, top_k(c["scores"], c["labels"], c["amounts"], k)) for k in (0, 1, 3, 10, 50, 10_000)],
        "daily": daily(c, 4),
    }


# ---------------------------------------------------------------- ranking


def lift(c, fraction):
    """Second derivation: the cumulative gains curve joined by straight lines, read off by numpy."""
    p, y, w, _ = usable(c)
    if len(p) == 0 or not y.any():
        return None
    _, fps, _, tps, _ = metrics.confusion_matrix_at_thresholds(y, p, sample_weight=w)
    depth = np.concatenate([[0], (fps + tps) / (fps + tps)[-1]])
    gain = np.interp(fraction, depth, np.concatenate([[0], tps / tps[-1]]))
    return {"gain": gain, "lift": gain / fraction}


def ranking(c):
    p, y, w, _ = usable(c)
    out = {"rows": len(p), "positives": int(y.sum()), "prevalence": share(float(w[y].sum()), float(w.sum()))}
    out["average_precision"] = metrics.average_precision_score(y, p, sample_weight=w) if y.any() else None
    out["roc_auc"] = out["gini"] = out["ks"] = None
    if len(y) and both(y):
        out["roc_auc"] = metrics.roc_auc_score(y, p, sample_weight=w)
        out["gini"] = 2 * out["roc_auc"] - 1
        if c["weights"] is None:
            out["ks"] = stats.ks_2samp(p[y], p[~y]).statistic
        else:
            fpr, tpr, _ = metrics.roc_curve(y, p, sample_weight=w, drop_intermediate=False)
            out["ks"] = np.max(np.abs(tpr - fpr))
    out["lift"] = [(f, lift(c, f)) for f in (0.001, 0.01, 0.1, 0.33, 1.0)]
    return out


# ---------------------------------------------------------------- calibration


def bins(c, n_bins):
    """Mean score and share of frauds by bin: scikit-learn's without weights, second derivation with them."""
    p, y, w, _ = usable(c)
    if len(p) == 0:
        return []
    edges = np.percentile(p, np.linspace(0, 100, n_bins + 1))
    at = np.searchsorted(edges[1:-1], p)
    out = []
    for k in sorted(set(at.tolist())):
        on = at == k
        out.append([int(on.sum()), float(w[on].sum()), np.average(p[on], weights=w[on]), np.average(y[on], weights=w[on])])
    if c["weights"] is None:
        true, predicted = calibration_curve(y, p, n_bins=n_bins, strategy="quantile", pos_label=True) if both(y) else (None, None)
        if true is not None:
            for bin, t, q in zip(out, true, predicted):
                bin[2], bin[3] = q, t
            assert len(out) == len(true)
    return out


def murphy(c, n_bins):
    """Second derivation: group means by label of bin, from deviations."""
    p, y, w, _ = usable(c)
    if len(p) == 0:
        return None
    edges = np.percentile(p, np.linspace(0, 100, n_bins + 1))
    at = np.searchsorted(edges[1:-1], p)
    mean_p, mean_y = np.zeros(len(p)), np.zeros(len(p))
    for k in set(at.tolist()):
        on = at == k
        mean_p[on], mean_y[on] = np.average(p[on], weights=w[on]), np.average(y[on], weights=w[on])
    base = np.average(y, weights=w)
    average = lambda values: np.average(values, weights=w)
    return {
        "score": metrics.brier_score_loss(y, p, sample_weight=w, pos_label=True) if both(y) else average((p - y) ** 2),
        "reliability": average((mean_p - mean_y) ** 2),
        "resolution": average((mean_y - base) ** 2),
        "uncertainty": base * (1 - base),
        "within_bin_variance": average((p - mean_p) ** 2),
        "within_bin_covariance": 2 * average((p - mean_p) * (y - mean_y)),
        "expected_calibration_error": average(np.abs(mean_p - mean_y)),
    }


def recalibration(c):
    """statsmodels' logistic regression on the log odds, and with their slope held at 1."""
    p, y, w, _ = usable(c)
    eps = np.finfo(float).eps
    if len(p) == 0 or not both(y):
        return {"state": "one_class"}
    held = np.clip(p, eps, 1 - eps)
    x = np.log(held / (1 - held))
    if x.min() == x.max():
        return {"state": "constant_scores"}
    if x[~y].max() <= x[y].min() or x[y].max() <= x[~y].min():
        return {"state": "separated"}
    family = sm.families.Binomial()
    # On the parameters: the covariance is taken one step before the last.
    exactly = {"tol": 1e-13, "tol_criterion": "params", "maxiter": 200}
    fit = sm.GLM(y.astype(float), sm.add_constant(x), family=family, freq_weights=w).fit(**exactly)
    shift = sm.GLM(y.astype(float), np.ones(len(x)), family=family, freq_weights=w, offset=x).fit(**exactly)
    out = {"state": "fitted", "intercept": fit.params[0], "slope": fit.params[1], "intercept_at_slope_one": shift.params[0]}
    if c["weights"] is None:
        (out["intercept_low"], out["intercept_high"]), (out["slope_low"], out["slope_high"]) = fit.conf_int(1 - CONFIDENCE)
    return out


def calibration(c):
    p, y, w, _ = usable(c)
    some = len(p) > 0
    return {
        "bins": bins(c, 5),
        "brier": murphy(c, 5),
        "log_loss": metrics.log_loss(y, p, sample_weight=w, labels=[False, True]) if some else None,
        "observed": float(w[y].sum()),
        "expected": float((w * p).sum()),
        "recalibration": recalibration(c),
    }


# ---------------------------------------------------------------- agreement


def table_case(table):
    table = np.asarray(table)
    k = len(table)
    first = np.repeat(np.repeat(np.arange(k), k), table.ravel())
    second = np.repeat(np.tile(np.arange(k), k), table.ravel())
    out = {"table": table, "total": int(table.sum()), "raw": share(float(np.trace(table)), float(table.sum()))}
    for name, sk_weights, wt in (("nominal", None, None), ("linear", "linear", "linear")):
        kappa = low = high = None
        # Independent of each other, and undefined where only one category occurs.
        if table.sum() and not (len(set(first)) == 1 and set(first) == set(second)):
            kappa = metrics.cohen_kappa_score(first, second, weights=sk_weights, labels=list(range(k)))
            result = inter_rater.cohens_kappa(table, wt=wt)
            low, high = result.kappa_low, result.kappa_upp
            if abs(kappa - 1) < 1e-12:
                # Full agreement: the variance is 0, statsmodels' rounding takes the root of less.
                low = high = kappa
        out[name] = {"kappa": kappa, "low": low, "high": high}
    return out


def spearman(a, b):
    if len(a) < 2 or len(set(a)) == 1 or len(set(b)) == 1:
        return {"rho": None, "low": None, "high": None}
    rho = stats.spearmanr(a, b).statistic
    low = high = None
    # The interval: second derivation, from the formula.
    if len(a) > 3 and abs(rho) < 1 - 1e-12:
        half = stats.norm.ppf((1 + CONFIDENCE) / 2) * math.sqrt((1 + rho**2 / 2) / (len(a) - 3))
        low, high = math.tanh(math.atanh(rho) - half), math.tanh(math.atanh(rho) + half)
    return {"rho": rho, "low": low, "high": high}


def bland_altman(a, b):
    """Second derivation: numpy's mean and standard deviation, scipy's t."""
    d = np.asarray(b) - np.asarray(a)
    out = {"max": float(np.max(np.abs(d))) if len(d) else None, "mean": mean_interval(d, CONFIDENCE)}
    if len(d) >= 2:
        z = stats.norm.ppf((1 + CONFIDENCE) / 2)
        sd = np.std(d, ddof=1)
        out |= {"deviation": sd, "low": d.mean() - z * sd, "high": d.mean() + z * sd}
    return out


def mean_interval(values, confidence):
    values = np.asarray(values, float)
    if len(values) < 2:
        return None
    mean, error = values.mean(), stats.sem(values)
    half = stats.t.ppf((1 + confidence) / 2, len(values) - 1) * error
    return [mean - half, mean, mean + half]


def agreement(all_cases):
    rng = np.random.default_rng(8)
    tables = [
        [[5000, 120, 30], [80, 300, 60], [9, 40, 210]],
        [[20, 5], [10, 15]],
        [[7, 0, 0], [0, 2, 0], [0, 0, 1]],
        [[0, 4, 0], [3, 0, 1], [0, 0, 0]],
        [[9, 0, 0], [0, 0, 0], [0, 0, 0]],
        [[0, 6], [0, 0]],
        [[0, 0], [0, 0]],
        [[1, 0], [0, 0]],
        [[3]],
        rng.integers(0, 40, (5, 5)),
    ]
    pairs = [(c["scores"], c["second"]) for c in all_cases if c["weights"] is None]
    pairs += [([1.0, 2.0, 3.0, 4.0, 5.0], [5.0, 6.0, 7.0, 8.0, 7.0]), ([1.0, 1.0], [1.0, 2.0]), ([1.0, 2.0, 2.0, 3.0], [4.0, 3.0, 3.0, 1.0])]
    scores = [{"first": a, "second": b, "spearman": spearman(list(a), list(b)), "bland_altman": bland_altman(a, b)} for a, b in pairs if len(a) < 100]
    named = [{"case": c["name"], "spearman": spearman(list(c["scores"]), list(c["second"])), "bland_altman": bland_altman(c["scores"], c["second"])} for c in all_cases]
    return {"tables": [table_case(t) for t in tables], "pairs": scores, "cases": named}


# ---------------------------------------------------------------- intervals


def intervals():
    counts = [(0, 1), (1, 1), (0, 30), (30, 30), (1, 30), (3, 40), (12, 40), (37, 40), (500, 1000), (5, 100_000)]
    counts += [(1, 10_000_000), (10, 10_000_000), (9_999_999, 10_000_000), (4_000_000, 10_000_000), (123, 45_678), (1, 1_000_000_000), (3, 1_000_000_000)]
    out = {"proportions": [], "paired": [], "means": []}
    for events, trials in counts:
        for confidence in (0.8, 0.95, 0.999):
            alpha = 1 - confidence
            out["proportions"].append({
                "events": events,
                "trials": trials,
                "confidence": confidence,
                "wilson": proportion.proportion_confint(events, trials, alpha, "wilson"),
                "clopper_pearson": proportion.proportion_confint(events, trials, alpha, "beta"),
                # The exact one-sided upper limit.
                "zero_high": stats.beta.ppf(confidence, 1, trials),
            })
    for b, c, n in [(0, 0, 10), (3, 9, 50), (40, 11, 900), (0, 12, 30), (5, 0, 5)]:
        # Second derivation: the Wald interval of +1, 0, -1 valued differences, one +1 and one -1 added.
        values = np.array([1.0] * (b + 1) + [-1.0] * (c + 1) + [0.0] * (n - b - c))
        half = stats.norm.ppf((1 + CONFIDENCE) / 2) * values.std() / math.sqrt(n + 2)
        out["paired"].append({"counts": [b, c, n], "low": max(values.mean() - half, -1), "estimate": (b - c) / n, "high": min(values.mean() + half, 1)})
    rng = np.random.default_rng(12)
    for values in ([], [3.0], [1.0, 2.0], [4.0, 4.0, 4.0], rng.normal(3, 2, 12).round(6), rng.normal(-1, 9, 400).round(6)):
        for confidence in (0.9, 0.95, 0.9999):
            out["means"].append({"values": values, "confidence": confidence, "interval": mean_interval(values, confidence)})
    out["totals"] = [total(sums, customers, confidence) for confidence in (0.9, 0.95) for sums, customers in (
        ([120.0, 3400.0, 77.5], 40), ([1.0, 1.0, 1.0], 3), (rng.lognormal(6, 1.1, 23).round(2), 900), (rng.lognormal(8, 0.5, 300).round(2), 300))]
    out["quantiles"] = [places(n, p, confidence) for confidence in (0.8, 0.95) for p in (0.01, 0.5, 0.95, 0.99) for n in (1, 5, 6, 17, 58, 59, 1000, 99_999)]
    return out


def total(sums, customers, confidence):
    """Second derivation: the standard deviation of all customers' sums, most of them zero."""
    all_sums = np.concatenate([np.asarray(sums), np.zeros(customers - len(sums))])
    error = all_sums.std() * math.sqrt(customers) / all_sums.sum()
    half = stats.t.ppf((1 + confidence) / 2, len(sums) - 1) * error
    estimate = math.fsum(sums)
    return {"sums": sums, "customers": customers, "confidence": confidence, "interval": [estimate * math.exp(-half), estimate, estimate * math.exp(half)]}


def places(n, p, confidence):
    """scipy's quantile test on the values 0 … n − 1, whose limits are places."""
    found = stats.quantile_test(np.arange(n), q=0, p=p).confidence_interval(confidence)
    both = not (math.isnan(found.low) or math.isnan(found.high))
    return {"n": n, "p": p, "confidence": confidence, "places": [int(found.low), int(found.high)] if both else None}


# ---------------------------------------------------------------- tests


def auc_limits(auc, variance, degrees, m, n):
    """Second derivation: the log odds by numpy, and Newcombe's method 5 by a root finder."""
    limits = []
    if variance is not None and 0 < auc < 1:
        half = (stats.t.ppf((1 + CONFIDENCE) / 2, degrees) * math.sqrt(variance) if variance > 0 else 0) / (auc * (1 - auc))
        limits.append([special.expit(special.logit(auc) - half), special.expit(special.logit(auc) + half)])
    if min(m, n) * min(auc, 1 - auc) < 5:
        z = stats.norm.ppf((1 + CONFIDENCE) / 2)

        def excess(theta):
            mean_class = (m + n) / 2 - 1
            variance = theta * (1 - theta) / (m * n) * (1 + mean_class * ((1 - theta) / (2 - theta) + theta / (1 + theta)))
            return (auc - theta) ** 2 - z**2 * variance

        exactly = {"xtol": 1e-16, "rtol": 1e-15, "maxiter": 1000}
        # At 0 and 1 the estimate is a root of its own.
        low = 0 if auc == 0 else optimize.brentq(excess, 0, auc - 1e-9, **exactly)
        high = 1 if auc == 1 else optimize.brentq(excess, auc + 1e-9, 1, **exactly)
        limits.append([low, high])
    return [min(low for low, _ in limits), max(high for _, high in limits)]


def delong(c):
    """Second derivation: every pair of a fraud and a good case, and the covariance of the pairs' means. Degrees of
    freedom: scipy's Brunner-Munzel test where it is of one score."""
    y = c["labels"]
    if len(y) == 0 or not both(y):
        return None
    kernel = lambda s: (s[y][:, None] > s[~y][None, :]) + 0.5 * (s[y][:, None] == s[~y][None, :])
    pairs = [kernel(c["scores"]), kernel(c["second"])]
    auc = [pair.mean() for pair in pairs]
    out = {"auc": auc, "difference": auc[1] - auc[0]}
    m, n = pairs[0].shape
    if min(m, n) < 2:
        return out | {"limits": [auc_limits(a, None, None, m, n) for a in auc]}

    def degrees(pair):
        of_frauds, of_good = pair.mean(axis=1).var(ddof=1) / m, pair.mean(axis=0).var(ddof=1) / n
        return (of_frauds + of_good) ** 2 / (of_frauds**2 / (m - 1) + of_good**2 / (n - 1)) if of_frauds + of_good > 0 else None

    covariance = np.cov([pair.mean(axis=1) for pair in pairs]) / m + np.cov([pair.mean(axis=0) for pair in pairs]) / n
    out["errors"] = np.sqrt(np.diag(covariance))
    for pair, score, error in zip(pairs, (c["scores"], c["second"]), out["errors"]):
        if error > 0:
            theirs = stats.brunnermunzel(score[~y], score[y])
            ours = 2 * stats.t.sf(abs(pair.mean() - 0.5) / error, degrees(pair))
            assert np.isclose(theirs.pvalue, ours, rtol=1e-9), (c["name"], theirs.pvalue, ours)
    out["limits"] = [auc_limits(a, e**2, degrees(pair), m, n) for a, e, pair in zip(auc, out["errors"], pairs)]
    if np.array_equal(pairs[0], pairs[1]):
        out |= {"error": 0.0, "difference_limits": [out["difference"]] * 2}
    else:
        change = pairs[1] - pairs[0]
        out["error"] = math.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
        out["z"] = out["difference"] / out["error"]
        out["p"] = 2 * stats.t.sf(abs(out["z"]), degrees(change))
        half = stats.t.ppf((1 + CONFIDENCE) / 2, degrees(change)) * out["error"]
        out["difference_limits"] = [max(out["difference"] - half, -1), min(out["difference"] + half, 1)]
    return out


def tests(all_cases):
    out = {"mcnemar": [], "sign": []}
    for b, c in [(0, 0), (1, 0), (3, 3), (5, 12), (10, 14), (12, 13), (12, 12), (25, 0), (121, 59), (40, 40), (10_000, 10_400)]:
        exact = b + c < 25
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = contingency_tables.mcnemar([[0, b], [c, 0]], exact=exact, correction=True)
        out["mcnemar"].append({"counts": [b, c], "exact": exact, "statistic": result.statistic, "p": result.pvalue})
    for b, c in [(0, 0), (1, 0), (3, 3), (5, 12), (2, 60), (400, 350), (100_000, 101_000), (5_000_000, 4_997_000)]:
        p = stats.binomtest(min(b, c), b + c, 0.5).pvalue if b + c else 1.0
        out["sign"].append({"counts": [b, c], "p": p})
    out["delong"] = [{"case": c["name"], "result": delong(c)} for c in all_cases]
    return out


def multiple():
    rng = np.random.default_rng(4)
    sets = [[], [0.03], [0.01, 0.04, 0.03, 0.005], [0.02, 0.02, 0.02], [0.0, 1.0, 0.5], [1.0, 1.0], rng.random(60).round(9), (rng.random(40) ** 4).round(9)]
    out = []
    for p in sets:
        p = np.asarray(p, float)
        adjusted = multitest.multipletests(p, method="fdr_bh")[1] if len(p) else []
        out.append({"p": p, "benjamini_hochberg": adjusted})
        if len(p):
            assert np.allclose(stats.false_discovery_control(p), adjusted, rtol=1e-12)
    return out


if __name__ == "__main__":
    OUT.mkdir(parents=True, exist_ok=True)
    data = cases()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        write("cases", data)
        for name, figures in (("confusion", confusion), ("ranking", ranking), ("calibration", calibration)):
            write(name, {c["name"]: figures(c) for c in data})
        write("agreement", agreement(data))
        write("intervals", intervals())
        write("tests", tests(data))
        write("multiple", multiple())
