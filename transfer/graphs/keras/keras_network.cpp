#include "transfer/graphs/keras/keras_network.h"

#include <map>
#include <set>

#include "engine/check.h"
#include "transfer/graphs/keras/keras_nodes.h"
#include "transfer/graphs/keras/keras_variables.h"

namespace graft {
namespace {

bool is_sequential(std::string_view type) { return type == "Sequential"; }
bool is_model(std::string_view type) {
  return is_sequential(type) || type == "Functional" || type == "Model";
}

std::string type_of(const KerasJson& layer) { return member_or<std::string>(layer, "class_name", ""); }
std::string name_of(const KerasJson& layer) {
  const auto own = member_or<std::string>(member(layer, "config"), "name", "");
  return own.empty() ? member_or<std::string>(layer, "name", "") : own;
}

// Before Keras 2.2.3 a Sequential's configuration was the list of its layers itself.
const KerasJson& layers_of(const KerasJson& model) {
  const KerasJson& config = member(model, "config");
  return config.is_array() ? config : member(config, "layers");
}

// Where a model stands: the model that it is nested in.
struct Place {
  std::string group;  // empty at the top
  std::string path;   // of the model itself
  int depth = 0;
};

class Flattener {
 public:
  Flattener(const std::string& where, KerasNetwork& out) : where_(where), out_(out) {}

  std::vector<size_t> model(const KerasJson& model, const Place& place, const std::vector<size_t>& inputs) {
    constexpr int deepest = 8;
    GRAFT_CHECK(place.depth < deepest, format, where_, ": has models nested more than ", deepest, " deep");
    return is_sequential(type_of(model)) ? sequential(model, place, inputs)
                                         : functional(model, place, inputs);
  }

 private:
  // By position among the layers: its group in the files of Keras 3, numbered by class.
  std::vector<std::string> paths(const KerasJson& layers, const Place& place) {
    std::map<std::string, int> used;
    std::vector<std::string> paths;
    for (const KerasJson& layer : layers) {
      const std::string type = keras_snake_case(type_of(layer));
      const int number = used[type]++;
      paths.push_back(place.path + "layers/" + type + (number ? "_" + std::to_string(number) : ""));
    }
    return paths;
  }

  std::vector<size_t> call(const KerasJson& layer, const std::string& path, const Place& place,
                           std::vector<size_t> inputs, const KerasJson* node) {
    constexpr size_t most_calls = 20000;
    GRAFT_CHECK(out_.calls.size() < most_calls, format, where_, ": has more than ", most_calls, " layers");
    const std::string name = name_of(layer), group = place.group.empty() ? name : place.group;
    if (is_model(type_of(layer))) return model(layer, {group, path + "/", place.depth + 1}, inputs);
    const auto [known, is_new] = layer_index_.emplace(&layer, out_.layers.size());
    if (is_new) out_.layers.push_back({type_of(layer), name, &member(layer, "config"), group, path});
    out_.calls.push_back({known->second, std::move(inputs), node});
    return {out_.calls.size() - 1};
  }

  std::vector<size_t> sequential(const KerasJson& model, const Place& place, std::vector<size_t> inputs) {
    const KerasJson& layers = layers_of(model);
    const std::vector<std::string> where = paths(layers, place);
    size_t i = 0;
    for (const KerasJson& layer : layers) {
      if (type_of(layer) != "InputLayer") inputs = call(layer, where[i], place, inputs, nullptr);
      ++i;
    }
    return inputs;
  }

  using Key = std::pair<size_t, size_t>;  // a layer and which of its calls

  size_t layer_named(const std::map<std::string, size_t>& by_name, const std::string& name) const {
    const auto found = by_name.find(name);
    GRAFT_CHECK(found != by_name.end(), format, where_, ": refers to a layer '", printable_name(name),
                "', which it has not");
    return found->second;
  }
  static std::string printable_name(const std::string& name) { return name.substr(0, 100); }

