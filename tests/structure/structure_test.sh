#!/usr/bin/env bash
# Refuses includes that point against the layers (kernels <- collectives <- bench <- tests), names that say nothing and
# function-like macros. First shows on planted violations that it would. Usage: structure_test.sh SOURCE_FOLDER
set -u

sources() { find "$@" \( -name '*.hpp' -o -name '*.cpp' -o -name '*.cu' -o -name '*.cuh' \) 2>/dev/null; }

# violations FOLDER: a line for each, nothing where all is well
violations() {
  (
    cd "$1" || exit 1
    sources kernels | xargs -r grep -nE '#include "(collectives|bench|tests)/' /dev/null
    sources collectives | xargs -r grep -nE '#include "(bench|tests)/' /dev/null
    sources bench | xargs -r grep -nE '#include "tests/' /dev/null
    sources kernels collectives bench tests | xargs -r grep -nE '#include "(\.|[^/"]*")' /dev/null
    sources kernels collectives bench tests | xargs -r grep -nE '^\s*#\s*define\s+\w+\(' /dev/null
    find kernels collectives bench tests scripts | grep -E '/(common|utils?|misc|helpers?|manager)(\.|/|$)'
  )
}

planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT
plant() { # plant FILE LINE: the line in the file must be a violation
  rm -rf "${planted:?}"/*
  mkdir -p "$planted"/{kernels,collectives,bench,tests,scripts} "$(dirname "$planted/$1")"
  printf '%s\n' "$2" >"$planted/$1"
  [ -n "$(violations "$planted")" ] && return
  echo "structure_test: '$2' in $1 was not found"
  exit 1
}
plant kernels/host/a.cpp '#include "collectives/core/world.hpp"'
plant kernels/a.cu '#include "bench/case.hpp"'
plant collectives/a.hpp '#include "bench/case.hpp"'
plant bench/a.cpp '#include "tests/a.hpp"'
plant bench/a.cpp '#include "case.hpp"'
plant tests/a.cpp '#include "../bench/case.hpp"'
plant kernels/a.hpp '#define CHECK(x) x'
plant collectives/common.hpp 'int x;'
plant bench/utils/a.hpp 'int x;'

found=$(violations "$1")
if [ -n "$found" ]; then
  printf 'against the house rules:\n%s\n' "$found"
  exit 1
fi
echo "includes point one way, names say something, no function-like macros"
