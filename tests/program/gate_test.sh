#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The gate as a workflow meets it: every exit code, every output, and nothing in them that is no one's business.
# Usage: gate_test.sh PROGRAM MPIRUN
set -u

program=$1
mpirun=$2
# shellcheck source=tests/program/expectations.sh
. "$(dirname "${BASH_SOURCE[0]}")/expectations.sh"

let_mpirun_start
export SECRET_TOKEN=hunter2 NCCL_SECRET_TOKEN=hunter2
unset GITHUB_ACTIONS GITHUB_STEP_SUMMARY NO_COLOR CLICOLOR CLICOLOR_FORCE FORCE_COLOR

# says TEXT FILE: it does
says() { grep -qF -- "$1" "$2" || fail "'$1' is not in $2"; }

# ---- one real record, and many made from it -----------------------------------------------------------------------
# Open MPI keeps memory to the end, which a build with sanitizers would complain of; the gate itself does without it.
without_leaks=(env ASAN_OPTIONS=detect_leaks=0)
measure() { # measure FOLDER KERNEL
  "${without_leaks[@]}" "$mpirun" -np 1 "$program" run kernels --device host --results "$1" --kernel "$2" \
    --kernel-compute hand --kernel-type float --kernel-shape 1024 -n 3 -w 1 --accept-load test >out 2>err </dev/null ||
    fail "no record to begin with"
}
measure real copy
measure other triad
real=$(find real -name '*.jsonl' 2>/dev/null)
if [ -z "$real" ] || [ "$(grep -c '"type":"measurement"' "$real")" -ne 1 ]; then
  fail "not one measurement in one record: $real"
  exit 1
fi
knows_its_commit "$real" other/*.jsonl || true
case=$(sed -nE '2s/.*"name":"([^"]*)".*/\1/p' "$real")
fingerprint=$(sed -nE '1s/.*"fingerprint_id":"([^"]*)".*/\1/p' "$real")

