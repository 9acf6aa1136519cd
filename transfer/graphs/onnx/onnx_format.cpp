#include "transfer/graphs/onnx/onnx_format.h"

#include <algorithm>
#include <limits>
#include <set>

#include "engine/check.h"
#include "transfer/graphs/onnx/fold.h"
#include "transfer/graphs/onnx/metadata.h"
#include "transfer/graphs/onnx/op_table.h"

namespace graft {

namespace {

using File = onnx_file::Model;
using Names = std::set<std::string, std::less<>>;

constexpr int64_t oldest_opset = 7;

std::shared_ptr<const File> parse(const FileBytes& file) {
  GRAFT_CHECK(file.bytes.size() <= std::numeric_limits<int>::max(), format, file.name,
              ": larger than 2 GB, which no ONNX file is; weights in files beside it are not read");
  auto model = std::make_shared<File>();
  GRAFT_CHECK(model->ParseFromArray(file.bytes.data(), static_cast<int>(file.bytes.size())), format,
              file.name, ": is no whole ONNX file; it is truncated or damaged");
  GRAFT_CHECK(model->has_graph() && model->graph().node_size() > 0, format, file.name,
              ": an ONNX file without a graph");
  const auto is_standard = [](const auto& set) { return set.domain().empty() || set.domain() == "ai.onnx"; };
  const auto& sets = model->opset_import();
  GRAFT_CHECK(std::any_of(sets.begin(), sets.end(), is_standard), format, file.name,
              ": does not say which opset of ONNX it is written for");
  for (const auto& set : sets)
    if (is_standard(set))
      GRAFT_CHECK(set.version() >= oldest_opset, version, file.name, ": written for ONNX opset ",
                  set.version(), "; graft reads ", oldest_opset, " and later");
  return model;
}

// Reads one file; the steps in the order in which they are called.
class OnnxReader {
 public:
  OnnxReader(const FileBytes& file, const SourceOptions& options)
      : file_(file), model_(parse(file)), graph_(model_->graph()) {
    index_nodes();
    choose_outputs(options.outputs);
    find_needed();
  }

  FileGraph read() {
    OnnxNetwork net(file_.name, input(), readers(),
                    static_cast<int64_t>(16 * file_.bytes.size() + (1 << 20)));
    for (const onnx_file::Tensor& tensor : graph_.initializer())
      if (needed_.contains(tensor.name())) add_initializer(net, tensor);
    for (const onnx_file::Node& node : graph_.node())
      if (is_needed(node)) write(net, OnnxNode(node));
    return finish(net);
  }

 private:
  void index_nodes() {
    for (int i = 0; i < graph_.node_size(); ++i)
      for (const std::string& output : graph_.node(i).output())
        if (!output.empty())
          GRAFT_CHECK(producer_.emplace(output, i).second, format, file_.name, ": two nodes compute '",
                      printable(output), "'");
    for (const onnx_file::Tensor& tensor : graph_.initializer()) initializers_.insert(tensor.name());
  }

  // The first output of the node of this name; the name itself where it is a tensor's.
  std::string tensor_named(const std::string& name) const {
    if (producer_.contains(name)) return name;
    for (const onnx_file::Node& node : graph_.node())
      if (node.name() == name && node.output_size() > 0) return node.output(0);
    fail(ErrorCode::call, file_.name, ": --outputs ", name,
         ": the network has no tensor or node of this name");
  }

  void choose_outputs(const std::vector<std::string>& wanted) {
    for (const std::string& name : wanted) outputs_.push_back(tensor_named(name));
    if (wanted.empty())
      for (const onnx_file::ValueInfo& output : graph_.output()) outputs_.push_back(output.name());
    for (const std::string& name : outputs_)
      GRAFT_CHECK(producer_.contains(name), format, file_.name, ": no node computes its output '",
                  printable(name), "'");
    GRAFT_CHECK(!outputs_.empty(), format, file_.name, ": the network has no output");
  }

  void find_needed() {
    std::vector<std::string> open = outputs_;
    while (!open.empty()) {
      const std::string name = std::move(open.back());
      open.pop_back();
      if (name.empty() || !needed_.insert(name).second) continue;
      const auto found = producer_.find(name);
      if (found == producer_.end() || !needed_nodes_.insert(found->second).second) continue;
      for (const std::string& input : graph_.node(found->second).input()) open.push_back(input);
    }
  }

