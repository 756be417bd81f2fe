#include <gtest/gtest.h>
#include <mpi.h>

// Each rank runs every test; a failure on any fails the program under mpirun.
int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  MPI_Init(&argc, &argv);
  const int status = RUN_ALL_TESTS();
  MPI_Finalize();
  return status;
}
