// SPDX-License-Identifier: MIT

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "collectives/gradient_sync/gradient_sync.hpp"

namespace lanemark {
namespace {

/// ResNet-18's parameter tensors in elements, first layer first.
std::vector<std::size_t> resnet18() {
  std::vector<std::size_t> sizes;
  const auto convolution = [&](std::size_t in, std::size_t out, std::size_t edge) {
    sizes.push_back(out * in * edge * edge);
    sizes.insert(sizes.end(), {out, out});  // the batch norm behind it
  };
  convolution(3, 64, 7);
  std::size_t channels = 64;
  for (const std::size_t planes : {64U, 128U, 256U, 512U}) {
    for (int block = 0; block < 2; ++block) {
      convolution(channels, planes, 3);
      convolution(planes, planes, 3);
      if (channels != planes) convolution(channels, planes, 1);
      channels = planes;
    }
  }
  sizes.insert(sizes.end(), {512'000, 1000});
  return sizes;
}

std::vector<TensorRange> in_reverse(const std::vector<std::size_t>& sizes) {
  std::vector<TensorRange> tensors;
  std::size_t offset = 0;
  for (const std::size_t size : std::vector<std::size_t>{sizes.rbegin(), sizes.rend()}) {
    tensors.push_back({.offset = offset, .count = size});
    offset += size;
  }
  return tensors;
}

std::vector<std::size_t> bytes_of(const std::vector<Bucket>& buckets) {
  std::vector<std::size_t> bytes;
  for (const Bucket& bucket : buckets) bytes.push_back(bucket.count * sizeof(float));
  return bytes;
}

std::vector<std::size_t> resnet18_buckets(std::vector<Bytes> caps) {
  return bytes_of(assign_buckets(in_reverse(resnet18()), caps, Bytes{sizeof(float)}));
}

// The sizes that PyTorch's DistributedDataParallel was seen to all-reduce (pytorch/pytorch#48880).
TEST(Buckets, matchPyTorchOnResNet18) {
  EXPECT_EQ(resnet18_buckets({mebibytes(1), mebibytes(25)}), (std::vector<std::size_t>{2052000, 28852224, 15853824}));
  EXPECT_EQ(resnet18_buckets({mebibytes(1), mebibytes(35)}), (std::vector<std::size_t>{2052000, 38297600, 6408448}));
}

TEST(Buckets, lastCapRepeats) {
  const std::vector<TensorRange> tensors = in_reverse(std::vector<std::size_t>(7, 10));
  EXPECT_EQ(bytes_of(assign_buckets(tensors, std::vector{Bytes{1}, Bytes{80}}, Bytes{4})),
            (std::vector<std::size_t>{40, 80, 80, 80}));
}

TEST(Buckets, coverEveryTensorOnceInOrder) {
  std::mt19937_64 random{std::random_device{}()};
  for (int round = 0; round < 200; ++round) {
    std::vector<std::size_t> sizes(std::uniform_int_distribution<std::size_t>{1, 40}(random));
    for (std::size_t& size : sizes) size = std::uniform_int_distribution<std::size_t>{1, 5000}(random);
    const std::vector<TensorRange> tensors = in_reverse(sizes);
    const std::vector<Bytes> caps{Bytes{std::uniform_int_distribution<std::uint64_t>{1, 9000}(random)},
                                  Bytes{std::uniform_int_distribution<std::uint64_t>{1, 40000}(random)}};
    std::size_t tensor = 0;
    std::size_t offset = 0;
    for (const Bucket& bucket : assign_buckets(tensors, caps, Bytes{sizeof(float)})) {
      EXPECT_EQ(bucket.first_tensor, tensor);
      EXPECT_EQ(bucket.offset, offset);
      tensor = bucket.last_tensor + 1;
      offset += bucket.count;
    }
    EXPECT_EQ(tensor, tensors.size());
    EXPECT_EQ(offset, std::accumulate(sizes.begin(), sizes.end(), std::size_t{0}));
  }
}

TEST(Buckets, needACap) {
  const std::vector<TensorRange> tensors = in_reverse({1});
  EXPECT_THROW(assign_buckets(tensors, {}, Bytes{4}), UsageError);
}

}  // namespace
}  // namespace lanemark
