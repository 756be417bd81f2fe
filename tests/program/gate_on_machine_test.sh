#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The gate on this machine, end to end: launches of one build against others of the same pass, and the same build slowed
# down by 20 % does not. All three kinds take turns, so that a drift meets them alike. A change must exceed 10 %, for the
# machine may be small and shared; where it is so loaded that the slower build cannot be told from the noise, more
# launches follow. Usage: gate_on_machine_test.sh PROGRAM
set -u

program=$(realpath "$1")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
unset CI

fail() {
  echo "FAILED: $*"
  sed 's/^/    /' out 2>/dev/null | tail -n 40
  exit 1
}

seed=0
# Many short samples, whose median takes no notice of those that another process interrupts; what one rank copies lies
# in a cache that it need not share.
measure() { # measure FOLDER [FLAG...]
  local folder=$1
  shift
  "$program" run collectives --device host -b 1MiB -e 1MiB --mode latency --cache warm -w 50 -n 1000 --seed "$seed" \
    --accept-load "launches of all kinds take turns" --results "$folder" "$@" >out 2>&1 </dev/null ||
    fail "exit code $? of a launch for $folder"
}

# turns N: launches of each kind
turns() {
  local turn
  for turn in $(seq "$1"); do
    seed=$((seed + 1))
    if [ $((turn % 2)) -eq 1 ]; then
      measure base && measure same && measure slower --slow-down 20%
    else
      measure slower --slow-down 20% && measure same && measure base
    fi
  done
}

# judge FOLDER: the gate's exit code; what it says is in FOLDER.txt
judge() {
  "$program" gate "$1" --baselines baselines --min-effect 10% --verbose >"$1.txt" 2>&1 </dev/null
  local code=$?
  cp "$1.txt" out
  return "$code"
}

turns 8
for more in 4 4 0; do
  rm -rf baselines
  "$program" baseline add base --baselines baselines >out 2>&1 || fail "exit code $? of lanemark baseline add"
  judge slower
  slower=$?
  if [ "$slower" -ne 0 ] || [ "$more" -eq 0 ] || ! grep -q INCONCLUSIVE out; then break; fi
  echo "a loaded machine: $more more launches"
  turns "$more"
done
[ "$slower" -eq 3 ] || fail "exit code $slower instead of 3 for a build that is 20 % slower"
grep -q REGRESSED out || fail "the slower build's regression is not named"
judge same || fail "exit code $? instead of 0 for the same build"
cat same.txt slower.txt
echo "the gate passes the same build and catches a slower one, in ${SECONDS} s"
