#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
#
# lanemark over ssh on the nodes of a hostfile ("node1 slots=8" a line, a slot for each GPU):
#   hostfile.sh HOSTFILE RANKS [SUITE...]
# The program must lie at the same path on every node; LANEMARK names it where that is not this clone's build folder.
set -euo pipefail

if [ $# -lt 2 ]; then
  echo "usage: hostfile.sh HOSTFILE RANKS [SUITE...]" >&2
  exit 2
fi
hostfile=$1
ranks=$2
shift 2
[ $# -gt 0 ] || set -- collectives training
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)

# -x hands the environment on to the other nodes, which mpirun does not do by itself.
variables=()
for name in LD_LIBRARY_PATH NCCL_SOCKET_IFNAME NCCL_IB_HCA NCCL_DEBUG NCCL_NVLS_ENABLE; do
  [ -z "${!name:-}" ] || variables+=(-x "$name")
done
exec mpirun --hostfile "$hostfile" -np "$ranks" --bind-to none "${variables[@]}" \
  "${LANEMARK:-$root/build/lanemark}" run "$@"
