// SPDX-License-Identifier: MIT

#include "collectives/collectives.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>

#include "bench/measurement/case_bound.hpp"
#include "bench/suites/links.hpp"
#include "bench/suites/recipe.hpp"
#include "bench/text/numbers.hpp"
#include "bench/text/shown.hpp"

namespace lanemark {
namespace {

/// Every recipe with every value that it has.
template <class ValuesOf, class Apply>
void vary_by(std::vector<Recipe>& recipes, const ValuesOf& values_of, Apply apply) {
  std::vector<Recipe> varied;
  for (const Recipe& recipe : recipes) {
    for (const auto& value : values_of(recipe)) {
      require_few_cases(varied.size() + 1);
      apply(varied.emplace_back(recipe), value);
    }
  }
  recipes = std::move(varied);
}

/// Every recipe with every value.
template <class Values, class Apply>
void vary(std::vector<Recipe>& recipes, const Values& values, Apply apply) {
  vary_by(
      recipes, [&values](const Recipe& /*recipe*/) -> const Values& { return values; }, apply);
}

/// Every recipe that moves data with every value; what moves none has no such property, and stays as it is.
template <class Values, class Apply>
void vary_data(std::vector<Recipe>& recipes, const Values& values, Apply apply) {
  std::vector<Recipe> varied;
  for (const Recipe& recipe : recipes) {
    if (!recipe.collective->moves) varied.push_back(recipe);
    else
      for (const auto& value : values) apply(varied.emplace_back(recipe), value);
  }
  recipes = std::move(varied);
}

/// The texts, or the names of all entries if they are just "all".
template <class Entries, class NameOf>
std::vector<std::string> or_all(const std::vector<std::string>& texts, const Entries& entries, NameOf name_of) {
  if (texts != std::vector<std::string>{"all"}) return texts;
  std::vector<std::string> names;
  names.reserve(entries.size());
  for (const auto& entry : entries) names.emplace_back(name_of(entry));
  return names;
}

/// One empty text where none is given: what the backend chooses.
std::vector<std::string> or_none(const std::vector<std::string>& texts) {
  return texts.empty() ? std::vector<std::string>{""} : texts;
}

std::string checked(std::string_view what, const std::string& text, std::initializer_list<std::string_view> known) {
  std::string lower = text;
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (text.empty() || std::ranges::find(known, lower) != known.end()) return lower;
  throw UsageError(fmt::format("unknown {} {}; known: {}", what, in_quotes(text), fmt::join(known, ", ")));
}

class CollectivesSuite final : public Suite {
 public:
  void add_options(CLI::App& app) override {
    CLI::Option_group& group = *app.add_option_group("collectives");
    group.add_option("--collective", collectives_, "collectives, comma-separated, or all")->delimiter(',');
    group
        .add_option("-d,--dtype", dtypes_,
                    "data types: int8 uint8 int32 int64 half bfloat16 float double f8e4m3 f8e5m2, or all")
        ->delimiter(',');
    group.add_option("-o,--op", ops_, "reductions: sum prod min max avg, or all")->delimiter(',');
    group.add_option("-r,--root", roots_, "roots of broadcast, reduce, gather and scatter, or all")->delimiter(',');
    group
        .add_option("--mode", modes_,
                    "latency, bandwidth [these two], both from a CUDA graph (graph_latency, graph_bandwidth), "
                    "first_call, creation")
        ->delimiter(',');
    group.add_option("-G,--cudagraph", graphs_, "1: modes from a CUDA graph, as --mode graph_latency,graph_bandwidth");
    group.add_option("--cache", cache_, "cold: buffers rotate beyond the last-level cache; warm: one buffer")
        ->capture_default_str();
    group.add_flag("--in-place", in_place_, "send and receive share a buffer");
    group.add_flag("--odd", odd_, "beside each size another, of parts that begin off 16 bytes where its own do not");
    group.add_option("--misalign", misaligned_, "elements by which buffers miss their alignment");
    group
        .add_option("--buffers", registrations_,
                    "how NCCL knows the buffers: plain, registered, symmetric (windows), or all")
        ->delimiter(',');
    group.add_option("-R,--register", register_, "the same as nccl-tests has it: 0 plain, 1 registered, 2 symmetric");
    group.add_option("--algo", algorithms_, "force NCCL's algorithm: ring, tree, pat, nvls …")->delimiter(',');
    group.add_option("--proto", protocols_, "force NCCL's protocol: LL, LL128, Simple")->delimiter(',');
    group
        .add_option("--split", splits_,
                    "groups of ranks at once: node (each node's), across (one of each node), mod:K, div:K")
        ->delimiter(',');
    group.add_flag("--pairs", pairs_, "the matrix of messages from every rank to every other");
    group.add_option("--fault", fault_, "for tests: spoil an element of this rank's output, which must be noticed");
  }

  void make_quick() override { quick_ = true; }

