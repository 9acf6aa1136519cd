#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/choose.h"
#include "engine/op.h"
#include "engine/tuner.h"

namespace graft {

using ValueId = int;
constexpr ValueId no_value = -1;

enum class Phase : uint8_t { forward, loss, backward, update };
std::string_view name_of(Phase phase);

enum class Access : uint8_t { read, write, update };

// Which value goes where in the op's arguments.
template <class Op>
struct Operand {
  TensorView Op::Args::*member;
  ValueId value;
  Access access;
};

// One op of the plan, its operands still names; prepare() chooses an implementation, bind() gives them
// addresses.
class Step {
 public:
  Step(std::string layer, Phase phase) : layer_(std::move(layer)), phase_(phase) {}
  virtual ~Step() = default;

  const std::string& layer() const { return layer_; }
  Phase phase() const { return phase_; }
  // How often it runs in a run of the plan: once, or a few images at a time (Stretch).
  int turns() const { return turns_; }
  void set_turns(int turns) { turns_ = turns; }
  const std::vector<ValueId>& reads() const { return reads_; }
  const std::vector<ValueId>& writes() const { return writes_; }

  // The output may take the input's memory where nobody reads that input afterwards.
  void may_share(ValueId read, ValueId written) { shareable_.emplace_back(read, written); }
  const std::vector<std::pair<ValueId, ValueId>>& shareable() const { return shareable_; }

  // Whether the device computes the problem in its type.
  virtual bool is_served(const DeviceProperties& device, const ChoiceOptions& options) const = 0;
  // replace(value, access) names the value in an operand's place.
  using Replace = std::function<ValueId(ValueId, Access)>;
  virtual void replace(const Replace& replace) = 0;
  virtual void widen(const Replace& replace) = 0;  // the same op in float32

  virtual std::string_view op() const = 0;
  virtual std::string problem_text() const = 0;
  virtual std::string_view implementation() const = 0;
  virtual Math math() const = 0;     // of the implementation
  virtual int64_t macs() const = 0;  // multiply-adds; 0 for ops that are not counted in them
  // Those, or, once it is prepared, what its implementation makes of them.
  virtual int64_t products() const = 0;

  // Where several implementations may serve and it is not known which is the fastest: their race on operands
  // at those addresses, whose winner goes to options.winners. Whether there was one.
  using Address = std::function<TensorView(ValueId)>;
  virtual bool race(Tuner& tuner, Device& device, const ChoiceOptions& options, const Address& address) = 0;

  virtual void prepare(Device& device, const ChoiceOptions& options) = 0;
  virtual size_t scratch_bytes() const = 0;
  virtual size_t kept_bytes() const = 0;
  virtual void bind(const Address& address) = 0;
  virtual bool keep_constants(const RunContext& context) = 0;
  virtual void run(const RunContext& context) = 0;

 protected:
  std::string layer_;
  Phase phase_;
  int turns_ = 1;
  std::vector<ValueId> reads_, writes_;
  std::vector<std::pair<ValueId, ValueId>> shareable_;
};

template <class Op>
class OpStep final : public Step {
 public:
  OpStep(std::string layer, Phase phase, const typename Op::Problem& problem,
         std::vector<Operand<Op>> operands, typename Op::Args args)
      : Step(std::move(layer), phase),
        problem_(problem),
        operands_(std::move(operands)),
        args_(std::move(args)) {
    std::erase_if(operands_, [](const Operand<Op>& operand) { return operand.value == no_value; });
    list_values();
  }

