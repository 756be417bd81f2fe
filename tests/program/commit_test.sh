#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Which commit a build says it is of: of sources as committed, changed, without history, and where git does not tell.
# Usage: commit_test.sh CMAKE SOURCE_FOLDER
set -u

cmake=$1
script=$2/bench/record/commit.cmake
# shellcheck source=tests/program/expectations.sh
. "$(dirname "${BASH_SOURCE[0]}")/expectations.sh"
if ! command -v git >/dev/null; then
  echo "skipped: there is no git"
  exit 0
fi
unset LANEMARK_COMMIT GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
export GIT_CONFIG_GLOBAL=$work/gitconfig GIT_CONFIG_SYSTEM=/dev/null GIT_CEILING_DIRECTORIES=$work LC_ALL=C
git config --global user.email a@b.c
git config --global user.name tester

sources() { # sources FOLDER: a repository with a commit
  mkdir -p "$1/bench"
  echo "project(x)" >"$1/CMakeLists.txt"
  echo "int x;" >"$1/bench/x.cpp"
  git -C "$1" init -q
  git -C "$1" add .
  git -C "$1" commit -qm first
}
# commit FOLDER [PATH]: what a build there says; what is said with it is in the files out and err
commit() {
  rm -f header
  PATH=${2:-$PATH} "$cmake" -D SOURCE="$work/$1" -D OUTPUT="$work/header" -P "$script" >out 2>err
  sed -nE 's/^#define LANEMARK_COMMIT "(.*)"$/\1/p' header 2>/dev/null
}
unwarned() { [ ! -s err ] || fail "a warning without a reason"; }
warns() { # warns TEXT: on lines that are broken anywhere
  tr -s '\n ' ' ' <err | grep -qF -- "$1" || fail "the warning does not say '$1'"
}

sources clean
head=$(git -C clean rev-parse --short=12 HEAD)
[ "$(commit clean)" = "$head" ] || fail "$(cat header) is not of $head"
unwarned

# ---- changed sources: by how they changed ------------------------------------------------------------------------------
echo "int y;" >>clean/bench/x.cpp
first=$(commit clean)
[[ $first =~ ^$head-dirty-[0-9a-f]{12}$ ]] || fail "$first is not $head-dirty-DIGEST"
[ "$(commit clean)" = "$first" ] || fail "the same changes have another name"
unwarned
echo "int z;" >>clean/bench/x.cpp
second=$(commit clean)
[ "$second" != "$first" ] || fail "other changes have the same name: $second"
echo "int new;" >clean/bench/new.cpp
third=$(commit clean)
[ "$third" != "$second" ] || fail "a new file changes nothing: $third"
echo "int newer;" >clean/bench/new.cpp
[ "$(commit clean)" != "$third" ] || fail "what is in a new file changes nothing: $third"
git -C clean add .
git -C clean commit -qm second
[ "$(commit clean)" = "$(git -C clean rev-parse --short=12 HEAD)" ] || fail "committed sources are dirty: $(cat header)"

# ---- unknown, and why ----------------------------------------------------------------------------------------------------
mkdir -p tarball
cp clean/CMakeLists.txt tarball
[ "$(commit tarball)" = unknown ] || fail "a tree without history has the commit $(cat header)"
warns "the commit of this build is unknown"
warns "without git's history"
warns "LANEMARK_COMMIT"
cp -r tarball clean/vendored
[ "$(commit clean/vendored)" = unknown ] || fail "a tree in another project's has that one's commit: $(cat header)"
warns "without git's history"
rm -r clean/vendored

export GIT_TEST_ASSUME_DIFFERENT_OWNER=1
if ! git -C clean rev-parse HEAD >/dev/null 2>&1; then
  [ "$(commit clean)" = unknown ] || fail "of sources of another user: $(cat header)"
  warns "belong to another user"
  warns "git config --global --add safe.directory $work/clean"
  git config --global --add safe.directory "$work/clean"
  [ "$(commit clean)" = "$(git -C clean rev-parse --short=12 HEAD)" ] || fail "the cure does not help: $(cat header)"
  unwarned
fi
unset GIT_TEST_ASSUME_DIFFERENT_OWNER

mkdir no_git
[ "$(commit clean "$work/no_git")" = unknown ] || fail "without git: $(cat header)"
warns "there is no git"

# ---- given ---------------------------------------------------------------------------------------------------------------
[ "$(LANEMARK_COMMIT=v1.2-3 commit tarball)" = v1.2-3 ] || fail "a given commit is not taken: $(cat header)"
unwarned
for bad in 'a"b' 'a b' "a'b" 'a;b'; do
  LANEMARK_COMMIT=$bad commit tarball >/dev/null
  [ ! -e header ] || fail "the commit $bad was taken"
  warns "no name of a commit"
done

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "a build says which commit it is of, or why it cannot"
