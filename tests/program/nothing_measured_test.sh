#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Where nothing that counts was measured the exit code is 7, with one line that says why and what to do; where what was
# asked for cannot be done, or would do nothing, it is 2. Usage: nothing_measured_test.sh PROGRAM MPIRUN
set -u

program=$1
mpirun=$2
# shellcheck source=tests/program/expectations.sh
. "$(dirname "${BASH_SOURCE[0]}")/expectations.sh"

let_mpirun_start

shape=(--device host --mode latency -n 20 -w 2 --accept-load=test)
tiny=(collectives "${shape[@]}" -b 8 -e 8 --results)

# nothing TEXT COMMAND...: exit code 7, and one line of standard error says that nothing counts, with TEXT in it
nothing() {
  local text=$1
  shift
  expect 7 "$text" "$@"
  [ "$(grep -c 'lanemark: nothing that counts was measured' err)" -eq 1 ] || fail "not said, or not once: $*"
  grep 'lanemark: nothing that counts was measured' err | grep -qF 'lanemark list' || fail "no cure: $*"
}

# ---- run and quick ---------------------------------------------------------------------------------------------------
nothing "not enough memory" "$mpirun" -np 2 "$program" run collectives --device host --results skipped -b 4TiB -e 4TiB --mode latency
grep -q "Skipped: 1 of 1" out || fail "what was skipped is not shown"
skipped=(skipped/*.jsonl)
tail -n 1 "${skipped[0]}" | grep -q '"complete":true' || fail "a launch that measured nothing came to its end"
nothing "not enough memory" "$program" run collectives --device host --results skipped -b 4TiB -e 4TiB
nothing "only NCCL can be told" "$mpirun" -np 2 "$program" run "${tiny[@]}" records --algo ring
nothing "the time budget of 1e-09 s was spent" "$mpirun" -np 2 "$program" run "${tiny[@]}" records --time-budget 1e-9
expect 2 "a whole number of repetitions, from 1" "$mpirun" -np 2 "$program" run "${tiny[@]}" records --benchmark_repetitions=0
expect 2 "BENCHMARK_REPETITIONS" env BENCHMARK_REPETITIONS=0 "$program" run "${tiny[@]}" records
nothing "" "$mpirun" -np 2 "$program" run "${tiny[@]}" records --algo ring --benchmark_format=json
nothing "not enough memory" "$program" quick --device host --results records --np 2 -b 4TiB -e 4TiB --filter all_reduce
expect 2 "no case matches" "$mpirun" -np 2 "$program" run "${tiny[@]}" records --filter nothing_is_called_this
# A part that is skipped is listed, and the rest counts.
expect 0 "Skipped: 1 of 2" "$mpirun" -np 2 "$program" run collectives "${shape[@]}" --results records \
  -b 8 -e 1TiB -f 137438953472
expect 0 "root 1 is none of the 1 rank" "$mpirun" -np 2 "$program" run "${tiny[@]}" records --collective broadcast -r 1 --ranks 1,2
# Wrong data is graver.
expect 5 "WRONG" "$mpirun" -np 2 "$program" run "${tiny[@]}" records --fault 0

# ---- launches --------------------------------------------------------------------------------------------------------
expect 7 "measured nothing that counts" "$program" run collectives --device host --np 2 --launches 3 --results launches \
  -b 4TiB -e 4TiB --mode latency
grep -q "not enough memory" err || fail "the reason of a launch is not shown"
grep -q "2 of 3 launches left a whole record" err || fail "records of launches that measured nothing are whole"

# ---- what looks at records -------------------------------------------------------------------------------------------
expect 0 "" "$program" run "${tiny[@]}" good --np 2 --launches 4
nothing "not enough memory" "$program" report "${skipped[0]}"
grep -q "Skipped: 1 of 1" out || fail "a report shows what is there"
nothing "not enough memory" "$mpirun" -np 2 "$program" report "${skipped[0]}"
expect 0 "" "$program" report "${skipped[0]}" good/*.jsonl
expect 7 "nothing was added" "$program" baseline add skipped --baselines none
grep -q "is left out: nothing that counts was measured" err || fail "the launches that are left out are named"
[ -z "$(ls none 2>/dev/null)" ] || fail "a baseline of nothing: $(ls none)"
expect 7 "nothing was calibrated" "$program" calibrate skipped --baselines none
expect 7 "there is no history" "$program" history skipped
expect 0 "4 launches added" "$program" baseline add good --baselines base
expect 7 "no launch of the run counts" "$program" gate launches --baselines base
expect 7 "no launch of the run counts" "$program" gate launches --baselines nowhere
expect 7 "no launch of the run counts" "$program" gate launches --baselines base --strict
expect 7 "no launch of the run counts" "$mpirun" -np 2 "$program" gate launches --baselines base
expect 7 "no launch of the run counts" "$program" compare good launches
expect 7 "no launch of the base counts" "$program" compare launches good

# Other cases than the base has: each is missing, or has no baseline.
expect 0 "" "$program" run collectives "${shape[@]}" --np 2 --launches 2 --results others -b 16 -e 16
expect 0 "" "$program" run "${tiny[@]}" more --np 2 --launches 1
expect 7 "1 missing, 1 without baseline" "$program" gate others --baselines base
expect 7 "1 missing, 1 without baseline" "$program" gate others --baselines base --strict
expect 7 "1 missing, 1 without baseline" "$program" compare good others
# A case in common is something to compare; a machine without a baseline is where one begins.
expect 0 "NO BASELINE" "$program" gate others more --baselines base --min-effect 100%
expect 0 "NO BASELINE" "$program" gate others --baselines nowhere
expect 4 "NO BASELINE" "$program" gate others --baselines nowhere --strict

# The gravest comes first: wrong data, then a failed rule, then nothing compared, then what is undecided.
cat >rules.json <<'RULES'
{"schema": "1.0", "name": "impossible", "rules": [
  {"name": "at once", "why": "a test", "rule": "time <= 1 ns where operation = all_reduce"}]}
RULES
expect 3 "at once" "$program" gate others --baselines base --rules rules.json
expect 5 "" "$program" run "${tiny[@]}" wrong --np 2 --launches 1 --fault 0
expect 5 "WRONG DATA" "$program" gate wrong --baselines base
expect 5 "WRONG DATA" "$program" gate wrong others --baselines base
expect 5 "" "$program" baseline add wrong --baselines wrong_base

# ---- never something else without a word -----------------------------------------------------------------------------
# refused TEXT FLAG...: exit code 2, and no record
refused() {
  local text=$1
  shift
  expect 2 "$text" "$mpirun" -np 2 "$program" run --device host --results refused "$@"
  [ "$(grep -c 'lanemark:' err)" -eq 1 ] || fail "a refusal is printed once: $*"
}
refused "root '1'" collectives --collective broadcast -r 1 --split div:1
refused "--root would do nothing here" collectives -r 1
refused "--op would do nothing here" collectives --collective all_gather -o max
refused "--fault would do nothing here" collectives --fault 2
refused "--collective would do nothing here" collectives --pairs --collective all_reduce
refused "--pairs is of all ranks" collectives --pairs --split div:1
refused "--sync is for the suite training" collectives --sync bucketed
refused "--collective is for the suite collectives" transfers --collective all
refused "--memory would do nothing here" transfers --memory pinned
refused "--ranks would do nothing here" kernels --ranks 1
refused "--backend would do nothing here" transfers --backend mpi
refused "--min-bytes would do nothing here" training -b 8
refused "--bucket-cap would do nothing here" training --sync data_parallel --bucket-cap 1MiB
refused "--type tf32" training --type tf32
refused "--min-samples would do nothing here" collectives -n 20 --mode latency --min-samples 30
refused "--warmup would do nothing here" collectives --mode creation -w 3
refused "-n and --precision" collectives -n 20 --precision 1%
refused "-n must be at least 1" collectives -n 0
refused "-R and --buffers" collectives -R 0 --buffers symmetric
refused "--benchmark_filter" collectives --filter a --benchmark_filter=b
refused "--benchmark_out_format" collectives --benchmark_out_format=csv
refused "given twice" collectives --benchmark_repetitions=2 --benchmark_repetitions=3
refused "--seed" collectives --seed 18446744073709551616
refused "--ranks" collectives --ranks 1,0x2
refused "--min-samples" collectives --min-samples 010
refused "--misalign" collectives --misalign 1e3
refused "batch '8x'" training --batch 8x
refused "--share-gpus would do nothing here" collectives --share-gpus
[ ! -e refused ] || fail "what is refused leaves no record"
expect 2 "--kernel-type is for the suite kernels" "$program" quick --device host --np 2 --kernel-type float
expect 2 "--sync is for the suite training" "$program" list collectives --sync bucketed
expect 0 "scaling:strong" "$program" list training --device host --ranks 1,2 --scaling strong
expect 0 "all_reduce" "$program" list --device host --sync bucketed --collective all --op max --root 1 --ranks 2

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "nothing measured is no success, and nothing is measured instead of something else"
