#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# A rank that hangs in a call, from MPI's start to its end, or in writing its record, costs no more than --timeout: the job
# ends with exit code 6, says in which part of the work, and leaves nothing. And a person who reads what is shown may take
# longer than that. Which calls there are a run without stalls tells (tests/program/stall.cpp, preloaded).
# Usage: stall_test.sh PROGRAM MPIRUN STALL_LIBRARY
set -u

program=$1
mpirun=$2
library=$3
# shellcheck source=tests/program/expectations.sh
. "$(dirname "${BASH_SOURCE[0]}")/expectations.sh"

let_mpirun_start
export ASAN_OPTIONS=detect_leaks=0 OMP_NUM_THREADS=1 OPENBLAS_NUM_THREADS=1
shared=$(mktemp -d /dev/shm/lanemark-test-XXXXXX)
trap 'rm -rf "$shared" "$work"' EXIT

# What stands between must come behind a sanitizer, which wants to be first.
preload=$library
sanitizer=$(ldd "$program" | awk '/libasan|libclang_rt.asan/ {print $3; exit}')
[ -z "$sanitizer" ] || preload="$sanitizer $library"

# Every function of MPI that the program takes from the library can be stalled.
functions() { nm -D "$@" | awk '{print $NF}' | sed 's/@.*//' | grep -E '^MPI_[A-Z][a-z_]+$' | sort -u; }
if [ -z "$(functions --undefined-only "$program")" ]; then
  echo "SKIPPED: the program has MPI within it, so that nothing can stand between"
  exit 0
fi
missing=$(comm -23 <(functions --undefined-only "$program") <(functions --defined-only "$library"))
[ -z "$missing" ] || fail "tests/program/stall.cpp does not know of: $missing"

# shellcheck disable=SC2054 # the program's commas
tiny=(run collectives --device host --collective all_reduce,barrier,gather --backend mpi,composed --mode latency
  -b 8 -e 8 -n 2 -w 1 --progress off)
# shellcheck disable=SC2054
much=(--collective all --backend mpi --mode latency)
most_at_once=4

# in_a_place NAME COMMAND...: in a folder of its own, with folders of MPI's own; code and seconds in files there
in_a_place() {
  local name=$1
  shift
  mkdir -p "$name/tmp" "$shared/$name"
  (
    cd "$name" || exit 1
    export TMPDIR=$PWD/tmp OMPI_MCA_btl_vader_backing_directory=$shared/$name
    # The name tells its processes from others.
    STALL_PLACE=$PWD timeout -k 5 100 "$@" >out 2>err </dev/null
    echo $? >code
  )
}
# two_ranks COMMAND...: an mpirun of it, so that the library is in its ranks only
two_ranks() { "$mpirun" -np 2 env LD_PRELOAD="$preload" "$@"; }
export -f two_ranks
export mpirun preload
# shellcheck disable=SC2016 # the inner shell's
launched=(bash -c 'two_ranks "$@"' _)

# alive PLACE: processes of it
# Where nobody reads what is said, Open MPI's own daemon waits for that for ever: the program is looked for alone.
alive() {
  local found
  grep -lszxF "STALL_PLACE=$PWD/$1" /proc/[0-9]*/environ | while read -r found; do
    if [ ! -e "$1/mute" ] || [ "$(readlink "${found%/environ}/exe")" = "$(realpath "$program")" ]; then echo "$found"; fi
  done
}

# expect_ended NAME: it ended for its time, said so, and nothing of it is left
expect_ended() {
  local name=$1 waited=0 code
  code=$(cat "$name/code" 2>/dev/null)
  [ "$code" = 6 ] || fail "exit code ${code:-none} instead of 6: $name: $(head -c 400 "$name/err")"
  if [ ! -e "$name/mute" ]; then
    grep -qE '^lanemark: (rank [01]|a rank) spent more than [0-9]+ s in [a-z].*; ending the job' "$name/err" ||
      fail "it is not said what took so long: $name: $(head -c 400 "$name/err")"
  fi
  while [ "$waited" -lt 100 ] && [ -n "$(alive "$name")$(find "$shared/$name" -mindepth 1)" ]; do
    sleep 0.1
    waited=$((waited + 1))
  done
  [ -z "$(alive "$name")" ] || fail "processes are left: $name: $(alive "$name")"
  [ -z "$(find "$shared/$name" -mindepth 1)" ] || fail "shared memory is left: $name"
}

stalls=()
# stall NAME RANK CALL NUMBER COMMAND...: in the background, when there is room
stall() {
  local name=$1 rank=$2 call=$3 number=$4
  shift 4
  while [ "$(jobs -rp | wc -l)" -ge "$most_at_once" ]; do wait -n; done
  stalls+=("$name")
  STALL_RANK=$rank STALL_CALL=$call STALL_NUMBER=$number in_a_place "$name" "$@" &
}

