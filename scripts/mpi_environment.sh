# SPDX-License-Identifier: MIT
#
# shellcheck shell=bash
# Sourced by scripts that start mpirun: what root, few cores and containers need, told to Open MPI through its
# environment, which other MPIs ignore.
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
# Open MPI copies between ranks with process_vm_readv (call 310 on x86-64), which containers may refuse: it would then
# complain for every message. Only there is it told not to; lanemark quick does the same by itself.
if [ "$(uname -m)" = x86_64 ] && command -v perl >/dev/null &&
  ! perl -e 'my ($to, $from) = ("a", "b");
             exit(syscall(310, $$ + 0, pack("PJ", $to, 1), 1, pack("PJ", $from, 1), 1, 0) != 1)'; then
  export OMPI_MCA_btl_vader_single_copy_mechanism=${OMPI_MCA_btl_vader_single_copy_mechanism:-none}
fi
