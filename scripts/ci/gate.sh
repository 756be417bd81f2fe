#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Did it get worse? What a CI job runs, and a person can: launches of the suites asked for, then their verdict, as text
# and as files for other programs.
#
#     scripts/ci/gate.sh [OPTION...] [FLAG of lanemark gate...] -- SUITE... [FLAG of lanemark run...]
#     scripts/ci/gate.sh --against base/lanemark -- collectives --accept-load "a hosted runner"
#     scripts/ci/gate.sh --launches 10 --np 4 --confirm 10 -- collectives -b 1MiB -e 1GiB
#
#   --program PROGRAM    the build to judge                       [$LANEMARK, else build/lanemark]
#   --launches N         of each build; 10 show what 5 cannot     [10]
#   --np N               ranks of each launch                     [as lanemark run has it]
#   --baselines FOLDER   what to compare with                     [results/baselines]
#   --against PROGRAM    compare with another build instead, whose launches take turns with this one's: where machines
#                        differ from job to job, as hosted ones do. Of --baselines, if given, the noise floors alone count
#                        then. Not with --confirm or --rules
#   --name NAME          of the gate in metrics.prom, beside those of others of this machine  [the suites]
#   --results FOLDER     new: records, summary.md, junit.xml, metrics.prom, values.csv [lanemark-results/gate]
#
# Exits as lanemark gate does: 0 fine, 2 refused, 3 regression, 4 undecided with --strict, 5 wrong data, 7 nothing that
# counts was measured or compared; where the gate finds nothing, as lanemark run: 6 a launch past its time limit, 7 one
# that died or measured nothing; and 128 + n where signal n ended it. Flags of the gate are looked at before anything is
# measured.
set -euo pipefail

refuse() {
  echo "gate.sh: $*" >&2
  exit 2
}

child=
stopped=0
# SIGTERM for all of them: what a script starts in the background ignores SIGINT and SIGQUIT.
stop() {
  stopped=$1
  [ -z "$child" ] || kill -TERM "$child" 2>/dev/null || true
}
trap 'stop 1' HUP
trap 'stop 2' INT
trap 'stop 3' QUIT
trap 'stop 15' TERM

# supervised COMMAND...: its exit code comes back in `code`. A signal for this script ends it, and this script after it.
supervised() {
  code=0
  "$@" &
  child=$!
  # One may have come before there was anybody to tell.
  [ "$stopped" -eq 0 ] || stop "$stopped"
  wait "$child" || code=$?
  while [ "$stopped" -ne 0 ] && kill -0 "$child" 2>/dev/null; do
    wait "$child" || true
  done
  child=
  [ "$stopped" -eq 0 ] || exit $((128 + stopped))
}

# A path that is neither looked for in PATH nor taken for a flag.
as_path() {
  case $1 in
    /*) printf '%s' "$1" ;;
    *) printf './%s' "$1" ;;
  esac
}

program=${LANEMARK:-build/lanemark}
launches=10
against=
name=
baselines=
results=lanemark-results/gate
of_run=()
of_gate=()
while [ "$#" -gt 0 ] && [ "$1" != -- ]; do
  case $1 in
    --program | --launches | --np | --baselines | --against | --name | --results)
      [ "$#" -ge 2 ] || refuse "$1 needs a value"
      flag=$1
      value=$2
      shift 2
      ;;
    --program=* | --launches=* | --np=* | --baselines=* | --against=* | --name=* | --results=*)
      flag=${1%%=*}
      value=${1#*=}
      shift
      ;;
    *)
      of_gate+=("$1")
      shift
      continue
      ;;
  esac
  [ -n "$value" ] || refuse "$flag needs a value"
  case $flag in
    --program) program=$value ;;
    --launches) launches=$value ;;
    --np) of_run+=("--np=$value") ;;
    --baselines) baselines=$value ;;
    --against) against=$value ;;
    --name) name=$value ;;
    --results) results=$value ;;
  esac
done
[ "$#" -ge 2 ] || refuse "which suites? They stand behind --, e.g. -- collectives; see the head of this script"
shift
if [ -n "$against" ]; then
  for flag in ${of_gate[@]+"${of_gate[@]}"}; do
    case $flag in
      --confirm | --confirm=*)
        refuse "--confirm is for the gate against a baseline; launches that take turns with --against's need none"
        ;;
      --rules | --rules=*)
        refuse "--rules is for the gate against a baseline; leave it off with --against, or start lanemark gate too"
        ;;
    esac
  done
  against=$(as_path "$against")
fi
program=$(as_path "$program")
results=$(as_path "$results")
for one in "$program" ${against:+"$against"}; do
  if [ ! -f "$one" ] || [ ! -x "$one" ]; then
    refuse "$one is no program; build it with scripts/build.sh, or name another"
  fi
done
records=$results/records
# Records of an earlier run would count as launches of this build.
[ ! -e "$records" ] || refuse "$records is there already; remove it, or name another folder with --results"

if ! mkdir -p "$results" || [ ! -w "$results" ]; then
  refuse "cannot write to $results; name another folder with --results"
fi
# Gates of one machine whose metrics are put into one folder must not have the same name.
suites=
for word in "$@"; do
  case $word in
    -*) break ;;
  esac
  suites+=${suites:+-}$word
done
of_run+=("--launches=$launches" "--results=$records")
of_gate+=(--output "markdown=$results/summary.md" --output "junit=$results/junit.xml")
of_gate+=(--output "openmetrics=$results/metrics.prom" --output "csv=$results/values.csv" --name "${name:-$suites}")
if [ -n "$against" ]; then
  missing=$records/a
  judge=("$program" compare ${baselines:+"--baselines=$baselines"} "${of_gate[@]}" -- "$records/a" "$records/b")
else
  missing=$records
  # Launches of confirmation are of flagged cases only; among the records they would later be taken for others.
  judge=("$program" gate "--baselines=${baselines:-results/baselines}" "--results=$results/confirm" "${of_gate[@]}"
    -- "$records")
fi

# Asked before there are records, the gate may complain of nothing but that: a mistake in its flags would else be found
# when all is measured. The records come last, so that any other word is complained of first, or makes them one too many.
complaint=$("${judge[@]}" 2>&1) || true
case $complaint in
  *"was not expected: "*) refuse "the gate refuses its flags: $complaint" ;;
  *"$missing"*) ;;
  *) refuse "the gate refuses its flags: $complaint" ;;
esac

if [ -n "$against" ]; then
  supervised "$against" run "$@" "${of_run[@]}" "--interleave=$program"
else
  supervised "$program" run "$@" "${of_run[@]}"
fi
measured=$code
# Refused, or ended by a signal: there is nothing to judge. Of launches that failed the others are judged.
if [ "$measured" -eq 1 ] || [ "$measured" -eq 2 ] || [ "$measured" -gt 128 ]; then
  exit "$measured"
fi

supervised "${judge[@]}"
judged=$code
# Its flags are in order: it has found no records to judge, and why is known.
if [ "$judged" -eq 2 ] && { [ "$measured" -eq 6 ] || [ "$measured" -eq 7 ]; }; then
  exit "$measured"
fi
[ "$judged" -ne 0 ] || exit "$measured"
exit "$judged"
