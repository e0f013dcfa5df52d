#!/bin/sh
# Renews constraints.txt and environment.yml from pyproject.toml; with --upgrade also takes newer versions.
set -eu
cd "$(dirname "$0")/.."
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"${PYTHON:-python3}" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet "uv>=0.9" >&2

# uv keeps the versions it finds in its output file wherever they still fit
[ ! -f constraints.txt ] || cp constraints.txt "$work/pins"
"$work/venv/bin/uv" pip compile pyproject.toml --all-extras --quiet --no-config \
  --universal --python-version 3.11 --fork-strategy fewest --only-binary :all: \
  --generate-hashes --no-annotate --no-header --no-emit-build-options \
  --no-emit-index-url --no-emit-find-links --output-file "$work/pins" "$@" > /dev/null

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
