#!/usr/bin/env bash
# Makes the results section of README.md, between its two markers, from records: results_table.sh RECORD...
# Flags of lanemark report may go with them, such as --filter REGEX for some cases only.
set -euo pipefail

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
program=${LANEMARK:-$root/build/lanemark}
readme=$root/README.md
refuse() {
  echo "results_table: $1" >&2
  exit 2
}
[ $# -gt 0 ] || refuse "no records; usage: results_table.sh RECORD..."
[ -x "$program" ] || refuse "no $program; run scripts/quickstart.sh first, or set LANEMARK to the program"
# Without its end marker all that follows would be taken for the old table.
[ "$(grep -xE '<!-- results:(begin|end) -->' "$readme" | tr '\n' ' ')" = \
  '<!-- results:begin --> <!-- results:end --> ' ] ||
  refuse "$readme must have the lines <!-- results:begin --> and <!-- results:end -->, once each and in this order"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$program" report --format markdown "$@" >"$work/table"
awk -v table="$work/table" '
  $0 == "<!-- results:begin -->" { print; print ""; while ((getline line < table) > 0) print line; print ""; skip = 1 }
  $0 == "<!-- results:end -->" { skip = 0 }
  !skip' "$readme" >"$work/readme"
cat "$work/readme" >"$readme"
