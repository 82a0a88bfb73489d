"""The peers' side of `make bench`: one work with one library, one line of JSON.

    peers.py --list WORK                  "NAME VERSION" a line; a peer that is missing: "NAME -"
    peers.py WORK PEER TRAIN [TEST]       trains on TRAIN, is judged on TEST

Tables are read before the clock starts (and kept as .npy beside the file); fit and predict are timed in the
process. Scores: auc where there are two classes, r2 for numbers (for quantiles the mean absolute error), the inertia
per row for clusters, and for maps and components what ours calls the same (share of variance, reconstruction error,
stress, divergence, iterations).
"""
import importlib
import json
import os
import sys
import time

THREADS = int(os.environ.get("BENCH_THREADS", "2"))
for name in ("LOKY_MAX_CPU_COUNT", "POLARS_MAX_THREADS"):
    os.environ[name] = str(THREADS)
if sys.argv[1:2] not in (["cv-forest"], ["compare"]):  # there joblib runs processes, and gives each its share
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(THREADS)

PEERS = {}  # work -> {peer: (module, function)}


def peer(work, name, module):
    def remember(function):
        PEERS.setdefault(work, {})[name] = (module, function)
        return function
    return remember


# ---- files ----------------------------------------------------------------------------------------------------

def matrix(path):
    """Rows as doubles in C order, and the last column apart when it is called y."""
    import numpy as np
    kept = path + ".npy"
    with open(path, encoding="ascii") as f:
        has_y = f.readline().rstrip().endswith(",y")
    if os.path.exists(kept) and os.path.getmtime(kept) >= os.path.getmtime(path):
        x = np.load(kept)
    else:
        import pandas
        x = np.ascontiguousarray(pandas.read_csv(path).to_numpy(dtype=float))
        np.save(kept, x)
    if not has_y:
        return x, None
    return np.ascontiguousarray(x[:, :-1]), x[:, -1].copy()


# ---- what is timed --------------------------------------------------------------------------------------------

def clock(work):
    start = time.perf_counter()
    result = work()
    return time.perf_counter() - start, result


def classifier(model, train, test, score="predict_proba"):
    from sklearn.metrics import roc_auc_score
    (x, y), (xt, yt) = matrix(train), matrix(test)
    y = y.astype("int64")
    fit, _ = clock(lambda: model.fit(x, y))
    predict, p = clock(lambda: getattr(model, score)(xt))
    p = p if p.ndim == 1 else p[:, 1]
    return {"fit_s": fit, "predict_s": predict, "score": roc_auc_score(yt, p), "rows": len(x), "cols": x.shape[1]}


def regressor(model, train, test, score=None):
    from sklearn.metrics import r2_score
    (x, y), (xt, yt) = matrix(train), matrix(test)
    fit, _ = clock(lambda: model.fit(x, y))
    predict, p = clock(lambda: model.predict(xt))
    return {"fit_s": fit, "predict_s": predict, "score": (score or r2_score)(yt, p), "rows": len(x), "cols": x.shape[1]}


# ---- trees ----------------------------------------------------------------------------------------------------

XGBOOST = dict(n_estimators=100, max_depth=6, learning_rate=0.1, max_bin=256, tree_method="hist", n_jobs=THREADS)
LIGHTGBM = dict(n_estimators=100, max_depth=6, num_leaves=64, learning_rate=0.1, max_bin=255, n_jobs=THREADS,
                verbose=-1)
HGB = dict(max_iter=100, max_depth=6, max_leaf_nodes=None, learning_rate=0.1, max_bins=255, early_stopping=False)


@peer("gbm", "xgboost", "xgboost")
def gbm_xgboost(train, test):
    from xgboost import XGBClassifier
    return classifier(XGBClassifier(**XGBOOST), train, test)


@peer("gbm", "lightgbm", "lightgbm")
def gbm_lightgbm(train, test):
    from lightgbm import LGBMClassifier
    return classifier(LGBMClassifier(**LIGHTGBM), train, test)


@peer("gbm", "sklearn", "sklearn")
def gbm_sklearn(train, test):
    from sklearn.ensemble import HistGradientBoostingClassifier
    return classifier(HistGradientBoostingClassifier(**HGB), train, test)


