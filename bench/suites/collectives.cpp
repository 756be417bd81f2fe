#include "collectives/collectives.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "bench/suite.hpp"
#include "bench/suites/exchange.hpp"
#include "bench/suites/links.hpp"

namespace lanemark {
namespace {

struct Mode {
  std::string_view name;
  Pace pace;
  bool replayed;
};

constexpr std::array modes{
    Mode{"latency", Pace::isolated, false},      Mode{"bandwidth", Pace::back_to_back, false},
    Mode{"graph_latency", Pace::isolated, true}, Mode{"graph_bandwidth", Pace::back_to_back, true},
    Mode{"first_call", Pace::blocking, false},   Mode{"creation", Pace::blocking, false}};

const Mode& parse_mode(std::string_view text) {
  const auto* const found = std::ranges::find(modes, text, &Mode::name);
  if (found != modes.end()) return *found;
  std::vector<std::string_view> names;
  names.reserve(modes.size());
  for (const Mode& mode : modes) names.push_back(mode.name);
  throw UsageError(fmt::format("unknown mode '{}'; known: {}", text, fmt::join(names, ", ")));
}

/// What sets one case apart.
struct Recipe {
  const Collective* collective = nullptr;
  const Backend* backend = nullptr;
  int ranks = 1;
  std::string split{};
  DType dtype = DType::float32;
  ReduceOp op = ReduceOp::sum;
  int root = 0;
  int peer = -1;
  Tuning tuning{};
  Registration registration = Registration::plain;
  const Mode* mode = nullptr;
  Bytes size{};
};

/// Every recipe with every value.
template <class Values, class Apply>
void vary(std::vector<Recipe>& recipes, const Values& values, Apply apply) {
  std::vector<Recipe> varied;
  for (const Recipe& recipe : recipes) {
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
  throw UsageError(fmt::format("unknown {} '{}'; known: {}", what, text, fmt::join(known, ", ")));
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
                    "latency, bandwidth, both from a CUDA graph (graph_latency, graph_bandwidth), first_call, creation")
        ->delimiter(',');
    group.add_option("-G,--cudagraph", graphs_, "1: modes from a CUDA graph, as --mode graph_latency,graph_bandwidth");
    group.add_option("--cache", cache_, "cold: buffers rotate beyond the last-level cache; warm: one buffer")
        ->capture_default_str();
    group.add_flag("--in-place", in_place_, "send and receive share a buffer");
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
    if (fault_ && *fault_ < 0) {
      throw UsageError(fmt::format("--fault {}: must be a rank, e.g. --fault 0 for the first", *fault_));
    }
    std::vector<Recipe> recipes(1);
    vary(recipes,
         pairs_ ? std::vector<std::string>{"send_recv"}
                : or_all(collectives_, Registry<Collective>::all(), [](const auto* one) { return one->name; }),
         [](Recipe& one, const std::string& text) { one.collective = &Registry<Collective>::get("collective", text); });
    vary(recipes, context.backends, [](Recipe& one, const Backend* backend) { one.backend = backend; });
    vary(recipes, context.ranks.empty() ? std::vector{context.world.size()} : context.ranks,
         [](Recipe& one, int ranks) { one.ranks = ranks; });
    vary(recipes, or_none(splits_), [](Recipe& one, const std::string& text) { one.split = text; });
    vary(recipes, or_all(dtypes_, all_dtypes, [](DType one) { return name(one); }),
         [](Recipe& one, const std::string& text) { one.dtype = parse_dtype(text); });
    vary(recipes, or_all(ops_, all_reduce_ops, [](ReduceOp one) { return name(one); }),
         [](Recipe& one, const std::string& text) { one.op = parse_reduce_op(text); });
    vary(recipes, roots(context), [](Recipe& one, int root) { one.root = root; });
    vary(recipes, or_none(algorithms_), [](Recipe& one, const std::string& text) {
      one.tuning.algorithm =
          checked("algorithm", text, {"ring", "tree", "collnetdirect", "collnetchain", "nvls", "nvlstree", "pat"});
    });
    vary(recipes, or_none(protocols_), [](Recipe& one, const std::string& text) {
      one.tuning.protocol = checked("protocol", text, {"ll", "ll128", "simple"});
    });
    vary(recipes, registrations(), [](Recipe& one, Registration registration) { one.registration = registration; });
    if (pairs_) vary_pairs(recipes);
    vary(recipes, chosen_modes(), [](Recipe& one, const Mode* mode) { one.mode = mode; });
    vary_sizes(recipes, context);
    std::vector<PlannedCase> cases;
    cases.reserve(recipes.size());
    for (const Recipe& recipe : recipes) cases.push_back(plan_case(recipe, context));
    return cases;
  }

 private:
  [[nodiscard]] bool warm_cache() const {
    if (cache_ == "cold" || cache_ == "warm") return cache_ == "warm";
    throw UsageError(fmt::format("unknown --cache '{}'; known: cold, warm", cache_));
  }

