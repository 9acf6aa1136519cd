#include "kernels/conv/thin_host.h"

#include "kernels/conv/activation_bounds.h"
#include "kernels/conv/bias_gradient.h"
#include "kernels/conv/thin_products.h"
#include "kernels/host_loops.h"
#include "kernels/reference.h"

namespace graft {
namespace {

using thin::eight;

constexpr int64_t most_few = 48, most_many = 256;
constexpr int64_t elements_per_piece = 32 * 1024;  // of the many

// y[rows, outputs] = x[rows, inputs] * matrix, rows being pixels.
struct Product {
  int64_t rows, inputs, outputs;

  bool widens() const { return outputs > inputs; }
  // matrix[inputs, width()]
  int64_t width() const { return widens() ? outputs : thin::whole_width(outputs); }
  int64_t matrix_size() const { return inputs * width(); }

  template <class Element>
  void pack(float* matrix, const Element& element) const {
    thin::pack(inputs, outputs, width(), matrix, element);
  }
};

// Adds the bias, where there is one, and clips.
struct Epilogue {
  const float* bias;
  ActivationBounds bounds;

  template <int bytes>
  GRAFT_INLINE void apply(Floats<bytes>& sum, int64_t c) const {
    if (bias) sum += vector_at<bytes>(bias + c);
    bounds.clip(sum);
  }
};

// Of eight pixels the first `count`; y is past the caches.
template <int bytes>
GRAFT_INLINE inline void widen(const Product& p, const Epilogue& epilogue, const float* x,
                               const float* matrix, int64_t count, float* y) {
  const int64_t few = p.inputs, many = p.outputs;
  const Epilogue last = epilogue;
  thin::for_each_two<bytes>(many,
                            [&]<int vectors>(int64_t c, std::integral_constant<int, vectors>) GRAFT_INLINE {
                              Floats<bytes> sums[eight][vectors];
                              thin::multiply_eight<bytes, vectors>(x, few, few, matrix + c, many, sums);
#pragma GCC unroll 8
                              for (int i = 0; i < eight; ++i) {
                                if (i >= count) continue;
#pragma GCC unroll 4
                                for (int v = 0; v < vectors; ++v) {
                                  last.template apply<bytes>(sums[i][v], c + v * lanes<bytes>);
                                  store<bytes, true>(sums[i][v], y + i * many + c + v * lanes<bytes>);
                                }
                              }
                            });
}

template <int bytes, int width>
GRAFT_INLINE inline void narrow(const Product& p, const Epilogue& epilogue, const float* x,
                                const float* matrix, int64_t count, float* y) {
  float sums[eight * width];
  thin::narrow<bytes, width>(x, eight, p.inputs, matrix, sums, {x + 4 * eight * p.inputs});
  for (int64_t i = 0; i < count; ++i)
    for (int64_t c = 0; c < p.outputs; c += 4) {
      Floats<16> sum = vector_at<16>(sums + i * width + c);
      epilogue.template apply<16>(sum, c);
      vector_at<16>(y + i * p.outputs + c) = sum;
    }
}

void multiply(const Product& p, const Epilogue& epilogue, const float* x, const float* matrix, float* y) {
  const int64_t block = std::max(eight, elements_per_piece / std::max(p.inputs, p.outputs) / eight * eight);
  for_each_block(p.rows, block, [&](int64_t begin, int64_t end) {
    const auto for_each_eight = [&](const auto& body) GRAFT_INLINE {
      for (int64_t row = begin; row < end; row += eight) {
        const int64_t count = std::min(eight, end - row);
        float padded[eight * most_many];
        const float* from = x + row * p.inputs;
        if (count < eight) {
          std::fill(std::copy_n(from, count * p.inputs, padded), padded + eight * p.inputs, 0.0f);
          from = padded;
        }
        body(from, count, y + row * p.outputs);
      }
    };
    with_vectors([&]<int bytes>(VectorBytes<bytes>) GRAFT_INLINE {
      if (!p.widens())
        return thin::with_width(p.width(), [&]<int width>(std::integral_constant<int, width>) GRAFT_INLINE {
          for_each_eight([&](const float* from, int64_t count, float* to)
                             GRAFT_INLINE { narrow<bytes, width>(p, epilogue, from, matrix, count, to); });
        });
      for_each_eight([&](const float* from, int64_t count, float* to)
                         GRAFT_INLINE { widen<bytes>(p, epilogue, from, matrix, count, to); });
      finish_streaming();
    });
  });
}

int64_t pixels(const ConvProblem& p) { return p.n * p.h * p.w; }

class ThinForward : public Prepared<ConvForward> {
 public:
  explicit ThinForward(const ConvProblem& p)
      : product_{pixels(p), p.c, p.k}, bias_(p.bias), activation_(p.activation) {}

  size_t scratch_bytes() const override { return product_.matrix_size() * sizeof(float); }

  void run(const ConvForward::Args& args, const RunContext& context) override {
    float* matrix = static_cast<float*>(context.scratch);
    const float* w = args.w.as<float>();
    product_.pack(matrix, [&](int64_t c, int64_t k) { return w[k * product_.inputs + c]; });
    const Epilogue epilogue{bias_ ? args.bias.as<float>() : nullptr, ActivationBounds(activation_)};
    multiply(product_, epilogue, args.x.as<float>(), matrix, args.y.as<float>());
  }

