#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The program as its users meet it: what it refuses and with which exit code, what a killed launch leaves behind, what
# Google Benchmark's flags do. Usage: program_test.sh PROGRAM MPIRUN
set -u

program=$1
mpirun=$2
# shellcheck source=tests/program/expectations.sh
. "$(dirname "${BASH_SOURCE[0]}")/expectations.sh"

let_mpirun_start

host=(--device host --results records --min-time 0.01 --accept-load test)

# ---- refused before anything is measured, once, with cause and cure ----------------------------------------------
expect 2 "unknown backend 'smoke'; known on the host device: composed, mpi" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --backend smoke
[ "$(grep -c 'lanemark:' err)" -eq 1 ] || fail "a refusal is printed once, not by each rank"
expect 2 "unknown backend 'fog'" "$program" run collectives --device host --backend mpi,fog --results records
expect 2 "smallest is above the largest" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -e 0
expect 2 "-i 0: sizes go up by at least 1 byte" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -i 0
expect 2 "at most 100000 are measured at once" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -i 1
expect 2 "-f and -i" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -i 1KiB -f 2
expect 2 "leave one off" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --sizes 8,1KiB -e 1MiB
expect 2 "cannot read no_such_file" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --sizes-file no_such_file
[ "$(grep -c 'lanemark:' err)" -eq 1 ] || fail "a file is read by one rank, which says so once"
printf '8\n\n# a comment\n16 32\n' >some_sizes
expect 2 "some_sizes, line 4: '16 32' is no size" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --sizes-file some_sizes
expect 2 "some_sizes, line 4: '16 32' is no size" "$program" run collectives "${host[@]}" --sizes-file some_sizes --launches 1
expect 2 "--dtype would do nothing here: a barrier moves nothing" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --collective barrier -d half
expect 2 "--min-bytes would do nothing here: a barrier moves nothing" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --collective barrier -b 8
expect 7 "a barrier moves no bytes, so that it has no bandwidth" "$mpirun" -np 2 "$program" run collectives --device host --results none --collective barrier --mode bandwidth
expect 2 "negative" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --min-bytes=-8
expect 2 "too large" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -e 99999999999999999999
expect 2 "too large" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -e 16777216TiB
expect 2 "smallest is above the largest" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -b 1MiB -e 8
expect 2 "unknown data type 'float128'" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -d float128
expect 2 "unknown reduction 'xor'" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -o xor
expect 2 "unknown collective 'all_shout'" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --collective all_shout
expect 2 "less than one double element" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -d double -b 4 -e 4
expect 2 "unknown mode 'speed'" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --mode speed
expect 2 "unknown split 'rack'" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --split rack
expect 2 "groups of 2, 1" "$mpirun" -np 3 "$program" run collectives "${host[@]}" --split mod:2
expect 2 "root '2'" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --collective broadcast -r 2
expect 2 "precision '200%'" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --precision 200%
expect 2 "time 'soon'" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --time-budget soon
expect 2 "unknown algorithm 'star'" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --algo star
expect 2 "unknown suite 'everything'" "$program" run everything
expect 2 "this launch has 2" "$mpirun" -np 2 "$program" run training "${host[@]}" --ranks 3
expect 2 "--fault -1: must be a rank" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --fault=-1
expect 2 "--slow-down '-20%': must be a share" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --slow-down=-20%
expect 2 "--slow-down '300%': must be a share" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --slow-down 300%
expect 2 "unknown model 'gpt'" "$mpirun" -np 2 "$program" run training "${host[@]}" --model gpt
expect 2 "shape '12-0'" "$mpirun" -np 2 "$program" run training "${host[@]}" --model mlp=12-0
expect 2 "cannot be shared" "$mpirun" -np 2 "$program" run training "${host[@]}" --batch 1 --scaling strong
expect 2 "batch '-4'" "$mpirun" -np 2 "$program" run training "${host[@]}" --batch=-4
expect 2 "bucket cap 0" "$mpirun" -np 2 "$program" run training "${host[@]}" --bucket-cap 0
expect 2 "unknown host memory 'leaky'" "$mpirun" -np 2 "$program" run transfers "${host[@]}" --memory leaky
expect 2 "order" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --benchmark_enable_random_interleaving=true
expect 2 "no case matches" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --filter nothing_is_called_this
expect 2 "regular expression" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --filter '('
expect 2 "adamw is there in float by hand" "$mpirun" -np 2 "$program" run kernels "${host[@]}" --kernel adamw --kernel-type bfloat16
expect 2 "in tf32 by hand, library on the CPU" "$mpirun" -np 2 "$program" run kernels "${host[@]}" --kernel-type tf32
expect 2 "copy is there in float, bfloat16 by hand" "$mpirun" -np 2 "$program" run kernels "${host[@]}" --kernel copy --kernel-compute library
expect 2 "rows x inputs x outputs" "$mpirun" -np 2 "$program" run kernels "${host[@]}" --kernel linear_forward --kernel-shape 8x8
touch a_file
expect 2 "a_file" "$mpirun" -np 2 "$program" run collectives --device host --results a_file/below -e 8
[ ! -e records ] || fail "a refused run made its results folder"
expect 2 "launcher" env PMI_SIZE=4 "$program" run collectives "${host[@]}" -e 8
if [ "$("$program" doctor 2>/dev/null | grep -ciE 'no gpu|without cuda|cpu only|cpu-only')" -gt 0 ]; then
  expect 2 "--device host" "$mpirun" -np 2 "$program" run collectives --device cuda --results records
