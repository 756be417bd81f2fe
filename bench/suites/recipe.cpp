// SPDX-License-Identifier: MIT

#include "bench/suites/recipe.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "bench/suites/exchange.hpp"
#include "bench/suites/links.hpp"
#include "bench/text/shown.hpp"
#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

constexpr std::array modes{
    CollectiveMode{"latency", Pace::isolated, false},      CollectiveMode{"bandwidth", Pace::back_to_back, false},
    CollectiveMode{"graph_latency", Pace::isolated, true}, CollectiveMode{"graph_bandwidth", Pace::back_to_back, true},
    CollectiveMode{"first_call", Pace::blocking, false},   CollectiveMode{"creation", Pace::blocking, false}};

/// Of a rank that was asked for by its number.
bool is_there(int rank, const Recipe& recipe) { return rank >= 0 && rank < recipe.group_size(); }

std::string not_there(std::string_view what, int rank, const Recipe& recipe) {
  const int ranks = recipe.group_size();
  return fmt::format("{} {} is none of the {} rank{} {}, 0 to {}", what, rank, ranks, ranks == 1 ? "" : "s",
                     recipe.split ? "of a group" : "measured", ranks - 1);
}

/// One element more, where `count` of them end on a multiple of 16 bytes; else as many as do, the next above.
std::size_t beside(std::size_t count, Bytes element) {
  constexpr Bytes aligned{16};
  const std::size_t whole = aligned / element;
  return count % whole == 0 ? count + 1 : (count / whole + 1) * whole;
}

/// As many elements as make up the size, at least one of each part; of nothing none.
Exchange exchange_of(const Recipe& recipe, std::uint64_t seed) {
  const int ranks = recipe.group_size();
  Exchange exchange{.collective = recipe.collective,
                    .dtype = recipe.dtype,
                    .op = recipe.op,
                    // What has no such root is skipped, and counted as if it had another.
                    .root = is_there(recipe.root, recipe) ? recipe.root : 0,
                    .peer = recipe.peer,
                    .seed = seed,
                    .warm_cache = recipe.warm_cache,
                    .in_place = recipe.in_place,
                    .misaligned = recipe.misaligned,
                    .tuning = recipe.tuning,
                    .fault = recipe.fault};
  const Bytes element = size_of(exchange.dtype);
  if (!recipe.collective->moves) return exchange;
  if (recipe.size > Bytes{} && recipe.size < element) {
    throw UsageError(fmt::format("size {} is less than one {} element; use at least {}", size_name(recipe.size),
                                 name(exchange.dtype), size_name(element)));
  }
  const auto set = [&](std::size_t count) {
    exchange.count = count;
    if (exchange.collective->uneven_counts != nullptr) {
      exchange.counts = exchange.collective->uneven_counts(count, ranks);
    }
  };
  set(1);
  const std::size_t unit = exchange.collective->size_count(exchange.call(), ranks);
  const std::size_t count = std::max<std::size_t>(1, recipe.size / element / unit);
  set(recipe.size == Bytes{} ? 0 : recipe.neighbour ? beside(count, element) : count);
  return exchange;
}

/// Why the case cannot be measured as it was asked for, as far as that is known before it is tried; empty if it can.
std::string refusal(const Recipe& recipe, const Exchange& exchange, Device device) {
  const Backend& backend = *recipe.backend;
  if (recipe.mode->pace == Pace::blocking && recipe.tuning != Tuning{}) {
    return fmt::format("{} is measured of what the backend chooses, without --algo and --proto", recipe.mode->name);
  }
  if (recipe.mode->is_creation()) return {};
  if (recipe.collective->rooted && !is_there(recipe.root, recipe)) return not_there("root", recipe.root, recipe);
  if (recipe.fault && !is_there(*recipe.fault, recipe)) return not_there("--fault", *recipe.fault, recipe);
  if (!recipe.collective->moves) {
    if (recipe.mode->pace == Pace::back_to_back) {
      return fmt::format("a {} moves no bytes, so that it has no bandwidth; ask for --mode latency",
                         recipe.collective->name);
    }
    if (recipe.fault && recipe.group_size() == 1) return "--fault: one rank alone waits for no other";
  }
  const auto reason = backend.cannot(*exchange.collective, exchange.call(), recipe.group_size(), device, recipe.tuning);
  if (reason) return *reason;
  if (recipe.registration != Registration::plain && !backend.registers) {
    return fmt::format("{} has no {} buffers", backend.name, name(recipe.registration));
  }
  if (recipe.mode->replayed && !backend.capturable) {
    return fmt::format("{} cannot be captured in a graph", backend.name);
  }
  if (exchange.in_place && exchange.collective->in_place == nullptr) {
    return fmt::format("{} does not work in place", exchange.collective->name);
  }
  return {};
}

