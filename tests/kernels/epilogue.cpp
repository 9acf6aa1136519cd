#include <set>

#include "kernels/batch_norm/batch_norm.h"
#include "kernels/conv_cases.h"
#include "kernels/elementwise/elementwise.h"
#include "kernels/gemm/dense.h"

namespace graft::test {
namespace {

constexpr Activation activations[] = {
    Activation::none,       Activation::relu, Activation::relu6,
    Activation::sigmoid,    Activation::silu, Activation::hard_sigmoid,
    Activation::hard_swish, Activation::gelu, {Activation::leaky_relu, 0.1f}};

// Every implementation against the double reference; returns the names of those that accepted.
template <class Op>
std::set<std::string> check_epilogue(const OpCase<Op>& test) {
  const auto truth = run_reference(test).tensors[0];
  std::set<std::string> names;
  for_each_implementation<Op>(test.problem, [&](const auto& entry, Device& device) {
    const auto found = run_op(entry, device, test).tensors[0];
    REQUIRE(found.size() == truth.size());
    CHECK_MESSAGE(normalised_error(found, truth) <= 1e-11, name_run(entry, device, test.problem));
    names.insert(text(entry.name, " on ", device.properties().name));
  });
  return names;
}

bool holds(const std::set<std::string>& names, std::initializer_list<const char*> wanted) {
  return std::all_of(wanted.begin(), wanted.end(), [&](const char* name) { return names.contains(name); });
}

TEST_CASE("epilogues: convolutions end in every activation, the library's too") {
  using A = ConvForward::Args;
  for (Activation activation : activations)
    for (ConvProblem p : {square_conv(2, 7, 5, 9, 3, 1, 1), square_conv(1, 6, 16, 24, 1),
                          square_conv(1, 9, 8, 8, 3, 2, 1, 8)})
      for (bool residual : {false, true}) {
        p.bias = true;
        p.residual = residual;
        p.activation = activation;
        OpCase<ConvForward> test{
            p,
            {{&A::x, normals(x_shape(p), 1)}, {&A::w, normals(w_shape(p), 2)}, {&A::bias, normals({p.k}, 3)}},
            {},
            {{&A::y, zeros(y_shape(p))}},
            {},
            {},
            {},
            {}};
        if (residual) test.inputs.push_back({&A::residual, normals(y_shape(p), 4)});
        CHECK(holds(check_epilogue(test), {"onednn on cpu", "reference on cpu", "reference on float64"}));
      }
}

TEST_CASE("epilogues: dense layers, batch norm and additions end in every activation") {
  using D = DenseForward::Args;
  using B = BatchNormForward::Args;
  using S = Add::Args;
  for (Activation activation : activations) {
    const DenseProblem dense{.n = 5, .inputs = 13, .outputs = 11, .bias = true, .activation = activation};
    CHECK(
        holds(check_epilogue(OpCase<DenseForward>{
                  dense,
                  {{&D::x, normals({5, 13}, 1)}, {&D::w, normals({11, 13}, 2)}, {&D::bias, normals({11}, 3)}},
                  {},
                  {{&D::y, zeros({5, 11})}},
                  {},
                  {},
                  {},
                  {}}),
              {"onednn on cpu", "reference on cpu"}));
    const BatchNormProblem norm{.rows = 21, .c = 7, .activation = activation};
    CHECK(holds(
        check_epilogue(OpCase<BatchNormForward>{norm,
                                                {{&B::x, normals({21, 7}, 1)},
                                                 {&B::scale, normals({7}, 2)},
                                                 {&B::shift, normals({7}, 3)},
                                                 {&B::running_mean, normals({7}, 4)},
                                                 {&B::running_variance, absolute(normals({7}, 5, 2, 0.3))}},
                                                {},
                                                {{&B::y, zeros({21, 7})}},
                                                {},
                                                {},
                                                {},
                                                {}}),
        {"reference on cpu", activation.kind <= Activation::relu6 ? "host on cpu" : "reference on cpu"}));
    CHECK(holds(check_epilogue(OpCase<Add>{{209, activation},
                                           {{&S::a, normals({209}, 1)}, {&S::b, normals({209}, 2)}},
                                           {},
                                           {{&S::y, zeros({209})}},
                                           {},
                                           {},
                                           {},
                                           {}}),
                {"simt on emulated:sm_80", "reference on cpu"}));
  }
}

}  // namespace
}  // namespace graft::test
