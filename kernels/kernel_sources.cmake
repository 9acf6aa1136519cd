# Compiles kernel files (.cu) once for each device and adds the objects to a target.
#   graft_kernel_sources(TARGET file.cu...)
# Each file becomes `emulated` objects through a generated .cpp that includes it, with GRAFT_CHECKED `checked` objects in
# the same way, and with GRAFT_CUDA `cuda` objects.

option(GRAFT_PTXAS_REPORT "Print each CUDA kernel's registers, shared memory and spills while compiling" OFF)

set(Boost_USE_STATIC_LIBS ON)
find_package(Boost 1.71 REQUIRED COMPONENTS context)

if(GRAFT_CUDA)
  find_program(GRAFT_NVCC nvcc HINTS ENV CUDACXX ENV CUDA_PATH ENV CUDA_HOME PATH_SUFFIXES bin
               PATHS /usr/local/cuda /opt/cuda DOC "The CUDA compiler")
  if(NOT GRAFT_NVCC AND NOT CMAKE_CUDA_COMPILER)
    message(FATAL_ERROR "nvcc was not found. Install the CUDA toolkit 12 or newer (tools/setup does), name it with "
                        "-DCMAKE_CUDA_COMPILER=/path/to/nvcc, or build without CUDA: -DGRAFT_CUDA=OFF")
  endif()
  if(NOT CMAKE_CUDA_COMPILER)
    set(CMAKE_CUDA_COMPILER ${GRAFT_NVCC})
  endif()
  # Machine code for sm_80 and for Hopper with its own instructions; PTX for whatever is newer.
  if(NOT DEFINED CMAKE_CUDA_ARCHITECTURES)
    set(CMAKE_CUDA_ARCHITECTURES 80-real 90a-real 80-virtual)
  endif()
  set(CMAKE_CUDA_VISIBILITY_PRESET hidden)
  set(CMAKE_CUDA_RUNTIME_LIBRARY Static)
  enable_language(CUDA)
  if(NOT CMAKE_CUDA20_STANDARD_COMPILE_OPTION)  # CMake before 3.26 does not know that nvcc 12 speaks C++20
    set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
  endif()
endif()

# The objects of a device that is this machine's processor.
function(graft_host_kernel_objects target device)
  set(wrappers)
  foreach(file ${ARGN})
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${file})
    set(wrapper ${PROJECT_BINARY_DIR}/${device}/${name}.cpp)
    file(CONFIGURE OUTPUT ${wrapper} CONTENT "#include \"${name}\"\n")
    list(APPEND wrappers ${wrapper})
  endforeach()
  add_library(${target}_${device} OBJECT ${wrappers})
  target_include_directories(${target}_${device} PRIVATE ${PROJECT_SOURCE_DIR})
  target_compile_definitions(${target}_${device} PRIVATE GRAFT_TARGET=${device})
  # nvcc lets a float* be read as float4* and does its own fusing of multiply and add; here nothing is fused.
  target_compile_options(${target}_${device} PRIVATE -fno-strict-aliasing -ffp-contract=off)
  target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_${device}>)
endfunction()

function(graft_kernel_sources target)
  graft_host_kernel_objects(${target} emulated ${ARGN})
  if(NOT GRAFT_SANITIZE)
    target_compile_options(${target}_emulated PRIVATE -O3)
  endif()

  if(GRAFT_CHECKED)
    graft_host_kernel_objects(${target} checked ${ARGN})
    # Every access calls kernels/emulator/entry_points.cpp, not a sanitizer's runtime: the flags are not for linking.
    # -g1: the line of an access.
    target_compile_options(${target}_checked PRIVATE -O2 -g1 -fsanitize=thread -fsanitize=bounds-strict)
  endif()

  if(GRAFT_CUDA)
    add_library(${target}_cuda OBJECT ${ARGN})
    target_include_directories(${target}_cuda PRIVATE ${PROJECT_SOURCE_DIR})
    target_compile_definitions(${target}_cuda PRIVATE GRAFT_TARGET=cuda)
    target_compile_options(${target}_cuda PRIVATE -lineinfo --expt-relaxed-constexpr -Xcompiler=-Wall -Xfatbin=-compress-all
                           $<$<BOOL:${GRAFT_PTXAS_REPORT}>:-Xptxas=-v>)
    set_target_properties(${target}_cuda PROPERTIES CUDA_SEPARABLE_COMPILATION OFF POSITION_INDEPENDENT_CODE ON)
    target_sources(${target} PRIVATE $<TARGET_OBJECTS:${target}_cuda>)
  endif()
endfunction()
