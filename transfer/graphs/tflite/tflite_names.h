#pragma once

#include <string>
#include <string_view>

namespace graft {

// A layer's name out of a tensor's: without what TensorFlow hangs on for the op, and with dots, by which
// layers are chosen together: "MobilenetV1/Conv2d_0/weights" is MobilenetV1.Conv2d_0.
std::string tflite_layer_name(std::string_view tensor);

// "CONV_2D"; "op 999" of one newer than graft knows.
std::string tflite_op_name(int op);

}  // namespace graft
