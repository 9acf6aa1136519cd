#include "transfer/graphs/darknet/darknet_reader.h"

#include <algorithm>

#include "transfer/graphs/darknet/class_names.h"
#include "transfer/graphs/darknet/sections.h"
#include "transfer/graphs/pair.h"

namespace graft {

namespace {

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::find(types.begin(), types.end(), type) != types.end();
}

// What interprets the values that it reads, as boxes and scores.
bool interprets(std::string_view type) {
  return is_one_of(type, {"yolo", "Gaussian_yolo", "region", "detection"});
}

Shape input_of(const DarknetSection& net) {
  const Shape input{1, std::max<int64_t>(net.integer("height", 0), 0),
                    std::max<int64_t>(net.integer("width", 0), 0),
                    std::max<int64_t>(net.integer("channels", 3), 0)};
  GRAFT_CHECK(input.count() > 0, format, net.where(),
              ": it must say width, height and channels of the input");
  return input;
}

class Reader {
 public:
  Reader(const std::vector<DarknetSection>& sections, const std::string& file, DarknetWeights& weights)
      : sections_(sections), net_(file, "darknet", input_of(sections[0])), weights_(weights) {}

  // Until every layer is written, or the last that is wanted.
  void write(const std::vector<std::string>& wanted) {
    for (size_t i = 1; i < sections_.size(); ++i) {
      if (!wanted.empty() && found_all(wanted)) return void(complete_ = false);
      write_section(sections_[i], static_cast<int>(i) - 1);
    }
  }

  FileGraph finish(const std::vector<std::string>& wanted) && {
    if (complete_) weights_.check_used_up();
    std::vector<NodeId> ends;
    for (const std::string& name : wanted) {
      const NodeId node = find(name);
      GRAFT_CHECK(node > 0, call, "--outputs ", printable(name), ": ", net_.file(),
                  " has no layer of this number or name; they are numbered 0 to ", outputs_.size() - 1);
      ends.push_back(node);
    }
    if (wanted.empty()) ends = interpreted_.empty() ? std::vector<NodeId>{last_} : interpreted_;
    std::vector<NodeId> once;
    for (NodeId end : ends)
      if (std::find(once.begin(), once.end(), end) == once.end()) once.push_back(end);
    net_.description().usual_preprocessing = "darknet";
    return std::move(net_).finish(once);
  }

 private:
  void write_section(const DarknetSection& section, int index) {
    const std::string& type = section.type();
    if (interprets(type)) {
      net_.note(text("layer ", index, ", [", type, "], is left out: what it reads is an output"));
      interpreted_.push_back(last_);
      outputs_.push_back(-1);
    } else if (is_one_of(type, {"softmax", "soft"})) {
      write_softmax(section, index);
    } else if (type == "cost") {
      outputs_.push_back(-1);
    } else {
      write_layer(section, index);
    }
  }

  void write_layer(const DarknetSection& section, int index) {
    const DarknetCall call{section, index, outputs_, last_, net_, weights_};
    const DarknetRule rule = find_darknet_rule(section.type());
    if (!rule) call.refuse("graft has no layer for it");
    last_ = rule(call);
    outputs_.push_back(last_);
  }

  void write_softmax(const DarknetSection& section, int index) {
    const bool at_end =
        static_cast<size_t>(index) + 2 == sections_.size() || sections_.back().type() == "cost";
    if (!at_end)
      DarknetCall{section, index, outputs_, last_, net_, weights_}.refuse(
          "a softmax in the middle has no layer");
    net_.note("left out softmax at the end: graft's outputs are what it reads");
    outputs_.push_back(last_);
  }

  // The layer of this number or name; -1 where there is none.
  NodeId find(const std::string& name) const {
    for (size_t i = 0; i < outputs_.size(); ++i)
      if (name == std::to_string(i)) return outputs_[i];
    return net_.graph().find(name);
  }
  bool found_all(const std::vector<std::string>& names) const {
    return std::all_of(names.begin(), names.end(), [&](const std::string& name) { return find(name) > 0; });
  }

  const std::vector<DarknetSection>& sections_;
  GraphWriter net_;
  DarknetWeights& weights_;
  std::vector<NodeId> outputs_, interpreted_;
  NodeId last_ = 0;
  bool complete_ = true;
};

void take_class_names(FileGraph& graph) {
  const std::vector<std::string> names = darknet_class_names(graph.file);
  const std::string head = head_of(graph);
  if (names.empty() || head.empty()) return;
  const Shape& outputs = graph.weights.at(head + ".weight").shape;
  if (static_cast<int64_t>(names.size()) == outputs[0])
    graph.classes = names;
  else
    graph.notes.push_back(
        text("there are ", names.size(), " class names beside it, and ", outputs[0], " outputs; left out"));
}

}  // namespace

bool recognises_darknet(const FileBytes& file) {
  return looks_like_cfg(file.bytes) || looks_like_darknet_weights(file.bytes);
}

SourceFile read_darknet(const FileBytes& file, const SourceOptions& options) {
  const bool has_graph = looks_like_cfg(file.bytes);
  const FileBytes other = other_file(file, options.graph, has_graph ? ".weights" : ".cfg");
  const std::vector<DarknetSection> sections = read_cfg(has_graph ? file : other);
  DarknetWeights weights(has_graph ? other : file);
  Reader reader(sections, has_graph ? file.name : other.name, weights);
  reader.write(options.outputs);
  FileGraph graph = std::move(reader).finish(options.outputs);
  take_class_names(graph);
  return graph;
}

}  // namespace graft