fi

# ---- what works --------------------------------------------------------------------------------------------------
expect 0 "all_reduce/mpi/float/8B/latency/ranks:2" "$mpirun" -np 2 "$program" list collectives --device host -e 64
expect 0 "all_reduce/mpi/float/8B/latency/ranks:16" "$program" list collectives --device host -e 8 --ranks 16
expect 0 "lanemark" "$program" --version
expect 0 "--bucket-cap" "$program" run --help
expect 0 "" "$program" doctor
expect 0 "Record: records/lanemark-" "$mpirun" -np 3 "$program" run collectives "${host[@]}" -b 8 -e 1KiB --mode bandwidth --ranks 2,3
[ ! -s err ] || fail "nothing is printed to standard error when nobody watches: $(head -c 200 err)"
expect 7 "Skipped: 1 of 1" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -b 4TiB -e 4TiB --mode latency
record=$(find records -name "*.jsonl" | sort | head -n 1)
expect 0 "all_reduce over mpi" "$program" report "$record"
expect 0 "| " "$program" report --format markdown "$record"
expect 2 "" "$program" report no_such_record.jsonl
expect 0 "all_reduce/mpi/float/8B/bandwidth/ranks:2: time on machine" "$program" history --case all_reduce --csv history.csv "$record"
grep -q '^fingerprint,case,metric' history.csv || fail "a history's CSV starts with its header"
expect 2 "unknown metric 'speed'" "$program" history --metric speed "$record"
expect 2 "no case matches the filter 'nothing_is_called_this'" "$program" report --filter nothing_is_called_this "$record"
expect 2 "no case matches the filter" "$program" report --filter=-. --format markdown "$record"
expect 2 "no case that matches" "$program" history --case nothing_is_called_this "$record"
expect 0 "One rank only" "$program" run collectives "${host[@]}" -b 8 -e 8
expect 0 "speed-up" "$program" quick "${host[@]}" --np 2 --filter 'mlp.*bucketed|all_reduce.*/8B/|memory_copy.*4KiB'

