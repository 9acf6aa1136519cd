#pragma once

#include "transfer/weights/pickle.h"

namespace graft {

// What the pickle means by module.name; Error{format} for anything that holds no weights.
PickleValue known_global(const std::string& where, std::string_view module, std::string_view name);

// The result of one of the few known constructors with this tuple of arguments.
PickleValue construct(const std::string& where, Pickle& pickle, const PickleValue& callable,
                      const PickleValue& arguments);

// The storage that PyTorch's persistent id tuple describes.
PickleValue load_storage(const std::string& where, Pickle& pickle, const PickleValue& persistent_id);

// Error{format} where all containers together would hold too much: an OrderedDict can be made of one list,
// and again.
PickleValue new_container(const std::string& where, Pickle& pickle, PickleValue::Kind kind,
                          std::vector<PickleValue> items = {});

}  // namespace graft
