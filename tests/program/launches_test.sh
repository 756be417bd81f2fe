#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Launches that the program starts by itself, with the machine's own mpirun: what they leave, in which order, and what
# is left when they are ended. Usage: launches_test.sh PROGRAM MPIRUN
set -u

program=$1
mpirun=$2
# shellcheck source=tests/program/expectations.sh
. "$(dirname "${BASH_SOURCE[0]}")/expectations.sh"

# What root, few cores and containers need the program says itself.
unset OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM OMPI_MCA_rmaps_base_oversubscribe
unset OMPI_MCA_hwloc_base_binding_policy OMPI_MCA_btl_vader_single_copy_mechanism
PATH=$(dirname "$mpirun"):$PATH

# field NAME FILE: of its header
field() { sed -nE "1s/.*\"$1\":\"([^\"]*)\".*/\1/p" "$2"; }

# whole FOLDER COUNT: it holds so many records, all complete and each of a launch of its own, with its log beside it
whole() {
  local records=("$1"/*.jsonl) record
  if [ "${#records[@]}" -ne "$2" ] || [ ! -e "${records[0]}" ]; then
    fail "not $2 records in $1: ${records[*]}"
    return
  fi
  [ -z "$(find "$1" -name '*.partial')" ] || fail "a launch in $1 is not complete"
  for record in "${records[@]}"; do
    tail -n 1 "$record" | grep -q '"complete":true' || fail "$record has no footer"
    grep -q '"ranks":2' "$record" || fail "$record is not one of two ranks"
    [ -s "${record%.jsonl}.log" ] || fail "no log beside $record"
  done
  [ "$(for record in "${records[@]}"; do field launch "$record"; done | sort -u | wc -l)" -eq "$2" ] ||
    fail "launches in $1 share an id"
}

tiny=(run collectives --device host --np 2 -b 8 -e 8 --mode latency -n 20 -w 2 --accept-load=test)

expect 0 "launch 3/3" "$program" "${tiny[@]}" --launches 3 --results one
whole one 3

expect 0 "launch 4/4 (this build)" "$program" "${tiny[@]}" --launches=2 --results both --interleave "$program"
whole both/a 2
whole both/b 2
# Seconds may be shared; the files' own times tell those apart.
order=$(for record in both/?/*.jsonl; do
  echo "$(field started "$record") $(stat -c %.9Y "$record") $(basename "$(dirname "$record")")"
done | sort | awk '{ printf "%s", $3 }')
[ "$order" = abba ] || fail "builds took turns as $order, not abba"

expect 5 "launch 2/2 ended with exit code 5" "$program" "${tiny[@]}" --launches 2 --results wrong --fault 1
expect 2 "stopped after 1 of 3" "$program" "${tiny[@]}" --launches 3 --results refused --algo star

# A list of values ends where a flag stands that is not for a launch.
expect 0 "1 of 1 launches" "$program" run --device host --min-time 0.01 --kernel-type float --kernel copy --np 1 kernels \
  --launches 1 --results listed

expect 2 "--np 0: must be at least 1" "$program" run collectives --launches 1 --np 0 --results never
expect 2 "at most 100000" "$program" run collectives --launches 100001 --results never
expect 2 "--seed" "$program" run collectives --launches 1 --seed -1 --results never
[ ! -e never ] || fail "a refused run made its results folder"
expect 2 "install Open MPI" env PATH=/nowhere "$program" "${tiny[@]}" --launches 1 --results never
[ ! -e never ] || fail "a run without mpirun made its results folder"
expect 2 "cannot write to /proc/self" "$program" "${tiny[@]}" --launches 1 --results /proc/self
! grep -q "Open MPI" err || fail "a folder that cannot be written is taken for a missing mpirun"

# ---- two that write to one folder at once ----------------------------------------------------------------------------
"$program" "${tiny[@]}" --launches 3 --results shared >out.a 2>err.a </dev/null &
other=$!
expect 0 "3 of 3 launches left a whole record" "$program" "${tiny[@]}" --launches 3 --results shared
wait "$other" || fail "exit code $? of the other run into a shared folder"
grep -qF "3 of 3 launches left a whole record" err.a || fail "the other run into a shared folder lost records"
whole shared 6

# ---- times that clocks cannot count ----------------------------------------------------------------------------------
expect 0 "1 of 1 launches" "$program" "${tiny[@]}" --launches 1 --results patient --timeout 1e10 --launch-timeout 1e10

export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
expect 2 "loop round your own" "$mpirun" -np 2 "$program" "${tiny[@]}" --launches 2 --results launched
unset OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM OMPI_MCA_rmaps_base_oversubscribe
[ "$(grep -c 'lanemark:' err)" -eq 1 ] || fail "a refusal is printed once, not by each rank"
[ ! -e launched ] || fail "a refused run made its results folder"

# ---- ended in the second launch: the first record is whole, the second readable, no rank is left -------------------
# ended_by SIGNAL: into the folder of its name
ended_by() {
  local folder=ended-$1 waited=0 left
  # A background job would ignore SIGQUIT.
  env --default-signal=QUIT \
    "$program" run collectives --device host --np 2 -b 8 -e 1MiB -f 2 --min-time 0.2 --mode latency --launches 3 \
    --results "$work/$folder" >out 2>err </dev/null &
  parent=$!
  for _ in $(seq 900); do
    sleep 0.1
    [ -e "$(echo "$folder"/*.jsonl)" ] && [ "$(cat "$folder"/*.partial 2>/dev/null | wc -l)" -ge 2 ] && break
  done
  kill -"$1" "$parent"
  while { kill -0 "$parent" || pgrep -f "results=$work/$folder"; } >/dev/null 2>&1 && [ "$waited" -lt 300 ]; do
    sleep 0.1
    waited=$((waited + 1))
  done
  if kill -0 "$parent" 2>/dev/null; then
    fail "it hangs after SIG$1"
    kill -KILL "$parent"
  fi
  wait "$parent"
  code=$?
  [ "$code" -eq $((128 + $(kill -l "$1"))) ] || fail "exit code $code after SIG$1"
  left=$(pgrep -f "results=$work/$folder")
  [ -z "$left" ] || fail "still there after SIG$1: $left"
  [ "$(find "$folder" -name '*.jsonl' | wc -l)" -eq 1 ] || fail "the finished launch's record is not there"
  expect 7 "cut off" "$program" report "$folder"/*.partial
}
for signal in TERM QUIT KILL; do ended_by "$signal"; done

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "launches are started, counted and ended as they should be"
