#include "transfer/graphs/darknet/sections.h"

#include <algorithm>

#include "layers/activation.h"

namespace graft {

namespace {

struct NamedRule {
  std::string_view type;
  DarknetRule rule;
};

// Both of darknet's names where it has two (string_to_layer_type of its parser.c).
constexpr NamedRule rules[] = {
    {"activation", darknet_rules::activation},
    {"avg", darknet_rules::avgpool},
    {"avgpool", darknet_rules::avgpool},
    {"conn", darknet_rules::connected},
    {"connected", darknet_rules::connected},
    {"conv", darknet_rules::convolutional},
    {"convolutional", darknet_rules::convolutional},
    {"dropout", darknet_rules::dropout},
    {"local_avg", darknet_rules::local_avgpool},
    {"local_avgpool", darknet_rules::local_avgpool},
    {"max", darknet_rules::maxpool},
    {"maxpool", darknet_rules::maxpool},
    {"route", darknet_rules::route},
    {"sam", darknet_rules::sam},
    {"scale_channels", darknet_rules::scale_channels},
    {"shortcut", darknet_rules::shortcut},
    {"upsample", darknet_rules::upsample},
};

struct NamedActivation {
  std::string_view name;
  Activation activation;
};
// leaky's slope is fixed at 0.1 (activations.h).
constexpr NamedActivation activations[] = {
    {"leaky", {Activation::leaky_relu, 0.1f}},
    {"logistic", Activation::sigmoid},
    {"relu", Activation::relu},
    {"relu6", Activation::relu6},
    {"swish", Activation::silu},
};

}  // namespace

DarknetRule find_darknet_rule(std::string_view type) {
  for (const NamedRule& known : rules)
    if (known.type == type) return known.rule;
  return nullptr;
}

NodeId DarknetCall::layer(int64_t number) const {
  const int64_t at = number < 0 ? index + number : number;
  GRAFT_CHECK(at >= 0 && at < index, format, section.where(), ": there is no layer ", number, " before it");
  const NodeId node = outputs[static_cast<size_t>(at)];
  GRAFT_CHECK(node >= 0, format, section.where(), ": layer ", at, " has no output to be read");
  return node;
}

void DarknetCall::refuse(std::string_view why) const {
  fail(ErrorCode::format, section.where(), ", layer ", index, ": ", why,
       "; --outputs N may end the network after layer N before it");
}

void DarknetCall::note_others(std::initializer_list<std::string_view> known) const {
  for (const std::string& key : section.others(known))
    net.note(text(section.where(), ": ", printable(key), " is not understood and left out"));
}

NodeId activated(const DarknetCall& call, NodeId x, std::string_view otherwise) {
  const std::string name = call.section.word("activation", otherwise);
  if (name == "linear") return x;
  for (const NamedActivation& known : activations)
    if (known.name == name)
      return call.net.add(call.name("act"), std::make_shared<ActivationLayer>(known.activation), {x});
  call.refuse(text("graft has no activation '", printable(name), "'"));
}

}  // namespace graft