  [[nodiscard]] std::vector<Registration> registrations() const {
    if (register_ < 0 || register_ > 2) {
      throw UsageError(fmt::format("-R {}: 0 is plain, 1 registered, 2 symmetric buffers", register_));
    }
    if (register_ > 0) return {all_registrations.at(static_cast<std::size_t>(register_))};
    std::vector<Registration> chosen;
    for (const std::string& text :
         or_all(registrations_, all_registrations, [](Registration one) { return name(one); })) {
      chosen.push_back(parse_registration(text));
    }
    return chosen;
  }

  [[nodiscard]] std::vector<int> roots(const SuiteContext& context) const {
    std::vector<int> chosen;
    const int ranks = context.ranks.empty() ? context.world.size() : context.ranks.front();
    if (roots_ == std::vector<std::string>{"all"}) {
      for (int root = 0; root < ranks; ++root) chosen.push_back(root);
      return chosen;
    }
    for (const std::string& text : roots_) {
      int root = -1;
      const auto [end, status] = std::from_chars(text.data(), text.data() + text.size(), root);
      if (status != std::errc{} || end != text.data() + text.size() || root < 0 || root >= ranks) {
        throw UsageError(fmt::format("root '{}': must be a rank from 0 to {}, or all", text, ranks - 1));
      }
      chosen.push_back(root);
    }
    return chosen;
  }

  [[nodiscard]] std::vector<const Mode*> chosen_modes() const {
    std::vector<const Mode*> chosen;
    for (const std::string& text : modes_) {
      const Mode& mode = parse_mode(text);
      const bool has_graph = mode.pace == Pace::isolated || mode.pace == Pace::back_to_back;
      chosen.push_back(graphs_ > 0 && has_graph && !mode.replayed ? &parse_mode("graph_" + text) : &mode);
    }
    return chosen;
  }

