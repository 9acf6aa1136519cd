#pragma once

#include "transfer/weights/bytes.h"

namespace graft {

// The other file of a network in two: the one that is `named` or, where that is empty, the one beside `file`
// that has its name but for the extension ("net.weights" and ".cfg": "net.cfg"). Error{file} saying what to
// name where there is none.
FileBytes other_file(const FileBytes& file, const std::string& named, std::string_view extension);

}  // namespace graft
