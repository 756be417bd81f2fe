// SPDX-License-Identifier: MIT

// The kernels suite: what it can be asked for, and that its checks find both right and wrong outputs.

#include <gtest/gtest.h>

#include "bench/kernels/arrays.hpp"
#include "bench/kernels/kernel.hpp"
#include "bench/report/console.hpp"
#include "kernels/core/error.hpp"
#include "tests/bench/kernels/small_shape.hpp"

namespace lanemark {
namespace {

// Outputs that nobody wrote, or data that nobody changed, must be found wrong; those of a run must not.
TEST(Kernels, ChecksTellARunFromNone) {
  const Stream stream{Device{}};
  for (const Kernel* kernel : Registry<Kernel>::all()) {
    const KernelShape shape = parse_kernel_shape(kernel->family, small_shape(kernel->family));
    for (const Precision precision : all_precisions) {
      for (const Compute compute : {Compute::hand, Compute::library}) {
        SCOPED_TRACE(::testing::Message() << kernel->name << " " << name(precision) << " " << name(compute));
        const auto data = kernel->make(stream, shape, precision, 7);
        data->restore();
        EXPECT_NE(data->problem({stream, compute}), "") << "without a run";
        data->restore();
        data->run({stream, compute});
        EXPECT_EQ(data->problem({stream, compute}), "") << "after a run";
      }
    }
  }
}

TEST(Kernels, EveryOperationOfAStepIsThere) {
  for (const char* name : {"linear_forward",
                           "linear_backward_data",
                           "linear_backward_data_relu",
                           "linear_backward_weight",
                           "convolution_forward",
                           "convolution_backward_data",
                           "convolution_backward_data_relu",
                           "convolution_backward_weight",
                           "bias_forward",
                           "relu_backward",
                           "max_pool_forward",
                           "max_pool_backward",
                           "average_pool_forward",
                           "average_pool_backward",
                           "softmax_cross_entropy",
                           "momentum_sgd",
                           "adamw",
                           "pack_tensors",
                           "unpack_tensors",
                           "global_norm",
                           "count_non_finite",
                           "convert",
                           "copy",
                           "triad"}) {
    EXPECT_NE(Registry<Kernel>::find(name), nullptr) << name;
  }
}

TEST(Kernels, FilterAndStrideArePartOfAShape) {
  const Stream stream{Device{}};
  for (const char* text : {"2x6x5x3x4x1", "2x6x5x3x4x3x2", "1x7x7x8x4x1x2"}) {
    for (const Kernel* kernel : Registry<Kernel>::all()) {
      if (kernel->family != KernelFamily::convolution) continue;
      SCOPED_TRACE(::testing::Message() << kernel->name << " " << text);
      const auto data = kernel->make(stream, parse_kernel_shape(kernel->family, text), Precision::fp32, 7);
      data->restore();
      data->run({stream, Compute::library});
      EXPECT_EQ(data->problem({stream, Compute::library}), "");
    }
  }
}

TEST(Kernels, WorkCountsFlopsAndLeastBytes) {
  const auto work = [](std::string_view kernel, std::string_view shape, Precision precision) {
    const Kernel& found = Registry<Kernel>::get("kernel", kernel);
    return found.work(parse_kernel_shape(found.family, shape), precision);
  };
  EXPECT_EQ(work("linear_forward", "2x3x5", Precision::fp32).flops.value, 60);
  EXPECT_EQ(work("linear_forward", "2x3x5", Precision::bf16).bytes.value, 2U * (6 + 15 + 10));
  EXPECT_EQ(work("linear_backward_weight", "2x3x5", Precision::bf16).bytes.value, 2U * (6 + 10) + 4U * 15);
  EXPECT_EQ(work("convolution_forward", "1x4x4x2x3", Precision::fp32).flops.value, 2.0 * 16 * 9 * 2 * 3);
  EXPECT_EQ(work("copy", "100", Precision::bf16).bytes.value, 400U);
  EXPECT_EQ(work("momentum_sgd", "100", Precision::fp32).bytes.value, 2200U);
  EXPECT_EQ(work("max_pool_backward", "1x2x2x4", Precision::fp32).bytes.value, 9U * 16);
  EXPECT_EQ(work("max_pool_forward", "1x2x2x4", Precision::bf16).bytes.value, 5U * 8);
}

TEST(Kernels, ShapesThatCannotBeAreRefused) {
  for (const auto& [family, text] :
       std::initializer_list<std::pair<KernelFamily, const char*>>{{KernelFamily::linear, "512x4096"},
                                                                   {KernelFamily::linear, "512x0x4"},
                                                                   {KernelFamily::linear, "512x4x4x"},
                                                                   {KernelFamily::linear, "axbxc"},
                                                                   {KernelFamily::linear, ""},
                                                                   {KernelFamily::convolution, "1x8x8x3x3x5"},
                                                                   {KernelFamily::convolution, "1x8x8x3x3x3x3"},
                                                                   {KernelFamily::elements, "10x10"},
                                                                   {KernelFamily::images, "1x3x4x8"}}) {
    EXPECT_THROW(parse_kernel_shape(family, text), UsageError) << text;
  }
  try {
    parse_kernel_shape(KernelFamily::linear, "512");
    FAIL();
  } catch (const UsageError& error) {
    EXPECT_NE(std::string{error.what()}.find("rows x inputs x outputs"), std::string::npos) << error.what();
  }
}

Measurement measured(const std::string& backend, double microseconds, double flops, std::uint64_t bytes) {
  Measurement m;
  m.what = {.suite = "kernels",
            .operation = flops > 0 ? "linear_forward" : "copy",
            .backend = backend,
            .dtype = "tf32",
            .size = {},
            .mode = "bandwidth",
            .labels = {{"shape", "512x4096x4096"}}};
  m.device = "cuda";
  m.work = {.elements = 1, .bytes = Bytes{bytes}, .flops = {flops}};
  m.samples = {Seconds{microseconds * 1e-6}};
  m.slowest_rank = {0};
  m.verdict = {.kind = Verdict::Kind::correct};
  m.ceilings = {{"measured, x", flops > 0 ? 400e12 : 4e12}, {"datasheet, x", flops > 0 ? 500e12 : 5e12}};
  return m;
}

TEST(KernelsReport, StandsBesideTheLibrary) {
  const std::string text = report({measured("hand", 100, 20e9, 1), measured("library", 90, 20e9, 1)}, Format::text);
  EXPECT_NE(text.find("0.90"), std::string::npos) << text;   // of the library's speed
  EXPECT_NE(text.find("200.0"), std::string::npos) << text;  // TFLOP/s
  EXPECT_NE(text.find("50.0"), std::string::npos) << text;   // of the measured limit
  EXPECT_NE(text.find("40.0"), std::string::npos) << text;   // of the datasheet's
}

TEST(KernelsReport, SaysWhatTheLimitOfEachTableIs) {
  const std::string products = report({measured("hand", 100, 20e9, 1)}, Format::text);
  EXPECT_NE(products.find("% limit: of the library's large product"), std::string::npos) << products;
  EXPECT_EQ(products.find("of a copy"), std::string::npos) << products;
  const std::string copies = report({measured("hand", 100, 0, 1000)}, Format::text);
  EXPECT_NE(copies.find("% limit: of a copy in this device's memory"), std::string::npos) << copies;
  EXPECT_EQ(copies.find("library's"), std::string::npos) << copies;
}

TEST(KernelsReport, RowsFitAPage) {
  Measurement wide = measured("hand", 123456, 20e9, 1);
  wide.what.operation = "convolution_backward_data_relu";
  wide.what.dtype = "bfloat16";
  wide.what.labels = {{"shape", "512x16x16x1024x1024/3/2"}};
  const std::string text = report({wide}, Format::text);
  std::size_t begin = 0;
  for (std::size_t end = text.find('\n'); end != std::string::npos; begin = end + 1, end = text.find('\n', begin)) {
    EXPECT_LE(end - begin, 120U) << text.substr(begin, end - begin);
  }
}

TEST(KernelsReport, ALibraryThatStandsAloneHasARow) {
  const std::string text = report({measured("library", 90, 20e9, 1)}, Format::text);
  EXPECT_NE(text.find("library"), std::string::npos) << text;
  EXPECT_NE(text.find("90.00 us"), std::string::npos) << text;
}

TEST(KernelsReport, WrongDataHasNoSpeed) {
  Measurement wrong = measured("hand", 100, 0, 1000);
  wrong.verdict = {.kind = Verdict::Kind::wrong, .detail = "off"};
  const std::string text = report({wrong}, Format::text);
  EXPECT_EQ(text.find("100.0 us"), std::string::npos) << text;
  EXPECT_NE(text.find("WRONG"), std::string::npos) << text;
}

}  // namespace
}  // namespace lanemark
