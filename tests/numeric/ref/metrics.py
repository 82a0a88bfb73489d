# Prints metrics_ref.h, the reference values of test_num_metrics.c: python metrics.py > metrics_ref.h
# (made with scikit-learn 1.9.1, numpy 2.4.6).
import math
import random
import warnings

import numpy as np
import sklearn
from sklearn import metrics as m
from sklearn.calibration import calibration_curve

warnings.simplefilter("ignore")
random.seed(7)


def number(x):
    return "NAN" if math.isnan(x) else "INFINITY" if x == math.inf else repr(float(x))


def array(kind, name, values):
    if len(values) == 0:
        return
    text = ", ".join(str(int(v)) if kind != "double" else number(v) for v in values)
    lines, line = [], "   "
    for word in text.split(" "):
        if len(line) + len(word) > 110:
            lines.append(line)
            line = "   "
        line += " " + word
    print(f"static const {kind} {name}[] = {{\n" + "\n".join(lines + [line]) + "};")


def attempt(f):
    try:
        return float(f())
    except ValueError:
        return math.nan


def classify(y, p, proba, positive, w):
    k = proba.shape[1]
    if k == 2:
        prf = dict(pos_label=positive, average="binary")
        hit, score = (y == positive).astype(int), proba[:, positive]
        auc = lambda: m.roc_auc_score(hit, score, sample_weight=w)
        ap = lambda: m.average_precision_score(hit, score, sample_weight=w)
        brier = lambda: m.brier_score_loss(hit, score, sample_weight=w, pos_label=1)
    else:
        prf = dict(average="macro")
        auc = lambda: m.roc_auc_score(y, proba, multi_class="ovr", average="macro", sample_weight=w)
        ap = lambda: m.average_precision_score(y, proba, sample_weight=w)
        brier = lambda: m.brier_score_loss(y, proba, sample_weight=w, labels=list(range(k)))
    prf.update(sample_weight=w, zero_division=0)
    return [attempt(f) for f in (
        lambda: m.accuracy_score(y, p, sample_weight=w),
        lambda: m.balanced_accuracy_score(y, p, sample_weight=w),
        lambda: m.precision_score(y, p, **prf),
        lambda: m.recall_score(y, p, **prf),
        lambda: m.f1_score(y, p, **prf),
        auc, ap,
        lambda: m.log_loss(y, proba, sample_weight=w, labels=list(range(k))),
        brier,
        lambda: m.matthews_corrcoef(y, p, sample_weight=w),
        lambda: m.cohen_kappa_score(y, p, sample_weight=w))]


cases = []


def case(name, y, p, proba, positive, w=None):
    y, p, proba = np.array(y), np.array(p), np.array(proba, dtype=float)
    w = None if w is None else np.array(w, dtype=float)
    expected = classify(y, p, proba, positive, w)
    array("int32_t", name + "_truth", y)
    array("int32_t", name + "_pred", p)
    array("double", name + "_proba", proba.ravel())
    if w is not None:
        array("double", name + "_weight", w)
    cases.append(f'    {{"{name}", {len(y)}, {proba.shape[1]}, {positive},\n     {name}_truth, {name}_pred, {name}_proba,\n'
                 f'     {name + "_weight" if w is not None else "NULL"},\n     {{'
                 + ", ".join(number(v) for v in expected[:4]) + ",\n      "
                 + ", ".join(number(v) for v in expected[4:8]) + ",\n      "
                 + ", ".join(number(v) for v in expected[8:]) + "}},")


def draw(n, k, digits):
    """Rows whose probabilities have few digits (ties), sum to one and lean to the truth."""
    y = [random.randrange(k) for _ in range(n)]
    rows = []
    for c in y:
        parts = [random.randrange(1, 10**digits) for _ in range(k)]
        parts[c] += random.randrange(0, 10**digits)
        total = sum(parts)
        head = [round(v / total, digits) for v in parts[:-1]]
        rows.append(head + [1 - sum(head)])
    return y, [int(np.argmax(r)) for r in rows], rows


