// SPDX-License-Identifier: MIT

// Preloaded into a rank, stands between the program and MPI, and fsync: writes down which calls there are, and has one
// of them never return. Each function goes on to MPI's own under its profiling name. What to do is in the environment:
//   STALL_LOG=FILE     the name of each call is a line of FILE.RANK
//   STALL_RANK=R, STALL_CALL=NAME, STALL_NUMBER=N   the N-th call of that name on that rank, and all after it, stall
//   STALL_ALWAYS=NAME  all calls of that name stall, on all ranks
//   STALL_SMALL_PIPE=1 standard output, where it is a pipe, takes 4 KiB ahead of its reader
// A function of MPI that the program comes to call, and is not here, is missed by stall_test.sh.
#include <mpi.h>

#include <atomic>
#include <cstdlib>
#include <dlfcn.h>
#include <fcntl.h>
#include <string>
#include <string_view>
#include <unistd.h>

namespace {

std::string variable(const char* name) {
  const char* const value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// What the launcher says; MPI cannot yet when it starts. A program without a launcher is rank 0.
std::string rank() {
  const std::string given = variable("OMPI_COMM_WORLD_RANK") + variable("PMI_RANK");
  return given.empty() ? "0" : given;
}

void write_down(std::string_view call) {
  const std::string file = variable("STALL_LOG");
  if (file.empty()) return;
  const int log = ::open((file + '.' + rank()).c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  const std::string line = std::string{call} + '\n';
  [[maybe_unused]] const ssize_t written = ::write(log, line.data(), line.size());
  ::close(log);
}

void meet(std::string_view call) {
  static std::atomic<int> met{0};
  write_down(call);
  bool stalls = call == variable("STALL_ALWAYS");
  if (call == variable("STALL_CALL") && rank() == variable("STALL_RANK")) {
    stalls = ++met >= std::atoi(variable("STALL_NUMBER").c_str());
  }
  if (!stalls) return;
  for (;;) ::pause();
}

[[gnu::constructor]] void make_pipe_small() {
  constexpr int page = 4096;
  if (!variable("STALL_SMALL_PIPE").empty()) ::fcntl(STDOUT_FILENO, F_SETPIPE_SZ, page);
}

}  // namespace

extern "C" {

int fsync(int file) {
  meet(__func__);
  static const auto next = reinterpret_cast<int (*)(int)>(::dlsym(RTLD_NEXT, "fsync"));
  return next(file);
}

int MPI_Abort(MPI_Comm comm, int code) {
  meet(__func__);
  return PMPI_Abort(comm, code);
}
int MPI_Allgather(const void* from, int count, MPI_Datatype type, void* to, int counts, MPI_Datatype types,
                  MPI_Comm comm) {
  meet(__func__);
  return PMPI_Allgather(from, count, type, to, counts, types, comm);
}
int MPI_Allgatherv(const void* from, int count, MPI_Datatype type, void* to, const int counts[], const int places[],
                   MPI_Datatype types, MPI_Comm comm) {
  meet(__func__);
  return PMPI_Allgatherv(from, count, type, to, counts, places, types, comm);
}
int MPI_Allreduce(const void* from, void* to, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm) {
  meet(__func__);
  return PMPI_Allreduce(from, to, count, type, op, comm);
}
int MPI_Alltoall(const void* from, int count, MPI_Datatype type, void* to, int counts, MPI_Datatype types,
                 MPI_Comm comm) {
  meet(__func__);
  return PMPI_Alltoall(from, count, type, to, counts, types, comm);
}
int MPI_Alltoallv(const void* from, const int counts[], const int places[], MPI_Datatype type, void* to,
                  const int to_counts[], const int to_places[], MPI_Datatype types, MPI_Comm comm) {
  meet(__func__);
  return PMPI_Alltoallv(from, counts, places, type, to, to_counts, to_places, types, comm);
}
int MPI_Barrier(MPI_Comm comm) {
  meet(__func__);
  return PMPI_Barrier(comm);
}
int MPI_Bcast(void* data, int count, MPI_Datatype type, int root, MPI_Comm comm) {
  meet(__func__);
  return PMPI_Bcast(data, count, type, root, comm);
}
int MPI_Comm_dup(MPI_Comm comm, MPI_Comm* made) {
  meet(__func__);
  return PMPI_Comm_dup(comm, made);
}
int MPI_Comm_free(MPI_Comm* comm) {
  meet(__func__);
  return PMPI_Comm_free(comm);
}
int MPI_Comm_rank(MPI_Comm comm, int* number) {
  meet(__func__);
  return PMPI_Comm_rank(comm, number);
}
int MPI_Comm_set_errhandler(MPI_Comm comm, MPI_Errhandler handler) {
  meet(__func__);
  return PMPI_Comm_set_errhandler(comm, handler);
}
int MPI_Comm_size(MPI_Comm comm, int* number) {
  meet(__func__);
  return PMPI_Comm_size(comm, number);
}
int MPI_Comm_split(MPI_Comm comm, int color, int key, MPI_Comm* made) {
  meet(__func__);
  return PMPI_Comm_split(comm, color, key, made);
}
int MPI_Comm_split_type(MPI_Comm comm, int type, int key, MPI_Info info, MPI_Comm* made) {
  meet(__func__);
  return PMPI_Comm_split_type(comm, type, key, info, made);
}
int MPI_Error_string(int code, char* text, int* length) {
  meet(__func__);
  return PMPI_Error_string(code, text, length);
}
int MPI_Finalize() {
  meet(__func__);
  return PMPI_Finalize();
}
int MPI_Finalized(int* flag) {
  meet(__func__);
  return PMPI_Finalized(flag);
}
int MPI_Gatherv(const void* from, int count, MPI_Datatype type, void* to, const int counts[], const int places[],
                MPI_Datatype types, int root, MPI_Comm comm) {
  meet(__func__);
  return PMPI_Gatherv(from, count, type, to, counts, places, types, root, comm);
}
int MPI_Get_library_version(char* text, int* length) {
  meet(__func__);
  return PMPI_Get_library_version(text, length);
}
int MPI_Get_processor_name(char* text, int* length) {
  meet(__func__);
  return PMPI_Get_processor_name(text, length);
}
int MPI_Ibarrier(MPI_Comm comm, MPI_Request* request) {
  meet(__func__);
  return PMPI_Ibarrier(comm, request);
}
int MPI_Init_thread(int* argc, char*** argv, int required, int* provided) {
  meet(__func__);
  return PMPI_Init_thread(argc, argv, required, provided);
}
int MPI_Initialized(int* flag) {
  meet(__func__);
  return PMPI_Initialized(flag);
}
int MPI_Iprobe(int peer, int tag, MPI_Comm comm, int* flag, MPI_Status* status) {
  meet(__func__);
  return PMPI_Iprobe(peer, tag, comm, flag, status);
}
int MPI_Irecv(void* data, int count, MPI_Datatype type, int peer, int tag, MPI_Comm comm, MPI_Request* request) {
  meet(__func__);
  return PMPI_Irecv(data, count, type, peer, tag, comm, request);
}
int MPI_Isend(const void* data, int count, MPI_Datatype type, int peer, int tag, MPI_Comm comm, MPI_Request* request) {
  meet(__func__);
  return PMPI_Isend(data, count, type, peer, tag, comm, request);
}
int MPI_Op_create(MPI_User_function* function, int commutes, MPI_Op* op) {
  meet(__func__);
  return PMPI_Op_create(function, commutes, op);
}
int MPI_Op_free(MPI_Op* op) {
  meet(__func__);
  return PMPI_Op_free(op);
}
int MPI_Reduce(const void* from, void* to, int count, MPI_Datatype type, MPI_Op op, int root, MPI_Comm comm) {
  meet(__func__);
  return PMPI_Reduce(from, to, count, type, op, root, comm);
}
int MPI_Reduce_scatter_block(const void* from, void* to, int count, MPI_Datatype type, MPI_Op op, MPI_Comm comm) {
  meet(__func__);
  return PMPI_Reduce_scatter_block(from, to, count, type, op, comm);
}
int MPI_Scatterv(const void* from, const int counts[], const int places[], MPI_Datatype type, void* to, int count,
                 MPI_Datatype types, int root, MPI_Comm comm) {
  meet(__func__);
  return PMPI_Scatterv(from, counts, places, type, to, count, types, root, comm);
}
int MPI_Recv(void* data, int count, MPI_Datatype type, int peer, int tag, MPI_Comm comm, MPI_Status* status) {
  meet(__func__);
  return PMPI_Recv(data, count, type, peer, tag, comm, status);
}
int MPI_Test(MPI_Request* request, int* flag, MPI_Status* status) {
  meet(__func__);
  return PMPI_Test(request, flag, status);
}
int MPI_Wait(MPI_Request* request, MPI_Status* status) {
  meet(__func__);
  return PMPI_Wait(request, status);
}
int MPI_Type_commit(MPI_Datatype* type) {
  meet(__func__);
  return PMPI_Type_commit(type);
}
int MPI_Type_contiguous(int count, MPI_Datatype type, MPI_Datatype* made) {
  meet(__func__);
  return PMPI_Type_contiguous(count, type, made);
}
int MPI_Type_free(MPI_Datatype* type) {
  meet(__func__);
  return PMPI_Type_free(type);
}
int MPI_Waitall(int count, MPI_Request requests[], MPI_Status statuses[]) {
  meet(__func__);
  return PMPI_Waitall(count, requests, statuses);
}

}  // extern "C"
