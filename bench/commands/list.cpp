// SPDX-License-Identifier: MIT

#include "bench/commands/measuring_command.hpp"
#include "kernels/core/registry.hpp"

namespace lanemark {
namespace {

class ListCommand final : public MeasuringCommand {
 public:
  ListCommand() : MeasuringCommand{Purpose::list} {}

 private:
  [[nodiscard]] std::optional<int> start_launches(const MeasuringLine& /*line*/) const override { return std::nullopt; }
};

const Registered<CommandEntry> list_entry{
    {.name = "list",
     .what = "name the cases a run would measure",
     .order = 2,
     .make = []() -> std::unique_ptr<Command> { return std::make_unique<ListCommand>(); }}};

}  // namespace
}  // namespace lanemark