std::vector<Label> labels_of(const Recipe& recipe) {
  std::vector<Label> labels;
  const Collective& collective = *recipe.collective;
  const bool moves = !recipe.mode->is_creation();
  if (moves && collective.reduces && recipe.op != ReduceOp::sum) labels.push_back({"op", std::string{name(recipe.op)}});
  if (moves && collective.rooted && recipe.root != 0) labels.push_back({"root", fmt::format("{}", recipe.root)});
  if (moves && recipe.in_place) labels.push_back({"in_place", "yes"});
  if (moves && recipe.misaligned > 0) labels.push_back({"misaligned", fmt::format("{}", recipe.misaligned)});
  if (moves && recipe.registration != Registration::plain) {
    labels.push_back({"buffers", std::string{name(recipe.registration)}});
  }
  if (!recipe.tuning.algorithm.empty()) labels.push_back({"algo", recipe.tuning.algorithm});
  if (!recipe.tuning.protocol.empty()) labels.push_back({"proto", recipe.tuning.protocol});
  if (moves && recipe.warm_cache) labels.push_back({"cache", "warm"});
  if (recipe.split) labels.push_back({"split", recipe.split->name});
  if (moves && recipe.is_pair()) labels.push_back({"pair", fmt::format("{}>{}", recipe.root, recipe.peer)});
  return labels;
}

/// Flags that say what is moved, and where it lies, for cases that move nothing.
std::vector<IgnoredFlag> ignored_data(std::string_view why) {
  std::vector<IgnoredFlag> flags = ignored_sizes(why);
  for (const std::string_view flag :
       {"--dtype", "--op", "--root", "--in-place", "--misalign", "--buffers", "--register", "--cache", "--odd"}) {
    flags.push_back({flag, why});
  }
  return flags;
}

/// Flags of the suite, and of all suites, that say nothing of the case.
std::vector<IgnoredFlag> ignored_flags(const Recipe& recipe) {
  if (recipe.mode->is_creation()) {
    constexpr std::string_view why = "making a communicator moves nothing";
    std::vector<IgnoredFlag> flags = ignored_data(why);
    for (const std::string_view flag : {"--collective", "--fault", "--pairs", "--cudagraph"}) {
      flags.push_back({flag, why});
    }
    return flags;
  }
  std::vector<IgnoredFlag> flags;
  if (!recipe.collective->moves) flags = ignored_data("a barrier moves nothing");
  if (!recipe.collective->reduces) flags.push_back({"--op", "no collective asked for reduces"});
  if (recipe.collective->moves && recipe.size == Bytes{}) flags.push_back({"--odd", "0 bytes have no parts"});
  if (recipe.is_pair()) {
    flags.push_back({"--root", "--pairs has messages from each rank to each other"});
    flags.push_back({"--collective", "--pairs has messages alone, send_recv"});
  } else if (!recipe.collective->rooted) {
    flags.push_back({"--root", "no collective asked for has a root"});
  }
  const bool idle_fault = !recipe.collective->moves && recipe.group_size() == 1;
  if (recipe.fault && idle_fault) flags.push_back({"--fault", "one rank alone waits for no other"});
  if (recipe.fault && !is_there(*recipe.fault, recipe)) {
    flags.push_back({"--fault", "there is no such rank among those measured"});
  }
  for (const std::string_view flag : {"--factor", "--step-bytes"}) {
    if (recipe.fixed_size) flags.push_back({flag, "without -b and -e there is no range of sizes"});
  }
  if (recipe.mode->pace == Pace::blocking) {
    flags.push_back({"--cache", "a first call finds its buffers as they were made"});
    flags.push_back({"--cudagraph", "only latency and bandwidth can come from a graph"});
  }
  return flags;
}

}  // namespace

