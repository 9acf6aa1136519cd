#pragma once

#include <string>

namespace graft::emulator {

// "kernels/vector.h:14 in kernels/conv/conv_direct.cu:60" for the address behind a call, as addr2line says;
// the offset in its module where addr2line is not installed.
std::string source_line(const void* return_address);

// The demangled name of the function that begins at the address, as addr2line says; empty where it cannot
// (not installed; a stripped program).
std::string function_name(const void* address);

// The file as the repository names it: without the folder that it was compiled in.
std::string repository_path(const std::string& file);

// Whether the address is a constant or a variable of the program or of one of its libraries.
bool is_static(const void* address);

}  // namespace graft::emulator
