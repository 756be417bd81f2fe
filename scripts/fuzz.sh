#!/usr/bin/env bash
# Feeds the readers of rules, records and the commands in these, baselines and filters with made-up bytes: fuzz.sh SECONDS,
# shared by the targets. Needs clang and its libFuzzer. An input that crashes a reader is kept, and named, in build-fuzz/;
# what it shows goes into tests/fuzz/corpus once it is mended.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
seconds=${1:-}
if [[ ! $seconds =~ ^[1-9][0-9]*$ ]]; then
  echo "usage: fuzz.sh SECONDS, e.g. fuzz.sh 60" >&2
  exit 2
fi
targets=(rules record baseline filter relaunch)
build=$root/build-fuzz

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

cmake -S "$root" -B "$build" -G Ninja -DCMAKE_CXX_COMPILER="$compiler" -DLANEMARK_FUZZ=ON -DLANEMARK_TESTS=OFF \
  -DLANEMARK_CUDA=OFF >/dev/null
cmake --build "$build" --target "${targets[@]/%/_fuzz}"

share=$(((seconds + ${#targets[@]} - 1) / ${#targets[@]}))
for target in "${targets[@]}"; do
  found=$build/found/$target
  mkdir -p "$found"
  echo "fuzz.sh: $target for $share s"
  # Memory is bounded, and so is time: a reader that takes seconds over so little is broken too.
  if ! "$build/tests/fuzz/${target}_fuzz" -max_total_time="$share" -timeout=5 -rss_limit_mb=1024 -max_len=8192 \
    -dict="$root/tests/fuzz/$target.dict" -artifact_prefix="$build/$target-" -print_final_stats=1 \
    "$found" "$root/tests/fuzz/corpus/$target" >"$build/$target.log" 2>&1; then
    tail -n 40 "$build/$target.log" >&2
    echo "fuzz.sh: the reader of ${target} failed; run it again with $build/tests/fuzz/${target}_fuzz INPUT" >&2
    exit 1
  fi
  grep -E 'number_of_executed_units|new_units_added' "$build/$target.log"
done
