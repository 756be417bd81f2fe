#pragma once

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "bench/launches.hpp"
#include "bench/options.hpp"

namespace lanemark {

/// What `lanemark run … --launches N` asks for; `arguments` as given, `options` as parsed from them. Throws UsageError
/// where launches cannot honour a flag.
LaunchPlan plan_launches(const Options& options, const std::vector<std::string>& arguments);

/// For a process that a launcher started. Throws UsageError, with the loop that does it, where it is asked to start
/// launches itself.
void refuse_launches_under_launcher(const Options& options);

/// The command line less these flags, which take a value, as "--flag value" and as "--flag=value". What stands behind
/// such a flag and its value, or behind a "--", are suites: left there, a list of values such as that of --kernel would
/// take them in. They are put behind the command's name, and the "--" is left out. The result means the same.
/// `arguments` begin with the command's name and are such as `parse_command_line` accepts; of a value that looks like a
/// flag, only "--flag=value" is understood.
std::vector<std::string> without(const std::vector<std::string>& arguments, std::span<const std::string_view> flags);

/// The command line with these flags behind the command's name: its end may be that of a list of values.
std::vector<std::string> with(std::vector<std::string> arguments, const std::vector<std::string>& flags);

/// The command line without what differs between launches or is not for them: --launches, --np, --interleave,
/// --launch-timeout, --results and --seed.
std::vector<std::string> shared_arguments(const std::vector<std::string>& arguments);

/// The command line of one launch; `shared` from `shared_arguments`.
std::vector<std::string> launch_arguments(const std::vector<std::string>& shared, const std::filesystem::path& results,
                                          std::uint64_t seed);

}  // namespace lanemark
