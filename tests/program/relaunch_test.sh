#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What a record's command may do where it is run again, by the gate's confirmation and by a calibration: measure, and
# nothing else. Usage: relaunch_test.sh PROGRAM MPIRUN
set -u

program=$1
mpirun=$2
# shellcheck source=tests/program/expectations.sh
. "$(dirname "${BASH_SOURCE[0]}")/expectations.sh"

let_mpirun_start
PATH=$(dirname "$mpirun"):$PATH
# Open MPI keeps memory to the end, which a build with sanitizers would complain of.
export ASAN_OPTIONS=detect_leaks=0

says() { grep -qF -- "$1" "$2" || fail "'$1' is not in $2"; }
# said TEXT FILE: it is, wherever lines were broken
said() { tr -s '\n ' ' ' <"$2" | grep -qF -- "$1" || fail "'$1' is not in $2"; }

# ---- two real records, and many made from them -------------------------------------------------------------------------------------------------
measure() { # measure FOLDER KERNEL
  expect 0 "Record:" "$mpirun" -np 1 "$program" run kernels --device host --results "$1" --kernel "$2" \
    --kernel-compute hand --kernel-type float --kernel-shape 1024 -n 3 -w 1 --accept-load test
}
measure real copy
measure other triad
real=$(find real -name '*.jsonl')
if ! knows_its_commit "$real"; then
  # Such a build runs nothing again, and this test would show nothing.
  sed -i -E '1s/"commit":"[^"]*"/"commit":"unknown"/' "$real"
  expect 2 "like no other" "$program" calibrate real --launches 4
  [ "$failures" -eq 0 ] && echo "skipped: this build does not know its commit, so it runs no record's command again"
  exit "$failures"
fi

# records FOLDER COUNT MICROSECONDS [COMMAND [SED [RECORD]]]: launches like the real one, each a thousandth slower than
# the one before, by this command, changed by SED
made=0
records() {
  local number record=${6:-$real}
  mkdir -p "$1"
  for number in $(seq "$2"); do
    made=$((made + 1))
    sed -E -e "1s/\"launch\":\"[^\"]*\"/\"launch\":\"$(printf %016x "$made")\"/" \
      -e "2s/\"samples_seconds\":\[[^]]*\]/\"samples_seconds\":[$(awk -v t="$3" -v n="$number" \
        'BEGIN { printf "%.9g", t * (1 + n / 1000) / 1000000 }')]/" \
      -e '2s/"slowest_rank":\[[^]]*\]/"slowest_rank":[0]/' -e "${5:-}" "$record" >"$1/$number${6:+-other}.jsonl"
    [ -z "${4:-}" ] || substitute "$1/$number.jsonl" "$4"
  done
}
# substitute FILE COMMAND: the header's command becomes this JSON, whatever is in it
substitute() {
  COMMAND=$2 awk 'NR == 1 { at = match($0, /"command":\[[^]]*\]/)
      print substr($0, 1, at - 1) "\"command\":" ENVIRON["COMMAND"] substr($0, at + RLENGTH); next } { print }' \
    "$1" >substituted && mv substituted "$1"
}

records base 10 100
expect 0 "10 launches added" "$program" baseline add base

# ---- what is flagged is run again: the real case takes neither 120 us nor a tenth of a nanosecond ---------------------
records slow 10 120
records same 10 100
expect 0 "slower at first, but IMPROVED in 3 more launches" "$program" gate slow --confirm 3 --results confirmed
[ "$(find confirmed -name '*.jsonl' | wc -l)" -eq 3 ] || fail "three launches leave three records"
records instant 10 0.0001
expect 0 "10 launches added" "$program" baseline add instant --baselines impossible
expect 3 "again in 3 more launches" "$program" gate same --baselines impossible --confirm 3 --results confirmed_too

# Of two kinds of launch, each is started again for what it measured.
records two_base 10 100
records two_base 10 100 "" "" "$(find other -name '*.jsonl')"
records two_slow 10 120
records two_slow 10 120 "" "" "$(find other -name '*.jsonl')"
expect 0 "20 launches added" "$program" baseline add two_base --baselines two
expect 0 "2 inconclusive" "$program" gate two_slow --baselines two --confirm 3
[ "$(find two_slow-confirm -name '*.jsonl' | wc -l)" -eq 6 ] || fail "three launches of either kind"
says "slower at first, but IMPROVED in 3 more launches" out
# What was found stands where it cannot be looked at again.
expect 3 "could not be run again" env PATH=/nowhere "$program" gate slow --confirm 3 --results unconfirmed

