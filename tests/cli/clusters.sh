#!/usr/bin/env bash
# How many clusters, and how good they are: numbers against scikit-learn and the formula of the gap statistic
# (tests/numeric/ref/gap.py says how they were made), the choices, and what can't be asked.
. "${top_srcdir:-.}/tests/cli/cli.sh"

# ---- clusters ----
lines 'load iris; clusters hclust to=6 refs=8 reference=box seed=1'
is "clusters: the columns" "$(json columns clusters)" \
    'k,inertia,silhouette,gap,gap_se,davies_bouldin,calinski_harabasz,bic,chosen_by,fit_s'
is "clusters: the views" "$(json ids | grep -v '^note' | tr '\n' ' ')" 'table clusters text verdict plot elbow plot silhouettes plot gap '
while read -r k inertia gap se silhouette db ch; do
    row=$((k - 1))
    near "hclust $k: inertia" clusters inertia $row "$inertia" 1e-9
    near "hclust $k: gap" clusters gap $row "$gap" 1e-12
    near "hclust $k: its standard error" clusters gap_se $row "$se" 1e-12
    [ "$k" = 1 ] && continue
    near "hclust $k: silhouette" clusters silhouette $row "$silhouette" 1e-12
    near "hclust $k: Davies-Bouldin" clusters davies_bouldin $row "$db" 1e-12
    near "hclust $k: Calinski-Harabasz" clusters calinski_harabasz $row "$ch" 1e-10
done <<'X'
1 600.0 0.3739114535532453 0.03592975569184388
2 228.72116279438606 0.9881635855642656 0.049641103423755335 0.5770346019475988 0.5916560992933364 240.24566522437965
3 148.87625577957925 1.247340626176202 0.038734278246954655 0.446689041028591 0.8034665302876753 222.71916382215363
4 116.83826641067832 1.3334233688705366 0.05809800563695063 0.40063631598559735 0.9788214982592804 201.2514543140406
5 95.00667511143929 1.423631732380544 0.05155817160331742 0.33058726295230545 0.9742492313121822 192.6812827176413
6 86.00309283981156 1.4137522216619098 0.048692052867277985 0.31485480100512825 0.989479217100017 172.1230067130906
X
is "one cluster has no silhouette" "$(json cell clusters silhouette 0)" null
is "who chooses 2" "$(json cell clusters chosen_by 1)" 'elbow, silhouette, db, ch'
is "who chooses 5" "$(json cell clusters chosen_by 4)" gap
like "the verdict" "$out" 'Silhouette says \*\*2\*\* \(0.577: reasonable structure\), the gap statistic \*\*5\*\*, the elbow \*\*2\*\*'
like "the target is left out, and that is said" "$out" "species is the target: the clusters don't see it"

lines 'load iris; clusters kmeans from=2 to=5 refs=0 picture=elbow'
is "only the picture that was asked for" "$(json ids | grep plot)" 'plot elbow'
is "without references there is no gap" "$(json cell clusters gap 0)$(json cell clusters gap 3)" nullnull
is "from is where it begins" "$(json cell clusters k 0) $(json cell clusters k 3)" '2 5'
lines 'load faithful; clusters gmm to=4 refs=3'
is "mixtures have a BIC" "$(json cell clusters bic 0 | grep -c '^[0-9]')" 1
lines 'load us_arrests; clusters kmeans ~ murder + assault to=3 refs=2'
is "columns by a formula, without a target" "$status $(json cell clusters inertia 0)" '0 100'
lines 'load titanic; split test=0.3 seed=1; clusters mbkmeans to=3 refs=2'
like "held-out rows stay out" "$out" 'the 267 held-out rows stay locked'
like "what was prepared is said" "$out" 'age: [0-9]+ missing filled'
lines 'load diamonds; clusters kmeans to=3 refs=2 sample=500'
like "many rows are drawn from, and that is said" "$out" '500 rows drawn from the 53940'
lines 'load plant_growth; clusters kmeans refs=2'
is "fewer rows than clusters: only as many are tried" "$status" 0
run "$lathe" -e 'load us_arrests; clusters spectral to=4 refs=3 > chosen.png; clusters kmeans to=4 refs=3 picture=gap > gap.svg'
is "pictures are written" "$status $(head -c 4 chosen.png | tail -c 3) $(grep -c '</svg>' gap.svg)" '0 PNG 1'

