# The program build/bin/graft. Class names are compiled in, so that one file is enough to use it.
set(names ${CMAKE_CURRENT_LIST_DIR}/imagenet_names.txt)
set(wordnet_ids ${CMAKE_CURRENT_LIST_DIR}/imagenet_wordnet_ids.txt)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${names} ${wordnet_ids})
file(READ ${names} IMAGENET_NAMES)
file(READ ${wordnet_ids} IMAGENET_WORDNET_IDS)
configure_file(${CMAKE_CURRENT_LIST_DIR}/imagenet_text.cpp.in ${PROJECT_BINARY_DIR}/imagenet_text.cpp @ONLY)

file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_LIST_DIR}/*.cpp)
add_executable(graft_program ${sources} ${PROJECT_BINARY_DIR}/imagenet_text.cpp)
set_target_properties(graft_program PROPERTIES OUTPUT_NAME graft)
target_link_libraries(graft_program PRIVATE graft_transfer nlohmann_json::nlohmann_json)
target_compile_definitions(graft_program PRIVATE GRAFT_VERSION="${PROJECT_VERSION}")
