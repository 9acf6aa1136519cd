#include "kernels/gemm/bias_sums.h"

#include "kernels/reduce.h"
#include "kernels/views.h"

namespace graft::GRAFT_TARGET {

void bias_sums(const TensorView& dy, int64_t rows, int64_t columns, const TensorView& dbias,
               const RunContext& context) {
  const auto launch = [&](auto* values) {
    using Element = std::remove_pointer_t<decltype(values)>;
    launch_column_sums<1>("bias_sums", PlainTerm<Element>{values, columns}, StoreTotal{floats(dbias)}, rows,
                          columns, context.scratch, context.stream);
  };
  if (dy.dtype == DType::bfloat16) return launch(elements<bfloat16>(dy));
  launch(floats(dy));
}

}  // namespace graft::GRAFT_TARGET
