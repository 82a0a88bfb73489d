# Prints what tests/cli/clusters.sh expects of `clusters hclust`: python gap.py DATASETS (made with scikit-learn 1.9.1,
# scipy 1.17.1, numpy 2.4.6). Written from the paper (Tibshirani, Walther and Hastie 2001) and from R's clusGap, which
# takes the standard deviation with divisor B - 1; W_k is sum over clusters of sum of squared distances of all pairs /
# (2 n_r), as in the paper. The random numbers are those that lathe.h describes.
import csv
import sys

import numpy as np
from scipy.spatial.distance import cdist
from sklearn import metrics as m
from sklearn.cluster import AgglomerativeClustering

MASK = (1 << 64) - 1
SEED, B, K = 1, 8, range(1, 7)


def mix(z):
    z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
    return z ^ (z >> 31)


def uniform(seed, stream, index):
    key = mix((seed + 0x9E3779B97F4A7C15) & MASK) ^ mix((stream * 0xD1342543DE82EF95 + 1) & MASK)
    return (mix((mix((key + index * 0x9E3779B97F4A7C15) & MASK) + key) & MASK) >> 11) * 2.0**-53


def log_w(x, k):
    label = AgglomerativeClustering(k, linkage="ward").fit_predict(x)
    w = sum((cdist(x[label == c], x[label == c]) ** 2).sum() / (2 * (label == c).sum()) for c in range(k))
    return np.log(w), label


rows = list(csv.reader(open(sys.argv[1] + "/iris.csv")))[1:]
x = np.array([[float(v) for v in r[:4]] for r in rows])
x = (x - x.mean(axis=0)) / x.std(axis=0)
n, p = x.shape
low, high = x.min(axis=0), x.max(axis=0)
refs = []
for b in range(B):
    u = np.array([uniform(SEED, 9000 + b, i) for i in range(n * p)]).reshape(n, p)
    refs.append(low + u * (high - low))
for k in K:
    own, label = log_w(x, k)
    star = np.array([log_w(r, k)[0] for r in refs])
    gap, se = star.mean() - own, star.std(ddof=1) * np.sqrt(1 + 1 / B)
    d = cdist(x, x)
    shape = [m.silhouette_score(d, label, metric="precomputed"), m.davies_bouldin_score(x, label),
             m.calinski_harabasz_score(x, label)] if k > 1 else []
    print(k, repr(float(np.exp(own))), repr(float(gap)), repr(float(se)), *[repr(float(v)) for v in shape])

# eval of `train hclust n_clusters=3` on iris: silhouette … inertia, then against the species.
names = [r[4] for r in rows]
label = log_w(x, 3)[1]
h, c, _ = m.homogeneity_completeness_v_measure(names, label)
print("eval", m.adjusted_rand_score(names, label), m.normalized_mutual_info_score(names, label), h, c)
print(m.cluster.contingency_matrix(names, label).tolist())
s = m.silhouette_samples(cdist(x, x), label, metric="precomputed")
for cluster in sorted(set(label)):
    v = s[label == cluster]
    print("silhouette", cluster, len(v), *map(float, (v.mean(), v.min(), v.max(), (v < 0).mean())))

# eval of `train lof` on breast_cancer.
from sklearn.neighbors import LocalOutlierFactor

rows = list(csv.DictReader(open(sys.argv[1] + "/breast_cancer.csv")))
x = np.array([[float(v) for k, v in r.items() if k not in ("diagnosis", "id")] for r in rows])
x = (x - x.mean(axis=0)) / x.std(axis=0)
bad = [r["diagnosis"] == "malignant" for r in rows]
score = -LocalOutlierFactor(n_neighbors=20).fit(x).negative_outlier_factor_
print("lof", m.roc_auc_score(bad, score), m.average_precision_score(bad, score))
