#!/usr/bin/env bash
# Installs what is missing, builds with tests, into the folder that quickstart.sh uses, and runs all of them. Arguments go
# to ctest, e.g. -R collectives.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
"$root/scripts/install_dependencies.sh"
"$root/scripts/build.sh" "$root/build" -DCMAKE_BUILD_TYPE=Release -DLANEMARK_TESTS=ON
# Tests of several ranks fill a small machine: two at once.
ctest --test-dir "$root/build" --output-on-failure --parallel 2 "$@"
