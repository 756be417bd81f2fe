#!/usr/bin/env bash
# Refuses includes that point against the layers (kernels <- collectives <- bench <- tests), names that say nothing and
# function-like macros. First shows on planted violations that it would. Usage: structure_test.sh SOURCE_FOLDER
set -uo pipefail

folders=(kernels collectives bench tests)

# search FOLDER... PATTERN: file:line:text where a source file has the pattern, whatever its ending
search() {
  find "${@:1:$#-1}" -regextype posix-extended -type f -regex '.*\.(h|hh|hpp|hxx|inl|ipp|c|cc|cpp|cxx|cu|cuh)' -print0 |
    xargs -0 -r grep -nE "${!#}" /dev/null
}

# includes FOLDER: file:line:included of each include that names a file of this project
includes() {
  search "$1" '^\s*#\s*include\s*("|<(kernels|collectives|bench|tests)/)' |
    sed -E 's/^([^:]*:[0-9]+):\s*#\s*include\s*["<]([^">]*)[">].*/\1:\2/'
}

# outside FOLDER LAYER...: what FOLDER includes from anywhere but these layers
outside() {
  local folder=$1
  shift
  local layers
  layers=$(IFS='|' && echo "$*")
  # Nothing is named relative to the file that includes it, so that the line shows the direction.
  includes "$folder" | grep -vE "^[^:]*:[0-9]+:($layers)/" | sed "s|\$| is included, but $folder may include only: $*|"
  includes "$folder" | grep -F '/../' | sed 's|$| leaves the folder it names|'
}

# violations FOLDER: a line for each, nothing where all is well
violations() {
  (
    cd "$1" || exit 1
    outside kernels kernels
    outside collectives kernels collectives
    outside bench kernels collectives bench
    outside tests "${folders[@]}"
    search "${folders[@]}" '^\s*#\s*define\s+\w+\(' | sed 's|$| is a function-like macro|'
    search "${folders[@]}" '^\s*(class|struct)\s+\w*(Common|Utils?|Misc|Helpers?|Manager)\b' |
      sed 's|$| has a name that says nothing|'
    find "${folders[@]}" scripts | grep -iE '[/_.-](common|utils?|misc|helpers?|manager)([_.-][^/]*)?$' |
      sed 's|$| has a name that says nothing|'
  )
}

planted=$(mktemp -d)
trap 'rm -rf "$planted"' EXIT
plant() { # plant FILE LINE: a tree with nothing but this line in this file
  rm -rf "${planted:?}"/*
  mkdir -p "$planted"/{kernels,collectives,bench,tests,scripts} "$(dirname "$planted/$1")"
  printf '%s\n' "$2" >"$planted/$1"
}
refused() { # refused FILE LINE
  plant "$@"
  [ "$(violations "$planted" | wc -l)" -eq 1 ] && return
  echo "structure_test: '$2' in $1 was not found, or more than once"
  exit 1
}
allowed() { # allowed FILE LINE
  plant "$@"
  [ -z "$(violations "$planted")" ] && return
  echo "structure_test: '$2' in $1 was refused: $(violations "$planted")"
  exit 1
}
refused kernels/host/a.cpp '#include "collectives/core/world.hpp"'
refused kernels/host/a.cpp '# include <collectives/core/world.hpp>'
refused kernels/a.cu '#include "bench/case.hpp"'
refused kernels/a.cuh '#include "tests/a.hpp"'
refused kernels/a.h '#include "bench/case.hpp"'
refused collectives/a.cc '#include "bench/case.hpp"'
refused collectives/a.hpp '#include "bench/case.hpp"'
refused collectives/a.hpp '#include "tests/a.hpp"'
refused bench/a.cpp '#include "tests/a.hpp"'
refused bench/a.cpp '#include "case.hpp"'
refused bench/a.cpp '#include "kernels/../tests/a.hpp"'
refused tests/a.cpp '#include "../bench/case.hpp"'
refused kernels/a.hpp '#define CHECK(x) x'
refused collectives/common.hpp 'int x;'
refused bench/utils/a.hpp 'int x;'
refused bench/record_manager.cpp 'int x;'
refused tests/bench/helper_test.cpp 'int x;'
refused bench/record.cpp 'class RecordManager final {'
allowed kernels/a.cpp '#include "kernels/core/error.hpp"'
allowed kernels/a.cpp '#include <vector>  // collectives/core/world.hpp'
allowed collectives/a.cpp '#include "kernels/core/error.hpp"'
allowed bench/a.cpp '#include "collectives/core/world.hpp"'
allowed tests/a.cpp '#include "bench/case.hpp"'
allowed bench/a.cpp 'struct ManagerOfNothing {'
allowed bench/miscounted.cpp '#define ANSWER (42)'

for folder in "${folders[@]}" scripts; do
  [ -d "$1/$folder" ] || { echo "structure_test: $1 has no folder $folder"; exit 1; }
done
found=$(violations "$1")
if [ -n "$found" ]; then
  printf 'against the house rules:\n%s\n' "$found"
  exit 1
fi
echo "includes point one way, names say something, no function-like macros"
