#include "transfer/graphs/caffe/flow.h"

#include <algorithm>
#include <map>

#include "transfer/graphs/caffe/layer_form.h"

namespace graft {

namespace {

class Builder {
 public:
  Builder(const CaffeNetwork& network, const std::vector<std::string>& wanted) : network_(network) {
    newest_[network.input] = flow_.versions++;
    for (const caffe::LayerParameter& layer : network.layers)
      if (!leaves_no_trace(layer)) add(layer);
    if (wanted.empty())
      take_unread();
    else
      for (const std::string& name : wanted) take(name);
    GRAFT_CHECK(!flow_.outputs.empty(), format, network.file, ": the network has no output");
    for (int& output : flow_.outputs) output = before_softmax(output);
    keep_needed();
    join_scales();
  }

  CaffeFlow take_flow() && { return std::move(flow_); }

 private:
  void add(const caffe::LayerParameter& layer) {
    CaffeStep step{.layer = &layer, .bottoms = {}, .tops = {}};
    for (const std::string& blob : layer.bottom()) {
      const auto found = newest_.find(blob);
      GRAFT_CHECK(found != newest_.end(), format, network_.file, ": layer '", printable(layer.name()),
                  "' reads blob '", printable(blob), "', which nothing before it writes");
      step.bottoms.push_back(found->second);
    }
    for (const std::string& blob : layer.top()) {
      newest_[blob] = flow_.versions;
      step.tops.push_back(flow_.versions++);
    }
    flow_.steps.push_back(std::move(step));
  }

  // By version: how many steps read it.
  std::vector<int> readers() const {
    std::vector<int> count(flow_.versions, 0);
    for (const CaffeStep& step : flow_.steps)
      for (int bottom : step.bottoms) ++count[bottom];
    return count;
  }

  void take_unread() {
    const std::vector<int> count = readers();
    for (const CaffeStep& step : flow_.steps)
      for (int top : step.tops)
        if (count[top] == 0) flow_.outputs.push_back(top);
  }

  void take(const std::string& name) {
    if (const auto blob = newest_.find(name); blob != newest_.end() && blob->second > 0)
      return flow_.outputs.push_back(blob->second);
    for (const CaffeStep& step : flow_.steps)
      if (step.layer->name() == name && !step.tops.empty()) return flow_.outputs.push_back(step.tops[0]);
    const std::string last = flow_.steps.empty() ? std::string() : flow_.steps.back().layer->name();
    fail(ErrorCode::call, "--outputs ", printable(name), ": ", network_.file,
         " has no blob or layer of this name; its last layer is '", printable(last), "'");
  }

  int before_softmax(int version) {
    for (const CaffeStep& step : flow_.steps)
      if (step.layer->type() == "Softmax" && step.bottoms.size() == 1 && step.tops.size() == 1 &&
          step.tops[0] == version) {
        flow_.notes.push_back(text("left out Softmax '", printable(step.layer->name()),
                                   "' at the end: graft's outputs are what it reads"));
        return step.bottoms[0];
      }
    return version;
  }

  void keep_needed() {
    std::vector<bool> needed(flow_.versions, false);
    for (int output : flow_.outputs) needed[output] = true;
    std::vector<CaffeStep> kept;
    for (auto step = flow_.steps.rbegin(); step != flow_.steps.rend(); ++step) {
      if (std::none_of(step->tops.begin(), step->tops.end(), [&](int top) { return needed[top]; })) continue;
      for (int bottom : step->bottoms) needed[bottom] = true;
      kept.push_back(std::move(*step));
    }
    std::reverse(kept.begin(), kept.end());
    flow_.steps = std::move(kept);
  }

  // Caffe's batch norm does not scale; the Scale that is all that reads it does. Together they are our layer.
  void join_scales() {
    const std::vector<int> count = readers();
    std::map<int, CaffeStep*> norms;  // by what they write
    for (CaffeStep& step : flow_.steps) {
      if (step.layer->type() == "BatchNorm" && step.tops.size() == 1 && count[step.tops[0]] == 1 &&
          std::find(flow_.outputs.begin(), flow_.outputs.end(), step.tops[0]) == flow_.outputs.end())
        norms[step.tops[0]] = &step;
      if (step.layer->type() != "Scale" || step.bottoms.size() != 1 || step.tops.size() != 1) continue;
      const auto norm = norms.find(step.bottoms[0]);
      if (norm == norms.end()) continue;
      norm->second->scale = step.layer;
      norm->second->tops = step.tops;
      step.layer = nullptr;
    }
    std::erase_if(flow_.steps, [](const CaffeStep& step) { return step.layer == nullptr; });
  }

  const CaffeNetwork& network_;
  std::map<std::string, int, std::less<>> newest_;
  CaffeFlow flow_;
};

}  // namespace

CaffeFlow flow_of(const CaffeNetwork& network, const std::vector<std::string>& wanted) {
  return Builder(network, wanted).take_flow();
}

}  // namespace graft
