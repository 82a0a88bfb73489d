# Prints cluster_ref.h, the reference values of test_num_cluster.c: python cluster.py DATASETS > cluster_ref.h
# (made with scikit-learn 1.9.1, scipy 1.17.1, numpy 2.4.6 from iris.csv). Its functions are given scipy's
# distances, by differences: scikit-learn's own go through products, which costs half of the digits between rows that
# are nearly equal.
import csv
import sys

import numpy as np
import sklearn
from scipy.spatial.distance import cdist
from sklearn import metrics as m
from sklearn.cluster import AgglomerativeClustering

rows = list(csv.reader(open(sys.argv[1] + "/iris.csv")))[1:]
X = np.array([[float(v) for v in r[:4]] for r in rows])
names = sorted({r[4] for r in rows})
species = np.array([names.index(r[4]) for r in rows])
D = cdist(X, X)
m.cluster._unsupervised.pairwise_distances = lambda a, b=None: cdist(a, a if b is None else b)  # Davies-Bouldin


def array(kind, name, values, write):
    text = ", ".join(write(v) for v in values)
    lines, line = [], "   "
    for word in text.split(" "):
        if len(line) + len(word) > 110:
            lines.append(line)
            line = "   "
        line += " " + word
    print(f"static const {kind} {name}[] = {{\n" + "\n".join(lines + [line]) + "};")


def number(v):
    return repr(float(v))


def whole(v):
    return str(int(v))


print(f"/* Written by ref/cluster.py with scikit-learn {sklearn.__version__}; see there. */")
array("double", "iris", X.ravel(), number)

rng = np.random.default_rng(3)
noisy = species.copy()
noisy[rng.choice(150, 20, replace=False)] = -1
lonely = AgglomerativeClustering(3, linkage="average").fit_predict(X)
lonely[[7, 70, 140]] = [3, 4, 5]  # clusters of one row
cases = {
    "species": species,
    "two": (species > 0).astype(int),
    "ward7": AgglomerativeClustering(7, linkage="ward").fit_predict(X),
    "noisy": noisy,
    "lonely": lonely,
    "random40": np.concatenate([np.arange(40), rng.integers(0, 40, 110)]),
    "most": np.concatenate([np.arange(149), [0]]),  # n - 1 clusters
}
table = []
for name, label in cases.items():
    keep = label >= 0
    x, l, d = X[keep], label[keep], D[np.ix_(keep, keep)]
    s = m.silhouette_samples(d, l, metric="precomputed")
    inertia = sum(((x[l == c] - x[l == c].mean(axis=0)) ** 2).sum() for c in np.unique(l))
    array("int32_t", f"{name}_label", label, whole)
    array("double", f"{name}_silhouette", s, number)
    values = [float(np.mean(s)), m.davies_bouldin_score(x, l),
              m.calinski_harabasz_score(x, l), inertia]
    table.append(f'    {{"{name}", {len(np.unique(l))}, {name}_label, {name}_silhouette,\n     '
                 + "{" + ", ".join(number(v) for v in values) + "}},")
print("static const struct spread_case spread_cases[] = {\n" + "\n".join(table) + "\n};")

# Agreement with the species; and of labels with themselves, with one cluster, with n clusters.
pairs = {name: (species, label) for name, label in cases.items()}
pairs["same"] = (species, (species + 1) % 3)
pairs["one"] = (species, np.zeros(150, int))
pairs["each"] = (species, np.arange(150))
pairs["one class"] = (np.zeros(150, int), species)
pairs["one of both"] = (np.zeros(150, int), np.zeros(150, int))
table = []
for name, (truth, label) in pairs.items():
    h, c, v = m.homogeneity_completeness_v_measure(truth, label)
    assert abs(v - m.normalized_mutual_info_score(truth, label)) < 1e-14
    count = m.cluster.contingency_matrix(truth, label)
    ident = name.replace(" ", "_")
    array("double", f"{ident}_count", count.ravel(), whole)
    values = [m.adjusted_rand_score(truth, label), m.normalized_mutual_info_score(truth, label), h, c]
    table.append(f'    {{"{name}", {count.shape[0]}, {count.shape[1]}, {ident}_count,\n     '
                 + "{" + ", ".join(number(v) for v in values) + "}},")
print("static const struct agreement_case agreement_cases[] = {\n" + "\n".join(table) + "\n};")
