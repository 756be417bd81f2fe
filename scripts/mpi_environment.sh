# shellcheck shell=bash
# Sourced by scripts that start mpirun: what root, few cores and containers need, told to Open MPI through its
# environment, which other MPIs ignore.
if [ "$(id -u)" -eq 0 ]; then
  export OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1
fi
export OMPI_MCA_rmaps_base_oversubscribe=1 OMPI_MCA_hwloc_base_binding_policy=none