# ---- which calls there are ------------------------------------------------------------------------------------------------
for dry in first_dry second_dry; do
  STALL_LOG=$PWD/$dry.calls in_a_place "$dry" "${launched[@]}" "$program" "${tiny[@]}" --results records
  [ "$(cat "$dry/code")" = 0 ] || fail "a run without stalls ends with $(cat "$dry/code"): $(head -c 400 "$dry/err")"
done
# count DRY RANK NAME
count() { grep -cx "$3" "$1.calls.$2"; }

# ---- a stall at the first and at the last call of each name, on either rank by turns ----------------------------------------
turn=0
skipped=()
mapfile -t calls_seen < <(cat first_dry.calls.0 first_dry.calls.1 | sort -u)
for call in "${calls_seen[@]}"; do
  ranks=()
  for rank in 0 1; do [ "$(count first_dry $rank "$call")" -eq 0 ] || ranks+=("$rank"); done
  first=${ranks[turn % ${#ranks[@]}]}
  last=${ranks[(turn + 1) % ${#ranks[@]}]}
  turn=$((turn + 1))
  stall "first-$call" "$first" "$call" 1 "${launched[@]}" "$program" "${tiny[@]}" --results records --timeout 1
  calls=$(count first_dry "$last" "$call")
  if [ "$calls" -ne "$(count second_dry "$last" "$call")" ]; then
    skipped+=("$call") # how often it is called depends on the time, so which one is the last is not known beforehand
  elif [ "$calls" -gt 1 ] || [ "$first" -ne "$last" ]; then
    stall "last-$call" "$last" "$call" "$calls" "${launched[@]}" "$program" "${tiny[@]}" --results records \
      --timeout 1
  fi
done
[ "${#stalls[@]}" -ge 20 ] || fail "hardly a call was seen: ${stalls[*]}"

# ---- other commands, a program without mpirun, an MPI that cannot even be aborted, a standard error that nobody reads -----------
for rank in 0 1; do
  for call in MPI_Init_thread MPI_Bcast MPI_Finalize; do
    stall "doctor-$rank-$call" "$rank" "$call" 1 "${launched[@]}" "$program" doctor --timeout 1
    stall "list-$rank-$call" "$rank" "$call" 1 "${launched[@]}" "$program" list --device host --timeout 1
  done
done
for call in MPI_Init_thread MPI_Allreduce MPI_Finalize; do
  stall "alone-$call" 0 "$call" 1 env LD_PRELOAD="$preload" "$program" "${tiny[@]}" --ranks 1 --results records --timeout 1
  # No abort can be had, and what is said goes to a pipe that is full.
  STALL_ALWAYS=MPI_Abort stall "deaf-$call" 0 "$call" 1 "${launched[@]}" "$program" "${tiny[@]}" \
    --results records --timeout 1
done
mkfifo full
exec 9<>full # so that it has a reader, which reads nothing
timeout 60 dd if=/dev/zero of=full bs=4096 count=1024 oflag=nonblock 2>/dev/null
mkdir full-pipe && : >full-pipe/mute
# shellcheck disable=SC2016 # the inner shell's
stall full-pipe 0 MPI_Finalize 1 env LD_PRELOAD="$preload" bash -c 'exec "$@" 2>../full' _ \
  "$program" "${tiny[@]}" --ranks 1 --results records --timeout 1

# ---- a person reads slowly: nobody is timed meanwhile ----------------------------------------------------------------------
# Rank 0 writes into a pipe that is small and whose reader looks at one byte, and at the others after the limit.
# shellcheck disable=SC2016 # the inner shell's
slow_reader='
  mkfifo shown
  { head -c 1; sleep 40; cat; } <shown >read &
  two_ranks STALL_SMALL_PIPE=1 bash -c '\''[ "$OMPI_COMM_WORLD_RANK" != 0 ] || exec >shown; exec "$@"'\'' _ "$@"
  code=$?
  wait
  exit $code'
wait
readings=(read-tables read-json read-list)
shown=(run collectives --device host "${much[@]}" -b 8 -e 64 -f 2 -n 2 -w 1 --progress off --results records --timeout 30)
in_a_place read-tables bash -c "$slow_reader" _ "$program" "${shown[@]}" &
in_a_place read-json bash -c "$slow_reader" _ "$program" "${shown[@]}" --benchmark_format=json &
in_a_place read-list bash -c "$slow_reader" _ "$program" list collectives --device host "${much[@]}" -d all --timeout 30 &
wait
for name in "${stalls[@]}"; do expect_ended "$name"; done
for name in "${readings[@]}"; do
  [ "$(cat "$name/code")" = 0 ] || fail "exit code $(cat "$name/code") where a person reads slowly: $name: $(head -c 400 "$name/err")"
  [ "$(wc -c <"$name/read")" -gt 8192 ] || fail "too little is shown to wait for a reader: $name"
done
[ -n "${skipped[*]}" ] && echo "only the first call, as their number depends on the time: ${skipped[*]}"

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "${#stalls[@]} stalls ended in time"
