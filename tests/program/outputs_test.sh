#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What the program says arrives, or its exit code tells; and nothing is written through a link that came from elsewhere.
# Usage: outputs_test.sh PROGRAM MPIRUN
set -u

program=$1
mpirun=$2
# shellcheck source=tests/program/expectations.sh
. "$(dirname "${BASH_SOURCE[0]}")/expectations.sh"

let_mpirun_start
export ASAN_OPTIONS=detect_leaks=0

run=(run kernels --device host --kernel copy --kernel-compute hand --kernel-type float --kernel-shape 1024 -n 3 -w 1 --accept-load test)
measured() { "$mpirun" -np 1 "$program" "${run[@]}" --results "$1" >out 2>err </dev/null || fail "no record to begin with"; }
measured records
record=$(find records -name '*.jsonl')
for number in 1 2 3 4; do
  mkdir -p base
  sed -E "1s/\"launch\":\"[^\"]*\"/\"launch\":\"$(printf %016x "$number")\"/" "$record" >"base/$number.jsonl"
done
fingerprint=$(sed -nE '1s/.*"fingerprint_id":"([^"]*)".*/\1/p' "$record")
expect 0 "launches added" "$program" baseline add base

# ---- every command, to a disk that is full, a stream that is closed and a reader that has gone -----------------------
lost="standard output could not be written"
# lost_output CODE COMMAND...: by each of the three ways
lost_output() {
  local code=$1
  shift
  # shellcheck disable=SC2016
  expect "$code" "$lost" bash -c '"$@" >/dev/full' lost "$@"
  # shellcheck disable=SC2016
  expect "$code" "$lost" bash -c '"$@" >&-' lost "$@"
  # A reader that has gone is told nothing.
  timeout 120 "$@" 2>err </dev/null > >(exec true)
  local got=$?
  # It may have gone after the last word.
  [ "$got" -eq "$code" ] || [ "$got" -eq 0 ] || fail "exit code $got instead of $code to a reader that has gone: $*"
  grep -qF "$lost" err && fail "a reader that has gone is complained of: $*"
}
lost_output 1 "$program" --help
lost_output 1 "$program" run --help
lost_output 1 "$program" --version
lost_output 1 "$program" list kernels --device host
lost_output 1 "$program" doctor
lost_output 1 "$program" report "$record"
lost_output 1 "$program" report --format markdown "$record"
lost_output 1 "$program" history "$record"
lost_output 1 "$program" history --csv - "$record"
lost_output 1 "$program" baseline list
lost_output 1 "$program" baseline show
lost_output 1 "$program" gate base --baselines nowhere
lost_output 1 "$program" compare base "$record"
lost_output 1 "$program" calibrate base --baselines calibrated
lost_output 1 "$program" baseline prune --baselines calibrated
lost_output 1 "$program" quick --np 2 --device host --results quick --min-time 0.01 --filter 'memory_copy.*4KiB'
lost_output 1 "$program" "${run[@]}" --results run
lost_output 1 "$program" "${run[@]}" --results run --benchmark_format=json
[ -z "$(find quick run -name '*.partial')" ] || fail "a record is not whole because nobody reads the tables"
# A reader that wants one line only: nothing is lost but what it did not want.
for command in "list" "quick --np 2 --device host --results head --min-time 0.01 --filter memory_copy.*4KiB"; do
  read -ra words <<<"$command"
  "$program" "${words[@]}" 2>err </dev/null | head -n 1 >out
  code=${PIPESTATUS[0]}
  [ "$code" -eq 0 ] || [ "$code" -eq 1 ] || fail "exit code $code where head reads: $command"
done
[ -n "$(find head -name '*.jsonl')" ] || fail "a reader that goes ends the run"
# What was asked for goes to standard error where a program reads the other stream.
# shellcheck disable=SC2016
expect 1 "" bash -c '"$@" 2>/dev/full' lost "$program" history --csv - "$record"
# Words beside it may go unheard.
expect 0 "" bash -c "'$program' gate base --baselines nowhere 2>/dev/full"
"$program" report none.jsonl 2>&-
[ $? -eq 2 ] || fail "a closed standard error is no reason for another exit code"

