// SPDX-License-Identifier: MIT

#pragma once

#include <cuda_runtime_api.h>

#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "kernels/core/event.hpp"
#include "kernels/core/handle.hpp"
#include "kernels/core/stream.hpp"

namespace lanemark {

/// The cudaStream_t of a stream on a GPU.
inline cudaStream_t native_stream(StreamRef stream) { return static_cast<cudaStream_t>(stream.native()); }

class CudaEvent final : public EventBody {
 public:
  /// Throws Error if there is no such GPU.
  explicit CudaEvent(int ordinal);
  void synchronize() override;
  [[nodiscard]] Seconds since(const EventBody& start) const override;
  [[nodiscard]] cudaEvent_t native() const { return event_.get(); }

 private:
  int ordinal_;
  Handle<cudaEvent_t, cudaEventDestroy> event_;
};

/// A stream that does not wait for the default stream. Host work runs on a thread of the driver's, which all streams
/// may share: it must not wait for host work of another stream. Once a piece of it threw, later pieces are dropped
/// until `synchronize` has rethrown it, while GPU work goes on.
///
/// Host work enqueued while the stream is captured runs at each launch of the graph, which this stream must outlive.
class CudaStream final : public StreamBody {
 public:
  /// Throws Error if there is no such GPU.
  explicit CudaStream(Device device);
  CudaStream(const CudaStream&) = delete;
  CudaStream& operator=(const CudaStream&) = delete;
  CudaStream(CudaStream&&) = delete;
  CudaStream& operator=(CudaStream&&) = delete;
  /// Waits for what is still queued; an exception that nobody fetched is told on standard error.
  ~CudaStream() override;

  void run(std::function<void()> host_work) override;
  void copy(void* to, const void* from, Bytes size) override;
  void fill(void* to, std::byte value, Bytes size) override;
  void record(EventBody& event) override;
  void wait(EventBody& event) override;
  void synchronize() override;
  void drain() noexcept override;
  void begin_capture() override;
  [[nodiscard]] std::unique_ptr<GraphBody> end_capture() override;
  [[nodiscard]] void* native() const override { return stream_.get(); }

 private:
  struct Task {
    CudaStream* stream;
    std::function<void()> work;
    bool captured;
  };

  class Recording;

  [[nodiscard]] bool is_capturing() const;
  static void CUDART_CB call(void* task) noexcept;
  void run_unless_failed(const std::function<void()>& work) noexcept;

  Handle<cudaStream_t, cudaStreamDestroy> stream_;
  std::mutex mutex_;
  std::exception_ptr failure_;
  std::vector<std::unique_ptr<Task>> captured_;
};

}  // namespace lanemark
