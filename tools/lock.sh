#!/bin/sh
# Renews constraints.txt, constraints-spark.txt and environment.yml from pyproject.toml; with --upgrade also takes newer versions.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet "uv>=0.9" >&2

# uv keeps the versions it finds in its output file wherever they still fit
[ ! -f constraints.txt ] || cp constraints.txt "$work/pins"
# Spark is large and comes as a source archive: its pins stand apart, with what unpacks it
"$work/venv/bin/python" - "$work" <<'PY'
import sys, tomllib
project = tomllib.load(open("pyproject.toml", "rb"))["project"]
extras = project["optional-dependencies"]
lines = {"spark.in": [*extras.pop("spark"), "setuptools"], "all.in": [*project["dependencies"], *sum(extras.values(), [])]}
for name, needs in lines.items():
    open(f"{sys.argv[1]}/{name}", "w").write("\n".join(needs) + "\n")
PY
"$work/venv/bin/uv" pip compile "$work/all.in" --quiet --no-config \
  --universal --python-version 3.11 --fork-strategy fewest --only-binary :all: \
  --generate-hashes --no-annotate --no-header --no-emit-build-options \
  --no-emit-index-url --no-emit-find-links --output-file "$work/pins" "$@" > /dev/null
[ ! -f constraints-spark.txt ] || cp constraints-spark.txt "$work/spark"
"$work/venv/bin/uv" pip compile "$work/spark.in" --quiet --no-config --universal --python-version 3.11 \
  --generate-hashes --no-annotate --no-header --no-emit-index-url --no-emit-find-links \
  --output-file "$work/spark" "$@" > /dev/null
{
  echo "# The extra [spark] for the tests of engines, pinned and hashed; renewed by \`make lock\`, never by hand."
  cat "$work/spark"
} > constraints-spark.txt

{
  echo "# Every package of the environment, pinned and hashed; renewed by \`make lock\`, never by hand."
  cat "$work/pins"
} > constraints.txt
{
  echo "# The environment of constraints.txt for conda; renewed by \`make lock\`, never by hand."
  echo "# conda's pip step cannot check hashes and install this folder at once, so the pins stand here without them."
  printf '%s\n' "name: sales-audit" "channels:" "  - conda-forge" "dependencies:" "  - python=3.11" "  - pip" "  - pip:"
  sed -nE 's/^([A-Za-z0-9._-]+==[^ ;]+)( ; [^\]*[^\ ])? *\\?$/      - "\1\2"/p' constraints.txt
  echo '      - "-e ."'
} > environment.yml
