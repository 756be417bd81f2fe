#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# The recipes of docs/ci do what they say: each command that measures or judges is taken out of the YAML and run, with
# launches that take no time. Usage: recipes_test.sh PROGRAM REPOSITORY [FOLDER_OF_RECIPES]
set -u

program=$1
repository=$2
recipes=${3:-$repository/docs/ci}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset CI OMPI_ALLOW_RUN_AS_ROOT OMPI_ALLOW_RUN_AS_ROOT_CONFIRM LANEMARK

failures=0
fail() {
  echo "FAILED: $*"
  sed 's/^/    /' out 2>/dev/null | tail -n 30
  failures=$((failures + 1))
}

# commands FILE FOLDER: writes the commands under run: and script: into files 01, 02 …, a step each.
commands() {
  mkdir -p "$2"
  awk -v folder="$2" '
    function step() { file = sprintf("%s/%02d", folder, ++steps); printf "" >file }
    function put(text) { printf "%s%s", text, (folded ? " " : "\n") >file }
    {
      indent = match($0, /[^ ]/) - 1
      if (inside && indent >= 0 && indent <= key) { inside = 0; folded = 0 }
    }
    inside && /[^ ]/ {
      text = substr($0, indent + 1)
      if (list) { step(); sub(/^- /, "", text) }
      put(text)
      next
    }
    /^ *run: +[|>]-?$/ { key = indent; inside = 1; list = 0; folded = /: +>/; step(); next }
    /^ *run: / { text = $0; sub(/^ *run: +/, "", text); folded = 0; step(); put(text) }
    /^ *(before_)?script:$/ { key = indent; inside = 1; list = 1; folded = 0 }
  ' "$1"
}

# value NAME FILE: of a variable that the recipe sets
value() { sed -nE "s/^ +$1: *\"?([^\"]*)\"?\$/\1/p" "$2"; }

# artifacts FILE: what is uploaded, or kept in a cache
artifacts() {
  awk '
    { indent = match($0, /[^ ]/) - 1 }
    inside && indent <= key { inside = 0 }
    inside { sub(/^ *(- )?/, ""); print }
    /^ *(path: \||paths:)$/ { key = indent; inside = 1 }
    /^ *(junit|metrics): / { print $2 }
  ' "$1"
}

# as_in_ci STEP: in the folder that the job would have checked out
as_in_ci() {
  export LAUNCHES=2 RANKS=2 CI_COMMIT_BRANCH=main CI_DEFAULT_BRANCH=main
  # Speeds are not looked at here, whatever else this machine does; one of the recipes says so itself.
  export MEASURED="${tiny[*]}"
  grep -q -- --accept-load "$recipes/$name.yml" || MEASURED+=" --accept-load=test"
  export GITHUB_STEP_SUMMARY=$work/summary-$name
  cd "$name" && timeout 120 bash -eo pipefail "$work/$1"
}

