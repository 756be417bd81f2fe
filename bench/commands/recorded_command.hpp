// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/launching/launch_command.hpp"

namespace lanemark {

/// The command of a launch's record as far as it shapes what is measured, made anew from what this program's own parser
/// understands of it: a record may come from anybody. Only flags of FlagUse::measurement are kept, so that it names
/// neither a file nor a program, nor how many launches there are. Throws UsageError, with the word or flag at fault,
/// where no launch of this program can have been told this: it is no command line of `run` or `quick`, starts launches
/// itself, has control characters or is longer than any that is typed.
LaunchCommand recorded_command(const std::vector<std::string>& recorded);

/// Its words, for a baseline, which is shared: where the records went is nobody's business there. None where it is
/// refused, as this program could not run it.
std::vector<std::string> command_to_keep(const std::vector<std::string>& recorded);

}  // namespace lanemark
