#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

#include "bench/measurement.hpp"

namespace lanemark {

/// A record's line: every sample in seconds, exactly; parts that do not apply are absent, never null. The fields are
/// described in results/schema.json. Throws Error on a number that JSON cannot hold (not finite).
nlohmann::json to_json(const Measurement& m);

/// The inverse, bit for bit. Unknown fields are ignored. Throws Error that names a missing or ill-typed field.
Measurement measurement_from_json(const nlohmann::json& record);

/// A case by itself, as within a record.
nlohmann::json case_json(const Case& what);
Case case_from_json(const nlohmann::json& object);

}  // namespace lanemark