@peer("gbm-numbers", "xgboost", "xgboost")
def gbm_numbers_xgboost(train, test):
    from xgboost import XGBRegressor
    return regressor(XGBRegressor(**XGBOOST), train, test)


@peer("gbm-numbers", "lightgbm", "lightgbm")
def gbm_numbers_lightgbm(train, test):
    from lightgbm import LGBMRegressor
    return regressor(LGBMRegressor(**LIGHTGBM), train, test)


@peer("gbm-numbers", "sklearn", "sklearn")
def gbm_numbers_sklearn(train, test):
    from sklearn.ensemble import HistGradientBoostingRegressor
    return regressor(HistGradientBoostingRegressor(**HGB), train, test)


@peer("forest", "sklearn", "sklearn")
def forest_sklearn(train, test):
    from sklearn.ensemble import RandomForestClassifier
    return classifier(RandomForestClassifier(n_estimators=100, n_jobs=THREADS, random_state=1), train, test)


@peer("forest-numbers", "sklearn", "sklearn")
def forest_numbers_sklearn(train, test):
    from sklearn.ensemble import RandomForestRegressor
    return regressor(RandomForestRegressor(n_estimators=100, n_jobs=THREADS, random_state=1), train, test)


@peer("extratrees", "sklearn", "sklearn")
def extratrees_sklearn(train, test):
    from sklearn.ensemble import ExtraTreesClassifier
    return classifier(ExtraTreesClassifier(n_estimators=100, n_jobs=THREADS, random_state=1), train, test)


@peer("extratrees-numbers", "sklearn", "sklearn")
def extratrees_numbers_sklearn(train, test):
    from sklearn.ensemble import ExtraTreesRegressor
    return regressor(ExtraTreesRegressor(n_estimators=100, n_jobs=THREADS, random_state=1), train, test)


@peer("bagging", "sklearn", "sklearn")
def bagging_sklearn(train, test):
    from sklearn.ensemble import BaggingClassifier
    return classifier(BaggingClassifier(n_estimators=10, n_jobs=THREADS, random_state=1), train, test)


@peer("adaboost", "sklearn", "sklearn")
def adaboost_sklearn(train, test):
    from sklearn.ensemble import AdaBoostClassifier
    return classifier(AdaBoostClassifier(n_estimators=50, random_state=1), train, test)


def isolation(train, test, **options):
    """Without a share of strange rows fit only grows trees; with one it scores the training rows as well."""
    from sklearn.ensemble import IsolationForest
    from sklearn.metrics import roc_auc_score
    (x, _), (xt, yt) = matrix(train), matrix(test)
    model = IsolationForest(n_jobs=THREADS, random_state=1, **options)
    fit, _ = clock(lambda: model.fit(x))
    predict, s = clock(lambda: model.score_samples(xt))
    return {"fit_s": fit, "predict_s": predict, "score": roc_auc_score(yt, -s), "rows": len(x), "cols": x.shape[1]}


@peer("iforest", "sklearn", "sklearn")
def iforest_sklearn(train, test):
    return isolation(train, test)


@peer("iforest-share", "sklearn", "sklearn")
def iforest_share_sklearn(train, test):
    return isolation(train, test, contamination=0.02)


@peer("tree", "sklearn", "sklearn")
def tree_sklearn(train, test):
    from sklearn.tree import DecisionTreeClassifier
    return classifier(DecisionTreeClassifier(max_depth=12, random_state=1), train, test)


# ---- linear ---------------------------------------------------------------------------------------------------

@peer("logistic", "sklearn-lbfgs", "sklearn")
def logistic_lbfgs(train, test):
    from sklearn.linear_model import LogisticRegression
    return classifier(LogisticRegression(solver="lbfgs"), train, test)


@peer("logistic", "sklearn-newton-cholesky", "sklearn")
def logistic_newton(train, test):
    from sklearn.linear_model import LogisticRegression
    return classifier(LogisticRegression(solver="newton-cholesky"), train, test)