one=$("$lathe" --json --threads 1 -e 'load wine; clusters kmeans to=5 refs=6; clusters gmm to=3 refs=4 sample=100; train kmeans k=3; eval; silhouette' | "$json_lines" strip)
two=$("$lathe" --json --threads 2 -e 'load wine; clusters kmeans to=5 refs=6; clusters gmm to=3 refs=4 sample=100; train kmeans k=3; eval; silhouette' | "$json_lines" strip)
is "the same bytes at 1 and 2 threads" "$(md5sum <<<"$two")" "$(md5sum <<<"$one")"
like "… of something" "$one" '"id":"gap"'

fails "from above to" 1 'from=5 to=3' 'below to' "$lathe" -e 'load iris; clusters kmeans from=5 to=3'
fails "nothing to choose from" 1 'nothing to choose' 'from=1' "$lathe" -e 'load iris; clusters kmeans from=1 to=1'
fails "more clusters than rows" 1 '200 clusters of 150 rows' 'to=150' "$lathe" -e 'load iris; clusters kmeans to=200'
fails "more clusters than drawn rows" 1 '50 clusters of 40 rows' 'to=40' "$lathe" -e 'load iris; clusters kmeans to=50 sample=40'
fails "an algorithm that finds the number" 1 'dbscan.*by itself' 'kmeans' "$lathe" -e 'load iris; clusters dbscan'
fails "an algorithm of another kind" 1 'tree does not look for clusters' 'kmeans' "$lathe" -e 'load iris; clusters tree'
fails "the number is what is looked for" 1 'n_clusters' 'from=2' "$lathe" -e 'load iris; clusters kmeans n_clusters=3'
fails "missing values that must not be filled" 1 'age has 177 missing' 'filter' "$lathe" -e 'load titanic; clusters kmeans impute=no refs=0'
fails "no table" 1 'no table' 'load' "$lathe" -e 'clusters kmeans'
printf 'a,b\n1,2\n' >row.csv
fails "one row" 1 '1 row' 'two' "$lathe" -e 'load row.csv; clusters kmeans'
printf 'a,b\n1,1\n1,1\n1,1\n1,1\n1,1\n' >equal.csv
run "$lathe" -e 'load equal.csv; clusters kmeans to=3 refs=2'
like "equal rows: nothing to choose by" "$status $out" 'Nothing tells these numbers apart'

# ---- eval and silhouette of a clustering ----
lines 'load iris; train hclust n_clusters=3; eval'
is "eval: the columns" "$(json columns metrics)" \
    'model,algo,on,n,clusters,noise,silhouette,davies_bouldin,calinski_harabasz,inertia,ari,nmi,homogeneity,completeness,fit_s,predict_s'
while read -r column value; do
    near "eval hclust: $column" metrics "$column" 0 "$value" 1e-10
done <<'X'
clusters 3
noise 0
silhouette 0.446689041028591
davies_bouldin 0.8034665302876753
calinski_harabasz 222.71916382215363
inertia 148.87625577957925
ari 0.6153229932145449
nmi 0.6754701853436886
homogeneity 0.6578818079976051
completeness 0.6940248415952218
X
is "clusters beside classes: the columns" "$(json columns contingency)" 'cluster,setosa,versicolor,virginica,total,largest,share'
is "clusters beside classes" "$(json cell contingency setosa 0) $(json cell contingency versicolor 1) $(json cell contingency virginica 2) $(json cell contingency largest 2)" \
    '49 27 48 virginica'
