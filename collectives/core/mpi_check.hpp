// SPDX-License-Identifier: MIT

#pragma once

#include <mpi.h>

#include <concepts>
#include <source_location>

namespace lanemark {

void check_mpi(int mpi_status, const std::source_location& where);

/// Throws Error with MPI's own message. Takes exactly int: plain int would accept every C enum in silence.
void check(std::same_as<int> auto mpi_status, std::source_location where = std::source_location::current()) {
  if (mpi_status != MPI_SUCCESS) check_mpi(mpi_status, where);
}

}  // namespace lanemark
