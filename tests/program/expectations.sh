# SPDX-License-Identifier: MIT
#
# shellcheck shell=bash
# Sourced by the tests of the program: a folder of their own, and what they expect of a command.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
unset CI

# What root, few cores and containers need, for tests that start mpirun themselves.
let_mpirun_start() {
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1 OMPI_MCA_rmaps_base_oversubscribe=1
  export OMPI_MCA_hwloc_base_binding_policy=none OMPI_MCA_btl_vader_single_copy_mechanism=none
}

failures=0
fail() {
  echo "FAILED: $*"
  sed 's/^/    /' out err 2>/dev/null | head -n 60
  failures=$((failures + 1))
}

# expect CODE TEXT COMMAND...: the command ends within two minutes with CODE and says TEXT on either stream. All that
# commands said is in the file everything.
expect() {
  local code=$1 text=$2
  shift 2
  timeout 120 "$@" >out 2>err </dev/null
  local got=$?
  cat out err >>everything
  [ "$got" -eq "$code" ] || fail "exit code $got instead of $code: $*"
  grep -qF -- "$text" out err || fail "'$text' is not in the output of: $*"
}

# knows_its_commit RECORD...: the build that wrote them does. Else they are given one for what comes after them: launches
# of a build that nobody knows are like no others, and that build runs no record's command again.
knows_its_commit() {
  grep -qE '"commit":"(unknown|[^"]*-dirty)"' "$@" || return 0
  sed -i -E '1s/"commit":"[^"]*"/"commit":"aaaaaaaaaaaa"/' "$@"
  return 1
}