 private:
  Product product_;
  bool bias_;
  Activation activation_;
};

class ThinBackwardData : public Prepared<ConvBackwardData> {
 public:
  explicit ThinBackwardData(const ConvProblem& p) : product_{pixels(p), p.k, p.c} {}

  size_t scratch_bytes() const override { return product_.matrix_size() * sizeof(float); }

  void run(const ConvBackwardData::Args& args, const RunContext& context) override {
    float* matrix = static_cast<float*>(context.scratch);
    const float* w = args.w.as<float>();
    product_.pack(matrix, [&](int64_t k, int64_t c) { return w[k * product_.outputs + c]; });
    multiply(product_, {nullptr, ActivationBounds(Activation::none)}, args.dy.as<float>(), matrix,
             args.dx.as<float>());
  }

 private:
  Product product_;
};

class ThinBackwardWeights : public Prepared<ConvBackwardWeights> {
 public:
  explicit ThinBackwardWeights(const ConvProblem& p)
      : rows_(pixels(p)), c_(p.c), k_(p.k), bias_(p.bias), pieces_(rows_, 16) {}

  // Of the filter's sums, behind them those of the bias's.
  size_t scratch_bytes() const override {
    return sums_size() * sizeof(float) + (bias_ ? row_sum_bytes(rows_, k_) : 0);
  }

  void run(const ConvBackwardWeights::Args& args, const RunContext& context) override {
    const bool few_inputs = c_ < k_;
    const int64_t few = std::min(c_, k_), many = std::max(c_, k_);
    const float *narrow = (few_inputs ? args.x : args.dy).as<float>(),
                *wide = (few_inputs ? args.dy : args.x).as<float>();
    float* sums = static_cast<float*>(context.scratch);
    if (bias_)
      sum_bias_gradient(rows_, k_, args.dy.as<float>(), reinterpret_cast<double*>(sums + sums_size()),
                        args.dbias.as<float>());
    for_each_index(pieces_.count(), [&](int64_t piece) {
      float* part = sums + piece * c_ * k_;
      std::fill_n(part, c_ * k_, 0.0f);
      with_vectors([&]<int bytes>(VectorBytes<bytes>) GRAFT_INLINE {
        const int64_t block = 8 * 1024 / many;  // stays in the nearest cache
        for (int64_t row = pieces_.begin(piece); row < pieces_.end(piece); row += block)
          thin::add_products<bytes>(narrow + row * few, wide + row * many,
                                    std::min(block, pieces_.end(piece) - row), few, many, part,
                                    {wide + (row + block) * many});
      });
    });
    float* dw = args.dw.as<float>();
    for (int64_t k = 0; k < k_; ++k)
      for (int64_t c = 0; c < c_; ++c)
        dw[k * c_ + c] = sum_of_pieces(pieces_.count(), c_ * k_, sums, few_inputs ? c * k_ + k : k * c_ + c);
  }

 private:
  int64_t sums_size() const { return pieces_.count() * c_ * k_; }

  int64_t rows_, c_, k_;
  bool bias_;
  RowPieces pieces_;
};

std::string refuse_thin_shape(const ConvProblem& p, const DeviceProperties& device) {
  if (const std::string reason = thin::refuse_other_than_pixels(p); !reason.empty()) return reason;
  const int64_t few = std::min(p.c, p.k), many = std::max(p.c, p.k);
  if (few % eight != 0 || few > most_few || many % 16 != 0 || many > most_many || few == many)
    return text("from ", p.c, " to ", p.k, " channels is not between few (a multiple of 8 up to ", most_few,
                ") and many (of 16, up to ", most_many, ")");
  if (!exceeds_caches(pixels(p) * many, device)) return "the caches hold its maps";
  return {};
}

}  // namespace

template <class Op>
std::string refuse_thin(const ConvProblem& p, const DeviceProperties& device) {
  if (const std::string reason = refuse_thin_shape(p, device); !reason.empty()) return reason;
  if (std::is_same_v<Op, ConvForward> && (p.residual || p.y_slice || p.activation.kind > Activation::relu6))
    return "its loops add no residual, write no slices, and know no activation but relu and relu6";
  return refuse_other_types<Op, float>(p, device);
}
template std::string refuse_thin<ConvForward>(const ConvProblem&, const DeviceProperties&);
template std::string refuse_thin<ConvBackwardData>(const ConvProblem&, const DeviceProperties&);
template std::string refuse_thin<ConvBackwardWeights>(const ConvProblem&, const DeviceProperties&);

std::unique_ptr<Prepared<ConvForward>> prepare_thin_forward(const ConvProblem& problem, Device&) {
  return std::make_unique<ThinForward>(problem);
}
std::unique_ptr<Prepared<ConvBackwardData>> prepare_thin_backward_data(const ConvProblem& problem, Device&) {
  return std::make_unique<ThinBackwardData>(problem);
}
std::unique_ptr<Prepared<ConvBackwardWeights>> prepare_thin_backward_weights(const ConvProblem& problem,
                                                                             Device&) {
  return std::make_unique<ThinBackwardWeights>(problem);
}

}  // namespace graft