# ---- files that the user names --------------------------------------------------------------------------------------
expect 2 "cannot write /dev/full: No space left on device; free some space" "$mpirun" -np 2 "$program" "${run[@]}" --results named --benchmark_out=/dev/full
grep -q "verified" out || fail "what was measured is shown although its file cannot be written"
[ -n "$(find named -name '*.jsonl')" ] || fail "the record is whole although another file cannot be written"
for name in junit markdown openmetrics csv csv-verdicts google-benchmark-base google-benchmark-run; do
  expect 2 "No space left" "$program" gate base --baselines nowhere --output "$name=/dev/full"
done
expect 2 "No space left" "$program" history --csv /dev/full "$record"
expect 2 "none/below.json" "$mpirun" -np 2 "$program" "${run[@]}" --results never --benchmark_out="$record/none/below.json"
[ ! -e never ] || fail "a refused run made its results folder"
expect 0 "" "$mpirun" -np 2 "$program" "${run[@]}" --results named --benchmark_out=made/google.json
[ "$(grep -c '"context"' made/google.json)" -eq 1 ] || fail "Google Benchmark's file is whole"
expect 0 "<testsuite" "$program" gate base --baselines nowhere --output junit=/dev/stdout

# ---- links --------------------------------------------------------------------------------------------------------------
mkdir victim planted
echo theirs >victim/file
ln -s ../victim/file planted/out
expect 2 "leads out of its folder" "$program" gate base --baselines nowhere --output junit=planted/out
expect 2 "leads out of its folder" "$program" history --csv planted/out "$record"
expect 2 "leads out of its folder" "$mpirun" -np 2 "$program" "${run[@]}" --results never --benchmark_out=planted/out
expect 2 "leads out of its folder" env GITHUB_STEP_SUMMARY=planted/out "$program" gate base --baselines nowhere --github
ln -s ../victim/made planted/dangling
expect 2 "link to nothing" "$program" gate base --baselines nowhere --output junit=planted/dangling
# A baseline's file, the folder, a folder above it.
mkdir -p planted/baselines
cp "results/baselines/$fingerprint.json" victim/baseline.json
ln -s ../../victim/baseline.json "planted/baselines/$fingerprint.json"
cp victim/baseline.json before.json
for command in "baseline add base" "baseline prune --keep 1" "baseline list" "baseline show" "calibrate base" "gate base"; do
  read -ra words <<<"$command"
  expect 2 "it is a symbolic link" "$program" "${words[@]}" --baselines planted/baselines
done
rm "planted/baselines/$fingerprint.json"
ln victim/baseline.json "planted/baselines/$fingerprint.json"
expect 2 "it is a hard link" "$program" baseline add base --baselines planted/baselines
rm "planted/baselines/$fingerprint.json"
mkfifo "planted/baselines/$fingerprint.json"
expect 2 "it is no plain file" "$program" baseline add base --baselines planted/baselines
ln -s ../victim planted/linked
expect 2 "planted/linked is a symbolic link" "$program" baseline add base --baselines planted/linked
expect 2 "planted/linked is a symbolic link" "$program" baseline add base --baselines planted/linked/below
expect 2 "planted/linked is a symbolic link" "$program" baseline list --baselines planted/linked
cmp -s victim/baseline.json before.json || fail "a baseline was written through a link"
[ "$(cat victim/file)" = theirs ] || fail "an output was written through a link"
[ "$(find victim -type f | wc -l)" -eq 2 ] || fail "something was made through a link: $(ls victim)"
# A command that fails leaves nothing of its own.
expect 2 "at least 4" "$program" calibrate "$record" --baselines left/by/calibrate
expect 2 "" "$program" baseline add none.jsonl --baselines left/by/add
[ ! -e left ] || fail "a failed command left a folder of baselines: $(find left)"
(
  ulimit -f 1
  trap '' XFSZ
  "$program" baseline add base --baselines left/by/limit >out 2>err
  [ $? -eq 2 ]
) || fail "a limit on files is no reason for another exit code"
grep -q "ulimit -f" err || fail "a limit on files has a cure"
[ ! -e left ] || fail "a failed command left a folder of baselines: $(find left)"

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "what the program says arrives, or its exit code tells"
