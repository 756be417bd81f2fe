#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Installs what lanemark is built with and this machine lacks: Debian 12, Ubuntu 24.04 and newer. What is there already,
# from wherever, is left alone. "lint" as argument adds what .ci/run needs besides, "fuzz" what scripts/fuzz.sh does.
# LANEMARK_OFFLINE=1 installs nothing.
set -euo pipefail

has_header() { printf '#include <%s>\n' "$1" | g++ -std=c++20 -E -x c++ - >/dev/null 2>&1; }

missing=()
need() { # need PACKAGE CHECK...: the package is missing where the check fails
  local package=$1
  shift
  "$@" >/dev/null 2>&1 || missing+=("$package")
}

need g++ command -v g++
need cmake command -v cmake
need ninja-build command -v ninja
need pkg-config command -v pkg-config
need git command -v git
need openmpi-bin command -v mpirun
need libopenmpi-dev command -v mpicxx
need libbenchmark-dev has_header benchmark/benchmark.h
need libgtest-dev has_header gtest/gtest.h
need libcli11-dev has_header CLI/CLI.hpp
need nlohmann-json3-dev has_header nlohmann/json.hpp
need libfmt-dev has_header fmt/format.h
need libhwloc-dev has_header hwloc.h
need libre2-dev pkg-config --exists re2
need libopenblas-dev pkg-config --exists openblas
if [ "${1:-}" = lint ]; then
  need clang-format command -v clang-format
  # Debian 12's own clang-tidy cannot read the standard library's C++20.
  need clang-tidy-16 command -v clang-tidy-16
  need shellcheck command -v shellcheck
  # The checks build the same sources in several folders.
  need ccache command -v ccache
fi
if [ "${1:-}" = fuzz ]; then
  need clang-16 command -v clang++-16
  has_fuzzer() { compgen -G '/usr/lib/llvm-16/lib/clang/16*/lib/linux/libclang_rt.fuzzer-*.a'; }
  need libclang-rt-16-dev has_fuzzer
fi
[ "${#missing[@]}" -gt 0 ] || exit 0

install=(apt-get install -y --no-install-recommends "${missing[@]}")
if [ -n "${LANEMARK_OFFLINE:-}" ] || ! command -v apt-get >/dev/null; then
  echo "lanemark: missing: ${missing[*]}; install them with your package manager (Debian, Ubuntu: ${install[*]})" >&2
  exit 2
fi
as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    echo "lanemark: missing: ${missing[*]}; as root, run: apt-get update && ${install[*]}" >&2
    exit 2
  fi
  as_root=(sudo)
fi
echo "lanemark: installing ${missing[*]}"
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive "${install[@]}" -qq >/dev/null