const CollectiveMode& parse_collective_mode(std::string_view text) {
  const auto* const found = std::ranges::find(modes, text, &CollectiveMode::name);
  if (found != modes.end()) return *found;
  std::vector<std::string_view> names;
  names.reserve(modes.size());
  for (const CollectiveMode& mode : modes) names.push_back(mode.name);
  throw UsageError(fmt::format("unknown mode {}; known: {}", in_quotes(text), fmt::join(names, ", ")));
}

PlannedCase plan_case(const Recipe& recipe, const SuiteContext& context) {
  const Backend& backend = *recipe.backend;
  const int ranks = recipe.group_size();
  Exchange exchange = exchange_of(recipe, context.seed);
  const bool moves = recipe.collective->moves;
  const Bytes size = size_of(exchange.dtype) * exchange.collective->size_count(exchange.call(), ranks);
  const Link link =
      exchange.peer < 0 ? link_of(backend, context) : link_between(backend, context, exchange.root, exchange.peer);
  PlannedCase planned{.what = {.suite = "collectives",
                               .operation = std::string{recipe.collective->name},
                               .backend = std::string{backend.name},
                               .dtype = moves ? std::string{name(exchange.dtype)} : "",
                               .size = moves ? std::optional{size} : std::nullopt,
                               .mode = std::string{recipe.mode->name},
                               .labels = labels_of(recipe),
                               .ranks = recipe.ranks},
                      .work = {.elements = exchange.count,
                               .bytes = size,
                               .bus_factor = exchange.collective->bus_factor(exchange.call(), ranks)},
                      .limit = moves && ranks > 1 ? link.limit : std::nullopt,
                      .transport = link.transport,
                      .pace = recipe.mode->pace,
                      .replayed = recipe.mode->replayed,
                      .skip = refusal(recipe, exchange, context.world.device()),
                      .ignores = ignored_flags(recipe),
                      .split = recipe.split};
  const Bytes cache = context.device.last_level_cache;
  const auto plan_memory = [&](const Exchange& whole, Bytes beyond) {
    const Backend::Beside memory = memory_of(whole, backend, ranks, beyond);
    planned.memory = memory.device;
    planned.host_memory = memory.host;
  };
  plan_memory(exchange, cache);
  if (recipe.mode->is_creation()) {
    planned.what = {.suite = "collectives",
                    .operation = "communicator",
                    .backend = planned.what.backend,
                    .mode = "creation",
                    .labels = std::move(planned.what.labels),
                    .ranks = recipe.ranks};
    planned.work = {};
    planned.limit.reset();
    plan_memory(creation_check(), Bytes{});
    planned.prepare = [&backend](const World& group) { return make_creation_trial(backend, group); };
  } else if (recipe.mode->name == "first_call") {
    exchange.first_call = true;
    const Registration registration = recipe.registration;
    planned.prepare = [exchange, registration, &backend, cache](const World& group) {
      return make_first_call_trial(exchange, registration, backend, group, cache);
    };
  } else {
    const std::string ranks_meant = recipe.split ? fmt::format("{} of {}", recipe.split->name, recipe.ranks) : "";
    Communicators& all = context.communicators;
    const Registration registration = recipe.registration;
    const Communicators::Key key{
        .backend = backend.name, .ranks = ranks, .split = ranks_meant, .tuning = exchange.tuning};
    planned.held = [&all, key, registration] { return all.held(key, registration); };
    planned.prepare = [exchange, registration, &backend, cache, ranks_meant, &all](const World& group) {
      Communicators::Connection& connection = all.connection(backend, group, ranks_meant, exchange.tuning);
      return make_collective_trial(exchange, *connection.communicator, all.buffers(connection, registration), cache,
                                   group);
    };
  }
  return planned;
}

}  // namespace lanemark