  bool is_needed(const onnx_file::Node& node) const {
    return std::any_of(node.output().begin(), node.output().end(), [&](const std::string& output) {
      const auto found = producer_.find(output);
      return found != producer_.end() && needed_nodes_.contains(found->second);
    });
  }

  OnnxNetwork::Readers readers() const {
    OnnxNetwork::Readers readers;
    for (int i : needed_nodes_)
      for (const std::string& input : graph_.node(i).input()) readers[input].push_back(&graph_.node(i));
    for (const std::string& output : outputs_) readers[output].push_back(nullptr);
    return readers;
  }

  OnnxNetwork::Input input() {
    const onnx_file::ValueInfo* found = nullptr;
    for (const onnx_file::ValueInfo& value : graph_.input()) {
      if (initializers_.contains(value.name()) || !needed_.contains(value.name())) continue;
      GRAFT_CHECK(!found, format, file_.name, ": reads two inputs, '", printable(found->name()), "' and '",
                  printable(value.name()), "'; graft reads one image");
      found = &value;
    }
    GRAFT_CHECK(found, format, file_.name, ": no image is read by its outputs");
    return sized_input(*found);
  }

  // Whether what reads the image, by way of a few constants, transposes it from N,H,W,C.
  bool is_channels_last(std::string name) const {
    constexpr std::string_view by_element[] = {"Sub", "Add", "Mul", "Div", "Cast", "Identity"};
    const OnnxNetwork::Readers all = readers();
    for (size_t step = 0; step < std::size(by_element); ++step) {
      const auto found = all.find(name);
      if (found == all.end() || !found->second[0]) return false;
      const OnnxNode reader(*found->second[0]);
      if (reader.op() == "Transpose") return reader.integers("perm") == std::vector<int64_t>{0, 3, 1, 2};
      if (std::find(std::begin(by_element), std::end(by_element), reader.op()) == std::end(by_element))
        return false;
      if (reader.outputs() > 0) name = reader.output(0);
    }
    return false;
  }

  OnnxNetwork::Input sized_input(const onnx_file::ValueInfo& value) {
    const onnx_file::TensorShape& shape = value.type().tensor_type().shape();
    const int elements = value.type().tensor_type().elem_type();
    GRAFT_CHECK(elements == 1 || elements == 10, format, file_.name, ": its input '", printable(value.name()),
                "' is not of float32 or float16");
    GRAFT_CHECK(shape.dim_size() == 4, format, file_.name, ": its input '", printable(value.name()), "' has ",
                shape.dim_size(), " sizes; graft reads images N,3,H,W");
    std::vector<int64_t> dims;
    for (const auto& dim : shape.dim()) dims.push_back(dim.dim_value());
    if (dims[0] <= 0) dims[0] = 1;
    const bool last = is_channels_last(value.name());
    const int64_t usual_size = 224;
    for (int i : {last ? 1 : 2, last ? 2 : 3})
      if (dims[i] <= 0) {
        dims[i] = usual_size;
        open_size_ = true;
      }
    GRAFT_CHECK(dims[last ? 3 : 1] > 0, format, file_.name, ": does not say how many channels its input has");
    return {value.name(), dims, last ? OnnxValue::Layout::map_last : OnnxValue::Layout::map};
  }

  void add_initializer(OnnxNetwork& net, const onnx_file::Tensor& tensor) const {
    try {
      OnnxConstant constant = read_onnx_tensor(tensor, model_);
      constant.origin = tensor.name();
      net.set_constant(tensor.name(), std::move(constant));
    } catch (const Error& error) {
      fail(error.code(), file_.name, ": tensor '", printable(tensor.name()), "' ", error.what());
    }
  }

  // What to say where a node stops the reading: where the network could end before it.
  std::string way_out(OnnxNetwork& net, const OnnxNode& node) const {
    std::string before;
    for (int i = 0; i < node.inputs() && before.empty(); ++i)
      if (node.has_input(i) && producer_.contains(node.input(i)) && !net.is_constant(node.input(i)))
        before = ", such as --outputs " + printable(node.input(i));
    return "; --outputs NAME ends the network before it" + before;
  }

