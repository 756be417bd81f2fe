#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# Records, baselines and rules that anybody may have written: each is refused by name, at once and in little memory.
# Usage: hostile_files_test.sh PROGRAM CORPUS
set -u

program=$1
corpus=$2
# shellcheck source=tests/program/expectations.sh
. "$(dirname "${BASH_SOURCE[0]}")/expectations.sh"

# A command behind it may have no more than that much data; mapped libraries do not count, of which CUDA has gigabytes.
# Threads' stacks and buffers would count, as many as there are cores.
bounded=(env OPENBLAS_NUM_THREADS=1 bash -c 'ulimit -d 700000 && exec "$@"' bounded timeout 20)
if grep -q __asan_init "$program"; then bounded=(timeout 60); fi
# refused TEXT FILE: by every command that reads records, and says TEXT
refused() {
  local command
  for command in report gate history calibrate "baseline add" "compare good" "compare $2"; do
    local words
    read -ra words <<<"$command"
    if [ "$command" = "compare $2" ]; then words+=(good); else words+=("$2"); fi
    expect 2 "$1" "${bounded[@]}" "$program" "${words[@]}"
  done
}

mkdir good
cp "$corpus/record/small.jsonl" good
expect 0 "all_reduce" "$program" report good/small.jsonl
expect 0 "1 launch added" "$program" baseline add good

# ---- what a record says ---------------------------------------------------------------------------------------------
found=0
for record in "$corpus"/record/hostile_*.jsonl; do
  name=$(basename "$record")
  cp "$record" "$name"
  found=$((found + 1))
  if [ $((found % 8)) -eq 1 ]; then refused "$name:" "$name"; else expect 2 "$name:" "$program" gate "$name"; fi
done
[ "$found" -ge 20 ] || fail "only $found hostile records in $corpus"
refused "hostile_cpu.jsonl:1: field 'fingerprint_id'" hostile_cpu.jsonl
refused "hostile_time_zero.jsonl:2: field 'samples_seconds'" hostile_time_zero.jsonl

# Two machines of one id, which anybody can make (tests/bench/gate/distinct_machines_test.cpp).
machine() { # machine FOLDER CPU CORES LAUNCH
  mkdir "$1"
  sed -E -e "1s/\"fingerprint\":\{[^}]*\}/\"fingerprint\":{\"cores\":$3,\"cpu\":\"$2\",\"gpus\":0,\"memory_gib\":24,\"nodes\":1,\"ranks_per_node\":2}/" \
    -e "1s/\"fingerprint_id\":\"[^\"]*\"/\"fingerprint_id\":\"$id_of_two\"/" -e "1s/\"launch\":\"[^\"]*\"/\"launch\":\"$4\"/" \
    -e 's/"ranks":4/"ranks":2/; s/ranks:4/ranks:2/; s/"bus_factor":1.5/"bus_factor":1/' good/small.jsonl >"$1/its.jsonl"
}
id_of_two=bf47e4c1277dbdcf
machine ours 'a CPU' 2 aaaaaaaaaaaaaaaa
machine theirs 'Stranger CPU v0 pyXLJYoALyHzb8:h' 64 bbbbbbbbbbbbbbbb
expect 0 "1 launch added" "$program" baseline add ours --baselines of_two
for command in "gate theirs" "baseline add theirs" "gate ours theirs" "history ours theirs" "calibrate ours theirs"; do
  read -ra words <<<"$command"
  case $command in history*) ;; *) words+=(--baselines of_two) ;; esac
  expect 2 "cores: 2 there, 64 here" "$program" "${words[@]}"
done
expect 2 "not the same kind of machine" "$program" compare ours theirs

# A line about a pair of 20000 ranks, of which a table would have 400 million cells.
expect 0 "19999" "${bounded[@]}" "$program" report "$corpus/record/many_ranks.jsonl"
[ "$(wc -c <out)" -lt 10000 ] || fail "a table larger than what was measured"

# ---- what a record is -----------------------------------------------------------------------------------------------
mkfifo pipe.jsonl
mkdir folder.jsonl
mkdir holds_a_folder
mkdir holds_a_folder/in.jsonl
ln -s /dev/zero link.jsonl
truncate -s 5G huge.jsonl
truncate -s 300M zeros.jsonl
{ printf '{"type":"header","later":' && head -c 3000000 /dev/zero | tr '\0' '['; } >deep.jsonl
refused "/dev/zero" /dev/zero
refused "pipe.jsonl" pipe.jsonl
refused "link.jsonl" link.jsonl
refused "huge.jsonl" huge.jsonl
refused "zeros.jsonl:1:" zeros.jsonl
refused "deep.jsonl:1: nested deeper" deep.jsonl
expect 2 "folder.jsonl" "$program" report folder.jsonl
expect 2 "no record" "$program" gate holds_a_folder
expect 2 "cannot read" "$program" gate none.jsonl
expect 2 "it is no plain file" "$program" report <(cat good/small.jsonl)
# What a launch left that was cut off in a line is its whole lines.
head -c 900 good/small.jsonl >cut.jsonl
expect 7 "cut off" "$program" report cut.jsonl

# A stranger's file does not pass for that of a launch that died.
cp hostile_time_zero.jsonl changed.jsonl.partial
expect 2 "changed.jsonl.partial:2: field 'samples_seconds'" "$program" gate changed.jsonl.partial

# ---- baselines ------------------------------------------------------------------------------------------------------
fingerprint=$(sed -nE '1s/.*"fingerprint_id":"([^"]*)".*/\1/p' good/small.jsonl)
found=0
for baseline in "$corpus"/baseline/hostile_*.json; do
  name=$(basename "$baseline" .json)
  found=$((found + 1))
  mkdir "$name"
  cp "$baseline" "$name/$fingerprint.json"
  expect 2 "$fingerprint.json: " timeout 20 "$program" gate good --baselines "$name"
done
[ "$found" -ge 10 ] || fail "only $found hostile baselines in $corpus"
sed '1s/"launch":"[^"]*"/"launch":"fedcba9876543210"/' good/small.jsonl >other.jsonl
for kind in /dev/zero pipe.jsonl huge.jsonl deep.jsonl; do
  rm -rf linked
  mkdir linked
  if [ -f "$kind" ]; then mv "$kind" "linked/$fingerprint.json"; else ln -s "$(realpath "$kind")" "linked/$fingerprint.json"; fi
  for command in "gate good" "baseline add good" "baseline show" "compare good other.jsonl"; do
    read -ra words <<<"$command"
    expect 2 "$fingerprint.json" "${bounded[@]}" "$program" "${words[@]}" --baselines linked
  done
done

# ---- rules ----------------------------------------------------------------------------------------------------------
truncate -s 2M large.json
{ printf '{"schema":"1.0","rules":' && head -c 100000 /dev/zero | tr '\0' '['; } >deep.json
echo '{"schema":"1.0","rules":[],"rules":[{"rule":"time <= 1 s"}]}' >twice.json
for rules in large.json deep.json twice.json /dev/zero pipe.jsonl; do
  expect 2 "$rules" "${bounded[@]}" "$program" gate good --rules "$rules"
done

if [ "$failures" -gt 0 ]; then
  echo "$failures failed"
  exit 1
fi
echo "every file that could not be true was refused"
