#include "bench/google_benchmark.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <exception>
#include <fstream>
#include <iostream>

#include "kernels/core/error.hpp"

namespace lanemark {
namespace {

/// The value of `--flag=value` or `--flag`, if `argument` is that flag.
bool take(const std::string& argument, std::string_view flag, std::string& value) {
  if (argument == flag) {
    value = "true";
    return true;
  }
  const std::string start = std::string{flag} + '=';
  if (!argument.starts_with(start)) return false;
  value = argument.substr(start.size());
  return true;
}

std::unique_ptr<benchmark::BenchmarkReporter> make_reporter(const std::string& format) {
  if (format == "json") return std::make_unique<benchmark::JSONReporter>();
    // The class is marked deprecated upstream, but --benchmark_format=csv is still theirs and so ours.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
  if (format == "csv") return std::make_unique<benchmark::CSVReporter>();
#pragma GCC diagnostic pop
  if (format == "console") return std::make_unique<benchmark::ConsoleReporter>(benchmark::ConsoleReporter::OO_None);
  throw UsageError(fmt::format("unknown Google Benchmark format '{}'; known: console, json, csv", format));
}

}  // namespace

GoogleBenchmarkFlags take_google_benchmark_flags(std::vector<std::string>& arguments) {
  GoogleBenchmarkFlags flags;
  std::vector<std::string> others;
  for (const std::string& argument : arguments) {
    std::string value;
    if (!argument.starts_with("--benchmark_")) {
      others.push_back(argument);
    } else if (take(argument, "--benchmark_enable_random_interleaving", value)) {
      if (value != "false" && value != "0") {
        throw UsageError(
            "--benchmark_enable_random_interleaving would give every rank an order of its own and hang the job; leave "
            "it off");
      }
    } else if (take(argument, "--benchmark_min_time", value)) {
      throw UsageError("--benchmark_min_time does not apply, since counts are agreed by all ranks; use --min-time");
    } else if (take(argument, "--benchmark_filter", value)) {
      flags.filter = value == "all" ? "" : value;
    } else if (take(argument, "--benchmark_list_tests", value)) {
      flags.list = value != "false" && value != "0";
    } else if (take(argument, "--benchmark_out", value)) {
      flags.out = value;
    } else if (take(argument, "--benchmark_out_format", value)) {
      flags.out_format = value;
    } else if (take(argument, "--benchmark_format", value)) {
      flags.format = value;
    } else {
      flags.passed_on.push_back(argument);
    }
  }
  arguments = others;
  return flags;
}

/// Stands between Google Benchmark, which is started once per case, and the reporters, which see one session.
class GoogleBenchmark::Reporter final : public benchmark::BenchmarkReporter {
 public:
  Reporter(const World& world, const GoogleBenchmarkFlags& flags) {
    if (!world.is_root()) return;
    if (!flags.format.empty()) {
      sinks_.push_back(make_reporter(flags.format));
      sinks_.back()->SetOutputStream(&std::cout);
      sinks_.back()->SetErrorStream(&std::cerr);
    }
    if (!flags.out.empty()) {
      file_.open(flags.out);
      if (!file_) throw UsageError(fmt::format("--benchmark_out={}: {}", flags.out, std::strerror(errno)));
      sinks_.push_back(make_reporter(flags.out_format));
      sinks_.back()->SetOutputStream(&file_);
      sinks_.back()->SetErrorStream(&std::cerr);
    }
  }

  bool ReportContext(const Context& context) override {
    if (opened_) return true;
    opened_ = true;
    for (const auto& sink : sinks_) sink->ReportContext(context);
    return true;
  }

  void ReportRuns(const std::vector<Run>& runs) override {
    // The count in a name would make it differ from launch to launch, and nothing could be matched by it.
    std::vector<Run> named = runs;
    for (Run& run : named) {
      run.run_name.iterations.clear();
      run.run_name.repetitions.clear();
      run.run_name.time_type.clear();
    }
    for (const auto& sink : sinks_) sink->ReportRuns(named);
  }

  void finish() {
    if (opened_) {
      for (const auto& sink : sinks_) sink->Finalize();
    }
    sinks_.clear();
  }

 private:
  std::ofstream file_;
  std::vector<std::unique_ptr<benchmark::BenchmarkReporter>> sinks_;
  bool opened_ = false;
};

GoogleBenchmark::GoogleBenchmark(const World& world, const GoogleBenchmarkFlags& flags)
    : reporter_{std::make_unique<Reporter>(world, flags)} {
  std::vector<std::string> arguments{"lanemark"};
  arguments.insert(arguments.end(), flags.passed_on.begin(), flags.passed_on.end());
  std::vector<char*> pointers;
  pointers.reserve(arguments.size());
  for (std::string& argument : arguments) pointers.push_back(argument.data());
  auto count = static_cast<int>(pointers.size());
  benchmark::Initialize(&count, pointers.data());
  if (count > 1) throw UsageError(fmt::format("Google Benchmark does not know the flag '{}'", pointers[1]));
}

GoogleBenchmark::~GoogleBenchmark() = default;

void GoogleBenchmark::run(const std::string& name, std::uint64_t iterations,
                          const std::function<Measurement(int)>& measure) {
  std::exception_ptr failure;
  int repetition = 0;
  const auto body = [&](benchmark::State& state) {
    try {
      while (state.KeepRunningBatch(static_cast<benchmark::IterationCount>(iterations))) {
        const Measurement m = measure(repetition++);
        if (m.verdict.kind == Verdict::Kind::wrong) {
          state.SkipWithError("wrong data");
          break;
        }
        state.SetIterationTime(median(m).count() * static_cast<double>(iterations));
        state.counters["p99_us"] = p99(m).count() * 1e6;
        state.counters["samples"] = static_cast<double>(m.samples.size());
        if (m.work.bytes != Bytes{}) {
          state.counters["algbw_GB/s"] = algorithm_bandwidth(m).value * 1e-9;
          state.counters["busbw_GB/s"] = bus_bandwidth(m).value * 1e-9;
        }
        if (m.work.samples > 0) state.counters["samples/s"] = samples_per_second(m);
        state.SetLabel(m.transport);
      }
    } catch (...) {
      failure = std::current_exception();
      state.SkipWithError("failed");
    }
  };
  benchmark::ClearRegisteredBenchmarks();
  benchmark::RegisterBenchmark(name.c_str(), body)
      ->UseManualTime()
      ->Iterations(static_cast<benchmark::IterationCount>(iterations))
      ->Unit(benchmark::kMicrosecond);
  benchmark::RunSpecifiedBenchmarks(reporter_.get(), nullptr, "all");
  if (failure) std::rethrow_exception(failure);
}

void GoogleBenchmark::finish() { reporter_->finish(); }

}  // namespace lanemark