# What another build measured, this one cannot confirm.
another='1s/"commit":"[^"]*"/"commit":"0123456789ab"/'
records other_commit 10 120 "" "$another"
expect 3 "measured commit 0123456789ab" "$program" gate other_commit --confirm 3 --results unconfirmed
# Ended by a signal, a confirmation concludes nothing.
"$program" gate slow --confirm 100 --results ended >out 2>err </dev/null &
ended=$!
for _ in $(seq 200); do
  if grep -q 'launch 2/100' err; then break; fi
  sleep 0.1
done
kill -TERM "$ended"
wait "$ended"
[ $? -eq 143 ] || fail "a confirmation that SIGTERM ends has exit code 143"
says "nothing is concluded" err

expect 0 "comparisons" "$program" calibrate real --launches 4 --window 2 --baselines measured
expect 0 "5 launches" "$program" baseline list --baselines measured
[ "$(find real-calibrate -name '*.jsonl' | wc -l)" -eq 4 ] || fail "four launches leave four records"
records other_build 1 100 "" "$another"
expect 2 "measured commit 0123456789ab" "$program" calibrate other_build --launches 4 --baselines measured

# The canary of each hostile command; no launch may leave one anywhere.
no_canary() {
  local found
  found=$(find . -name '*canary*')
  [ -z "$found" ] || fail "there is a $found after $1"
  find . -name '*canary*' -delete
}

# refused REASON COMMAND: nobody runs it; what the gate has found stays
refused() {
  rm -rf hostile hostile-*
  records hostile 10 120 "$2"
  expect 3 "could not be run again" "$program" gate hostile --confirm 5
  said "$1" out
  [ ! -e hostile-confirm ] || fail "a confirmation that is refused made its folder: $2"
  expect 2 "$1" "$program" calibrate hostile --launches 4 --baselines measured
  [ ! -e hostile-calibrate ] || fail "a calibration that is refused made its folder: $2"
  no_canary "$2"
}
word="the word ':' is no value of a flag"
refused "$word" '["run","kernels","--kernel","copy",":","-np","1","touch","canary"]'
refused "$word" '["run","kernels","--kernel","copy","--filter",":",":","touch","canary"]'
refused "$word" '["run",":","touch","canary"]'
refused "$word" '[":","touch","canary"]'
refused "$word" '["run","kernels","-n","3",":","touch","canary"]'
refused "control characters" '["run","kernels","--kernel","copy","--benchmark_out\u0000=canary"]'
refused "control characters" '["run","kernels","--kernel","copy\u001b]0;canary\u0007"]'
refused "control characters" '["run\n","kernels"]'
refused "starts launches itself" '["run","kernels","--launches","1","--interleave","./canary"]'
refused "starts launches itself" '["run","kernels","--launches","3","--results","canary"]'
refused "--launches 0" '["run","kernels","--launches","0"]'
refused "--interleave" '["run","kernels","--interleave","./canary"]'
refused "help" '["run","kernels","--help"]'
refused "'--version' measures nothing" '["--version"]'
refused "measures nothing" '["gate","hostile","--confirm","3","--output","csv=canary"]'
refused "measures nothing" '["list","kernels"]'
refused "measures nothing" '["run","kernels","--benchmark_list_tests"]'
refused "--app" '["run","kernels","--app","canary"]'
refused "-x" '["run","kernels","-x","PATH=."]'
refused "--output-filename" '["run","kernels","--output-filename","canary"]'
refused "'touch' measures nothing" '["touch","canary"]'
refused "empty" '[]'

# ---- ranks --------------------------------------------------------------------------------------------------------------
# ranks REASON SED: of records that claim more than their machine's, which are refused before anything is judged
ranks() {
  rm -rf many many-*
  records many 10 120 "" "$2"
  expect 2 "$1" "$program" gate many --confirm 5
  [ ! -e many-confirm ] || fail "ranks were started: $2"
}
ranks "field 'ranks' is 100000" '1s/"ranks":1,/"ranks":100000,/'

# ---- what nobody chose, nobody writes to ----------------------------------------------------------------------------------
mkdir elsewhere
for folder in slow-confirm real-calibrate; do
  rm -rf "$folder"
  ln -s elsewhere "$folder"
done
expect 2 "slow-confirm is a symbolic link" "$program" gate slow --confirm 3
expect 2 "real-calibrate is a symbolic link" "$program" calibrate real --launches 4 --baselines measured
[ -z "$(ls elsewhere)" ] || fail "records went through a link"
rm slow-confirm real-calibrate

