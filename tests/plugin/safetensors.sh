#!/usr/bin/env bash
# Model files are safetensors files: Python's own reader opens every one of them.
# LATHE_TEST_PYTHON names an interpreter that has the package.
. "${top_srcdir:-.}/tests/lib/tap.sh"
python=${LATHE_TEST_PYTHON:-python3}
"$python" -c 'import safetensors, numpy' 2>/dev/null || skip_all "$python has no safetensors"

mkdir "$tap_dir/models"
ok "every algorithm writes a model" "$top_builddir/tests/plugin/write_models" "$tap_dir/models"
cat >"$tap_dir/read.py" <<'PY'
import json, sys
from safetensors import safe_open
from safetensors.numpy import load_file
path = sys.argv[1]
with safe_open(path, framework="np") as f:
    meta = f.metadata()
    assert meta["format"] == "lathe-model" and meta["format_version"] == "1", meta
    for key in ("params", "recipe", "numbers", "texts", "curves", "notes"):
        json.loads(meta[key])
    inputs = [i["name"] for i in json.loads(meta["recipe"])["inputs"]]
    assert inputs == ["x", "colour"] + (["y"] if meta.get("target") == "kind" else ["kind"] if "target" in meta else []), inputs
tensors = load_file(path)
for name, t in tensors.items():
    assert t.size == 0 or t.dtype.kind in "iuf", (name, t.dtype)
print(len(tensors), "tensors", sum(t.nbytes for t in tensors.values()), "bytes")
PY
for file in "$tap_dir"/models/*.lathe; do
    ok "Python reads $(basename "$file")" "$python" "$tap_dir/read.py" "$file"
done
done_testing