@peer("logistic", "sklearn-liblinear", "sklearn")
def logistic_liblinear(train, test):
    from sklearn.linear_model import LogisticRegression
    return classifier(LogisticRegression(solver="liblinear"), train, test)


@peer("linear", "sklearn", "sklearn")
def linear_sklearn(train, test):
    from sklearn.linear_model import LinearRegression
    return regressor(LinearRegression(n_jobs=THREADS), train, test)


@peer("ridge", "sklearn", "sklearn")
def ridge_sklearn(train, test):
    from sklearn.linear_model import Ridge
    return regressor(Ridge(), train, test)


@peer("lasso", "sklearn", "sklearn")
def lasso_sklearn(train, test):
    from sklearn.linear_model import Lasso
    return regressor(Lasso(alpha=0.1), train, test)


@peer("huber", "sklearn", "sklearn")
def huber_sklearn(train, test):
    from sklearn.linear_model import HuberRegressor
    return regressor(HuberRegressor(), train, test)


@peer("quantile", "sklearn", "sklearn")
def quantile_sklearn(train, test):
    from sklearn.linear_model import QuantileRegressor
    from sklearn.metrics import mean_absolute_error
    return regressor(QuantileRegressor(alpha=0), train, test, mean_absolute_error)


@peer("poisson", "sklearn-lbfgs", "sklearn")
def poisson_lbfgs(train, test):
    from sklearn.linear_model import PoissonRegressor
    return regressor(PoissonRegressor(), train, test)


@peer("poisson", "sklearn-newton-cholesky", "sklearn")
def poisson_newton(train, test):
    from sklearn.linear_model import PoissonRegressor
    return regressor(PoissonRegressor(solver="newton-cholesky"), train, test)


@peer("gamma", "sklearn-lbfgs", "sklearn")
def gamma_lbfgs(train, test):
    from sklearn.linear_model import GammaRegressor
    return regressor(GammaRegressor(), train, test)


@peer("gamma", "sklearn-newton-cholesky", "sklearn")
def gamma_newton(train, test):
    from sklearn.linear_model import GammaRegressor
    return regressor(GammaRegressor(solver="newton-cholesky"), train, test)


@peer("sgd", "sklearn", "sklearn")
def sgd_sklearn(train, test):
    from sklearn.linear_model import SGDClassifier
    return classifier(SGDClassifier(random_state=1, n_jobs=THREADS), train, test, "decision_function")


@peer("linearsvm", "sklearn", "sklearn")
def linearsvm_sklearn(train, test):
    from sklearn.svm import LinearSVC
    return classifier(LinearSVC(random_state=1), train, test, "decision_function")


@peer("svm", "sklearn", "sklearn")
def svm_sklearn(train, test):
    from sklearn.svm import SVC
    return classifier(SVC(), train, test, "decision_function")


# ---- neighbours, Bayes, clusters ------------------------------------------------------------------------------

@peer("knn", "sklearn", "sklearn")
def knn_sklearn(train, test):
    from sklearn.neighbors import KNeighborsClassifier
    return classifier(KNeighborsClassifier(n_neighbors=5, algorithm="brute", n_jobs=THREADS), train, test)


@peer("knn-few", "sklearn", "sklearn")
def knn_few_sklearn(train, test):
    from sklearn.neighbors import KNeighborsClassifier
    return classifier(KNeighborsClassifier(n_neighbors=5, n_jobs=THREADS), train, test)


@peer("radius", "sklearn", "sklearn")
def radius_sklearn(train, test):
    import warnings
    from sklearn.neighbors import RadiusNeighborsClassifier
    warnings.simplefilter("ignore")  # some rows have nobody near
    return classifier(RadiusNeighborsClassifier(0.2, outlier_label="most_frequent", n_jobs=THREADS), train, test)


@peer("nb", "sklearn", "sklearn")
def nb_sklearn(train, test):
    from sklearn.naive_bayes import GaussianNB
    return classifier(GaussianNB(), train, test)


@peer("catnb", "sklearn", "sklearn")
def catnb_sklearn(train, test):
    from sklearn.naive_bayes import CategoricalNB
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import KBinsDiscretizer
    bins = KBinsDiscretizer(10, encode="ordinal", subsample=None, quantile_method="averaged_inverted_cdf")
    return classifier(make_pipeline(bins, CategoricalNB()), train, test)


