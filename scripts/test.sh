#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs what is missing, builds with tests, into the folder that quickstart.sh uses and for the same devices, and runs
# all of them: test.sh [--cuda] [ARGUMENT...]. Arguments go to ctest, e.g. -R collectives.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cuda=()
if [ "${1:-}" = --cuda ]; then
  cuda=(--cuda)
  shift
fi
"$root/scripts/install_dependencies.sh"
devices=$("$root/scripts/devices.sh" "${cuda[@]}")
mapfile -t devices <<<"$devices"
"$root/scripts/build.sh" "$root/build" -DCMAKE_BUILD_TYPE=Release -DLANEMARK_TESTS=ON "${devices[@]}"
# Tests of several ranks fill a small machine: two at once.
ctest --test-dir "$root/build" --output-on-failure --parallel 2 "$@"
