#!/bin/sh
# Builds .venv from constraints.txt and installs this project into it, or brings an existing .venv up to date.
set -eu
cd "$(dirname "$0")/.."

say() { printf '%s\n' "$@" >&2; }

fail() { # fail FOUND WHERE NEXT
  say "Found: $1" "Where: $2" "Next: $3"
  exit 1
}

new_enough() {
  "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
  if [ -n "${PYTHON:-}" ]; then set -- "$PYTHON"; else set -- python3.11 python3.12 python3.13 python3 python; fi
  for name in "$@"; do
    if new_enough "$name"; then
      echo "$name"
      return
    fi
  done
  fail "no Python 3.11 or newer; \`$name\` says: $("$name" --version 2>&1 || true)." \
    "the command(s) $*." \
    "install Python 3.11, or name one: make ${GOAL:-demo} PYTHON=/path/to/python3.11"
}

# scripts in .venv name the folder they were made in; a hand-made .venv is kept and brought up to date
if ! new_enough .venv/bin/python || { [ -f .venv/.ready ] && [ "$(cat .venv/.ready)" != "$(pwd -P)" ]; }; then
  python=$(find_python)
  say "Making .venv with $("$python" --version) …"
  "$python" -c 'import ensurepip, venv' 2>/dev/null || fail \
    "this Python comes without its venv module." \
    "$("$python" -c 'import sys; print(sys.executable)')" \
    "install it (Debian, Ubuntu: apt-get install python3-venv) and repeat."
  "$python" -m venv --clear .venv
fi

log=.venv/setup.log
: > "$log"

pip() {
  .venv/bin/python -m pip "$@" --disable-pip-version-check --no-input 2>> "$log" || touch .venv/failed
}

progress() { # a running count of pip's packages, only for a person who watches
  if [ -t 2 ]; then
    awk -v n="$(grep -c '==' constraints.txt)" '
      /^(Collecting|Requirement already)/ { printf "\r%d of %d packages", ++i, n > "/dev/stderr" }
      /^Installing collected/ { printf "\runpacking …              " > "/dev/stderr" }
      END { printf "\r                          \r" > "/dev/stderr" }'
  else
    cat > /dev/null
  fi
}

check() {
  [ -e .venv/failed ] || return 0
  grep -v '^ *WARNING' "$log" >&2 || true
  fail "pip could not install the pinned packages (its own words are above)." \
    "constraints.txt, for $(.venv/bin/python --version) on $(uname -sm)." \
    "check the connection to your package index and repeat the command; finished downloads are kept."
}

say "Installing the pinned packages into .venv (a minute or two the first time) …"
rm -f .venv/failed
# wheels only: building from source would run build tools that nothing pins
pip install --require-hashes --only-binary :all: --no-deps --no-compile -r constraints.txt | progress
check
if [ -n "${SPARK:-}" ]; then # pyspark has no wheel: it is unpacked by the pinned setuptools, which has to be there before
  sed -n '/^setuptools==/,/[^\\]$/p' constraints-spark.txt > .venv/setuptools.txt
  pip install --require-hashes --only-binary :all: --no-deps --no-compile -r .venv/setuptools.txt | progress
  check
  pip install --require-hashes --only-binary :all: --no-binary pyspark --no-deps --no-compile --no-build-isolation \
    -r constraints-spark.txt | progress
  check
fi
pip install --no-deps --no-build-isolation --no-compile -e . | progress
pip check | progress
check
# compiled once here on all cores, so that no later start has to; files for other Python versions may not compile
.venv/bin/python -m compileall -q -j 0 .venv/lib audit >/dev/null 2>&1 || true
[ -z "${SPARK:-}" ] || touch .venv/.spark
pwd -P > .venv/.ready
say "Ready."
