#!/usr/bin/env bash
# Did it get worse? What a CI job runs, and a person can: launches of the suites asked for, then their verdict, as text
# and as files for other programs.
#
#     scripts/ci/gate.sh [OPTION...] [FLAG of lanemark gate...] -- SUITE... [FLAG of lanemark run...]
#     scripts/ci/gate.sh --launches 10 --np 4 --confirm 10 -- collectives -b 1MiB -e 1GiB
#
#   --program PROGRAM    the build to judge                       [$LANEMARK, else build/lanemark]
#   --launches N         of each build; 10 show what 5 cannot     [10]
#   --np N               ranks of each launch                     [as lanemark run has it]
#   --baselines FOLDER   what to compare with                     [results/baselines]
#   --against PROGRAM    compare with another build instead, whose launches take turns with this one's: where machines
#                        differ from job to job, as hosted ones do
#   --results FOLDER     new: records, summary.md, junit.xml, metrics.prom, values.csv [lanemark-results/gate]
#
# Exits as lanemark gate does: 0 fine, 2 refused, 3 regression, 4 undecided with --strict, 5 wrong data, 7 no whole
# launch; and where the gate finds nothing, as lanemark run: 6 a launch past its time limit, 7 one that died.
set -euo pipefail

refuse() {
  echo "gate.sh: $*" >&2
  exit 2
}

program=${LANEMARK:-build/lanemark}
launches=10
against=
baselines=results/baselines
results=lanemark-results/gate
of_run=()
of_gate=()
while [ "$#" -gt 0 ] && [ "$1" != -- ]; do
  case $1 in
    --program | --launches | --np | --baselines | --against | --results)
      [ "$#" -ge 2 ] || refuse "$1 needs a value"
      ;;
  esac
  case $1 in
    --program) program=$2 ;;
    --launches) launches=$2 ;;
    --np) of_run+=(--np "$2") ;;
    --baselines) baselines=$2 ;;
    --against) against=$2 ;;
    --results) results=$2 ;;
    *)
      of_gate+=("$1")
      shift
      continue
      ;;
  esac
  shift 2
done
[ "$#" -ge 2 ] || refuse "which suites? They stand behind --, e.g. -- collectives; see the head of this script"
shift
for one in "$program" ${against:+"$against"}; do
  [ -x "$one" ] || refuse "$one is no program; build it with scripts/build.sh, or name another"
done
records=$results/records
# Records of an earlier run would count as launches of this build.
[ ! -e "$records" ] || refuse "$records is there already; remove it, or name another folder with --results"

mkdir -p "$results"
of_run+=(--launches "$launches" --results "$records")
of_gate+=(--output "markdown=$results/summary.md" --output "junit=$results/junit.xml")
of_gate+=(--output "openmetrics=$results/metrics.prom" --output "csv=$results/values.csv")

measured=0
if [ -n "$against" ]; then
  "$against" run "$@" "${of_run[@]}" --interleave "$program" || measured=$?
else
  "$program" run "$@" "${of_run[@]}" || measured=$?
fi
# Refused, or ended by a signal: there is nothing to judge. Of launches that failed the others are judged.
if [ "$measured" -eq 1 ] || [ "$measured" -eq 2 ] || [ "$measured" -gt 128 ]; then
  exit "$measured"
fi

judged=0
if [ -n "$against" ]; then
  "$program" compare "$records/a" "$records/b" "${of_gate[@]}" || judged=$?
else
  # Launches of confirmation are of flagged cases only; among the records they would later be taken for others.
  "$program" gate "$records" --baselines "$baselines" --results "$results/confirm" "${of_gate[@]}" || judged=$?
fi
[ "$judged" -ne 0 ] || exit "$measured"
exit "$judged"