lines 'load iris; train hclust n_clusters=3; silhouette'
is "silhouette: the picture first" "$(json ids | grep silhouette | tr '\n' ' ')" 'plot silhouette table silhouette '
while read -r row n mean min max negative next; do
    is "silhouette, cluster $row: rows, next" "$(json cell silhouette n $row) $(json cell silhouette next $row)" "$n $next"
    near "silhouette, cluster $row: mean" silhouette silhouette $row "$mean" 1e-12
    near "silhouette, cluster $row: min" silhouette min $row "$min" 1e-12
    near "silhouette, cluster $row: max" silhouette max $row "$max" 1e-12
    near "silhouette, cluster $row: negative" silhouette negative $row "$negative" 1e-12
done <<'X'
0 49 0.6347456194075963 0.4121358560956117 0.7340291403773833 0 1
1 30 0.4367050350307081 0.07516904913182637 0.6032585336894457 0 2
2 71 0.3211221091886645 -0.23036371309766393 0.5571384476725061 0.11267605633802817 1
X
lines 'load iris; train dbscan eps=0.5; eval; confusion'
is "noise is counted" "$(json cell metrics clusters 0) $(json cell metrics noise 0) $(json cell contingency total noise)" '2 34 34'
like "… and said" "$out" '34 rows are noise: left out where shapes are measured'
lines 'load us_arrests; train kmeans k=3; train hclust k=3; eval'
is "several clusterings, without classes" "$status $(json cell metrics model 0) $(json cell metrics model 1) $(json cell metrics ari 0)" \
    '0 hclust kmeans null'
lines 'load iris; train tree; train kmeans k=3; eval'
is "models of the target come first" "$(json cell metrics model 0)" tree
like "… and the others are named" "$out" 'eval kmeans'
lines 'load wine; split test=0.3 seed=1; train kmeans k=3; eval; silhouette on=train'
is "held-out rows are judged" "$(json cell metrics on 0)" test
run "$lathe" -e 'load iris; train kmeans k=3; silhouette > s.png'
is "the silhouette plot is written" "$status $(head -c 4 s.png | tail -c 3)" '0 PNG'
lines 'load diamonds; train kmeans k=2 n_init=1; eval; silhouette'
like "of many rows some are drawn" "$out" 'the silhouette is that of 10000 rows drawn from the 53940'

fails "silhouettes of a tree" 1 "'tree' finds none" 'train kmeans' "$lathe" -e 'load iris; train tree; silhouette tree'
fails "no clustering" 1 'no clustering of iris' 'train kmeans' "$lathe" -e 'load iris; silhouette'
fails "one cluster has no silhouette" 1 'found 1 cluster' 'more clusters' "$lathe" -e 'load iris; train kmeans k=1; silhouette'
run "$lathe" -e 'load iris; train kmeans k=1; eval'
is "one cluster is judged as far as it goes" "$status" 0
fails "a ROC curve of clusters" 1 "'kmeans' finds clusters" 'silhouette' "$lathe" -e 'load iris; train kmeans k=3; roc kmeans'
fails "clusters without classes" 1 'no classes' 'target' "$lathe" -e 'load us_arrests; train kmeans k=3; confusion'

# ---- anomaly scores against two classes ----
lines 'load breast_cancer; train lof; eval; roc; pr'
near "eval lof: auc" metrics auc 0 0.5379604672057502 1e-12
near "eval lof: ap" metrics ap 0 0.4150666267331586 1e-12
is "roc and pr of scores" "$status $(json ids | grep -c plot)" '0 2'
fails "scores without two classes" 1 'two classes' 'target' "$lathe" -e 'load iris; train iforest; eval'
fails "calibration of scores" 1 'scores of strangeness' 'roc' "$lathe" -e 'load breast_cancer; train iforest; calibration iforest'
done_testing
