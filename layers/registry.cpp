#include "layers/registry.h"

#include <map>

#include "engine/check.h"
#include "layers/activation.h"
#include "layers/add.h"
#include "layers/batch_norm.h"
#include "layers/channel_shuffle.h"
#include "layers/concat.h"
#include "layers/conv.h"
#include "layers/dense.h"
#include "layers/dropout.h"
#include "layers/flatten.h"
#include "layers/layer_norm.h"
#include "layers/local_response_norm.h"
#include "layers/multiply.h"
#include "layers/pool.h"
#include "layers/prelu.h"
#include "layers/scale.h"
#include "layers/slice.h"
#include "layers/upsample.h"

namespace graft {

namespace {

// Attributes by name; sizes from a file are bounded before any arithmetic is done with them.
class Reader {
 public:
  explicit Reader(const Attributes& attributes) {
    for (const auto& [name, value] : attributes) values_.emplace(name, value);
  }

  bool has(const std::string& name) const { return values_.contains(name); }

  int64_t integer(const std::string& name, int64_t low = 1, int64_t high = int64_t{1} << 31) const {
    const auto* value = std::get_if<int64_t>(&find(name));
    GRAFT_CHECK(value && *value >= low && *value <= high, format, "attribute '", name,
                "' must be a whole number from ", low, " to ", high);
    return *value;
  }
  bool flag(const std::string& name) const { return integer(name, 0, 1) == 1; }

  double real(const std::string& name) const {
    if (const auto* whole = std::get_if<int64_t>(&find(name))) return static_cast<double>(*whole);
    const auto* value = std::get_if<double>(&find(name));
    GRAFT_CHECK(value, format, "attribute '", name, "' must be a number");
    return *value;
  }

  Padding padding() const {
    if (has("padding")) return Padding::tensorflow_same();
    constexpr int64_t most = 1 << 16;
    return {false, integer("pad_top", 0, most), integer("pad_left", 0, most), integer("pad_bottom", 0, most),
            integer("pad_right", 0, most)};
  }

 private:
  const Attribute& find(const std::string& name) const {
    const auto found = values_.find(name);
    GRAFT_CHECK(found != values_.end(), format, "attribute '", name, "' is missing");
    return found->second;
  }