  /// Every rank to every other, one pair at a time.
  static void vary_pairs(std::vector<Recipe>& recipes) {
    std::vector<Recipe> varied;
    for (const Recipe& recipe : recipes) {
      for (int from = 0; from < recipe.ranks; ++from) {
        for (int to = 0; to < recipe.ranks; ++to) {
          if (from == to) continue;
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
    const bool given = context.sizes.smallest || context.sizes.largest;
    const SizeRange range = quick_ && !given ? SizeRange{.smallest = {}, .largest = {}, .factor = 64} : context.sizes;
    const std::vector<Bytes> usual = expand(range, Bytes{8}, host ? mebibytes(16) : gibibytes(1));
    std::vector<Recipe> varied;
    for (const Recipe& recipe : recipes) {
      // A matrix has one number for a pair: one message's time, or the rate of long ones.
      std::vector<Bytes> sizes = usual;
      if (pairs_ && !given) sizes = {recipe.mode->pace == Pace::back_to_back ? mebibytes(host ? 4 : 64) : Bytes{8}};
      if (recipe.mode->pace == Pace::blocking && !given) sizes = {Bytes{8}, host ? mebibytes(1) : mebibytes(64)};
      for (const Bytes size : sizes) varied.emplace_back(recipe).size = size;
    }
    recipes = std::move(varied);
  }

  [[nodiscard]] PlannedCase plan_case(const Recipe& recipe, const SuiteContext& context) const;

  std::vector<std::string> collectives_{"all_reduce"};
  std::vector<std::string> dtypes_{"float"};
  std::vector<std::string> ops_{"sum"};
  std::vector<std::string> roots_{"0"};
  std::vector<std::string> modes_{"latency", "bandwidth"};
  std::vector<std::string> registrations_{"plain"};
  std::vector<std::string> algorithms_;
  std::vector<std::string> protocols_;
  std::vector<std::string> splits_;
  std::string cache_ = "cold";
  std::uint64_t misaligned_ = 0;
  int graphs_ = 0;
  int register_ = 0;
  std::optional<int> fault_;
  bool in_place_ = false;
  bool pairs_ = false;
  bool quick_ = false;
};

/// As many elements as make up the size, at least one of each part.
void set_count(Exchange& exchange, Bytes size, int ranks) {
  const Bytes element = size_of(exchange.dtype);
  if (size < element) {
    throw UsageError(fmt::format("size {} is less than one {} element; use at least {}", size_name(size),
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
  set(std::max<std::size_t>(1, size / element / unit));
}

/// Why the case cannot be measured, as far as that is known before it is tried.
std::string refusal(const Recipe& recipe, const Exchange& exchange, int ranks, Device device) {
  const Backend& backend = *recipe.backend;
  if (const auto reason = backend.cannot(*exchange.collective, exchange.call(), ranks, device, recipe.tuning)) {
    return *reason;
  }
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

std::vector<Label> labels_of(const Recipe& recipe, const Exchange& exchange) {
  std::vector<Label> labels;
  const Collective& collective = *exchange.collective;
  if (collective.reduces && exchange.op != ReduceOp::sum) labels.push_back({"op", std::string{name(exchange.op)}});
  if (collective.rooted && exchange.root != 0) labels.push_back({"root", fmt::format("{}", exchange.root)});
  if (exchange.in_place) labels.push_back({"in_place", "yes"});
  if (exchange.misaligned > 0) labels.push_back({"misaligned", fmt::format("{}", exchange.misaligned)});
  if (recipe.registration != Registration::plain) {
    labels.push_back({"buffers", std::string{name(recipe.registration)}});
  }
  if (!recipe.tuning.algorithm.empty()) labels.push_back({"algo", recipe.tuning.algorithm});
  if (!recipe.tuning.protocol.empty()) labels.push_back({"proto", recipe.tuning.protocol});
  if (exchange.warm_cache) labels.push_back({"cache", "warm"});
  if (!recipe.split.empty()) labels.push_back({"split", recipe.split});
  if (exchange.peer >= 0) labels.push_back({"pair", fmt::format("{}>{}", exchange.root, exchange.peer)});
  return labels;
}

PlannedCase CollectivesSuite::plan_case(const Recipe& recipe, const SuiteContext& context) const {
  const Backend& backend = *recipe.backend;
  std::optional<Split> split;
  if (!recipe.split.empty()) split = parse_split(recipe.split, places_of(context.world, recipe.ranks));
  const int ranks = split ? split->group_size : recipe.ranks;
  Exchange exchange{.collective = recipe.collective,
                    .dtype = recipe.dtype,
                    .op = recipe.op,
                    .root = recipe.root % ranks,
                    .peer = recipe.peer,
                    .seed = context.seed,
                    .warm_cache = warm_cache(),
                    .in_place = in_place_,
                    .misaligned = misaligned_,
                    .tuning = recipe.tuning,
                    .fault = fault_};
  set_count(exchange, recipe.size, ranks);
  const Bytes size = size_of(exchange.dtype) * exchange.collective->size_count(exchange.call(), ranks);
  const Link link =
      exchange.peer < 0 ? link_of(backend, context) : link_between(backend, context, exchange.root, exchange.peer);
  PlannedCase planned{.what = {.suite = "collectives",
                               .operation = std::string{recipe.collective->name},
                               .backend = std::string{backend.name},
                               .dtype = std::string{name(exchange.dtype)},
                               .size = size,
                               .mode = std::string{recipe.mode->name},
                               .labels = labels_of(recipe, exchange),
                               .ranks = recipe.ranks},
                      .work = {.elements = exchange.count,
                               .bytes = size,
                               .bus_factor = exchange.collective->bus_factor(exchange.call(), ranks)},
                      .limit = ranks > 1 ? link.limit : std::nullopt,
                      .transport = link.transport,
                      .pace = recipe.mode->pace,
                      .replayed = recipe.mode->replayed,
                      .skip = refusal(recipe, exchange, ranks, context.world.device()),
                      .split = std::move(split)};
  const Bytes cache = context.device.last_level_cache;
  planned.memory = memory_of(exchange, ranks, cache);
  if (recipe.mode->name == "creation") {
    planned.what = {.suite = "collectives",
                    .operation = "communicator",
                    .backend = planned.what.backend,
                    .mode = "creation",
                    .ranks = recipe.ranks};
    planned.work = {};
    planned.limit.reset();
    planned.prepare = [&backend](const World& group) { return make_creation_trial(backend, group); };
  } else if (recipe.mode->name == "first_call") {
    exchange.first_call = true;
    const Registration registration = recipe.registration;
    planned.prepare = [exchange, registration, &backend, cache](const World& group) {
      return make_first_call_trial(exchange, registration, backend, group, cache);
    };
  } else {
    const std::string ranks_meant = recipe.split.empty() ? "" : fmt::format("{} of {}", recipe.split, recipe.ranks);
    Communicators& all = context.communicators;
    const Registration registration = recipe.registration;
    const Communicators::Key key{
        .backend = backend.name, .ranks = ranks, .split = ranks_meant, .tuning = exchange.tuning};
    planned.held = [&all, key, registration] { return all.held(key, registration); };
    planned.prepare = [exchange, registration, &backend, cache, ranks_meant, &all](const World& group) {
      Communicators::Connection& connection = all.connection(backend, group, ranks_meant, exchange.tuning);
      return make_exchange_trial(exchange, *connection.communicator, all.buffers(connection, registration), cache);
    };
  }
  return planned;
}

const Registered<SuiteEntry> collectives_suite{
    {.name = "collectives",
     .order = 1,
     .what = "all_reduce and other collectives over each backend",
     .make = []() -> std::unique_ptr<Suite> { return std::make_unique<CollectivesSuite>(); }}};

}  // namespace
}  // namespace lanemark