# launches FOLDER COUNT MICROSECONDS [SED [RECORD]]: so many, each a thousandth slower than the one before, changed by SED
made=0
launches() {
  local number record=${5:-$real}
  mkdir -p "$1"
  for number in $(seq "$2"); do
    made=$((made + 1))
    local time
    time=$(awk -v t="$3" -v n="$number" 'BEGIN { printf "%.9g", t * (1 + n / 1000) / 1000000 }')
    sed -E -e "1s/\"launch\":\"[^\"]*\"/\"launch\":\"$(printf %016x "$made")\"/" \
      -e "1s/\"started\":\"[^\"]*\"/\"started\":\"2026-01-01T00:$(printf '%02d:%02d' $((made / 60)) $((made % 60)))Z\"/" \
      -e "2s/\"samples_seconds\":\[[^]]*\]/\"samples_seconds\":[$time]/" \
      -e '2s/"slowest_rank":\[[^]]*\]/"slowest_rank":[0]/' -e "${4:-}" "$record" >"$1/$number${5:+-other}.jsonl"
  done
}
launches base 10 100
launches same 10 100
launches slow 10 120
launches fast 10 80
launches few 2 100
launches wrong 10 100 '2s/"verdict":\{[^}]*\}/"verdict":{"kind":"wrong","detail":"7 wrong elements"}/'
launches cut 10 100 '/"type":"footer"/d'
# Another machine's id is that of its fields: FNV-1a of their JSON, which bash works out in 64 bits.
there=$(sed -nE '1s/.*"fingerprint":(\{[^}]*\}).*/\1/p' "$real" | sed -E 's/"cpu":"[^"]*"/"cpu":"another"/')
hash=$((16#cbf29ce484222325))
for ((i = 0; i < ${#there}; ++i)); do hash=$(((hash ^ $(printf '%d' "'${there:i:1}")) * 16#100000001b3)); done
launches elsewhere 10 100 \
  '1s/"cpu":"[^"]*"/"cpu":"another"/; 1s/"fingerprint_id":"[^"]*"/"fingerprint_id":"'"$(printf %016x "$hash")"'"/'
launches empty 10 100 '2d; s/"measurements":1/"measurements":0/'

expect 0 "10 launches added" "$program" baseline add base
[ -s "results/baselines/$fingerprint.json" ] || fail "a baseline is called after its machine"
expect 0 "0 launches added" "$program" baseline add base
expect 0 "$fingerprint" "$program" baseline list
expect 0 "$case" "$program" baseline show "${fingerprint:0:6}"

# ---- 0: it did not get worse --------------------------------------------------------------------------------------
expect 0 "same" "$program" gate same --strict
expect 0 "$case" "$program" gate same --verbose
expect 0 "IMPROVED" "$program" gate fast --strict
expect 0 "INCONCLUSIVE" "$program" gate few
expect 0 "same" "$program" compare base same --strict
expect 0 "IMPROVED" "$program" compare slow base
expect 0 "" "$program" gate --help

# ---- 2: it was asked wrongly; nothing is said of the launches -----------------------------------------------------
expect 2 "none.jsonl" "$program" gate none.jsonl
expect 2 "none.jsonl" "$program" compare base none.jsonl
expect 2 "--no-such-flag" "$program" gate same --no-such-flag
expect 2 "run" "$program" gate
expect 2 "given twice" "$program" gate same same
expect 2 "unknown metric 'speed'" "$program" gate same --metric speed
expect 2 "--alpha 2" "$program" gate same --alpha 2
expect 2 "--min-effect 'often'" "$program" gate same --min-effect often
expect 2 "regular expression" "$program" gate same --filter '('
expect 2 "unknown output 'telegram'" "$program" gate same --output telegram=file
expect 2 "NAME=FILE" "$program" gate same --output junit
expect 2 "GITHUB_STEP_SUMMARY" "$program" gate same --github
expect 2 "GITHUB_STEP_SUMMARY" env GITHUB_STEP_SUMMARY= "$program" gate same --github
expect 2 "no case matches the filter" "$program" gate same --filter nothing_is_called_this
expect 2 "no case matches the filter" "$program" compare base same --filter nothing_is_called_this
echo '{"schema": "1.0", "rules": [{"rule": "time <= 1 s"}]}' >every.json
expect 2 "no case matches the filter" "$program" gate same --rules every.json --filter nothing_is_called_this
expect 2 "peak_memory" "$program" gate same --metric peak_memory
expect 2 "not the same kind of machine" "$program" compare base elsewhere
expect 2 "2 kinds of machine" "$program" compare . base
expect 2 "no baseline" "$program" baseline list --baselines nowhere
expect 2 "at least 4" "$program" calibrate few
expect 2 "none.json" "$program" gate same --rules none.json
expect 2 "--alpha 1e-17" "$program" gate same --alpha 1e-17
expect 2 "it is a folder" "$program" gate slow --output csv=base
expect 2 "is named twice" "$program" gate slow --output csv=twice --output junit=twice
expect 2 "base and base have 10 launches in common" "$program" compare base base
expect 2 "--keep" "$program" baseline prune --keep -1
launches escaping 1 100 '1s/"fingerprint_id":"[^"]*"/"fingerprint_id":"..\/..\/escaped"/'
expect 2 "no id of a fingerprint" "$program" baseline add escaping --baselines deep/er/baselines
expect 2 "no id of a fingerprint" "$program" gate escaping
ln -s loop.jsonl loop.jsonl
expect 2 "loop.jsonl" "$program" gate loop.jsonl
rm loop.jsonl
mkdir file_in_the_way
touch file_in_the_way/confirmed
expect 2 "is a file" "$program" gate slow --confirm 3 --results file_in_the_way/confirmed
echo 'no record' >broken.jsonl
expect 2 "broken.jsonl" "$program" gate broken.jsonl
mkdir broken_baselines
head -c 200 "results/baselines/$fingerprint.json" >"broken_baselines/$fingerprint.json"
expect 2 "broken_baselines/$fingerprint.json is not JSON" "$program" gate same --baselines broken_baselines
expect 0 "NO BASELINE" "$program" gate elsewhere --baselines broken_baselines
expect 2 "" "$program" gate same --output junit=broken.jsonl/below.xml
[ "$(grep -c 'lanemark:' err)" -eq 1 ] || fail "a refusal is one line"


# ---- 3: it got worse, or is not what it should be -----------------------------------------------------------------
expect 3 "REGRESSED" "$program" gate slow
# What a confirmation cannot say stays as it was found.
expect 3 "so few launches cannot regress again" "$program" gate slow --confirm 2 --results confirmed
[ ! -e confirmed ] || fail "a confirmation that says nothing made its folder"
says "$case" out
expect 0 "20 launches" "$program" baseline add base slow --baselines both
expect 3 "REGRESSED" "$program" gate slow --strict
expect 3 "REGRESSED" "$program" compare base slow
expect 0 "" "$program" compare base slow --min-effect 50%
expect 3 "REGRESSED" "$program" gate slow --metric algbw
cat >rules.json <<'R'
{"schema": "1.0", "name": "test", "rules": [{"name": "copies in no time", "rule": "time <= 1 us where operation = copy"},
                                            {"name": "copies at all", "rule": "time <= 1 s where operation = copy"}]}
R
expect 3 "copies in no time" "$program" gate same --rules rules.json
sed -i 's/1 us/1 ms/' rules.json
expect 0 "" "$program" gate same --rules rules.json --strict

# ---- 4: nothing can be said, where that was asked to count ---------------------------------------------------------
expect 4 "INCONCLUSIVE" "$program" gate few --strict
expect 4 "INCONCLUSIVE" "$program" compare base few --strict
expect 0 "NO BASELINE" "$program" gate same --baselines nowhere
expect 4 "NO BASELINE" "$program" gate same --baselines nowhere --strict
expect 4 "The nearest is $fingerprint" "$program" gate elsewhere --strict

# ---- 5: it got wrong; that is graver than slow ----------------------------------------------------------------------
expect 5 "7 wrong elements" "$program" gate wrong
expect 5 "7 wrong elements" "$program" compare base wrong
expect 5 "in the base, launch" "$program" compare wrong same
expect 5 "7 wrong elements" "$program" baseline add wrong --baselines wrong_ones
expect 5 "(and in 9 more launches)" "$program" gate wrong --metric time,time
expect 5 "WRONG DATA" "$program" gate slow wrong/1.jsonl
mkdir mixed
sed '$d' wrong/2.jsonl >mixed/cut.jsonl
expect 5 "7 wrong elements" "$program" gate same mixed/cut.jsonl

expect 3 "10 of the run's launches are in the baseline too" "$program" gate slow --baselines both
# A finding outweighs an output that turns out not to be writable.
expect 3 "standard output could not be written" bash -c "'$program' gate slow >/dev/full"
expect 1 "standard output could not be written" bash -c "'$program' gate same >/dev/full"

# ---- 7: no launch counts --------------------------------------------------------------------------------------------
expect 7 "MISSING" "$program" gate empty
expect 7 "MISSING" "$program" gate empty --strict
expect 7 "cut off" "$program" gate cut
expect 7 "cut off" "$program" gate cut --strict
expect 7 "is left out" "$program" baseline add cut --baselines none_of_them
[ ! -e none_of_them ] || fail "a baseline of no launches"
# What a launch leaves that died, or that died before it had measured anything.
launches died 10 100 '/"type":"footer"/d'
for one in died/*.jsonl; do mv "$one" "$one.partial"; done
expect 7 "cut off" "$program" gate died
cp base/[1-5].jsonl died
head -c 30 base/1.jsonl >died/unborn.jsonl.partial
expect 0 "15 launches, 10 of them excluded" "$program" gate died --baselines nowhere
expect 0 "unborn.jsonl.partial:1: the header is cut off" "$program" gate died --baselines nowhere
expect 7 "cut off" "$program" compare base cut
expect 7 "cut off" "$program" compare cut base
expect 7 "cut off" "$program" gate cut --rules rules.json
expect 0 "cut off" "$program" gate same cut

# ---- under mpirun: said once, one exit code -----------------------------------------------------------------------------
expect 3 "REGRESSED" "${without_leaks[@]}" "$mpirun" -np 3 "$program" gate slow
[ "$(grep -c "$case" out)" -eq 1 ] || fail "a judgement is printed once, not by each rank"
expect 0 "same" "${without_leaks[@]}" "$mpirun" -np 3 "$program" gate same --strict
expect 2 "--confirm starts mpirun by itself" "${without_leaks[@]}" "$mpirun" -np 2 "$program" gate slow --confirm 3
expect 2 "--launches starts mpirun by itself" "${without_leaks[@]}" "$mpirun" -np 2 "$program" calibrate base --launches 3

# ---- noise floors ---------------------------------------------------------------------------------------------------
expect 0 "comparisons" "$program" calibrate base --baselines calibrated
launches others 10 100 '' "$(find other -name '*.jsonl')"
expect 0 "triad" "$program" calibrate others --baselines calibrated
expect 0 "noise" "$program" baseline show --baselines calibrated
[ "$(grep -c noise out)" -eq 2 ] || fail "a calibration keeps the floors of what it did not measure"
expect 5 "7 wrong elements" "$program" calibrate wrong --baselines calibrated
expect 3 "REGRESSED" "$program" gate slow --baselines calibrated
sed -i -E 's/"change":[^,}]*/"change":0.5/' "calibrated/$fingerprint.json"
expect 0 "" "$program" gate slow --baselines calibrated --strict
expect 0 "" "$program" compare base slow --baselines calibrated --strict
expect 0 "7 launches dropped" "$program" baseline prune --keep 3 --baselines calibrated

# What is measured anew with fewer launches is not hidden behind what was known.
launches thirty 30 100
expect 0 " of its own" "$program" calibrate base --baselines renewed
expect 0 "comparisons" "$program" calibrate thirty --baselines renewed
expect 0 ", noise" "$program" baseline show --baselines renewed
expect 0 " of its own" "$program" calibrate base --baselines renewed
expect 0 "launches)" "$program" baseline show --baselines renewed

# ---- what lies about ------------------------------------------------------------------------------------------------
cp -r base littered
: >littered/unborn.jsonl.partial
expect 0 "it is left out" "$program" gate littered
expect 0 "it is left out" "$program" history littered
echo '{}' >calibrated/notes.json
expect 0 "calibrated" "$program" baseline list --baselines calibrated
mkdir negative
sed -E '2s/"samples_seconds":\[/&-1,/' "$(find base -name '*.jsonl' | head -n 1)" >negative/one.jsonl
for command in gate "baseline add" report; do
  read -ra words <<<"$command"
  expect 2 "negative/one.jsonl:2: field 'samples_seconds' has one below 0" "$program" "${words[@]}" negative/one.jsonl
done
expect 2 "no baseline" "$program" baseline prune --baselines nowhere
[ ! -e nowhere ] || fail "a refused prune made a folder"
expect 2 "no such folder" "$program" compare base same --baselines nowhere
expect 0 "no noise floors" "$program" compare base same --baselines littered

# ---- outputs ---------------------------------------------------------------------------------------------------------
expect 3 "::error" "$program" gate slow --output junit=sub/gate.xml --output csv=values.csv \
  --output openmetrics=gate.prom --output markdown=gate.md --output google-benchmark-run=run.json \
  --output github-annotations=-
says "<testsuite" sub/gate.xml
says "<failure" sub/gate.xml
says "$case" values.csv
says "# EOF" gate.prom
says '{gate="gate",fingerprint=' gate.prom
expect 3 "" "$program" gate slow --name mine --output openmetrics=-
says '{gate="mine",fingerprint=' out
says "| " gate.md
says '"benchmarks"' run.json
expect 3 "REGRESSED" "$program" gate slow --output junit=-
head -n 1 out | grep -q '^<?xml' || fail "standard output has something before the XML"
expect 0 "false-alarm rate" "$program" history base --csv -
head -n 1 out | grep -q '^fingerprint,' || fail "standard output has something before the CSV"
expect 2 "cannot" "$program" history base --csv negative/one.jsonl/below.csv
head -c 1048000 /dev/zero >full.md
expect 0 "GitHub takes no more" env GITHUB_STEP_SUMMARY="$work/full.md" "$program" gate same --github
echo "old" >target.md
ln -s target.md link.md
expect 3 "" "$program" gate slow --output markdown=link.md
[ -L link.md ] || fail "a link is written through, not replaced"
says "REGRESSED" target.md
mkfifo pipe
timeout 60 cat pipe >piped.md &
expect 3 "" timeout 60 "$program" gate slow --output markdown=pipe
[ -p pipe ] || fail "a pipe is written to, not replaced"
wait "$!"
says "REGRESSED" piped.md
echo "before" >summary.md
expect 3 "::error" env GITHUB_STEP_SUMMARY="$work/summary.md" "$program" gate slow --github
says "before" summary.md
says "REGRESSED" summary.md

# ---- colours --------------------------------------------------------------------------------------------------------
escape=$(printf '\033[')
expect 3 "$escape" "$program" gate slow --color always
expect 3 "" "$program" gate slow
grep -qF "$escape" out && fail "no colour where nobody watches"
expect 3 "" env NO_COLOR=1 CLICOLOR_FORCE=1 "$program" gate slow
grep -qF "$escape" out && fail "NO_COLOR is heard before anything else"

# ---- what the environment holds stays there ---------------------------------------------------------------------------
if grep -rlF hunter2 .; then fail "a secret of the environment is in these files"; fi

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "the gate opens and closes as it should"
