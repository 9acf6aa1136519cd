# Readers of files that describe their network. Each is left out by its option, with the library that it needs.

cmake_path(SET graft_root NORMALIZE ${CMAKE_CURRENT_LIST_DIR}/../..)

# Takes the sources whose paths begin so out of the library again.
function(graft_leave_out beginning)
  get_target_property(sources graft_transfer SOURCES)
  list(FILTER sources EXCLUDE REGEX "/${beginning}")
  set_property(TARGET graft_transfer PROPERTY SOURCES ${sources})
endfunction()

option(GRAFT_TFLITE "Read TensorFlow Lite files (needs flatbuffers, headers only)" ON)
if(GRAFT_TFLITE)
  find_program(FLATC flatc REQUIRED)
  find_path(FLATBUFFERS_INCLUDE_DIR flatbuffers/flatbuffers.h REQUIRED)
  set(schema ${graft_root}/transfer/graphs/tflite/tflite_schema.fbs)
  set(generated ${PROJECT_BINARY_DIR}/generated/transfer/graphs/tflite)
  file(MAKE_DIRECTORY ${generated})
  add_custom_command(OUTPUT ${generated}/tflite_schema_generated.h
                     COMMAND ${FLATC} --cpp --scoped-enums -o ${generated} ${schema} DEPENDS ${schema} VERBATIM)
  target_sources(graft_transfer PRIVATE ${generated}/tflite_schema_generated.h)
  file(GLOB readers CONFIGURE_DEPENDS ${graft_root}/transfer/graphs/tflite/*.cpp
       ${graft_root}/tests/graphs/tflite*.cpp)
  set_property(SOURCE ${readers} APPEND PROPERTY INCLUDE_DIRECTORIES ${PROJECT_BINARY_DIR}/generated)
  target_include_directories(graft_transfer SYSTEM PUBLIC ${FLATBUFFERS_INCLUDE_DIR})
else()
  graft_leave_out(transfer/graphs/tflite/)
endif()
set_property(SOURCE ${graft_root}/transfer/graphs/source_file.cpp APPEND PROPERTY COMPILE_DEFINITIONS
             GRAFT_TFLITE=$<BOOL:${GRAFT_TFLITE}>)

option(GRAFT_ONNX "Read and write ONNX files (needs protobuf)" ON)
if(GRAFT_ONNX)
  find_package(Protobuf REQUIRED)
  set(proto ${graft_root}/transfer/graphs/onnx/onnx.proto)
  set(generated ${PROJECT_BINARY_DIR}/generated/transfer/graphs/onnx)
  file(MAKE_DIRECTORY ${generated})
  add_custom_command(OUTPUT ${generated}/onnx.pb.cc ${generated}/onnx.pb.h
                     COMMAND protobuf::protoc --proto_path ${graft_root}
                             --cpp_out ${PROJECT_BINARY_DIR}/generated ${proto}
                     DEPENDS ${proto} VERBATIM)
  target_sources(graft_transfer PRIVATE ${generated}/onnx.pb.cc ${generated}/onnx.pb.h)
  set_source_files_properties(${generated}/onnx.pb.cc PROPERTIES COMPILE_OPTIONS -w)
  file(GLOB sources CONFIGURE_DEPENDS ${graft_root}/transfer/graphs/onnx/*.cpp
       ${graft_root}/transfer/export/onnx_*.cpp ${graft_root}/tests/graphs/onnx/*.cpp)
  set_source_files_properties(${sources} ${generated}/onnx.pb.cc PROPERTIES
                              INCLUDE_DIRECTORIES ${PROJECT_BINARY_DIR}/generated)
  target_link_libraries(graft_transfer PRIVATE protobuf::libprotobuf)
  list(APPEND GRAFT_READER_LIBRARIES protobuf::libprotobuf)
else()
  graft_leave_out(transfer/graphs/onnx/)
  graft_leave_out(transfer/export/onnx_)
endif()
set_property(SOURCE ${graft_root}/transfer/graphs/source_file.cpp ${graft_root}/transfer/export/export.cpp APPEND PROPERTY COMPILE_DEFINITIONS
             GRAFT_ONNX=$<BOOL:${GRAFT_ONNX}>)

option(GRAFT_CAFFE "Read Caffe's networks (.prototxt and .caffemodel; needs protobuf)" ON)
if(GRAFT_CAFFE)
  find_package(Protobuf REQUIRED)
  set(generated ${PROJECT_BINARY_DIR}/generated)
  file(MAKE_DIRECTORY ${generated})
  set(proto ${graft_root}/transfer/graphs/caffe/caffe_network.proto)
  add_custom_command(OUTPUT ${generated}/caffe_network.pb.cc ${generated}/caffe_network.pb.h
    COMMAND protobuf::protoc --cpp_out=${generated} -I${graft_root}/transfer/graphs/caffe caffe_network.proto
    DEPENDS ${proto})
  target_sources(graft_transfer PRIVATE ${generated}/caffe_network.pb.cc)
  set_source_files_properties(${generated}/caffe_network.pb.cc PROPERTIES COMPILE_OPTIONS -w)
  target_include_directories(graft_transfer SYSTEM PRIVATE ${generated})
  target_compile_definitions(graft_transfer PRIVATE GRAFT_CAFFE=1)
  target_link_libraries(graft_transfer PRIVATE protobuf::libprotobuf)
  list(APPEND GRAFT_READER_LIBRARIES protobuf::libprotobuf)
else()
  graft_leave_out(transfer/graphs/caffe/)
endif()