  std::vector<PlannedCase> plan(const SuiteContext& context) override {
    check();
    std::vector<Recipe> recipes(1, Recipe{.fault = fault_});
    vary(recipes,
         pairs_ ? std::vector<std::string>{"send_recv"}
                : or_all(collectives_, Registry<Collective>::all(), [](const auto* one) { return one->name; }),
         [](Recipe& one, const std::string& text) { one.collective = &Registry<Collective>::get("collective", text); });
    vary(recipes, context.backends, [](Recipe& one, const Backend* backend) { one.backend = backend; });
    vary(recipes, context.ranks.empty() ? std::vector{context.world.size()} : context.ranks,
         [](Recipe& one, int ranks) { one.ranks = ranks; });
    vary(recipes, or_none(splits_), [&](Recipe& one, const std::string& text) {
      if (!text.empty()) one.split = parse_split(text, places_of(context.world, one.ranks));
    });
    vary_data(recipes, std::vector{warm_cache()}, [this](Recipe& one, bool warm) {
      one.warm_cache = warm;
      one.in_place = in_place_;
      one.misaligned = static_cast<std::size_t>(misaligned_);
    });
    vary_data(recipes, or_all(dtypes_, all_dtypes, [](DType one) { return name(one); }),
              [](Recipe& one, const std::string& text) { one.dtype = parse_dtype(text); });
    vary_data(recipes, or_all(ops_, all_reduce_ops, [](ReduceOp one) { return name(one); }),
              [](Recipe& one, const std::string& text) { one.op = parse_reduce_op(text); });
    vary_roots(recipes);
    vary(recipes, or_none(algorithms_), [](Recipe& one, const std::string& text) {
      one.tuning.algorithm =
          checked("algorithm", text, {"ring", "tree", "collnetdirect", "collnetchain", "nvls", "nvlstree", "pat"});
    });
    vary(recipes, or_none(protocols_), [](Recipe& one, const std::string& text) {
      one.tuning.protocol = checked("protocol", text, {"ll", "ll128", "simple"});
    });
    vary_data(recipes, registrations(),
              [](Recipe& one, Registration registration) { one.registration = registration; });
    if (pairs_) vary_pairs(recipes);
    vary_modes(recipes);
    vary_sizes(recipes, context);
    std::vector<PlannedCase> cases;
    cases.reserve(recipes.size());
    for (const Recipe& recipe : recipes) cases.push_back(plan_case(recipe, context));
    return cases;
  }

 private:
  void check() const {
    if (fault_ && *fault_ < 0) {
      throw UsageError(fmt::format("--fault {}: must be a rank, e.g. --fault 0 for the first", *fault_));
    }
    if (pairs_ && !splits_.empty()) {
      throw UsageError("--pairs is of all ranks, and --split makes groups of them; leave one off");
    }
    constexpr int most = 1 << 20;
    if (misaligned_ < 0 || misaligned_ > most) {
      throw UsageError(fmt::format("--misalign {}: must be from 0 to {} elements", misaligned_, most));
    }
    if (graphs_ && (*graphs_ < 0 || *graphs_ > 1)) {
      throw UsageError(
          fmt::format("-G {}: 1 is for modes from a graph, whose replays are counted by -n and --min-time", *graphs_));
    }
    const auto from_graph = [](const std::string& mode) { return mode.starts_with("graph_"); };
    if (graphs_ == 0 && std::ranges::any_of(modes_, from_graph)) {
      throw UsageError("-G 0 is for modes without a graph, and --mode names one from a graph; leave one off");
    }
    if (register_ && !registrations_.empty()) {
      throw UsageError("-R and --buffers say the same, and only one can count; leave one off");
    }
  }

  [[nodiscard]] bool warm_cache() const {
    if (cache_ == "cold" || cache_ == "warm") return cache_ == "warm";
    throw UsageError(fmt::format("unknown --cache {}; known: cold, warm", in_quotes(cache_)));
  }

  [[nodiscard]] std::vector<Registration> registrations() const {
    if (register_ && (*register_ < 0 || *register_ > 2)) {
      throw UsageError(fmt::format("-R {}: 0 is plain, 1 registered, 2 symmetric buffers", *register_));
    }
    if (register_) return {all_registrations.at(static_cast<std::size_t>(*register_))};
    if (registrations_.empty()) return {Registration::plain};
    std::vector<Registration> chosen;
    for (const std::string& text :
         or_all(registrations_, all_registrations, [](Registration one) { return name(one); })) {
      chosen.push_back(parse_registration(text));
    }
    return chosen;
  }

  /// What has a root, with each that was asked for; `all` are those of its own group.
  void vary_roots(std::vector<Recipe>& recipes) const {
    const bool all = roots_ == std::vector<std::string>{"all"};
    const int most = recipes.empty() ? 0 : std::ranges::max(recipes, {}, &Recipe::group_size).group_size();
    std::vector<int> asked;
    for (const std::string& text : all ? std::vector<std::string>{} : roots_) {
      asked.push_back(whole_number<int>(text).value_or(-1));
      if (asked.back() < 0 || asked.back() >= most) {
        throw UsageError(fmt::format("root {}: must be a rank from 0 to {}, or all", in_quotes(text), most - 1));
      }
    }
    const auto of = [&](const Recipe& recipe) -> std::vector<int> {
      if (!recipe.collective->rooted) return {0};
      if (!all) return asked;
      std::vector<int> every(static_cast<std::size_t>(recipe.group_size()));
      std::iota(every.begin(), every.end(), 0);
      return every;
    };
    vary_by(recipes, of, [](Recipe& one, int root) { one.root = root; });
  }

