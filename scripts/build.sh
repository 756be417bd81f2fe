#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Configures and builds into a folder: build.sh FOLDER [CMAKE_ARGUMENT...]. As many jobs as cores, but no more than
# memory has room for at 1.5 GiB each.
set -euo pipefail

source=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$1
shift
launchers=()
if command -v ccache >/dev/null; then
  launchers=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_CUDA_COMPILER_LAUNCHER=ccache)
fi
cores=$(nproc)
room=$(awk '/^MemAvailable/ {print int($2 / 1572864)}' /proc/meminfo)
jobs=$((room < 1 ? 1 : room < cores ? room : cores))

cmake -S "$source" -B "$folder" -G Ninja "${launchers[@]}" "$@" |
  { grep -E '^-- lanemark' || true; }
cmake --build "$folder" --parallel "$jobs"
