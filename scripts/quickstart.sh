#!/usr/bin/env bash
# From a fresh clone to the first numbers: installs what is missing, builds, and runs the two-minute tour. Arguments go
# to lanemark quick.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
phase() { # phase NAME COMMAND...
  local name=$1 start=$SECONDS
  shift
  echo "== $name ..."
  "$@"
  echo "== $name: $((SECONDS - start)) s"
}

phase "looking for dependencies" "$root/scripts/install_dependencies.sh"
phase "building into $root/build" "$root/scripts/build.sh" "$root/build" -DCMAKE_BUILD_TYPE=Release -DLANEMARK_TESTS=OFF
phase "measuring" "$root/build/lanemark" quick "$@"
