#!/usr/bin/env bash
# lanemark over ssh on the nodes of a hostfile ("node1 slots=8" a line): hostfile.sh HOSTFILE RANKS [SUITE...]
# The program must lie at the same path on every node.
set -euo pipefail

hostfile=$1
ranks=$2
shift 2
[ $# -gt 0 ] || set -- collectives training
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
exec mpirun --hostfile "$hostfile" -np "$ranks" --bind-to none -x LD_LIBRARY_PATH "$root/build/lanemark" run "$@"
