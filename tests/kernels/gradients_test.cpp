// SPDX-License-Identifier: MIT

#include "kernels/operations.hpp"
#include "tests/kernels/typed.hpp"

namespace lanemark::test {
namespace {

class GradientsTest : public OnDevice {
 protected:
  /// Empty, of one element, unaligned after it, longer than what one block of a GPU takes.
  static constexpr std::size_t counts[] = {0, 1, 7, 0, 64, 20000, 3, 4099, 8};

  struct Tensors {
    std::vector<std::vector<float>> values;
    std::vector<DeviceBuffer<float>> buffers;
    DeviceBuffer<TensorPlace> places;
    std::size_t size = 0;
  };
  Tensors draw() {
    Tensors tensors;
    std::vector<TensorPlace> places;
    for (const std::size_t count : counts) {
      tensors.values.push_back(random.floats(count));
      tensors.buffers.push_back(put(tensors.values.back()));
      places.push_back({tensors.buffers.back().data(), count, tensors.size});
      tensors.size += count;
    }
    tensors.places = put(places);
    return tensors;
  }
};

TEST_P(GradientsTest, PackRoundsAndScales) {
  for (const DType dtype : {DType::float32, DType::bfloat16}) {
    for (const std::size_t offset : {0UL, 1UL}) {
      const Tensors tensors = draw();
      const TypedBuffer bucket{stream(), dtype, tensors.size, offset};
      pack_tensors(stream(), {tensors.places, bucket, 0.25F});
      std::vector<float> expected;
      for (const auto& values : tensors.values) {
        for (const float value : values) expected.push_back(value * 0.25F);
      }
      EXPECT_EQ(bucket.get(), rounded(expected, dtype)) << name(dtype) << ", offset " << offset;
    }
  }
}

TEST_P(GradientsTest, UnpackScales) {
  for (const DType dtype : {DType::float32, DType::bfloat16}) {
    for (const std::size_t offset : {0UL, 1UL}) {
      const Tensors tensors = draw();
      const std::vector<float> values = rounded(random.floats(tensors.size), dtype);
      const TypedBuffer bucket{stream(), dtype, values, offset};
      unpack_tensors(stream(), {tensors.places, bucket, 0.5F});
      std::size_t at = 0;
      for (const auto& buffer : tensors.buffers) {
        for (const float value : get(buffer)) ASSERT_EQ(value, values[at++] * 0.5F) << name(dtype) << " " << at;
      }
    }
  }
}

// Views into one arena, which begin anywhere; many smaller than what a warp takes at once; empty ones before and behind
// others at the same place of the bucket.
class ViewsTest : public GradientsTest {
 protected:
  struct Views {
    std::vector<float> arena;
    DeviceBuffer<float> memory;
    std::vector<std::size_t> starts;  ///< in the arena
    std::vector<TensorPlace> list;
    DeviceBuffer<TensorPlace> places;
    std::size_t size = 0;
  };
  Views draw_views(std::size_t tensors) {
    constexpr std::size_t sizes[] = {0, 1, 2, 3, 4, 5, 7, 8, 63, 64, 511, 512, 513, 1000, 4096, 5003};
    Views views;
    for (std::size_t i = 0; i < tensors; ++i) {
      const std::size_t count = sizes[random.below(std::size(sizes))];
      views.arena.resize(views.arena.size() + random.below(4));
      views.starts.push_back(views.arena.size());
      views.list.push_back({nullptr, count, views.size});
      views.arena.resize(views.arena.size() + count);
      views.size += count;
      if (random.below(3) != 0) continue;
      views.starts.push_back(views.arena.size());
      views.list.push_back({nullptr, 0, views.list.back().offset});
    }
    views.arena = random.floats(views.arena.size() + 1);
    views.memory = put(views.arena);
    for (std::size_t i = 0; i < views.list.size(); ++i) views.list[i].data = views.memory.data() + views.starts[i];
    views.places = put(views.list);
    return views;
  }
};

TEST_P(ViewsTest, Pack) {
  for (const std::size_t tensors : {1UL, 2UL, 17UL, 300UL}) {
    for (const DType dtype : {DType::float32, DType::bfloat16}) {
      for (const std::size_t offset : {0UL, 1UL, 2UL}) {
        const Views views = draw_views(tensors);
        const TypedBuffer bucket{stream(), dtype, views.size, offset};
        pack_tensors(stream(), {views.places, bucket, 0.3F});
        std::vector<float> expected(views.size);
        for (std::size_t t = 0; t < views.list.size(); ++t) {
          for (std::size_t i = 0; i < views.list[t].count; ++i) {
            expected[views.list[t].offset + i] = views.arena[views.starts[t] + i] * 0.3F;
          }
        }
        EXPECT_EQ(bucket.get(), rounded(expected, dtype)) << tensors << " of " << name(dtype) << ", offset " << offset;
      }
    }
  }
}

TEST_P(ViewsTest, UnpackLeavesTheRestAlone) {
  for (const std::size_t tensors : {1UL, 2UL, 17UL, 300UL}) {
    for (const DType dtype : {DType::float32, DType::bfloat16}) {
      for (const std::size_t offset : {0UL, 1UL, 2UL}) {
        const Views views = draw_views(tensors);
        const std::vector<float> values = rounded(random.floats(views.size), dtype);
        const TypedBuffer bucket{stream(), dtype, values, offset};
        unpack_tensors(stream(), {views.places, bucket, 0.3F});
        std::vector<float> expected = views.arena;
        for (std::size_t t = 0; t < views.list.size(); ++t) {
          for (std::size_t i = 0; i < views.list[t].count; ++i) {
            expected[views.starts[t] + i] = values[views.list[t].offset + i] * 0.3F;
          }
        }
        EXPECT_EQ(get(views.memory), expected) << tensors << " of " << name(dtype) << ", offset " << offset;
      }
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, ViewsTest, every_kind(), kind_name);

TEST_P(GradientsTest, GlobalNorm) {
  for (const std::size_t size : {0UL, 1UL, 5UL, 1000UL, 100003UL, 3000000UL}) {
    for (const DType dtype : {DType::float32, DType::bfloat16}) {
      const std::vector<float> values = rounded(random.floats(size), dtype);
      double squares = 0;
      for (const float value : values) squares += double{value} * value;
      const TypedBuffer array{stream(), dtype, values, size % 2};
      const auto norm = poisoned(1);
      global_norm(stream(), {array, norm});
      const float once = get(norm).front();
      EXPECT_NEAR(once, std::sqrt(squares), 1e-6 * std::sqrt(squares)) << size << " elements of " << name(dtype);
      global_norm(stream(), {array, norm});
      EXPECT_EQ(get(norm).front(), once) << "again";
    }
  }
}

TEST_P(GradientsTest, NormLetsFaultsThrough) {
  std::vector<float> values = random.floats(5000);
  const std::size_t place = random.below(values.size());
  const auto norm = poisoned(1);
  for (const float fault : {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()}) {
    values[place] = fault;
    const auto array = put(values);
    global_norm(stream(), {array, norm});
    const float found = get(norm).front();
    EXPECT_TRUE(std::isnan(fault) ? std::isnan(found) : std::isinf(found) && found > 0) << fault;
  }
}

TEST_P(GradientsTest, CountNonFinite) {
  for (const std::size_t size : {0UL, 1UL, 5UL, 1000UL, 100003UL}) {
    for (const DType dtype : {DType::float32, DType::bfloat16}) {
      std::vector<float> values = random.floats(size);
      unsigned long long expected = 0;
      for (float& value : values) {
        if (random.below(7) != 0) continue;
        const std::size_t which = random.below(3);
        const float infinity = std::numeric_limits<float>::infinity();
        value = which == 0 ? infinity : (which == 1 ? -infinity : std::numeric_limits<float>::quiet_NaN());
        ++expected;
      }
      const TypedBuffer array{stream(), dtype, values, size % 2};
      const auto count = poisoned<unsigned long long>(1);
      count_non_finite(stream(), {array, count});
      EXPECT_EQ(get(count).front(), expected) << size << " elements of " << name(dtype);
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Devices, GradientsTest, every_kind(), kind_name);

}  // namespace
}  // namespace lanemark::test