  std::map<std::string, Attribute> values_;
};

LayerPtr make_conv(const Reader& a) {
  return std::make_shared<Conv>(ConvOptions{.inputs = a.integer("inputs"),
                                            .outputs = a.integer("outputs"),
                                            .kernel_h = a.integer("kernel_h", 1, 1 << 16),
                                            .kernel_w = a.integer("kernel_w", 1, 1 << 16),
                                            .stride_h = a.integer("stride_h", 1, 1 << 16),
                                            .stride_w = a.integer("stride_w", 1, 1 << 16),
                                            .padding = a.padding(),
                                            .dilation_h = a.integer("dilation_h", 1, 1 << 16),
                                            .dilation_w = a.integer("dilation_w", 1, 1 << 16),
                                            .groups = a.integer("groups"),
                                            .bias = a.flag("bias"),
                                            .linear = a.has("linear") && a.flag("linear")});
}

LayerPtr make_pool(const Reader& a, PoolKind kind) {
  return std::make_shared<Pool>(PoolOptions{.kind = kind,
                                            .kernel_h = a.integer("kernel_h", 1, 1 << 16),
                                            .kernel_w = a.integer("kernel_w", 1, 1 << 16),
                                            .stride_h = a.integer("stride_h", 1, 1 << 16),
                                            .stride_w = a.integer("stride_w", 1, 1 << 16),
                                            .padding = a.padding(),
                                            .ceil_mode = a.flag("ceil_mode"),
                                            .count_padding = a.flag("count_padding")});
}

LayerPtr make_dense(const Reader& a) {
  Shape flattened;
  if (a.has("flattened_c"))
    flattened = {a.integer("flattened_c"), a.integer("flattened_h", 1, 1 << 16),
                 a.integer("flattened_w", 1, 1 << 16)};
  return std::make_shared<Dense>(a.integer("inputs"), a.integer("outputs"), a.flag("bias"), flattened);
}

template <Activation::Kind kind>
LayerPtr make_activation(const Reader&) {
  return std::make_shared<ActivationLayer>(kind);
}

struct Entry {
  std::string_view type;
  LayerPtr (*make)(const Reader&);
};

constexpr Entry entries[] = {
    {"conv", make_conv},
    {"dense", make_dense},
    {"batch_norm",
     [](const Reader& a) -> LayerPtr {
       return std::make_shared<BatchNorm>(
           BatchNormOptions{a.integer("channels"), a.real("epsilon"), a.real("momentum")});
     }},
    {"layer_norm",
     [](const Reader& a) -> LayerPtr {
       return std::make_shared<LayerNorm>(a.integer("channels"), a.real("epsilon"));
     }},
    {"local_response_norm",
     [](const Reader& a) -> LayerPtr {
       return std::make_shared<LocalResponseNorm>(
           LocalResponseNormOptions{a.integer("size"), a.real("alpha"), a.real("beta"), a.real("k")});
     }},
    {"scale",
     [](const Reader& a) -> LayerPtr {
       return std::make_shared<Scale>(a.integer("channels"),
                                      a.flag("bias") ? Scale::Kind::with_bias : Scale::Kind::plain);
     }},
    {"layer_scale",
     [](const Reader& a) -> LayerPtr {
       return std::make_shared<Scale>(a.integer("channels"), Scale::Kind::layer_scale);
     }},
    {"prelu", [](const Reader& a) -> LayerPtr { return std::make_shared<Prelu>(a.integer("channels")); }},
    {"relu", make_activation<Activation::relu>},
    {"relu6", make_activation<Activation::relu6>},
    {"sigmoid", make_activation<Activation::sigmoid>},
    {"silu", make_activation<Activation::silu>},
    {"hard_sigmoid", make_activation<Activation::hard_sigmoid>},
    {"hard_swish", make_activation<Activation::hard_swish>},
    {"gelu", make_activation<Activation::gelu>},
    {"leaky_relu",
     [](const Reader& a) -> LayerPtr {
       return std::make_shared<ActivationLayer>(
           Activation(Activation::leaky_relu, static_cast<float>(a.real("slope"))));
     }},
    {"max_pool", [](const Reader& a) { return make_pool(a, PoolKind::max); }},
    {"average_pool", [](const Reader& a) { return make_pool(a, PoolKind::average); }},
    {"adaptive_average_pool",
     [](const Reader& a) -> LayerPtr {
       return Pool::adaptive_average(a.integer("p", 1, 1 << 16), a.integer("q", 1, 1 << 16));
     }},
    {"add", [](const Reader&) -> LayerPtr { return std::make_shared<AddLayer>(); }},
    {"multiply", [](const Reader&) -> LayerPtr { return std::make_shared<MultiplyLayer>(); }},
    {"concat", [](const Reader&) -> LayerPtr { return std::make_shared<Concat>(); }},
    {"slice",
     [](const Reader& a) -> LayerPtr {
       return std::make_shared<Slice>(a.integer("first", 0), a.integer("count"));
     }},
    {"channel_shuffle",
     [](const Reader& a) -> LayerPtr { return std::make_shared<ChannelShuffleLayer>(a.integer("groups")); }},
    {"upsample", [](const Reader& a) -> LayerPtr { return std::make_shared<Upsample>(a.integer("factor")); }},
    {"flatten", [](const Reader&) -> LayerPtr { return std::make_shared<Flatten>(); }},
    {"dropout",
     [](const Reader& a) -> LayerPtr { return std::make_shared<DropoutLayer>(a.real("probability")); }},
};

}  // namespace

LayerPtr make_layer(std::string_view type, const Attributes& attributes) {
  for (const Entry& entry : entries)
    if (entry.type == type) return entry.make(Reader(attributes));
  fail(ErrorCode::format, "layer type '", type, "' is not known");
}

}  // namespace graft
