#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Processors that are too few, or rationed: what a launch says of it before and after, what its record holds, and what
# becomes of it in a comparison. Usage: other_load_test.sh PROGRAM MPIRUN
set -u

program=$(realpath "$1")
mpirun=$2
# shellcheck source=tests/program/expectations.sh
source "$(dirname "$0")/expectations.sh"
let_mpirun_start

# says TEXT FILE: it does, wherever lines were broken
says() { tr -s '\n ' ' ' <"$2" | grep -qF -- "$1" || fail "'$1' is not in $2"; }

tiny=(run collectives --device host -b 8 -e 8 --mode latency -n 20 -w 2)
crowded="2 ranks of node 0 need 2 processors and may use 1"

# ---- two ranks on one processor --------------------------------------------------------------------------------------
one=$(taskset -cp $$ | sed -E 's/.*: ([0-9]+).*/\1/')
expect 0 "Not to be compared: $crowded" taskset -c "$one" "$mpirun" -np 2 "$program" "${tiny[@]}" --results few
says "Tainted, do not compare: $crowded" out
says "\"crowding\":\"$crowded" few/*.jsonl
says '"tainted":true' few/*.jsonl
says '"processors":1' few/*.jsonl
expect 0 "1 of 1 launches" taskset -c "$one" "$program" run "${tiny[@]:1}" --np 2 --launches 1 --results started
says '"tainted":true' started/*.jsonl
expect 7 "nothing was added" "$program" baseline add few --baselines base
says "is left out: tainted: $crowded" err
expect 0 "is tainted, do not compare" "$program" report few/*.jsonl
expect 0 "$crowded" taskset -c "$one" "$mpirun" -np 2 "$program" doctor
says "may use 1" out

# ---- accepted, with a reason that everybody sees ---------------------------------------------------------------------
why="this machine is never quiet"
accept() { # accept FOLDER
  expect 0 "Other load, accepted ($why): $crowded" taskset -c "$one" "$mpirun" -np 2 "$program" "${tiny[@]}" \
    --results "$1" --accept-load "$why"
}
accept accepted
accept again
says '"tainted":false' accepted/*.jsonl
says "\"accepted_load\":\"$why\"" accepted/*.jsonl
expect 0 "1 launch added" "$program" baseline add accepted --baselines base
expect 0 "beside other load, which was accepted" "$program" gate again --baselines base
says "accepted: $why" out
expect 0 "beside other load, which was accepted" "$program" compare accepted again
expect 2 "--accept-load needs a reason" "$program" "${tiny[@]}" --accept-load ''

# ---- a quota ---------------------------------------------------------------------------------------------------------
group=
leave_group() {
  [ -z "$group" ] || rmdir "$group" 2>/dev/null
  rm -rf "$work"
}
trap leave_group EXIT
# in_group COMMAND...: as expect would have it, with at most half a processor's time
in_group() { bash -c 'echo $$ >"$1/cgroup.procs" && shift && exec "$@"' in_group "$group" "$@"; }
for folder in /sys/fs/cgroup/cpu /sys/fs/cgroup; do
  made=$folder/lanemark-test-$$
  mkdir "$made" 2>/dev/null || continue
  if { echo 100000 >"$made/cpu.cfs_period_us" && echo 50000 >"$made/cpu.cfs_quota_us"; } 2>/dev/null ||
    echo "50000 100000" 2>/dev/null >"$made/cpu.max"; then
    group=$made
    break
  fi
  rmdir "$made"
done
if [ -n "$group" ] && in_group true 2>/dev/null; then
  export -f in_group
  export group
  expect 0 "A quota leaves this control group 0.5 of" bash -c 'in_group "$@"' in_group \
    "$mpirun" -np 1 "$program" "${tiny[@]}" --results rationed
  says "1 rank of node 0 needs 1 processor and may use 0.5" out
  says '"tainted":true' rationed/*.jsonl
else
  echo "SKIPPED: control groups cannot be made here, so a quota was not tried"
fi

[ "$failures" -eq 0 ] || exit 1
echo "what processors a launch had is told"
