# The program build/bin/bench. Its tables are compiled in, so that one file is enough to use it.
find_package(benchmark REQUIRED)
set(gpus ${CMAKE_CURRENT_LIST_DIR}/figures/gpus.tsv)
set(kernel_figures ${PROJECT_SOURCE_DIR}/kernels/kernel_figures.tsv)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${gpus} ${kernel_figures})
file(READ ${gpus} GPUS)
file(READ ${kernel_figures} KERNEL_FIGURES)
configure_file(${CMAKE_CURRENT_LIST_DIR}/figures/tables_text.cpp.in ${PROJECT_BINARY_DIR}/tables_text.cpp @ONLY)

# What runs no kernel: the tests see it too.
file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/figures/*.cpp)
add_library(bench_figures STATIC ${sources} ${PROJECT_BINARY_DIR}/tables_text.cpp)
target_link_libraries(bench_figures PUBLIC graft_engine)

file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
add_executable(bench ${sources})
target_link_libraries(bench PRIVATE graft_transfer bench_figures benchmark::benchmark)