tiny=(collectives --device host -b 8 -e 8 --mode latency -n 20 -w 2)
files=0
for recipe in "$recipes"/*.yml; do
  name=$(basename "$recipe" .yml)
  files=$((files + 1))
  commands "$recipe" "steps-$name"
  mkdir -p "$name/build" "$name/base/build"
  ln -s "$program" "$name/build/lanemark"
  ln -s "$program" "$name/base/build/lanemark"
  ln -s "$repository/scripts" "$name/scripts"
  ln -s "$repository/scripts" "$name/base/scripts"
  while read -r variable; do
    case $variable in
      CI_*) ;;
      *) [ -n "$(value "$variable" "$recipe")" ] || fail "$name uses $variable and does not set it" ;;
    esac
  done < <(cat "steps-$name"/* | grep -oE '[$][A-Z_]+' | tr -d '$' | sort -u)
  read -ra measured <<<"$(value MEASURED "$recipe")"
  "$program" list "${measured[@]}" >out 2>&1 || fail "$name measures what lanemark list refuses: ${measured[*]}"
  judged=0
  for step in "steps-$name"/*; do
    bash -n "$step" || fail "$name, no shell: $(cat "$step")"
    case $(cat "$step") in
      *gate.sh* | *build/lanemark\ *)
        (as_in_ci "$step") >out 2>&1 </dev/null || fail "$name, exit code $?: $(cat "$step")"
        grep -q gate.sh "$step" && judged=$((judged + 1))
        ;;
      *)
        # Installing and building is what this build has gone through; the scripts must be there.
        while read -r script; do
          [ -x "$name/$script" ] || fail "$name starts $script, which is not there"
        done < <(grep -oE '[a-z/]*scripts/[a-z_/]+\.sh' "$step")
        ;;
    esac
  done
  [ "$judged" -eq 1 ] || fail "$name has $judged steps that judge"
  while read -r path; do
    [ -e "$name/$path" ] || fail "$name uploads $path, which no step writes"
  done < <(artifacts "$recipe")
  grep -q '<testcase' "$name/lanemark-results/gate/junit.xml" || fail "$name leaves no verdict as JUnit"
  if grep -q -- --github "$recipe"; then
    grep -q 'all_reduce' "summary-$name" || fail "$name leaves no step summary"
  fi
done
[ "$files" -ge 3 ] || fail "$files recipes in $recipes"

# ---- a regression is let pass only where it is accepted, and nothing else is -----------------------------------------
for both in github-gpu:results/baselines gitlab:lanemark-baselines; do
  name=${both%%:*}
  judging=$(grep -l gate.sh "steps-$name"/*)
  rm "$name/scripts"
  mkdir -p "$name/scripts/ci"
  for case in "3 true 0" "3 false 3" "5 true 5" "2 true 2" "0 false 0"; do
    read -r gate accept expected <<<"$case"
    printf '#!/bin/sh\nexit %s\n' "$gate" >"$name/scripts/ci/gate.sh"
    chmod +x "$name/scripts/ci/gate.sh"
    (ACCEPT=$accept && export ACCEPT && as_in_ci "$judging") >out 2>&1
    code=$?
    [ "$code" -eq "$expected" ] || fail "$name, the gate's $gate with accept=$accept gives $code instead of $expected"
  done
  # Two launches of before, which the baseline has, and two that are accepted now.
  (cd "$name" && build/lanemark run --launches 2 --np 2 --results lanemark-results/gate/records "${tiny[@]}" --accept-load=test) >out 2>&1 ||
    fail "$name: could not measure"
  while read -r keeping; do
    (ACCEPT=true && export ACCEPT && as_in_ci "$keeping") >out 2>&1 </dev/null ||
      fail "$name, exit code $?: $(cat "$keeping")"
  done < <(grep -l 'baseline \(add\|prune\)' "steps-$name"/*)
  "$program" baseline list --baselines "$name/${both#*:}" >out 2>&1
  grep -q '\b2 launches' out || fail "$name: what was accepted is not the baseline alone"
done

# GitLab runs the lines of a script in one shell: one that exits where all is well would end the lines after it.
name=gitlab
echo 'echo "went on"' | cat "$(grep -l gate.sh steps-gitlab/*)" - >steps-gitlab/in-one-shell
(ACCEPT=false && export ACCEPT && as_in_ci steps-gitlab/in-one-shell) >out 2>&1
grep -q "went on" out || fail "$name, what follows a gate that passed is not run"

# ---- what no test here can try: a merge request must see the baseline and not write it -------------------------------
for line in 'unprotect: true' 'policy: [$]CACHE_POLICY' 'CACHE_POLICY: pull' 'CACHE_POLICY: pull-push'; do
  grep -qE "^ +$line\$" "$recipes/gitlab.yml" || fail "gitlab.yml does not say $line"
done
grep -qE 'group: performance-on-gpus-[$][{]{2} github.ref }}' "$recipes/github-gpu.yml" ||
  fail "a pending run of another ref would be cancelled"

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "$files recipes do what they say"
