// SPDX-License-Identifier: MIT

#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string_view>

#include "bench/measurement/measurement.hpp"
#include "bench/record/versions.hpp"

namespace lanemark {

/// A record's line: every sample in seconds, exactly; parts that do not apply are absent, never null. The fields are
/// described in results/schema.json. Throws Error on a number that JSON cannot hold (not finite).
nlohmann::json to_json(const Measurement& m);

/// The inverse, bit for bit. Unknown fields are ignored. Throws Error that names a field that is missing, ill-typed,
/// out of its bounds (bounds.hpp) or at odds with another.
Measurement measurement_from_json(const nlohmann::json& record);

/// The measurement as it can be recorded and read back. One whose numbers lie out of bounds, such as a sample in which
/// the clock saw no time pass, is skipped with that reason: nothing that cannot be true is shown or kept.
Measurement recordable(Measurement m);

/// A case by itself, as within a record.
nlohmann::json case_json(const Case& what);
Case case_from_json(const nlohmann::json& object);
/// Throws Error unless `title`, which errors call `field`, is the case's name, and none too long.
void require_name(const Case& what, std::string_view title, std::string_view field);

/// The field `versions` of a header, or of a launch in a baseline. Throws Error.
Versions versions_from_json(const nlohmann::json& object);

}  // namespace lanemark