@peer("kmeans", "sklearn", "sklearn")
def kmeans_sklearn(train, _):
    from sklearn.cluster import KMeans
    x, _ = matrix(train)
    model = KMeans(n_clusters=20, n_init=1, max_iter=30, tol=0, random_state=1)
    fit, _ = clock(lambda: model.fit(x))
    return {"fit_s": fit, "predict_s": None, "score": model.inertia_ / len(x), "rows": len(x), "cols": x.shape[1]}


# ---- fewer columns --------------------------------------------------------------------------------------------

def reducer(model, train, score):
    x, _ = matrix(train)
    fit, _ = clock(lambda: model.fit(x))
    return {"fit_s": fit, "predict_s": None, "score": score(model, x), "rows": len(x), "cols": x.shape[1]}


@peer("pca", "sklearn", "sklearn")
def pca_sklearn(train, _):
    from sklearn.decomposition import PCA
    return reducer(PCA(n_components=10), train, lambda m, x: float(m.explained_variance_ratio_.sum()))


@peer("tsvd", "sklearn", "sklearn")
def tsvd_sklearn(train, _):
    from sklearn.decomposition import TruncatedSVD
    return reducer(TruncatedSVD(n_components=10, random_state=1), train,
                   lambda m, x: float((m.singular_values_**2).sum() / (x**2).sum()))


@peer("ica", "sklearn", "sklearn")
def ica_sklearn(train, _):
    from sklearn.decomposition import FastICA
    return reducer(FastICA(n_components=10, random_state=1), train, lambda m, x: m.n_iter_)


@peer("nmf", "sklearn", "sklearn")
def nmf_sklearn(train, _):
    from sklearn.decomposition import NMF
    return reducer(NMF(n_components=10), train, lambda m, x: float(m.reconstruction_err_))


@peer("mds", "sklearn", "sklearn")
def mds_sklearn(train, _):
    from sklearn.manifold import MDS
    return reducer(MDS(n_init=1, init="classical_mds"), train, lambda m, x: float(m.stress_))


@peer("tsne", "sklearn", "sklearn")
@peer("tsne-noise", "sklearn", "sklearn")
def tsne_sklearn(train, _):
    from sklearn.manifold import TSNE
    return reducer(TSNE(n_jobs=THREADS, random_state=1), train, lambda m, x: float(m.kl_divergence_))


def clustering(model, train, score):
    x, _ = matrix(train)
    fit, _ = clock(lambda: model.fit(x))
    return {"fit_s": fit, "predict_s": None, "score": score(model, x), "rows": len(x), "cols": x.shape[1]}


def clusters(model, _):
    return int(model.labels_.max()) + 1


def dbscan(eps):
    from sklearn.cluster import DBSCAN
    return DBSCAN(eps=eps, min_samples=5, n_jobs=THREADS)


@peer("dbscan", "sklearn", "sklearn")
def dbscan_sklearn(train, _):
    return clustering(dbscan(3), train, clusters)


@peer("dbscan-dense", "sklearn", "sklearn")
def dbscan_dense_sklearn(train, _):
    return clustering(dbscan(6), train, clusters)


@peer("dbscan-few", "sklearn", "sklearn")
def dbscan_few_sklearn(train, _):
    return clustering(dbscan(0.1), train, clusters)


@peer("hdbscan", "sklearn", "sklearn")
def hdbscan_sklearn(train, _):
    import warnings
    from sklearn.cluster import HDBSCAN
    warnings.simplefilter("ignore")  # a default of a later version
    return clustering(HDBSCAN(min_cluster_size=15, n_jobs=THREADS), train, clusters)


@peer("hclust", "sklearn", "sklearn")
def hclust_sklearn(train, _):
    from sklearn.cluster import AgglomerativeClustering
    return clustering(AgglomerativeClustering(20), train, lambda model, x: None)


@peer("hclust-average", "sklearn", "sklearn")
def hclust_average_sklearn(train, _):
    from sklearn.cluster import AgglomerativeClustering
    return clustering(AgglomerativeClustering(20, linkage="average"), train, lambda model, x: None)