  bool is_served(const DeviceProperties& device, const ChoiceOptions& options) const override {
    std::string refusals;
    return first_that_accepts<Op>(problem_, device, options, refusals) != nullptr;
  }
  void widen(const Replace& replace) override {
    if constexpr (requires { problem_.dtype; }) problem_.dtype = DType::float32;
    if constexpr (requires { problem_.math; }) problem_.math = Math::fp32;
    this->replace(replace);
  }
  void replace(const Replace& replace) override {
    std::map<ValueId, ValueId> replaced;
    for (Operand<Op>& operand : operands_) {
      const ValueId before = operand.value;
      operand.value = replaced[before] = replace(before, operand.access);
    }
    const auto follow = [&](ValueId& id) {
      if (const auto found = replaced.find(id); found != replaced.end()) id = found->second;
    };
    for (auto& [read, written] : shareable_) follow(read), follow(written);
    list_values();
  }

  std::string_view op() const override { return Op::name; }
  std::string problem_text() const override { return text(problem_); }
  std::string_view implementation() const override { return implementation_; }
  const typename Op::Problem& problem() const { return problem_; }
  const typename Op::Args& args() const { return args_; }  // as bound
  ValueId value(TensorView Op::Args::*member) const {      // no_value where the step has no such operand
    for (const Operand<Op>& operand : operands_)
      if (operand.member == member) return operand.value;
    return no_value;
  }
  void set_problem(const typename Op::Problem& problem) { problem_ = problem; }
  Math math() const override { return math_; }
  int64_t macs() const override {
    if constexpr (requires { problem_.macs(); })
      return problem_.macs();
    else
      return 0;
  }

  bool race(Tuner& tuner, Device& device, const ChoiceOptions& options, const Address& address) override {
    const auto rivals = graft::rivals<Op>(problem_, device.properties(), options);
    const char* why = "";
    if (rivals.size() < 2 || known<Op>(problem_, device.properties(), options, why)) return false;
    bind(address);
    std::vector<std::unique_ptr<Prepared<Op>>> prepared;
    std::vector<Contender> contenders;
    for (const Implementation<Op>* rival : rivals) {
      Prepared<Op>& one = *prepared.emplace_back(rival->prepare(problem_, device));
      contenders.push_back({rival->name, one.scratch_bytes(),
                            [&](const RunContext& context) { one.keep_constants(args_, context); },
                            [&](const RunContext& context) { one.run(args_, context); }});
    }
    const Tuner::Result result = tuner.race(contenders);
    options.winners->chosen[choice_key(Op::name, problem_)] = rivals[result.fastest]->name;
    if (options.explain) {
      std::string times;
      for (size_t i = 0; i < rivals.size(); ++i)
        times += text(i ? ", " : "", rivals[i]->name, ' ', result.seconds[i] * 1e3, " ms");
      options.explain(text(Op::name, " ", problem_, ": timed: ", times));
    }
    return true;
  }
  void prepare(Device& device, const ChoiceOptions& options) override {
    const Implementation<Op>& chosen = choose<Op>(problem_, device.properties(), options);
    implementation_ = chosen.name;
    math_ = chosen.math;
    prepared_ = chosen.prepare(problem_, device);
  }
  int64_t products() const override { return prepared_ ? prepared_->products(macs()) : macs(); }
  size_t scratch_bytes() const override { return prepared_->scratch_bytes(); }
  size_t kept_bytes() const override { return prepared_->kept_bytes(); }
  void bind(const Address& address) override {
    for (const Operand<Op>& operand : operands_) args_.*operand.member = address(operand.value);
  }
  bool keep_constants(const RunContext& context) override {
    return prepared_->keep_constants(args_, context);
  }
  void run(const RunContext& context) override { prepared_->run(args_, context); }

 private:
  void list_values() {
    reads_.clear();
    writes_.clear();
    for (const Operand<Op>& operand : operands_) {
      if (operand.access != Access::write) reads_.push_back(operand.value);
      if (operand.access != Access::read) writes_.push_back(operand.value);
    }
  }

  typename Op::Problem problem_;
  std::vector<Operand<Op>> operands_;
  typename Op::Args args_;
  std::string_view implementation_;
  Math math_ = Math::fp32;
  std::unique_ptr<Prepared<Op>> prepared_;
};

}  // namespace graft
