#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Runs that do not come to their end, or lose their record on the way: what was measured is shown and kept, why is said,
# and nothing is left in shared memory. Usage: ended_test.sh PROGRAM MPIRUN
set -u

program=$1
mpirun=$2
# shellcheck source=tests/program/expectations.sh
. "$(dirname "${BASH_SOURCE[0]}")/expectations.sh"

let_mpirun_start
export ASAN_OPTIONS=detect_leaks=0
export TMPDIR=$work/tmp
mkdir "$TMPDIR"

# A place for shared memory of our own, as others may measure here at the same time.
shared=$(mktemp -d /dev/shm/lanemark-test-XXXXXX)
trap 'rm -rf "$shared" "$work"' EXIT
export OMPI_MCA_btl_vader_backing_directory=$shared
leftovers() {
  find "$shared" -mindepth 1
  find "$TMPDIR" -mindepth 2 -maxdepth 2 -name 'pid.*'
}
# Ranks that were ended may take a moment.
expect_nothing_left() {
  local waited=0
  while [ -n "$(leftovers)" ] && [ "$waited" -lt 100 ]; do
    sleep 0.1
    waited=$((waited + 1))
  done
  [ -z "$(leftovers)" ] || fail "left after $1: $(leftovers)"
}

few=(run collectives --device host --mode latency -b 8)
many=("${few[@]}" --min-time 0.1 -e 1MiB -f 2)