@peer("gmm", "sklearn", "sklearn")
def gmm_sklearn(train, _):
    import warnings
    from sklearn.mixture import GaussianMixture
    warnings.simplefilter("ignore")  # twenty iterations are not meant to converge
    model = GaussianMixture(20, max_iter=20, tol=0, random_state=1)
    return clustering(model, train, lambda model, x: model.bic(x))


@peer("spectral", "sklearn", "sklearn")
def spectral_sklearn(train, _):
    import warnings
    from sklearn.cluster import SpectralClustering
    warnings.simplefilter("ignore")  # the graph may fall into pieces
    model = SpectralClustering(20, affinity="nearest_neighbors", random_state=1, n_jobs=THREADS)
    return clustering(model, train, lambda model, x: None)


@peer("lof", "sklearn", "sklearn")
def lof_sklearn(train, _):
    from sklearn.neighbors import LocalOutlierFactor
    return clustering(LocalOutlierFactor(n_neighbors=20, n_jobs=THREADS), train, lambda model, x: None)


# ---- networks -------------------------------------------------------------------------------------------------

@peer("net", "sklearn", "sklearn")
def net_sklearn(train, test):
    import warnings
    from sklearn.neural_network import MLPClassifier
    warnings.simplefilter("ignore")  # ten epochs are not meant to converge
    return classifier(MLPClassifier((128, 64), batch_size=128, max_iter=10, random_state=1), train, test)


class TorchNet:
    """The same network, batches and rule as scikit-learn's; its tiny penalty is left out."""

    def __init__(self, threads):
        self.threads = threads

    def fit(self, x, y):
        import torch
        torch.manual_seed(1)
        torch.set_num_threads(self.threads)
        self.net = torch.nn.Sequential(torch.nn.Linear(x.shape[1], 128), torch.nn.ReLU(), torch.nn.Linear(128, 64),
                                       torch.nn.ReLU(), torch.nn.Linear(64, 1))
        adam = torch.optim.Adam(self.net.parameters(), fused=True)
        loss_of = torch.nn.BCEWithLogitsLoss()
        x, y = torch.tensor(x, dtype=torch.float32), torch.tensor(y, dtype=torch.float32)
        for _ in range(10):
            order = torch.randperm(len(x))
            for start in range(0, len(x), 128):
                batch = order[start:start + 128]
                adam.zero_grad(set_to_none=True)
                loss_of(self.net(x[batch]).squeeze(1), y[batch]).backward()
                adam.step()

    def predict_proba(self, x):
        import numpy as np
        import torch
        with torch.no_grad():
            p = torch.sigmoid(self.net(torch.tensor(x, dtype=torch.float32))).numpy()
        return np.hstack([1 - p, p])


@peer("net", "pytorch", "torch")
def net_pytorch(train, test):
    import torch  # noqa: F401  (not part of the training)
    return classifier(TorchNet(THREADS), train, test)


@peer("net", "pytorch-1-thread", "torch")  # a second one doesn't pay for batches this small
def net_pytorch_1_thread(train, test):
    import torch  # noqa: F401
    return classifier(TorchNet(1), train, test)


# ---- folds ----------------------------------------------------------------------------------------------------

@peer("cv-forest", "sklearn", "sklearn")
def cv_forest_sklearn(train, _):
    from sklearn.ensemble import RandomForestClassifier
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    x, y = matrix(train)
    folds = StratifiedKFold(10, shuffle=True, random_state=1)
    forest = RandomForestClassifier(n_estimators=100, random_state=1)
    fit, scores = clock(lambda: cross_val_score(forest, x, y, cv=folds, scoring="roc_auc", n_jobs=THREADS))
    return {"fit_s": fit, "predict_s": None, "score": scores.mean(), "rows": len(x), "cols": x.shape[1]}


def prepared(model, numbers, words):
    """What lathe does by itself: medians, most frequent levels, 0/1 columns, scales."""
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import OneHotEncoder, StandardScaler
    columns = ColumnTransformer([
        ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numbers),
        ("words", make_pipeline(SimpleImputer(strategy="most_frequent"),
                                OneHotEncoder(handle_unknown="ignore", sparse_output=False)), words)])
    return make_pipeline(columns, model)


