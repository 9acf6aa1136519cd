#pragma once

#include "transfer/weights/hdf5_file.h"

namespace graft {

bool holds_keras_weights(Hdf5File& file);

// A file of weights without their network: tensors named LAYER.weight and so on, in our layout. Keras 2's .h5
// says the layers' and the variables' names; Keras 3's .weights.h5 says the layers' (or, before 3.10, none:
// their class and number stand for it) and numbers the variables.
TensorFile read_keras_weights(Hdf5File file);

}  // namespace graft
