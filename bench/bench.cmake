# The program build/bin/bench.
find_package(benchmark REQUIRED)
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
add_executable(bench ${sources})
target_link_libraries(bench PRIVATE graft_transfer benchmark::benchmark)
