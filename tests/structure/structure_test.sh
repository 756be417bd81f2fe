#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Refuses includes that point against the layers (kernels <- collectives <- bench <- tests), against the order of bench's
# rooms, or round in a circle, names that say nothing, function-like macros, messages that nothing makes text of and files
# without their licence. First shows on planted violations that it would. Usage: structure_test.sh SOURCE_FOLDER
set -uo pipefail

folders=(kernels collectives bench tests)
# Each may include those before it, and of two beside each other neither may include the other.
rooms="text files statistics machine measurement record engine training,kernels suites launching gate insight report doctor commands"

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

# against_rooms: includes of bench from a room into one that stands behind it, and files outside of every room
against_rooms() {
  {
    includes bench
    find bench -name '*.[ch]pp' -printf '%p:0:\n'
  } | awk -F: -v rooms="$rooms" '
    BEGIN {
      count = split(rooms, places, " ")
      for (i = 1; i <= count; ++i) {
        beside = split(places[i], names, ",")
        for (j = 1; j <= beside; ++j) place[names[j]] = i
      }
    }
    {
      split($1, from, "/"); split($3, to, "/")
      if ($1 == "bench/main.cpp") next
      if (!(from[2] in place)) { print $1 " is in none of the rooms"; next }
      if (to[1] != "bench" || from[2] == to[2]) next
      if (!(to[2] in place) || place[to[2]] >= place[from[2]])
        print $1 ":" $2 ": " $3 " is included, but the room " to[2] " does not stand before " from[2]
    }'
}

# circles: units (a header and the source of its name) that include each other, whatever the way. A CUDA unit is its
# header, as nvcc compiles its parts.
circles() {
  includes bench | sed 's/:[0-9]*:/ /' >"$1"
  { includes kernels; includes collectives; } | grep -v '[.]cu:' | sed 's/:[0-9]*:/ /' >>"$1"
  sed -E 's/[.](hpp|cpp|cuh|cu)( |$)/\2/g' "$1" | awk '$1 != $2' | tsort 2>&1 >/dev/null | grep -v 'input contains a loop' |
    sed 's/^tsort: //; s/$/ is part of a circle of includes/'
}

# unlicensed: what does not name its licence
unlicensed() {
  find "${folders[@]}" scripts CMakeLists.txt .ci -regextype posix-extended -type f \
    -regex '[.]ci/run|CMakeLists.txt|.*\.(h|hh|hpp|hxx|inl|ipp|c|cc|cpp|cxx|cu|cuh|sh|sbatch|cmake)|.*/CMakeLists.txt' -print0 2>/dev/null |
    xargs -0 -r grep -LxE "(//|#) $licence" | sed "s|\$| does not say: $licence|"
}

# violations FOLDER: a line for each, nothing where all is well
violations() {
  (
    cd "$1" || exit 1
    outside kernels kernels
    outside collectives kernels collectives
    outside bench kernels collectives bench
    outside tests "${folders[@]}"
    against_rooms
    circles "$graph"
    unlicensed
    search "${folders[@]}" '^\s*#\s*define\s+\w+\(' | sed 's|$| is a function-like macro|'
    # One way to the standard streams: it makes text of what may come from a stranger's file, and knows what was lost.
    search bench 'fmt::print\(|fputs\(|fputc\(|fwrite\(.*std(out|err)|std::(cerr|cout) *<<' | grep -vE '^bench/files/standard_streams\.cpp:' |
      sed 's|$| writes to a standard stream without bench/files/standard_streams.hpp|'
    search "${folders[@]}" '^\s*(class|struct)\s+\w*(Common|Utils?|Misc|Helpers?|Manager)\b' |
      sed 's|$| has a name that says nothing|'
    find "${folders[@]}" scripts | grep -iE '[/_.-](common|utils?|misc|helpers?|manager)([_.-][^/]*)?$' |
      sed 's|$| has a name that says nothing|'
  )
}

