#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What a build on this machine is for, as CMake arguments, one a line: its own GPUs, or the CPU alone where it has none,
# which standard error says. --cuda: all GPUs that lanemark is built for, whether there is one here or not.
set -euo pipefail

if [ "${1:-}" = --cuda ]; then
  printf '%s\n' -DLANEMARK_CUDA=ON -UCMAKE_CUDA_ARCHITECTURES
elif [ -n "${1:-}" ]; then
  echo "devices.sh: unknown argument $1; known: --cuda" >&2
  exit 2
elif capabilities=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader 2>/dev/null) &&
  [[ $capabilities =~ ^[0-9]+\.[0-9]+($'\n'[0-9]+\.[0-9]+)*$ ]]; then
  architectures=$(sort -u <<<"$capabilities" | sed 's/[.]//; s/$/-real/' | paste -sd ';')
  printf '%s\n' -DLANEMARK_CUDA=ON "-DCMAKE_CUDA_ARCHITECTURES=$architectures"
elif [ -d /proc/driver/nvidia/gpus ]; then
  # There are GPUs, but nothing tells which.
  printf '%s\n' -DLANEMARK_CUDA=ON -UCMAKE_CUDA_ARCHITECTURES
else
  echo "no GPU here: building for the CPU alone (--cuda builds for GPUs too)" >&2
  echo -DLANEMARK_CUDA=OFF
fi
