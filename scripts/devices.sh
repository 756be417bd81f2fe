#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What a build on this machine is for, as CMake arguments, one a line: its own GPUs, or the CPU alone where it has none,
# which standard error says. --cuda: all GPUs that lanemark is built for, whether there is one here or not; then CUDA and
# NCCL must be there.
set -euo pipefail

if [ $# -gt 0 ] && [ "$1" != --cuda ]; then
  echo "devices.sh: unknown argument $1; known: --cuda" >&2
  exit 2
fi
# compiles ARCHITECTURE...: whether this CUDA compiler knows them all, e.g. 90; later GPUs run what 90 says as PTX
compiles() {
  local known architecture
  known=$(nvcc --list-gpu-arch 2>/dev/null) || return 0 # without a compiler nothing is compiled
  for architecture in "$@"; do grep -qx "compute_$architecture" <<<"$known" || return 1; done
}

own=()
if capabilities=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null) &&
  [[ $capabilities =~ ^[0-9]+\.[0-9]+($'\n'[0-9]+\.[0-9]+)*$ ]]; then
  mapfile -t own < <(sort -u <<<"$capabilities" | tr -d .)
fi
if [ $# -gt 0 ]; then
  printf '%s\n' -DLANEMARK_CUDA=ON -DLANEMARK_REQUIRE_CUDA=ON -UCMAKE_CUDA_ARCHITECTURES
elif [ "${#own[@]}" -gt 0 ] && compiles "${own[@]}"; then
  printf '%s\n' -DLANEMARK_CUDA=ON -DLANEMARK_REQUIRE_CUDA=OFF \
    "-DCMAKE_CUDA_ARCHITECTURES=$(printf '%s-real\n' "${own[@]}" | paste -sd ';')"
elif [ "${#own[@]}" -gt 0 ] || [ -d /proc/driver/nvidia/gpus ]; then
  # There are GPUs, but nothing tells which, or their own code cannot be compiled here.
  printf '%s\n' -DLANEMARK_CUDA=ON -DLANEMARK_REQUIRE_CUDA=OFF -UCMAKE_CUDA_ARCHITECTURES
else
  echo "no GPU here: building for the CPU alone (--cuda builds for GPUs too)" >&2
  printf '%s\n' -DLANEMARK_CUDA=OFF -DLANEMARK_REQUIRE_CUDA=OFF
fi