@peer("compare", "sklearn", "sklearn")
def compare_sklearn(train, _):
    import pandas
    from sklearn.dummy import DummyClassifier
    from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import RepeatedStratifiedKFold, cross_validate
    from sklearn.naive_bayes import GaussianNB
    from sklearn.neighbors import KNeighborsClassifier
    from sklearn.tree import DecisionTreeClassifier
    table = pandas.read_csv(train)
    y = table["survived"]
    numbers, words = ["pclass", "age", "sibsp", "parch", "fare"], ["sex", "embarked"]
    x = table[numbers + words]
    models = [DummyClassifier(), LogisticRegression(), RandomForestClassifier(n_estimators=100),
              HistGradientBoostingClassifier(**HGB),
              KNeighborsClassifier(), DecisionTreeClassifier(), GaussianNB()]
    folds = RepeatedStratifiedKFold(n_splits=10, n_repeats=3, random_state=1)

    def judge(model):
        scored = cross_validate(prepared(model, numbers, words), x, y, cv=folds, n_jobs=THREADS,
                                scoring=["roc_auc", "accuracy", "f1", "neg_log_loss"])
        return scored["test_roc_auc"].mean()
    fit, scores = clock(lambda: [judge(m) for m in models])
    mean = sum(scores) / len(scores)
    return {"fit_s": fit, "predict_s": None, "score": mean, "rows": len(x), "cols": x.shape[1]}


# ---- files and start-up ---------------------------------------------------------------------------------------

@peer("csv", "pandas", "pandas")
@peer("csv-quoted", "pandas", "pandas")
def csv_pandas(path, _):
    import pandas
    fit, t = clock(lambda: pandas.read_csv(path))
    return {"fit_s": fit, "predict_s": None, "score": None, "rows": len(t), "cols": t.shape[1]}


@peer("csv", "pandas-pyarrow", "pyarrow")
@peer("csv-quoted", "pandas-pyarrow", "pyarrow")
def csv_pyarrow(path, _):
    import pandas
    import pyarrow.csv  # noqa: F401  (not part of the reading)
    fit, t = clock(lambda: pandas.read_csv(path, engine="pyarrow"))
    return {"fit_s": fit, "predict_s": None, "score": None, "rows": len(t), "cols": t.shape[1]}


@peer("csv", "polars", "polars")
@peer("csv-quoted", "polars", "polars")
def csv_polars(path, _):
    import polars
    fit, t = clock(lambda: polars.read_csv(path, try_parse_dates=True))
    return {"fit_s": fit, "predict_s": None, "score": None, "rows": t.height, "cols": t.width}


@peer("startup", "sklearn", "sklearn")
def startup_sklearn(_, __):
    import sklearn.ensemble  # noqa: F401
    return {"fit_s": None, "predict_s": None, "score": None, "rows": 0, "cols": 0}


@peer("first-model", "sklearn", "sklearn")
def first_model_sklearn(_, __):
    from sklearn.datasets import load_iris
    from sklearn.metrics import accuracy_score
    from sklearn.tree import DecisionTreeClassifier
    x, y = load_iris(return_X_y=True)
    model = DecisionTreeClassifier().fit(x, y)
    return {"fit_s": None, "predict_s": None, "score": accuracy_score(y, model.predict(x)), "rows": 150, "cols": 4}


def version(module):
    try:
        return importlib.import_module(module).__version__
    except ImportError:
        return None


def main(arguments):
    if len(arguments) == 2 and arguments[0] == "--list":
        for name, (module, _) in PEERS.get(arguments[1], {}).items():
            print(name, version(module) or "-")
        return 0
    if len(arguments) < 3:
        print(__doc__, file=sys.stderr)
        return 2
    work, who, train = arguments[:3]
    module, function = PEERS[work][who]
    line = {"work": work, "who": who, "version": version(module), "threads": THREADS}
    line.update(function(train, arguments[3] if len(arguments) > 3 else None))
    print(json.dumps(line))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