  std::vector<size_t> functional(const KerasJson& model, const Place& place,
                                 const std::vector<size_t>& inputs) {
    const KerasJson& layers = layers_of(model);
    GRAFT_CHECK(layers.is_array(), format, where_, ": holds a ", type_of(model),
                " of its own making; graft reads Sequential and Functional models");
    const std::vector<std::string> where = paths(layers, place);
    std::map<std::string, size_t> by_name;
    for (size_t i = 0; i < layers.size(); ++i) by_name[name_of(layers[i])] = i;

    std::map<Key, std::vector<size_t>> done;
    const std::vector<KerasReference> entries =
        references_in(member(member(model, "config"), "input_layers"));
    GRAFT_CHECK(entries.size() == inputs.size(), format, where_, ": '", name_of(model), "' has ",
                entries.size(), " inputs where graft gives ", inputs.size());
    for (size_t i = 0; i < entries.size(); ++i)
      done[{layer_named(by_name, entries[i].layer), 0}] = {inputs[i]};

    // Whoever waits is called when the last of what it reads is there.
    std::map<Key, std::vector<Key>> readers;
    std::map<Key, std::set<Key>> missing;
    std::set<Key> ready;
    for (size_t i = 0; i < layers.size(); ++i) {
      const std::vector<const KerasJson*> nodes = calls_of(layers[i]);
      for (size_t k = 0; k < nodes.size(); ++k) {
        const Key own{i, k};
        for (const KerasReference& from : references_in(*nodes[k])) {
          const Key source{layer_named(by_name, from.layer), static_cast<size_t>(from.call)};
          if (!done.contains(source) && missing[own].insert(source).second) readers[source].push_back(own);
        }
        if (!done.contains(own) && missing[own].empty()) ready.insert(own);
      }
    }
    while (!ready.empty()) {
      const Key own = *ready.begin();
      ready.erase(ready.begin());
      const KerasJson& layer = layers[own.first];
      const KerasJson* node = calls_of(layer)[own.second];
      std::vector<size_t> from;
      for (const KerasReference& reference : references_in(*node))
        from.push_back(output_of(done, by_name, reference));
      GRAFT_CHECK(!from.empty(), format, where_, ": layer '", printable_name(name_of(layer)),
                  "' has no input");
      done[own] = call(layer, where[own.first], place, std::move(from), node);
      for (const Key& reader : readers[own]) {
        missing[reader].erase(own);
        if (missing[reader].empty()) ready.insert(reader);
      }
    }
    std::vector<size_t> outputs;
    for (const KerasReference& reference : references_in(member(member(model, "config"), "output_layers")))
      outputs.push_back(output_of(done, by_name, reference));
    return outputs;
  }

  size_t output_of(const std::map<Key, std::vector<size_t>>& done,
                   const std::map<std::string, size_t>& by_name, const KerasReference& reference) const {
    const auto found =
        done.find({layer_named(by_name, reference.layer), static_cast<size_t>(reference.call)});
    GRAFT_CHECK(found != done.end() && reference.output >= 0 &&
                    static_cast<size_t>(reference.output) < found->second.size(),
                format, where_, ": layer '", printable_name(reference.layer), "' has no output ",
                reference.output, " of call ", reference.call, ", or waits for itself");
    return found->second[static_cast<size_t>(reference.output)];
  }

  const std::string& where_;
  KerasNetwork& out_;
  std::map<const KerasJson*, size_t> layer_index_;
};

// The sizes that an input was made for; null where they are not known.
const KerasJson& input_sizes(const KerasJson& config) {
  const KerasJson& keras3 = member(config, "batch_shape");
  return keras3.is_null() ? member(config, "batch_input_shape") : keras3;
}

// The configuration of a model's one input, in the first model that has a layer of its own in front.
const KerasJson& find_input(const KerasJson& model, int depth) {
  const KerasJson& layers = layers_of(model);
  constexpr int deepest = 8;
  if (!layers.is_array() || layers.empty() || depth > deepest) return member(model, "none");
  if (!is_sequential(type_of(model))) {
    const std::vector<KerasReference> inputs = references_in(member(member(model, "config"), "input_layers"));
    for (const KerasJson& layer : layers)
      if (!inputs.empty() && name_of(layer) == inputs[0].layer) return input_sizes(member(layer, "config"));
    return member(model, "none");
  }
  const KerasJson& own = input_sizes(member(layers[0], "config"));
  if (!own.is_null()) return own;
  if (is_model(type_of(layers[0]))) return find_input(layers[0], depth + 1);
  return member(member(model, "config"), "build_input_shape");
}

void set_input(const std::string& where, const KerasJson& sizes, KerasNetwork& network) {
  GRAFT_CHECK(sizes.is_array() && sizes.size() == 4 && sizes[3].is_number_integer(), format, where,
              ": its input is ",
              sizes.dump(-1, ' ', false, KerasJson::error_handler_t::replace).substr(0, 100),
              "; graft reads networks of images: batch, height, width, channels");
  constexpr int64_t usual = 224, most = 1 << 20;
  network.any_size = sizes[1].is_null() || sizes[2].is_null();
  network.input = {1};
  for (int i : {1, 2, 3}) {
    const int64_t size = sizes[i].is_null() ? usual : sizes[i].get<int64_t>();
    GRAFT_CHECK(size >= 1 && size <= most, format, where, ": has an input of size ", size);
    network.input.push_back(size);
  }
}

}  // namespace

KerasNetwork read_keras_network(const std::string& where, const KerasJson& model) {
  GRAFT_CHECK(is_model(type_of(model)), format, where, ": holds a '", type_of(model).substr(0, 100),
              "'; graft reads Sequential and Functional models");
  static const KerasJson nothing;
  KerasNetwork network{.name = name_of(model), .input = {}, .layers = {}, .calls = {}, .outputs = {}};
  set_input(where, find_input(model, 0), network);
  network.layers.push_back({"InputLayer", "", &nothing, "", ""});
  network.calls.push_back({0, {}, nullptr});
  network.outputs = Flattener(where, network).model(model, {}, {0});
  return network;
}

}  // namespace graft
