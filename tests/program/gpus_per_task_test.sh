#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Which GPU each rank takes, where a rank sees only some of them: one of its own as device 0, the same one as another,
# and shared on purpose. Needs a GPU, and two for a part of it; says what it skipped (exit code 77 without any).
# Usage: gpus_per_task_test.sh PROGRAM MPIRUN
set -uo pipefail

program=$(realpath "$1")
mpirun=$2
# shellcheck source=tests/program/expectations.sh
. "$(dirname "${BASH_SOURCE[0]}")/expectations.sh"
let_mpirun_start
unset NCCL_MULTI_RANK_GPU_ENABLE

if ! timeout 120 "$program" list collectives --device cuda -b 8 -e 8 >out 2>err </dev/null; then
  echo "skipped: no GPU that this build can use ($(head -n 1 err))"
  exit 77
fi
if [ -n "${CUDA_VISIBLE_DEVICES+set}" ]; then
  IFS=, read -ra gpus <<<"$CUDA_VISIBLE_DEVICES"
else
  mapfile -t gpus < <(nvidia-smi -L | sed -n 's/^GPU \([0-9]*\):.*/\1/p')
fi
run=(run collectives --mode latency -b 8 -e 64KiB -f 64 -n 20 -w 2)

# two CODE TEXT FIRST SECOND FLAG...: two ranks, each of which sees one GPU
two() {
  local code=$1 text=$2 first=$3 second=$4
  shift 4
  expect "$code" "$text" "$mpirun" -np 1 env CUDA_VISIBLE_DEVICES="$first" "$program" "${run[@]}" "$@" : \
    -np 1 env CUDA_VISIBLE_DEVICES="$second" "$program" "${run[@]}" "$@"
}
all_verified() { # all_verified FOLDER FINGERPRINT: one record, of such GPUs, in which every case is right
  local records=("$1"/*.jsonl)
  if [ "${#records[@]}" -ne 1 ] || [ ! -f "${records[0]}" ]; then
    fail "not one record in $1"
    return
  fi
  grep -q '"kind":"correct"' "${records[0]}" || fail "nothing was verified in $1"
  ! grep '"type":"measurement"' "${records[0]}" | grep -qv '"kind":"correct"' || fail "a case of $1 is not verified"
  head -n 1 "${records[0]}" | grep -qF "$2" || fail "the header of $1 does not say $2"
}

if [ "${#gpus[@]}" -ge 2 ]; then
  two 0 "Measuring 2 x" "${gpus[0]}" "${gpus[1]}" --results apart
  all_verified apart '"gpus":2'
  ! grep -q ranks_per_gpu apart/*.jsonl || fail "ranks with a GPU each share none"
  two 0 "No GPU is shared" "${gpus[0]}" "${gpus[1]}" --share-gpus --backend mpi --results apart_shared
  # One that sees both makes room for one that does not.
  two 0 "Measuring 2 x" "${gpus[0]},${gpus[1]}" "${gpus[0]}" --backend mpi --results room
  all_verified room '"gpus":2'
  expect 0 "no rank can tell" "$mpirun" -np 1 env CUDA_VISIBLE_DEVICES="${gpus[0]}" "$program" run collectives --pairs \
    --mode latency -n 5 -w 1 --backend nccl --results pairs : -np 1 env CUDA_VISIBLE_DEVICES="${gpus[1]}" "$program" \
    run collectives --pairs --mode latency -n 5 -w 1 --backend nccl --results pairs
else
  echo "skipped: two ranks with a GPU each, as there is one GPU"
fi

two 2 "ranks 0 and 1 would share GPU" "${gpus[0]}" "${gpus[0]}" --results refused
grep -q -- "--share-gpus" out err || fail "the refusal does not say what allows it"
[ ! -e refused ] || fail "what is refused leaves no record"
two 0 "is shared by ranks 0 and 1" "${gpus[0]}" "${gpus[0]}" --share-gpus --backend mpi --results shared
grep -q "2 ranks on a GPU" out || fail "the tables do not say what is shared"
all_verified shared '"ranks_per_gpu":2'
grep -q '"shared_by":2' shared/*.jsonl || fail "the GPU's state does not say that it is shared"
expect 0 "is shared by 2 ranks" "$program" report shared/*.jsonl
two 2 "NCCL_MULTI_RANK_GPU_ENABLE=1" "${gpus[0]}" "${gpus[0]}" --share-gpus --backend nccl --results refused
two 0 "nccl is not measured, as ranks share a GPU" "${gpus[0]}" "${gpus[0]}" --share-gpus --results default
# Memory is planned for both: neither takes what the other needs.
expect 0 "verified" "$mpirun" -np 1 env CUDA_VISIBLE_DEVICES="${gpus[0]}" "$program" run training kernels transfers \
  --share-gpus --backend mpi --ranks 1,2 --min-time 0.01 -b 1MiB -e 1MiB --kernel copy --kernel-type float \
  --results suites : -np 1 env CUDA_VISIBLE_DEVICES="${gpus[0]}" "$program" run training kernels transfers \
  --share-gpus --backend mpi --ranks 1,2 --min-time 0.01 -b 1MiB -e 1MiB --kernel copy --kernel-type float \
  --results suites
expect 0 "would share GPU" "$mpirun" -np 1 env CUDA_VISIBLE_DEVICES="${gpus[0]}" "$program" doctor : \
  -np 1 env CUDA_VISIBLE_DEVICES="${gpus[0]}" "$program" doctor
expect 2 "rank 1 sees no GPU" "$mpirun" -np 1 env CUDA_VISIBLE_DEVICES="${gpus[0]}" "$program" "${run[@]}" : \
  -np 1 env CUDA_VISIBLE_DEVICES= "$program" "${run[@]}"

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "ranks take GPUs of their own, or share them when asked to (${#gpus[@]} GPUs here)"