# started COMMAND...: in the background, until two cases are in a record in the folder `folder`
started() {
  env --default-signal=INT,QUIT "$@" --results "$folder" >out 2>err </dev/null &
  launcher=$!
  local waited=0
  until [ "$(cat "$folder"/*.partial 2>/dev/null | grep -c '"type":"measurement"')" -ge 2 ]; do
    sleep 0.1
    waited=$((waited + 1))
    if [ "$waited" -gt 900 ] || ! kill -0 "$launcher" 2>/dev/null; then
      fail "nothing is measured into $folder"
      break
    fi
  done
}
# ended: waits for it, two minutes at most; its exit code is in `code`
ended() {
  local waited=0
  while kill -0 "$launcher" 2>/dev/null && [ "$waited" -lt 1200 ]; do
    sleep 0.1
    waited=$((waited + 1))
  done
  kill -KILL "$launcher" 2>/dev/null && fail "it does not end"
  wait "$launcher"
  code=$?
}
# expect_last_words REASON: a footer that says so in the folder's partial record, whose cases can be read
expect_last_words() {
  local partial=("$folder"/*.partial)
  local waited=0
  until tail -n 1 "${partial[0]}" 2>/dev/null | grep -q '"type":"footer"' || [ "$waited" -ge 50 ]; do
    sleep 0.1
    waited=$((waited + 1))
  done
  tail -n 1 "${partial[0]}" | grep -q '"complete":false.*"ended_by":"[^"]*'"$1" || fail "no footer says '$1' in $folder: $(tail -n 1 "${partial[0]}" | head -c 300)"
  expect 7 "$1" "$program" report "${partial[0]}"
  grep -q "was cut off: " err || fail "a launch that was ended is one that was cut off"
  expect 7 "cut off: " "$program" gate "${partial[0]}"
  expect 7 "cut off: " "$program" baseline add "${partial[0]}" --baselines never
  [ ! -e never ] || fail "a launch that was ended is no baseline"
}

# ---- its record goes on the way ---------------------------------------------------------------------------------------
folder=removed
started "$mpirun" -np 2 "$program" "${many[@]}"
rm "$folder"/*.partial
ended
[ "$code" -eq 0 ] || fail "exit code $code where the record was removed"
grep -q "was removed, moved or changed during the run; the record is written anew" err || fail "a lost record is not said"
grep -q "all_reduce over mpi" out || fail "the tables are not shown"
expect 0 "all_reduce over mpi" "$program" report "$folder"/*.jsonl
folder=gone
started "$mpirun" -np 2 "$program" "${many[@]}"
rm -r "$folder"
ended
[ "$code" -eq 0 ] || fail "exit code $code where the folder was removed"
expect 0 "all_reduce over mpi" "$program" report "$folder"/*.jsonl
folder=barred
started "$mpirun" -np 2 "$program" "${many[@]}"
rm -r "$folder"
: >"$folder"
ended
[ "$code" -eq 2 ] || fail "exit code $code where the record cannot be written anew"
grep -q "all_reduce over mpi" out || fail "the tables are not shown where the record is lost"
grep -q "cannot write results to $folder" err || fail "why the record is lost is not said"
expect_nothing_left "a lost record"

# ---- the disk is full ---------------------------------------------------------------------------------------------------
mkdir small
if mount -t tmpfs -o size=16k tmpfs small 2>/dev/null; then
  trap 'umount "$work/small"; rm -rf "$shared" "$work"' EXIT
  # The first case's samples fit, those of two do not.
  filling=("${few[@]}" -e 64 -f 2 -w 1 -n 300)
  expect 2 "No space left on device; free some space" "$mpirun" -np 2 "$program" "${filling[@]}" --results small/records
  grep -q "all_reduce over mpi" out || fail "the tables are not shown where the disk is full"
  [ "$(grep -c "No space left" err)" -eq 1 ] || fail "a full disk is said once"
  expect 7 "cut off" "$program" report small/records/*.partial
  [ "$(cat small/records/*.partial | grep -c '"type":"measurement"')" -ge 1 ] || fail "finished cases are kept"
  rm -r small/records
  head -c 1000000 /dev/zero >small/filling 2>/dev/null
  expect 2 "No space left" "$mpirun" -np 2 "$program" "${filling[@]}" --results small/records
  expect 2 "No space left" "$mpirun" -np 2 "$program" "${filling[@]}" --results elsewhere --benchmark_out=small/google.json
  [ "$(find small -type f | wc -l)" -eq 1 ] || fail "left on a full disk: $(find small -type f)"
else
  echo "SKIPPED: a full disk, as no file system may be mounted here"
fi

# ---- ended by a limit or a signal ---------------------------------------------------------------------------------------
folder=slow
expect 6 "more than 4 s" "$mpirun" -np 2 "$program" "${few[@]}" -e 64 --results "$folder" -w 1000000000 -n 1 --timeout 4
expect_last_words "rank 0 spent more than 4 s in "
expect_nothing_left "a case past its limit"
for signal in TERM INT HUP; do
  folder=mpirun-$signal
  started "$mpirun" -np 2 "$program" "${many[@]}"
  kill -"$signal" "$launcher"
  ended
  [ "$code" -ne 0 ] || fail "exit code 0 after SIG$signal to mpirun"
  expect_last_words "SIGTERM came"
  expect_nothing_left "SIG$signal to mpirun"
done
for signal in TERM INT HUP QUIT; do
  folder=alone-$signal
  started "$program" "${many[@]}"
  kill -"$signal" "$launcher"
  ended
  [ "$code" -eq $((128 + $(kill -l "$signal"))) ] || fail "exit code $code after SIG$signal"
  expect_last_words "SIG$signal came"
done
# Nobody else would end the ranks of a launcher that was killed, nor tidy up after them.
folder='mpirun-KILL'
started "$mpirun" -np 2 "$program" "${many[@]}"
kill -KILL "$launcher"
ended
expect_last_words "the launcher that had started it ended before it"
[ -z "$(pgrep -f "results $folder")" ] || fail "ranks outlive a launcher that was killed"
rm -rf "$TMPDIR"/ompi.* # of mpirun itself, which could not
expect_nothing_left "SIGKILL to mpirun"
# A rank that dies ends the others.
folder=rank-KILL
started "$mpirun" -np 2 "$program" "${many[@]}"
kill -KILL "$(pgrep -f "results $folder" | tail -n 1)"
ended
[ "$code" -ne 0 ] || fail "exit code 0 after a rank was killed"
expect_nothing_left "SIGKILL to a rank"

# ---- launches that the program starts itself ------------------------------------------------------------------------------
folder=launch-timeout
expect 6 "ran past its time limit of 8 s (--launch-timeout)" "$program" "${few[@]}" -e 64 -w 1000000000 -n 1 --np 2 \
  --launches 1 --launch-timeout 8s --results "$folder"
expect_last_words "SIGTERM came"
expect_nothing_left "--launch-timeout"
folder=launch-KILL
started "$program" "${many[@]}" --np 2 --launches 1
kill -KILL "$(pgrep -f "mpirun -np 2 .*results=$folder" | head -n 1)"
ended
[ "$code" -eq 7 ] || fail "exit code $code where mpirun was killed"
expect_nothing_left "SIGKILL to a launch's mpirun"

# ---- a budget that leaves cases out -------------------------------------------------------------------------------------
expect 0 "" "$mpirun" -np 2 "$program" "${many[@]}" --results budget --time-budget 400ms
if grep -q 'left out: the time budget' budget/*.jsonl; then
  expect 7 "was cut off: the time budget of 400ms was spent; " "$program" report budget/*.jsonl
fi

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "what was measured is shown and kept, however a run ends"
