// SPDX-License-Identifier: MIT

#pragma once

#include <string>

#include "bench/commands/measuring_line.hpp"
#include "collectives/core/world.hpp"

// From the flags that say which sizes to the sizes.

namespace lanemark {

/// Throws UsageError for what is no size, and for flags that say which sizes in two ways.
SizeRange size_range(const MeasuringLine& command_line);

/// Reads the file of --sizes-file, where one was given and not yet read, and puts --sizes with what it says in its
/// place: a launch that is started from here, and a record, which may come from anybody, name no file. Throws
/// UsageError.
void take_sizes_file(MeasuringLine& command_line);

/// The same for all ranks, of which the first reads the file: others may be on machines that have none. Collective.
void take_sizes_file(MeasuringLine& command_line, const World& world);

}  // namespace lanemark
