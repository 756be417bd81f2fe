// SPDX-License-Identifier: MIT

#include "bench/engine/alternation.hpp"

#include <algorithm>
#include <chrono>
#include <iterator>

#include "bench/record/bounds.hpp"

namespace lanemark {
namespace {

/// One case's place in the alternation.
struct Player {
  Sampler sampler;
  std::uint64_t wanted;  ///< in the round to come
  Turns got{};
  Seconds spent{};  ///< by this rank's clock
};

/// Of a fifth of a second for each case, a turn takes 20 ms: short beside what clocks and neighbours take to change,
/// long beside the switch from one case to the other. An even number, so that each order comes as often as the other.
constexpr std::uint64_t most_rounds = 10;

void take(Player& player, std::uint64_t samples) {
  if (samples == 0) return;
  const auto start = std::chrono::steady_clock::now();
  player.got.samples.append(player.sampler.take(samples));
  player.spent += std::chrono::steady_clock::now() - start;
}

/// All samples that the players want, in turn.
void alternate(std::span<Player> players) {
  std::uint64_t rounds = players.size() > 1 ? most_rounds : 1;
  for (const Player& player : players) {
    if (player.wanted > 0) rounds = std::min(rounds, player.wanted);
  }
  if (rounds > 1) rounds -= rounds % 2;
  for (std::uint64_t round = 0; round < rounds; ++round) {
    for (std::size_t i = 0; i < players.size(); ++i) {
      Player& player = players[round % 2 == 0 ? i : players.size() - 1 - i];
      take(player, player.wanted * (round + 1) / rounds - player.wanted * round / rounds);
    }
  }
}

/// Plans a round that doubles the samples, as far as time is left for it. All ranks have the same samples, but each
/// its own clock.
void continue_or_stop(Player& player, const World& world, const TimingOptions& timing) {
  const Turns& got = player.got;
  const std::optional<double> precision = relative_precision(got.samples.times);
  player.got.stop = precision && *precision <= timing.precision ? Stop::precision : Stop::time;
  player.wanted = 0;
  const Seconds spent{world.max(player.spent.count())};
  const std::uint64_t most = bounds::samples - std::min<std::uint64_t>(bounds::samples, got.samples.times.size());
  if (spent >= timing.max_time || most == 0) return;
  const double rate = static_cast<double>(got.samples.times.size()) / spent.count();
  const double affordable = std::max(1.0, (timing.max_time - spent).count() * rate);
  player.wanted = std::min({static_cast<std::uint64_t>(affordable), std::uint64_t{got.samples.times.size()}, most});
}

}  // namespace

std::vector<Turns> sample_in_turn(const World& world, std::span<const ReadyCase* const> cases,
                                  const TimingOptions& timing) {
  std::vector<Player> players;
  players.reserve(cases.size());
  for (const ReadyCase* const one : cases) {
    one->trial->reset();
    const auto start = std::chrono::steady_clock::now();
    players.push_back(
        {.sampler = Sampler{world, *one->trial, one->schedule, one->counts.operations}, .wanted = one->counts.samples});
    players.back().spent = std::chrono::steady_clock::now() - start;
  }
  alternate(players);
  const auto done = [](const Player& player) { return player.wanted == 0 || player.got.stop == Stop::precision; };
  while (timing.precision > 0) {
    for (Player& player : players) continue_or_stop(player, world, timing);
    if (std::ranges::all_of(players, done)) break;
    alternate(players);
  }
  std::vector<Turns> all;
  all.reserve(players.size());
  for (Player& player : players) all.push_back(std::move(player.got));
  return all;
}

}  // namespace lanemark
