# libgraft: everything in one shared library, one header, one CMake package.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(objects)
foreach(part graft_engine graft_kernels graft_layers graft_transfer)
  list(APPEND objects $<TARGET_OBJECTS:${part}>)
endforeach()
foreach(device emulated checked cuda)
  if(TARGET graft_kernels_${device})
    list(APPEND objects $<TARGET_OBJECTS:graft_kernels_${device}>)
  endif()
endforeach()
add_library(graft SHARED ${objects})
add_library(graft::graft ALIAS graft)
set_target_properties(graft PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR} LINKER_LANGUAGE CXX)
target_compile_features(graft INTERFACE cxx_std_20)
target_link_libraries(graft PRIVATE ${DNNL_LIBRARY} Boost::context ZLIB::ZLIB ${GRAFT_READER_LIBRARIES})
# An application links nothing of what is inside.
set_property(TARGET graft PROPERTY INTERFACE_LINK_LIBRARIES "")
# Of the static libraries inside, nothing is to be seen.
target_link_options(graft PRIVATE -Wl,--exclude-libs,ALL)

# The installed header stands alone: the one header that it includes is written into it.
set(header ${PROJECT_BINARY_DIR}/include/graft/graft.h)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS transfer/graft.h engine/error.h)
file(READ transfer/graft.h graft_h)
file(READ engine/error.h error_h)
string(REGEX REPLACE "#pragma once\n" "" error_h "${error_h}")
string(REPLACE "#include \"engine/error.h\"\n" "${error_h}" graft_h "${graft_h}")
file(CONFIGURE OUTPUT ${header} CONTENT "${graft_h}" @ONLY)
target_include_directories(graft INTERFACE $<BUILD_INTERFACE:${PROJECT_BINARY_DIR}/include>
                                           $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/graft)
install(TARGETS graft EXPORT graft COMPONENT graft)
install(FILES ${header} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/graft COMPONENT graft)
install(EXPORT graft NAMESPACE graft:: FILE graft-config.cmake DESTINATION ${package} COMPONENT graft)
write_basic_package_version_file(${PROJECT_BINARY_DIR}/graft-config-version.cmake COMPATIBILITY SameMajorVersion)
install(FILES ${PROJECT_BINARY_DIR}/graft-config-version.cmake DESTINATION ${package} COMPONENT graft)