  void write(OnnxNetwork& net, const OnnxNode& node) const {
    const std::string file = file_.name + ": ";
    try {
      if (fold(net, node, model_)) return;
      const OnnxOp op = node.standard() ? onnx_op(node.op()) : nullptr;
      GRAFT_CHECK(op, format, "graft has no layer for this operation");
      op(net, node);
    } catch (const Error& error) {
      const std::string what = error.what();
      if (what.starts_with(file)) fail(error.code(), what, way_out(net, node));
      fail(error.code(), file, printable(node.op()), " '", printable(node.label()), "': ", what,
           way_out(net, node));
    }
  }

  // As the network's last node: a single output as a row where it is one.
  NodeId ended(OnnxNetwork& net, const std::string& name) const {
    GRAFT_CHECK(net.is_known(name) && !net.is_constant(name), format, file_.name, ": its output '",
                printable(name), "' is not computed from its input");
    OnnxValue& y = net.value(name);
    try {
      if (y.form == OnnxValue::Form::softmax) {
        y.form = OnnxValue::Form::plain;
        net.writer().note(
            text("the Softmax before '", printable(name), "' is left out: a model's outputs are logits"));
      }
      net.compute(y, name);
      const Shape shape = net.writer().shape(y.node);
      const bool pixel = shape.rank() == 4 && shape.h() == 1 && shape.w() == 1;
      return pixel && outputs_.size() == 1 ? net.as_row(y, name).node : y.node;
    } catch (const Error& error) {
      fail(error.code(), file_.name, ": output '", printable(name), "': ", error.what());
    }
  }

  FileGraph finish(OnnxNetwork& net) const {
    std::vector<NodeId> ends;
    for (const std::string& name : outputs_) ends.push_back(ended(net, name));
    if (open_size_) net.writer().note("the file leaves the image's size open: 224 is assumed");
    FileGraph& description = net.writer().description();
    description.usual_preprocessing = "torchvision";
    read_onnx_metadata(*model_, description);
    return std::move(net.writer()).finish(ends);
  }

  const FileBytes& file_;
  std::shared_ptr<const File> model_;
  const onnx_file::Graph& graph_;
  std::map<std::string, int, std::less<>> producer_;
  Names initializers_, needed_;
  std::set<int> needed_nodes_;
  std::vector<std::string> outputs_;
  bool open_size_ = false;
};

// The fields of ModelProto up to its graph, by number and wire type.
bool is_field_before_graph(uint8_t tag) {
  constexpr uint8_t number = 0, text = 2;
  const int field = tag >> 3, wire = tag & 7;
  return (field == 1 || field == 5) ? wire == number
                                    : (field >= 2 && field <= 6 && wire == text) || tag == 0x42;
}

}  // namespace

bool is_onnx(const FileBytes& file) {
  constexpr uint8_t graph_tag = 7 << 3 | 2, version_tag = 1 << 3;
  constexpr int most_fields = 64;
  size_t at = 0;
  const auto varint = [&]() -> uint64_t {
    uint64_t value = 0;
    for (int shift = 0; shift < 63 && at < file.bytes.size(); shift += 7) {
      const auto byte = static_cast<uint8_t>(file.bytes[at++]);
      value |= uint64_t{byte & 0x7fu} << shift;
      if (byte < 0x80) return value;
    }
    at = file.bytes.size();
    return 0;
  };
  for (int i = 0; i < most_fields && at < file.bytes.size(); ++i) {
    const auto tag = static_cast<uint8_t>(file.bytes[at++]);
    if (i == 0 && tag != version_tag) return false;
    if (tag == graph_tag) return i > 0;
    if (!is_field_before_graph(tag)) return false;
    const uint64_t value = varint();
    if ((tag & 7) == 2) {
      if (value > file.bytes.size() - at) return false;
      at += value;
    }
  }
  return false;
}

SourceFile read_onnx(const FileBytes& file, const SourceOptions& options) {
  GRAFT_CHECK(options.graph.empty(), call, file.name, ": an ONNX file is whole; leave --graph away");
  return OnnxReader(file, options).read();
}

}  // namespace graft
