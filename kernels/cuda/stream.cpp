// SPDX-License-Identifier: MIT

#include "kernels/cuda/stream.hpp"

#include <utility>

#include "kernels/core/error.hpp"
#include "kernels/cuda/check.hpp"
#include "kernels/cuda/device_guard.hpp"
#include "kernels/cuda/workspace.hpp"

namespace lanemark {
namespace {

CudaEvent& cuda_event(EventBody& event) {
  if (auto* const cuda = dynamic_cast<CudaEvent*>(&event)) return *cuda;
  throw Error("an event of another platform on a GPU's stream; make the event for the stream's device");
}

}  // namespace

CudaEvent::CudaEvent(int ordinal) : ordinal_{ordinal} {
  const DeviceGuard guard{ordinal};
  cudaEvent_t raw = nullptr;
  check(cudaEventCreate(&raw));
  event_.reset(raw);
}

void CudaEvent::synchronize() {
  const DeviceGuard guard{ordinal_};
  check(cudaEventSynchronize(event_.get()));
}

Seconds CudaEvent::since(const EventBody& start) const {
  const auto* const from = dynamic_cast<const CudaEvent*>(&start);
  if (from == nullptr) throw Error("the time between events of two platforms");
  const DeviceGuard guard{ordinal_};
  float milliseconds = 0;
  check(cudaEventElapsedTime(&milliseconds, from->native(), native()));
  return std::chrono::duration<double, std::milli>{milliseconds};
}

CudaStream::CudaStream(Device device) : StreamBody{device} {
  const DeviceGuard guard{device.ordinal};
  cudaStream_t raw = nullptr;
  check(cudaStreamCreateWithFlags(&raw, cudaStreamNonBlocking));
  stream_.reset(raw);
}

CudaStream::~CudaStream() {
  static_cast<void>(cudaStreamSynchronize(stream_.get()));
  release_workspace(StreamRef{*this});
  tell_unfetched(failure_);
}

void CudaStream::run(std::function<void()> host_work) {
  const DeviceGuard guard{device().ordinal};
  auto task = std::make_unique<Task>(this, std::move(host_work), is_capturing());
  if (task->captured) captured_.reserve(captured_.size() + 1);  // what was captured must not fail to be kept
  check(cudaLaunchHostFunc(stream_.get(), call, task.get()));
  if (task->captured) captured_.push_back(std::move(task));
  else static_cast<void>(task.release());  // `call` deletes it
}

void CudaStream::copy(void* to, const void* from, Bytes size) {
  if (size == Bytes{}) return;
  const DeviceGuard guard{device().ordinal};
  check(cudaMemcpyAsync(to, from, size.value, cudaMemcpyDefault, stream_.get()));
}

void CudaStream::fill(void* to, std::byte value, Bytes size) {
  if (size == Bytes{}) return;
  const DeviceGuard guard{device().ordinal};
  check(cudaMemsetAsync(to, std::to_integer<int>(value), size.value, stream_.get()));
}

void CudaStream::record(EventBody& event) {
  const DeviceGuard guard{device().ordinal};
  check(cudaEventRecord(cuda_event(event).native(), stream_.get()));
}

void CudaStream::wait(EventBody& event) {
  const DeviceGuard guard{device().ordinal};
  check(cudaStreamWaitEvent(stream_.get(), cuda_event(event).native(), cudaEventWaitDefault));
}

void CudaStream::synchronize() {
  {
    const DeviceGuard guard{device().ordinal};
    check(cudaStreamSynchronize(stream_.get()));
  }
  std::unique_lock lock{mutex_};
  const std::exception_ptr failure = std::exchange(failure_, nullptr);
  lock.unlock();
  if (failure) std::rethrow_exception(failure);
}

/// Waiting is done without a word where the GPU has failed: nothing runs on it any more, and the next call says so.
void CudaStream::drain() noexcept {
  try {
    const DeviceGuard guard{device().ordinal};
    if (!is_capturing()) static_cast<void>(cudaStreamSynchronize(stream_.get()));
  } catch (const Error&) {
    return;
  }
}

class CudaStream::Recording final : public GraphBody {
 public:
  /// Takes the graph.
  Recording(CudaStream& stream, cudaGraph_t graph) : stream_{stream} {
    const Handle<cudaGraph_t, cudaGraphDestroy> source{graph};
    cudaGraphExec_t raw = nullptr;
    check(cudaGraphInstantiate(&raw, graph, 0));
    executable_.reset(raw);
    check(cudaGraphUpload(raw, stream_.stream_.get()));
  }
  void launch() override {
    const DeviceGuard guard{stream_.device().ordinal};
    check(cudaGraphLaunch(executable_.get(), stream_.stream_.get()));
  }

 private:
  CudaStream& stream_;
  Handle<cudaGraphExec_t, cudaGraphExecDestroy> executable_;
};

void CudaStream::begin_capture() {
  const DeviceGuard guard{device().ordinal};
  check(cudaStreamBeginCapture(stream_.get(), cudaStreamCaptureModeThreadLocal));
}

std::unique_ptr<GraphBody> CudaStream::end_capture() {
  const DeviceGuard guard{device().ordinal};
  cudaGraph_t graph = nullptr;
  check(cudaStreamEndCapture(stream_.get(), &graph));
  return std::make_unique<Recording>(*this, graph);
}

bool CudaStream::is_capturing() const {
  cudaStreamCaptureStatus status = cudaStreamCaptureStatusNone;
  check(cudaStreamIsCapturing(stream_.get(), &status));
  return status != cudaStreamCaptureStatusNone;
}

void CUDART_CB CudaStream::call(void* task) noexcept {
  auto* const called = static_cast<Task*>(task);
  const StreamWork scope;
  CudaStream& stream = *called->stream;
  stream.run_unless_failed(called->work);
  if (!called->captured) delete called;
}

void CudaStream::run_unless_failed(const std::function<void()>& work) noexcept {
  {
    const std::lock_guard lock{mutex_};
    if (failure_) return;
  }
  std::exception_ptr failure;
  try {
    work();
  } catch (...) {
    failure = std::current_exception();
  }
  if (!failure) return;
  const std::lock_guard lock{mutex_};
  if (!failure_) failure_ = std::move(failure);
}

}  // namespace lanemark