# A kernel and the library's, on one rank and on several: two records, both right, and a row for both.
for ranks in 1 2; do
  expect 0 "2 cases measured, 2 verified." "$mpirun" -np $ranks "$program" run kernels --device host --results kernels --min-time 0.01 --kernel linear_forward --kernel-shape 8x24x16 --kernel-type float
  grep -q "x library" out || fail "the library stands beside the kernel"
  record=$(find kernels -name "*.jsonl")
  for backend in hand library; do
    [ "$(grep "linear_forward/$backend/float/bandwidth/shape:8x24x16/ranks:$ranks\"" "$record" | grep -c '"verdict":{"kind":"correct"}')" -eq 1 ] ||
      fail "no right measurement by $backend of $ranks ranks in the record"
  done
  rm -r kernels
done

expect 0 "For tests, not for results" "$mpirun" -np 2 "$program" run collectives --device host --results slowed --min-time 0.01 -b 64 -e 64 --slow-down 20%
grep -q '"--slow-down","20%"' slowed/*.jsonl || fail "a record tells that it was slowed down"
expect 0 "--slow-down" "$program" run --help
expect 5 "WRONG, rank 1: 1 wrong elements, the first at index" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -b 64 -e 64 --fault 1
expect 0 "GB/s of 4KiB messages between pairs" "$mpirun" -np 2 "$program" run collectives "${host[@]}" --pairs -b 4KiB -e 4KiB --mode bandwidth
expect 0 "groups of ranks at once" "$mpirun" -np 4 "$program" run collectives "${host[@]}" -b 8 -e 8 --mode latency --split mod:2
# Whether the first case still gets its share hangs on the machine.
"$mpirun" -np 2 "$program" run collectives "${host[@]}" -b 8 -e 64 --time-budget 1ms >out 2>err </dev/null
case $? in 0 | 7) ;; *) fail "a budget that is spent ends the program" ;; esac
grep -qF "left out: the time budget of 0.001 s was spent" out || fail "what a budget left out is not listed"
expect 0 "cost model" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -b 8 -e 4KiB -n 20 -w 2 -d half -o max --mode latency

# ---- Google Benchmark's own flags ---------------------------------------------------------------------------------
expect 0 '"real_time"' "$mpirun" -np 2 "$program" run collectives "${host[@]}" -b 8 -e 8 --mode latency --benchmark_format=json
grep -q '"name": "all_reduce/mpi/float/8B/latency/ranks:2"' out || fail "a benchmark's name is the case's name"
expect 0 "" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -b 8 -e 8 --benchmark_out=google.json --benchmark_repetitions=2
grep -q '_median"' google.json || fail "repetitions give aggregates"
[ "$(grep -c '"context"' google.json)" -eq 1 ] || fail "one context in the output file"
expect 0 "all_reduce/mpi/float/8B/bandwidth/ranks:2" "$mpirun" -np 2 "$program" run collectives "${host[@]}" -e 8 --benchmark_list_tests --benchmark_filter=bandwidth

# ---- a rank that dies ends the job; finished lines stay readable ---------------------------------------------------
"$mpirun" -np 2 "$program" run collectives --device host --results killed --min-time 0.2 -b 8 -e 64MiB -f 2 >out 2>err </dev/null &
launcher=$!
for _ in $(seq 100); do
  sleep 0.1
  [ "$(cat killed/*.partial 2>/dev/null | wc -l)" -ge 3 ] && break
done
pkill -KILL -n -P "$launcher" -f "run collectives" || fail "no rank to kill"
waited=0
while kill -0 "$launcher" 2>/dev/null && [ "$waited" -lt 300 ]; do
  sleep 0.1
  waited=$((waited + 1))
done
if kill -0 "$launcher" 2>/dev/null; then
  fail "the job hangs after one rank was killed"
  kill -KILL "$launcher"
fi
wait "$launcher" && fail "a job with a killed rank must not end well"
expect 7 "cut off" "$program" report killed/*.partial
grep -q "all_reduce over mpi" out || fail "a killed launch's finished measurements are shown"

# ---- a case past its time limit ends the job ------------------------------------------------------------------------
expect 6 "more than 0 s" "$mpirun" -np 2 "$program" run collectives --device host --results slow --min-time 30 -b 8 -e 8 --timeout 0.2

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "the program does what it says"
