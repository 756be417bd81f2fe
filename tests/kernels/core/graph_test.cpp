// SPDX-License-Identifier: MIT

#include "kernels/core/graph.hpp"

#include <stdexcept>
#include <vector>

#include "kernels/core/buffer.hpp"
#include "tests/kernels/on_device.hpp"

namespace lanemark::test {
namespace {

class GraphTest : public OnDevice {};

TEST_P(GraphTest, CapturingRunsNothingAndEveryLaunchRunsAllInOrder) {
  std::vector<int> order;
  const Graph graph{stream(), [&] {
                      for (int i = 0; i < 3; ++i) stream().run([&order, i] { order.push_back(i); });
                    }};
  stream().synchronize();
  EXPECT_TRUE(order.empty());
  for (int launch = 0; launch < 2; ++launch) graph.launch();
  stream().synchronize();
  EXPECT_EQ(order, (std::vector{0, 1, 2, 0, 1, 2}));
}

TEST_P(GraphTest, MovesDataAtEachLaunch) {
  const DeviceBuffer<std::int32_t> from{device(), 100};
  const DeviceBuffer<std::int32_t> to{device(), 100};
  const Graph graph{stream(), [&] { stream().copy(to.data(), from.data(), to.span().bytes()); }};
  for (const std::int32_t value : {1, 2}) {
    const std::vector<std::int32_t> values(100, value);
    upload<std::int32_t>(stream(), values, from);
    graph.launch();
    EXPECT_EQ(download(stream(), to.span()), values);
  }
}

TEST_P(GraphTest, AFailureWhileCapturingLeavesTheStreamUsable) {
  const auto fails = [&] {
    stream().run([] {});
    throw std::runtime_error("planted");
  };
  EXPECT_THROW((Graph{stream(), fails}), std::runtime_error);
  bool ran = false;
  stream().run([&] { ran = true; });
  stream().synchronize();
  EXPECT_TRUE(ran);
}

INSTANTIATE_TEST_SUITE_P(Devices, GraphTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