  [[nodiscard]] std::vector<const CollectiveMode*> chosen_modes() const {
    std::vector<const CollectiveMode*> chosen;
    for (const std::string& text : modes_.empty() ? std::vector<std::string>{"latency", "bandwidth"} : modes_) {
      const CollectiveMode& mode = parse_collective_mode(text);
      const bool has_graph = mode.pace == Pace::isolated || mode.pace == Pace::back_to_back;
      chosen.push_back(graphs_.value_or(0) > 0 && has_graph && !mode.replayed ? &parse_collective_mode("graph_" + text)
                                                                              : &mode);
    }
    return chosen;
  }

  /// What moves nothing has no bandwidth, and none is planned that was not asked for.
  void vary_modes(std::vector<Recipe>& recipes) const {
    const std::vector<const CollectiveMode*> all = chosen_modes();
    std::vector<const CollectiveMode*> without_bandwidth;
    std::ranges::copy_if(all, std::back_inserter(without_bandwidth),
                         [](const CollectiveMode* mode) { return mode->pace != Pace::back_to_back; });
    vary_by(
        recipes,
        [&](const Recipe& recipe) -> const auto& {
          return recipe.collective->moves || !modes_.empty() ? all : without_bandwidth;
        },
        [](Recipe& one, const CollectiveMode* mode) { one.mode = mode; });
  }

  /// Every rank to every other, one pair at a time.
  static void vary_pairs(std::vector<Recipe>& recipes) {
    std::vector<Recipe> varied;
    for (const Recipe& recipe : recipes) {
      if (recipe.ranks < 2) {
        throw UsageError(
            "--pairs: one rank alone has no other; start more with mpirun -np N, and leave 1 out of --ranks");
      }
      for (int from = 0; from < recipe.ranks; ++from) {
        for (int to = 0; to < recipe.ranks; ++to) {
          if (from == to) continue;
          require_few_cases(varied.size() + 1);
          Recipe& one = varied.emplace_back(recipe);
          one.root = from;
          one.peer = to;
        }
      }
    }
    recipes = std::move(varied);
  }

  void vary_sizes(std::vector<Recipe>& recipes, const SuiteContext& context) const {
    const bool host = context.world.device().kind == DeviceKind::host;
    const bool given = context.sizes.given();
    const std::vector<Bytes> usual =
        expand(context.sizes, Bytes{8}, host ? mebibytes(16) : gibibytes(1), quick_ && !given ? 64 : 8);
    std::vector<Recipe> varied;
    for (const Recipe& recipe : recipes) {
      std::vector<Bytes> sizes = usual;
      const bool blocking = recipe.mode->pace == Pace::blocking;
      const bool fixed = !given && (pairs_ || blocking);
      if (fixed && blocking) sizes = {Bytes{8}, host ? mebibytes(1) : mebibytes(64)};
      // A matrix has one number for a pair: one message's time, or the rate of long ones.
      else if (fixed) sizes = {recipe.mode->pace == Pace::back_to_back ? mebibytes(host ? 4 : 64) : Bytes{8}};
      if (!recipe.collective->moves) sizes = {Bytes{}};
      require_few_cases(varied.size() + sizes.size());
      for (const Bytes size : sizes) {
        Recipe& one = varied.emplace_back(recipe);
        one.size = size;
        one.fixed_size = fixed;
        if (!odd_ || size == Bytes{} || !recipe.collective->moves) continue;
        varied.push_back(one);
        varied.back().neighbour = true;
      }
    }
    recipes = std::move(varied);
  }

  std::vector<std::string> collectives_{"all_reduce"};
  std::vector<std::string> dtypes_{"float"};
  std::vector<std::string> ops_{"sum"};
  std::vector<std::string> roots_{"0"};
  std::vector<std::string> modes_;  ///< latency and bandwidth, where none is asked for
  std::vector<std::string> registrations_;
  std::vector<std::string> algorithms_;
  std::vector<std::string> protocols_;
  std::vector<std::string> splits_;
  std::string cache_ = "cold";
  std::int64_t misaligned_ = 0;
  std::optional<int> graphs_;
  std::optional<int> register_;
  std::optional<int> fault_;
  bool in_place_ = false;
  bool odd_ = false;
  bool pairs_ = false;
  bool quick_ = false;
};

const Registered<SuiteEntry> collectives_suite{
    {.name = "collectives",
     .order = 1,
     .what = "all_reduce and other collectives over each backend",
     .make = []() -> std::unique_ptr<Suite> { return std::make_unique<CollectivesSuite>(); }}};

}  // namespace
}  // namespace lanemark
