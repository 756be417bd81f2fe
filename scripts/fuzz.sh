#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Feeds the readers of rules, records and the commands in these, baselines and filters with made-up bytes: fuzz.sh SECONDS
# [FOLDER], shared by the targets and built in that folder, by default build-fuzz. Needs clang and its libFuzzer. An input
# that crashes a reader is kept, and named, in the folder; what it shows goes into tests/fuzz/corpus once it is mended.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seconds=${1:-}
if [[ ! $seconds =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: fuzz.sh SECONDS [FOLDER], e.g. fuzz.sh 60" >&2
  exit 2
fi
build=$(realpath -m "${2:-$root/build-fuzz}")

# A clang with its fuzzer, and new enough to read the standard library's C++20, which Debian 12's 14 is not.
compiler=
for name in clang++-{19,18,17,16} clang++; do
  command -v "$name" >/dev/null || continue
  if "$name" -std=c++20 -fsanitize=fuzzer,address,undefined -x c++ - -o /dev/null 2>/dev/null <<'PROBE'; then
#include <source_location>
extern "C" int LLVMFuzzerTestOneInput(const unsigned char*, unsigned long) {
  return std::source_location::current().line() == 0;
}
PROBE
    compiler=$name
    break
  fi
done
if [ -z "$compiler" ]; then
  echo "fuzz.sh: no clang of C++20 with libFuzzer here; install clang-16 and libclang-rt-16-dev, or:" \
    "$root/scripts/install_dependencies.sh fuzz" >&2
  exit 2
fi

# A folder that has its settings keeps them.
if [ -f "$build/build.ninja" ] &&
  [ "$(grep -cxE 'LANEMARK_(FUZZ|SANITIZE):BOOL=ON' "$build/CMakeCache.txt")" -ne 2 ]; then
  echo "fuzz.sh: $build is a build without fuzz targets; name another folder, or configure it with --preset sanitize" \
    "-DCMAKE_CXX_COMPILER=$compiler -DLANEMARK_FUZZ=ON" >&2
  exit 2
fi
[ -f "$build/build.ninja" ] ||
  (cd "$root" && cmake --preset sanitize -B "$build" -DCMAKE_CXX_COMPILER="$compiler" -DLANEMARK_FUZZ=ON \
    -DLANEMARK_TESTS=OFF >/dev/null)
cmake --build "$build" --target fuzz

readers=("$build"/tests/fuzz/*_fuzz)
share=$(((seconds + ${#readers[@]} - 1) / ${#readers[@]}))
for reader in "${readers[@]}"; do
  target=$(basename "$reader" _fuzz)
  found=$build/found/$target
  mkdir -p "$found"
  echo "fuzz.sh: $target for $share s"
  # Memory is bounded, and so is time: a reader that takes seconds over so little is broken too.
  if ! "$reader" -max_total_time="$share" -timeout=5 -rss_limit_mb=1024 -max_len=8192 \
    -dict="$root/tests/fuzz/$target.dict" -artifact_prefix="$build/$target-" -print_final_stats=1 \
    "$found" "$root/tests/fuzz/corpus/$target" >"$build/$target.log" 2>&1; then
    tail -n 40 "$build/$target.log" >&2
    echo "fuzz.sh: the reader of ${target} failed; run it again with $reader INPUT" >&2
    exit 1
  fi
  grep -E 'number_of_executed_units|new_units_added' "$build/$target.log"
done
