#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# From a fresh clone to the first numbers: installs what is missing, builds for what this machine has, and runs the
# two-minute tour: quickstart.sh [--cuda] [ARGUMENT...]. --cuda builds for GPUs where there is none, too; the rest goes to
# lanemark quick.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cuda=()
if [ "${1:-}" = --cuda ]; then
  cuda=(--cuda)
  shift
fi
phase() { # phase NAME COMMAND...
  local name=$1 start=$SECONDS
  shift
  echo "== $name ..."
  "$@"
  echo "== $name: $((SECONDS - start)) s"
}

phase "looking for dependencies" "$root/scripts/install_dependencies.sh"
devices=$("$root/scripts/devices.sh" "${cuda[@]}")
mapfile -t devices <<<"$devices"
phase "building into $root/build" "$root/scripts/build.sh" "$root/build" -DCMAKE_BUILD_TYPE=Release -DLANEMARK_TESTS=OFF \
  "${devices[@]}"
phase "measuring" "$root/build/lanemark" quick "$@"
