#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# clang-tidy over all that a folder's build compiled, tests too: tidy.sh FOLDER. CUDA's own files are left out, which it
# cannot read.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=${1:-}
if [ ! -f "$folder/compile_commands.json" ]; then
  echo "usage: tidy.sh FOLDER, a build's, e.g. build-sanitize after scripts/build.sh build-sanitize --preset sanitize" >&2
  exit 2
fi
program=$(command -v clang-tidy-16 || command -v clang-tidy) || {
  echo "tidy.sh: no clang-tidy here: $root/scripts/install_dependencies.sh lint" >&2
  exit 2
}
folder=$(cd "$folder" && pwd)
# Files of a folder are compiled together, so that one includes others.
tidy() { # tidy CHECK...: the files on standard input, without those checks
  local left_out
  left_out=$(printf ',-%s' bugprone-suspicious-include "$@")
  xargs -r -d '\n' -P "$(nproc)" -n 1 "$program" -p "$folder" --config-file="$root/.clang-tidy" --quiet \
    --checks="$left_out"
}
# The test `alone` compiles everything once more.
files=$(awk -F '"' '$2 == "command" {again = /lanemark_alone[.]dir/} $2 == "file" && !again && /[.](cpp|cxx)"/ {print $4}' \
  "$folder/compile_commands.json")
tests="^($folder|$root)/tests/"
grep -vE "$tests" <<<"$files" | tidy
# Tests may be slow, and look at bytes.
{ grep -E "$tests" <<<"$files" || true; } | tidy 'performance-*' modernize-raw-string-literal modernize-make-unique \
  bugprone-suspicious-memory-comparison bugprone-suspicious-missing-comma bugprone-signed-char-misuse
