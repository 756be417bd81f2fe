#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Everything that needs GPUs, on a bare node with what it has: build, all tests, the suites on all its GPUs, records to
# OUT. A failing stage does not stop the others; the list of failures comes last. LANEMARK_STAGES chooses stages, by
# blanks or commas between them: build test ampere sanitize doctor collectives transfers training kernels tasks. The
# last is which GPU each rank takes where it sees only some; with one GPU ranks share that.
# Usage: gpu_check.sh [OUT]
set -uo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
out=${1:-$root/out-gpu-check}
known="build test ampere sanitize doctor collectives transfers training kernels tasks"
stages=${LANEMARK_STAGES:-$known}
stages=${stages//,/ }
for name in $stages; do
  case " $known " in *" $name "*) ;; *) echo "gpu_check: unknown stage '$name'; known: $known" >&2 && exit 2 ;; esac
done
build=$root/build-gpu
failed=()
mkdir -p "$out" || exit 2
# shellcheck source=scripts/mpi_environment.sh
. "$root/scripts/mpi_environment.sh"

gpus=$(nvidia-smi -L 2>/dev/null | grep -c '^GPU')
# Those that the programs will see.
[ -z "${CUDA_VISIBLE_DEVICES+set}" ] || gpus=$(tr ',' '\n' <<<"$CUDA_VISIBLE_DEVICES" | grep -c '^[^-]')
if [ "$gpus" -eq 0 ]; then
  echo "gpu_check: no GPU here (nvidia-smi lists none, or CUDA_VISIBLE_DEVICES hides them);" \
    "on a machine without one use scripts/test.sh" >&2
  exit 2
fi

stage() { # stage NAME COMMAND...
  local name=$1
  shift
  case " $stages " in *" $name "*) ;; *) return 0 ;; esac
  local start=$SECONDS
  echo "== $name"
  if "$@" >"$out/$name.log" 2>&1; then
    echo "   passed in $((SECONDS - start)) s"
  else
    echo "   FAILED in $((SECONDS - start)) s, the end of $out/$name.log:"
    tail -n 40 "$out/$name.log" | sed 's/^/   /'
    failed+=("$name")
  fi
}

build() {
  local architecture
  architecture=$(nvidia-smi --query-gpu=compute_cap --format=csv,noheader | head -n 1 | tr -d .)
  rm -f "$build/lanemark" # a build that fails must not leave the last one to be measured
  "$root/scripts/build.sh" "$build" -DCMAKE_BUILD_TYPE=Release -DCMAKE_CUDA_ARCHITECTURES="${architecture:-90}" \
    -DLANEMARK_TESTS=ON
}

# The matrix operations as GPUs before Hopper run them: built for those, it runs on later ones too.
ampere() {
  local older=$root/build-gpu-ampere
  cmake -S "$root" -B "$older" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CUDA_ARCHITECTURES=80 &&
    cmake --build "$older" --target kernels_test &&
    "$older/tests/kernels/kernels_test" --gtest_filter='*LinearTest*cuda*:*ConvolutionTest*cuda*'
}

run() { mpirun -np "$gpus" "$build/lanemark" run "$@" --results "$out"; }

# The host's tests say nothing there; races are looked for where shared memory is used, as far as that takes minutes.
sanitize() {
  local kernels=$build/tests/kernels/kernels_test
  compute-sanitizer --tool memcheck --error-exitcode 1 "$kernels" \
    --gtest_filter='*cuda*-*Exhaustive*:*Stream*:*LargeShapes*' &&
    compute-sanitizer --tool racecheck --error-exitcode 1 "$kernels" \
      --gtest_filter='*Linear*Weight*cuda*:*Gradient*cuda*:*Convolution*Weight*cuda*'
}

stage build build
stage test ctest --test-dir "$build" --output-on-failure --parallel 1 --exclude-regex '^gpus_per_task$'
skipped=
if [[ " $stages " == *" sanitize "* ]] && ! command -v compute-sanitizer >/dev/null; then
  echo "== sanitize"
  echo "   SKIPPED: compute-sanitizer is not on the PATH"
  stages=${stages//sanitize/}
  skipped=sanitize
fi
stage ampere ampere
stage sanitize sanitize
stage doctor mpirun -np 1 "$build/lanemark" doctor
stage collectives run collectives
stage transfers run transfers
stage training run training --type tf32,bfloat16 --ranks "$(seq -s, 1 "$gpus")"
stage kernels mpirun -np 1 "$build/lanemark" run kernels --results "$out"
stage tasks "$root/tests/program/gpus_per_task_test.sh" "$build/lanemark" mpirun

records=("$out"/*.jsonl)
[ ! -e "${records[0]}" ] || "$build/lanemark" report "${records[@]}" || failed+=(report)
if [ "${#failed[@]}" -gt 0 ]; then
  echo "gpu_check: failed: ${failed[*]}"
  exit 1
fi
echo "gpu_check: all stages${skipped:+ but $skipped (skipped)} passed on $gpus GPUs; records in $out" || exit 1