licence="SPDX-License-Identifier: MIT"
planted=$(mktemp -d)
graph=$(mktemp)
trap 'rm -rf "$planted" "$graph"' EXIT
plant() { # plant FILE LINE...: a tree with nothing but these lines, each in this file
  rm -rf "${planted:?}"/*
  mkdir -p "$planted"/{kernels,collectives,bench,tests,scripts}
  while [ $# -gt 0 ]; do
    mkdir -p "$(dirname "$planted/$1")"
    [ -e "$planted/$1" ] || printf '%s\n' "${first:-// $licence}" >"$planted/$1"
    printf '%s\n' "$2" >>"$planted/$1"
    shift 2
  done
}
refused() { # refused FILE LINE...
  plant "$@"
  [ "$(violations "$planted" | grep -vc "is part of a circle")" -le 1 ] && [ -n "$(violations "$planted")" ] && return
  echo "structure_test: '$2' in $1 was not found, or more than once: $(violations "$planted")"
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
refused kernels/a.cu '#include "bench/measurement/case.hpp"'
refused kernels/a.cuh '#include "tests/a.hpp"'
refused kernels/a.h '#include "bench/measurement/case.hpp"'
refused collectives/a.cc '#include "bench/measurement/case.hpp"'
refused collectives/a.hpp '#include "bench/measurement/case.hpp"'
refused collectives/a.hpp '#include "tests/a.hpp"'
refused bench/text/a.cpp '#include "tests/a.hpp"'
refused bench/text/a.cpp '#include "case.hpp"'
refused bench/text/a.cpp '#include "kernels/../tests/a.hpp"'
refused tests/a.cpp '#include "../bench/measurement/case.hpp"'
refused kernels/a.hpp '#define CHECK(x) x'
refused collectives/common.hpp 'int x;'
refused bench/text/utils/a.hpp 'int x;'
refused bench/record/record_manager.cpp 'int x;'
refused tests/bench/helper_test.cpp 'int x;'
refused bench/record/record.cpp 'class RecordManager final {'
refused bench/text/a.cpp '  fmt::print(stderr, "lanemark: {}", name);'
refused bench/gate/a.cpp 'std::fputs(text.c_str(), stderr);'
refused bench/a.cpp 'int x;'
refused bench/hall/a.cpp 'int x;'
refused bench/text/a.cpp '#include "bench/files/a.hpp"'
refused bench/gate/a.cpp '#include "bench/report/table.hpp"'
refused bench/engine/a.hpp '#include "bench/commands/a.hpp"'
refused bench/kernels/a.hpp '#include "bench/training/a.hpp"'
refused bench/training/a.hpp '#include "bench/kernels/a.hpp"'
refused bench/report/a.cpp '#include "bench/hall/a.hpp"'
refused bench/text/a.hpp '#include "bench/text/b.hpp"' bench/text/b.cpp '#include "bench/text/a.hpp"'
refused kernels/a.hpp '#include "kernels/b.hpp"' kernels/b.hpp '#include "kernels/a.hpp"'
first='// Ours.' refused kernels/a.hpp 'int x;'
first='#!/usr/bin/env bash' refused scripts/a.sh '# Ours.'
first='#!/usr/bin/env bash' allowed scripts/a.sh "# $licence"
allowed bench/text/a.hpp 'int x;' bench/text/a.cpp '#include "bench/text/a.hpp"' bench/text/b.hpp '#include "bench/text/a.hpp"'
allowed bench/commands/a.cpp '#include "bench/report/a.hpp"'
allowed bench/main.cpp '#include "bench/commands/a.hpp"'
allowed bench/files/standard_streams.cpp '  std::fwrite(text.data(), 1, text.size(), stdout);'
allowed kernels/a.cpp '#include "kernels/core/error.hpp"'
allowed kernels/a.cpp '#include <vector>  // collectives/core/world.hpp'
allowed collectives/a.cpp '#include "kernels/core/error.hpp"'
allowed bench/text/a.cpp '#include "collectives/core/world.hpp"'
allowed tests/a.cpp '#include "bench/measurement/case.hpp"'
allowed bench/text/a.cpp 'struct ManagerOfNothing {'
allowed bench/text/miscounted.cpp '#define ANSWER (42)'

for folder in "${folders[@]}" scripts; do
  [ -d "$1/$folder" ] || { echo "structure_test: $1 has no folder $folder"; exit 1; }
done
found=$(violations "$1")
if [ -n "$found" ]; then
  printf 'against the house rules:\n%s\n' "$found"
  exit 1
fi
echo "includes point one way, names say something, no function-like macros, all licensed"