# ---- lists that would multiply: each value counts once, and all flags are seen before anything runs ---------------------
many=$(printf '"copy",%.0s' $(seq 3000))
rm -rf slow slow-*
records slow 10 120 "[\"run\",\"kernels\",\"kernels\",\"--device\",\"host\",\"--kernel\",$many\"copy\",\"--kernel-compute\",\"hand\",\"--kernel-type\",\"float\",\"--kernel-shape\",\"1024\",\"-n\",\"3\",\"-w\",\"1\",\"--slow-down\",\"1%\",\"--accept-load\",\"test\"]"
expect 0 "slower at first" "$program" gate slow --confirm 3
says "run kernels --device=host --iters=3 --warmup=1 --accept-load=test --slow-down=1% --kernel=copy --kernel-shape=1024" err

# ---- what writes or shows is left out, and what shapes the measurement stays --------------------------------------------
allowed='["run","kernels","--device","host","--kernel","copy","--kernel-compute","hand","--kernel-type","float"'
allowed+=',"--kernel-shape","1024","-n","3","-w","1","--accept-load","test","--results","canary","--seed","7","--progress","on"'
allowed+=',"--benchmark_out=canary.json","--benchmark_repetitions=1","--benchmark_format=csv"]'
rm -rf slow slow-*
records slow 10 120 "$allowed"
expect 0 "slower at first, but IMPROVED in 3 more launches" "$program" gate slow --confirm 3
says "by the records' command, 3 launches of at most" err
says "-np 1 $program run kernels --device=host --iters=3 --warmup=1 --accept-load=test --kernel=copy" err
! grep -q canary err || fail "a file of the record's is among the words"
[ "$(grep -nF "by the records' command" err | cut -d: -f1)" -lt "$(grep -nF "launch 1/3" err | cut -d: -f1)" ] ||
  fail "it is said what will run before it runs"
no_canary "$allowed"
# Not so far from the real ones that no noise could be.
rm -rf slow slow-*
records slow 10 2 "$allowed"
expect 0 "comparisons" "$program" calibrate slow --launches 4 --window 2 --baselines measured
[ "$(find slow-calibrate -name '*.jsonl' | wc -l)" -eq 4 ] || fail "four launches leave four records"
says "by the records' command, 4 launches" err
no_canary "$allowed"

# ---- the time limit ------------------------------------------------------------------------------------------------------
expect 2 "--confirm" "$program" gate slow --relaunch-timeout 1s
expect 2 "--launches" "$program" calibrate slow --relaunch-timeout 1s
expect 2 "time 'soon'" "$program" gate slow --confirm 3 --relaunch-timeout soon
expect 2 "time '0'" "$program" calibrate slow --launches 4 --relaunch-timeout 0
endless='["run","kernels","--device","host","--kernel","copy","--kernel-compute","hand","--kernel-type","float"'
endless+=',"--kernel-shape","1024","--min-time","100000","--timeout","0"]'
records endless 10 120 "$endless"
expect 3 "ran past the time limit of 2 s and were ended" "$program" gate endless --confirm 5 --relaunch-timeout 2s
says "launch 1/5 ran past its time limit of 2 s (--relaunch-timeout) and was ended" err
says "at most 2 s each" err
expect 6 "ran past the time limit of 2 s and were ended" "$program" calibrate endless --launches 3 --relaunch-timeout 2s \
  --baselines measured

# ---- a colon of one's own ---------------------------------------------------------------------------------------------
tiny=(--device host -b 8 -e 8 --mode latency -n 3 -w 1)
expect 2 "no case matches the filter ':canary'" "$program" run collectives "${tiny[@]}" --np 1 --launches 1 \
  --results colon --filter :canary
expect 0 "1 of 1 launches" "$program" run collectives "${tiny[@]}" --np 1 --launches 1 --results colon --filter :
expect 0 "" "$program" quick "${tiny[@]}" --np 1 --results colon --filter : --time-budget 1s
expect 2 "unknown backend ':'" "$program" quick "${tiny[@]}" --np 1 --results colon --backend :
expect 2 "unknown suite ':'" "$program" run collectives : touch canary --np 1 --launches 1 --results colon
expect 0 "" "$program" gate slow --confirm 3 --filter :
no_canary "colons"

# ---- builds that nobody knows ---------------------------------------------------------------------------------------------
for commit in unknown 0123456789ab-dirty; do
  rm -rf anyones anyones-*
  records anyones 10 120 "" "1s/\"commit\":\"[^\"]*\"/\"commit\":\"$commit\"/"
  expect 2 "like no other" "$program" calibrate anyones --baselines anyones_floors
  expect 2 "like no other" "$program" calibrate anyones --launches 4 --baselines anyones_floors
  expect 3 "measured commit $commit" "$program" gate anyones --confirm 5
  says "like no other" out
  records anyones-base 10 100 "" "1s/\"commit\":\"[^\"]*\"/\"commit\":\"$commit\"/"
  expect 3 "commit $commit -> $commit, which need not be one build" "$program" compare anyones-base anyones
done

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "a record's command measures, and does nothing else"
