#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# scripts/ci/gate.sh: what it refuses before it measures, what it exits with, and what is left when it is ended.
# Usage: ci_gate_test.sh PROGRAM REPOSITORY
set -u

program=$1
gate=$2/scripts/ci/gate.sh
# shellcheck source=tests/program/expectations.sh
. "$(dirname "${BASH_SOURCE[0]}")/expectations.sh"
unset OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM LANEMARK

tiny=(collectives --device host -b 8 -e 8 --mode latency -n 20 -w 2 --accept-load=test)

# ---- mistakes are found before anything is measured ------------------------------------------------------------------
for flags in "--alpha 2" "--alpha=2" "--metric nonsense" "--output nonsense=x" "--min-effect many" "--no-such-flag" \
  "--confirm" "--confirm 0" "--rules missing.json" "nonsense" "--strict nonsense"; do
  read -ra flags <<<"$flags"
  expect 2 "gate.sh: the gate refuses its flags: lanemark: " \
    "$gate" --program "$program" --launches 1 "${flags[@]}" -- "${tiny[@]}"
done
for flags in "--confirm 5" "--confirm=5" "--rules rules.json" "--rules=rules.json"; do
  read -ra flags <<<"$flags"
  expect 2 "${flags[0]%%=*}" "$gate" --program "$program" --against "$program" "${flags[@]}" -- "${tiny[@]}"
  expect 2 "against" "$gate" --program "$program" --against "$program" "${flags[@]}" -- "${tiny[@]}"
done
expect 2 "--alpha" "$gate" --program "$program" --against "$program" --alpha 2 -- "${tiny[@]}"
expect 2 "no program" "$gate" --program . -- "${tiny[@]}"
expect 2 "no program" "$gate" --program "$program" --against=/ -- "${tiny[@]}"
expect 2 "no program" "$gate" --program nowhere -- "${tiny[@]}"
expect 2 "needs a value" "$gate" --program "$program" --results= -- "${tiny[@]}"
expect 2 "needs a value" "$gate" --program
expect 2 "which suites" "$gate" --program "$program"
expect 2 "cannot write to" "$gate" --program "$program" --results=/proc/nowhere -- "${tiny[@]}"
grep -q '^lanemark: launch' everything && fail "something was measured before a mistake was found"

# ---- flags as --flag=value, names that could be taken for others -----------------------------------------------------
ln -s "$program" lanemark
expect 0 "1 of 1 launches" "$gate" --program=lanemark --launches=1 --np=2 --results=-res --baselines=-base -- "${tiny[@]}"
[ -s ./-res/junit.xml ] || fail "no verdict in -res"
expect 0 "1 of 1 launches" "$gate" --program lanemark --against=lanemark --launches 1 --np 2 --results both -- "${tiny[@]}"

# ---- noise floors serve builds in turns, too -------------------------------------------------------------------------
expect 0 "4 of 4 launches" "$program" run --launches 4 --np 2 --results four "${tiny[@]}"
knows_its_commit four/*.jsonl || true
expect 0 "calibrated" "$program" calibrate four --baselines floors
in_turns=(--program lanemark --against lanemark --launches 1 --np 2 --verbose)
expect 0 "not calibrated" "$gate" "${in_turns[@]}" --results turns -- "${tiny[@]}"
expect 0 "INCONCLUSIVE" "$gate" "${in_turns[@]}" --results floored --baselines floors -- "${tiny[@]}"
grep -q "not calibrated" out && fail "compare was not told of the noise floors"

# ---- launches that all failed say so ---------------------------------------------------------------------------------
cat >failing <<'END'
#!/bin/sh
if [ "$1" = run ]; then exit "$CODE"; fi
for word in "$@"; do case $word in */records*) records=$word; break ;; esac; done
echo "no record in $records"
exit 2
END
chmod +x failing
for code in 6 7; do
  expect "$code" "no record" env CODE=$code "$gate" --program failing --results "failed-$code" -- collectives
done
expect 2 "no record" env CODE=0 "$gate" --program failing --results failed-0 -- collectives

# ---- ended, it ends lanemark and its ranks ---------------------------------------------------------------------------
for signal in TERM INT; do
  # A background job would ignore SIGINT.
  env --default-signal=INT,QUIT \
    "$gate" --program "$program" --launches 3 --np 2 --results "$work/ended-$signal" -- collectives --device host \
    --min-time 0.2 --mode latency >out 2>err </dev/null &
  parent=$!
  for _ in $(seq 300); do
    sleep 0.1
    [ "$(cat "ended-$signal"/records/*.partial 2>/dev/null | wc -l)" -ge 2 ] && break
  done
  kill -"$signal" "$parent"
  wait "$parent"
  code=$?
  [ "$code" -eq $((128 + $(kill -l "$signal"))) ] || fail "exit code $code after SIG$signal"
  left=$(pgrep -f "results=$work/ended-$signal")
  [ -z "$left" ] || fail "still there after SIG$signal: $left"
done

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "gate.sh refuses, judges and ends as it should"