print("/* Made by metrics.py with scikit-learn", sklearn.__version__, "*/")
y, p, proba = draw(40, 2, 1)
w = [random.choice([0.5, 1, 2, 3.25]) for _ in y]
case("binary_ties", y, p, proba, 1)
case("binary_first_positive", y, p, proba, 0)
case("binary_weighted", y, p, proba, 1, w)
case("binary_zero_weights", y, p, proba, 1, [v if i % 3 else 0 for i, v in enumerate(w)])
case("binary_none_predicted", y, [0] * 40, proba, 1)
case("binary_all_predicted", y, [1] * 40, proba, 1)
case("binary_truth_all_negative", [0] * 12, [0, 1, 0] * 4, proba[:12], 1)
case("binary_truth_all_positive", [1] * 12, [0, 1, 0] * 4, proba[:12], 1)
case("binary_one_class_only", [0] * 12, [0] * 12, proba[:12], 1)
case("binary_certain", [0, 1, 1, 0], [0, 1, 0, 1], [[1, 0], [0, 1], [1, 0], [0, 1]], 1)
case("one_row", [1], [1], [[0.25, 0.75]], 1)
y, p, proba = draw(45, 3, 2)
w = [random.choice([0.1, 1, 2.5]) for _ in y]
case("three", y, p, proba, 1)
case("three_weighted", y, p, proba, 1, w)
case("three_one_never_predicted", y, [0 if v == 2 else v for v in p], proba, 1)
case("three_one_not_in_truth", [0 if v == 2 else v for v in y], p, proba, 1)
case("three_two_occur", [0 if v == 2 else v for v in y], [1 if v == 2 else v for v in p], proba, 1, w)
y, p, proba = draw(30, 5, 3)
case("five", y, p, proba, 1)
print("static const struct classify_case classify_cases[] = {\n" + "\n".join(cases) + "\n};")

cases = []


def regress(name, y, f, w=None):
    y, f = np.array(y, dtype=float), np.array(f, dtype=float)
    w = None if w is None else np.array(w, dtype=float)
    expected = [g(y, f, sample_weight=w) for g in (m.root_mean_squared_error, m.mean_absolute_error, m.r2_score,
                                                   m.mean_absolute_percentage_error)]
    array("double", name + "_truth", y)
    array("double", name + "_pred", f)
    if w is not None:
        array("double", name + "_weight", w)
    cases.append(f'    {{"{name}", {len(y)}, {name}_truth, {name}_pred,\n     {name + "_weight" if w is not None else "NULL"},\n'
                 "     {" + ", ".join(number(v) for v in expected) + "}},")


y = [round(random.gauss(10, 4), 2) for _ in range(30)]
f = [round(v + random.gauss(0.5, 2), 2) for v in y]
regress("plain", y, f)
regress("plain_weighted", y, f, [random.choice([0, 0.5, 1, 4]) for _ in y])
regress("with_zero_truth", [0, 1, -2], [0.5, 1, -2.5])
regress("constant_truth", [3, 3, 3], [3, 2, 5])
regress("constant_hit", [0.1, 0.1, 0.1], [0.1, 0.1, 0.1])
regress("perfect", [1, 2, 4], [1, 2, 4])
regress("single", [2], [3])
regress("far_from_zero", [1e8 + v for v in y], [1e8 + v for v in f])
print("static const struct regress_case regress_cases[] = {\n" + "\n".join(cases) + "\n};")

# A case larger than a block, whose rows both sides compute (row() in the test).
n, k = 3000, 4
i = np.arange(n)
y = (i * 7 + i // 3) % 13 % k
p = (i * 5 + i // 7) % k
parts = np.stack([(i * (37 + 10 * c) + 11 * c) % 101 + 1 + 60 * (y == c) for c in range(k)], axis=1).astype(float)
total = parts.sum(axis=1)
proba = parts / total[:, None]
w = 1 + (i % 5) * 0.25
array("double", "large_expected", classify(y, p, proba, 1, w))
truth, pred = i % 97 * 0.5 + 3, (i * 13) % 89 * 0.5 + 5
array("double", "large_regress_expected",
      [g(truth, pred, sample_weight=w) for g in (m.root_mean_squared_error, m.mean_absolute_error, m.r2_score,
                                                 m.mean_absolute_percentage_error)])

# Curves.
y, p, proba = draw(40, 2, 1)
score = [round(r[1], 1) for r in proba]
y[5] = 1
array("uint8_t", "curve_truth", y)
array("double", "curve_score", score)
fpr, tpr, threshold = m.roc_curve(y, score, drop_intermediate=False)
array("double", "roc_fpr", fpr)
array("double", "roc_tpr", tpr)
array("double", "roc_threshold", threshold)
precision, recall, threshold = m.precision_recall_curve(y, score)
array("double", "pr_precision", precision[::-1])
array("double", "pr_recall", recall[::-1])
array("double", "pr_threshold", [math.inf] + list(threshold[::-1]))
share, mean = calibration_curve(y, score, n_bins=5)
array("double", "calibration_share", share)
array("double", "calibration_mean", mean)
