#!/usr/bin/env bash
# Makes the results section of README.md, between its two markers, from records: results_table.sh RECORD...
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=${LANEMARK:-$root/build/lanemark}
readme=$root/README.md
[ $# -gt 0 ] || { echo "usage: results_table.sh RECORD..." >&2; exit 2; }
[ -x "$program" ] || { echo "results_table: no $program; run scripts/quickstart.sh first, or set LANEMARK" >&2; exit 2; }
grep -q '<!-- results:begin -->' "$readme" || { echo "results_table: README.md has no markers" >&2; exit 2; }

table=$(mktemp)
trap 'rm -f "$table"' EXIT
"$program" report --format markdown "$@" >"$table"
awk -v table="$table" '
  /<!-- results:begin -->/ { print; print ""; while ((getline line < table) > 0) print line; print ""; skip = 1; next }
  /<!-- results:end -->/ { skip = 0 }
  !skip' "$readme" >"$readme.new"
mv "$readme.new" "$readme"
