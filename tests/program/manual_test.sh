#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# What README.md and docs/ say of commands, flags and columns is what the program has. Usage: manual_test.sh LANEMARK MPIRUN
# SOURCE_FOLDER
set -uo pipefail

program=$1
mpirun=$2
source=$3
# shellcheck source=tests/program/expectations.sh
. "$(dirname "${BASH_SOURCE[0]}")/expectations.sh"
let_mpirun_start

manual=("$source/README.md" "$source"/docs/*.md)
commands=$("$program" --help | sed -n '/^Subcommands:/,$ s/^  \([a-z]*\) .*/\1/p')
[ "$(wc -w <<<"$commands")" -ge 10 ] || fail "the help names few commands: $commands"

# ---- each command that stands behind the program's name --------------------------------------------------------------
unknown_commands() { # unknown_commands FILE...: in code, whose lines are indented or which begins at a backtick
  # shellcheck disable=SC2016
  grep -ohE '^ {4}.*lanemark [a-z]+|`lanemark [a-z]+' "$@" | sed 's/.*lanemark //' | sort -u | grep -vxF -- "$commands"
}
found=$(unknown_commands "${manual[@]}")
[ -z "$found" ] || fail "the manual has commands that the program has not: $found"
printf '    lanemark frobnicate x\n' >planted.md
[ "$(unknown_commands planted.md)" = frobnicate ] || fail "an unknown command would not be found"

# ---- each flag of a command line, and of the tables of flags -----------------------------------------------------------
for command in $commands; do "$program" "$command" --help; done >help
for command in add list show prune; do "$program" baseline "$command" --help; done >>help
grep -oE -- '--[a-z][a-z-]+' help | sort -u >flags
[ "$(wc -l <flags)" -ge 50 ] || fail "the help names few flags"
unknown_flags() { # unknown_flags FILE...
  {
    grep -hE '^ {4,}.*lanemark ' "$@" | sed 's/.*lanemark //' | grep -oE -- '(^| )--[a-z][a-z-]+'
    grep -hE '^\| `-' "$@" | cut -d'|' -f2 | grep -oE -- '--[a-z][a-z-]+'
  } | tr -d ' ' | sort -u | grep -vxFf flags | grep -v '^--benchmark_'
}
found=$(unknown_flags "${manual[@]}")
[ -z "$found" ] || fail "the manual has flags that the program has not: $found"
printf '%s\n' "| \`--frobnicate\` | x |" '    mpirun lanemark run --frobnicated' >planted.md
[ "$(unknown_flags planted.md | wc -l)" -eq 2 ] || fail "unknown flags would not be found"

# ---- the columns of what the README shows ------------------------------------------------------------------------------
expect 0 "Record: " "$mpirun" -np 2 "$program" run collectives training --device host --results shown --min-time 0.01 \
  -b 8 -e 8 --mode bandwidth --ranks 1,2 --model mlp=8-8 --batch 8 --accept-load test
shown=$(sed -n '/^## What it prints/,/^## /p' "$source/README.md")
for row in size strategy; do
  header=$(grep -E "^ +$row  +" <<<"$shown" | head -n 1)
  [ -n "$header" ] || fail "the README shows no table that begins with $row"
  while read -r column; do
    grep -E "^ +$row  +" out | grep -qF -- "$column" || fail "the column '$column' of the README is not printed"
  done < <(sed -E 's/^ +//; s/  +/\n/g' <<<"$header")
done

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "the manual knows the program"
