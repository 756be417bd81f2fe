// SPDX-License-Identifier: MIT

#pragma once

#include <string>
#include <vector>

#include "bench/engine/given_flag.hpp"

// What a launch is told, made from what the parser understood and never from the words that it was given: a word may
// mean something to mpirun that it does not mean to lanemark.

namespace lanemark {

/// A launch's command line.
struct LaunchCommand {
  std::string name;  ///< "run", "quick"
  std::vector<std::string> suites;
  std::vector<GivenFlag> flags;  ///< in the order in which they are declared, however they were given
  friend auto operator<=>(const LaunchCommand&, const LaunchCommand&) = default;
};

/// The command less those of its flags that `left_out` holds.
template <class Predicate>
LaunchCommand without(LaunchCommand command, Predicate left_out) {
  std::erase_if(command.flags, left_out);
  return command;
}

/// The same cases of which only those that the filter finds are meant, whatever filter there was.
LaunchCommand with_filter(LaunchCommand command, const std::string& filter);

/// Its words, which parse_measuring_line reads back as what they are made from: the command, suites, then each flag as
/// --name=value, so that no word can be taken for anything else; an empty value, which CLI11 does not take from there,
/// is a word of its own.
std::vector<std::string> words(const LaunchCommand& command);

}  // namespace lanemark
