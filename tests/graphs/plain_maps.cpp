#include "graphs/plain_maps.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>
#include <fstream>

#include "graphs/graph_run.h"
#include "support/error_text.h"

namespace graft::test {

Floats random_values(int64_t count, uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> draw(-1, 1);
  Floats values(static_cast<size_t>(count));
  for (float& value : values) value = draw(random);
  return values;
}

Floats positive_values(int64_t count, uint32_t seed) {
  Floats values = random_values(count, seed);
  for (float& value : values) value = 1 + value / 2;
  return values;
}

PlainMap random_map(int64_t c, int64_t h, int64_t w, uint32_t seed) {
  PlainMap map(c, h, w);
  const Floats values = random_values(c * h * w, seed);
  std::copy(values.begin(), values.end(), map.values.begin());
  return map;
}

PlainMap plain_conv(const PlainMap& x, const Floats& weight, const Floats& bias, const PlainWindow& o) {
  const auto extent = o.dilation * (o.kernel - 1) + 1;
  PlainMap y(static_cast<int64_t>(bias.size()), (x.h + o.before + o.after - extent) / o.stride + 1,
             (x.w + o.before + o.after - extent) / o.stride + 1);
  const int64_t inputs = x.c / o.groups, outputs = y.c / o.groups;
  for (int64_t k = 0; k < y.c; ++k)
    for (int64_t i = 0; i < y.h; ++i)
      for (int64_t j = 0; j < y.w; ++j) {
        double sum = bias[static_cast<size_t>(k)];
        for (int64_t c = 0; c < inputs; ++c)
          for (int64_t r = 0; r < o.kernel; ++r)
            for (int64_t s = 0; s < o.kernel; ++s) {
              const int64_t row = i * o.stride - o.before + r * o.dilation;
              const int64_t column = j * o.stride - o.before + s * o.dilation;
              if (x.inside(row, column))
                sum += x.at(k / outputs * inputs + c, row, column) *
                       weight[static_cast<size_t>(((k * inputs + c) * o.kernel + r) * o.kernel + s)];
            }
        y.at(k, i, j) = sum;
      }
  return y;
}

PlainMap plain_max(const PlainMap& x, const PlainWindow& o, int64_t p, int64_t q) {
  PlainMap y(x.c, p, q);
  for (int64_t k = 0; k < x.c; ++k)
    for (int64_t i = 0; i < p; ++i)
      for (int64_t j = 0; j < q; ++j) {
        double largest = -1e30;
        for (int64_t r = 0; r < o.kernel; ++r)
          for (int64_t s = 0; s < o.kernel; ++s) {
            const int64_t row = i * o.stride - o.before + r, column = j * o.stride - o.before + s;
            if (x.inside(row, column)) largest = std::max(largest, x.at(k, row, column));
          }
        y.at(k, i, j) = largest;
      }
  return y;
}

PlainMap plain_affine(PlainMap x, const Floats& factor, const Floats& addend) {
  const auto pixels = static_cast<size_t>(x.h * x.w);
  for (size_t i = 0; i < x.values.size(); ++i)
    x.values[i] = x.values[i] * factor[i / pixels] + addend[i / pixels];
  return x;
}

PlainMap plain_norm(PlainMap x, const Floats& mean, const Floats& variance, double epsilon) {
  const auto pixels = static_cast<size_t>(x.h * x.w);
  for (size_t i = 0; i < x.values.size(); ++i)
    x.values[i] = (x.values[i] - mean[i / pixels]) / std::sqrt(variance[i / pixels] + epsilon);
  return x;
}

PlainMap plain_channels(const PlainMap& x, int64_t first, int64_t count) {
  PlainMap y(count, x.h, x.w);
  std::copy_n(x.values.begin() + first * x.h * x.w, y.values.size(), y.values.begin());
  return y;
}

PlainMap plain_concat(const std::vector<PlainMap>& parts) {
  PlainMap y = parts[0];
  for (size_t i = 1; i < parts.size(); ++i) {
    y.c += parts[i].c;
    y.values.insert(y.values.end(), parts[i].values.begin(), parts[i].values.end());
  }
  return y;
}

PlainMap plain_upsample(const PlainMap& x, int64_t factor) {
  PlainMap y(x.c, x.h * factor, x.w * factor);
  for (int64_t k = 0; k < y.c; ++k)
    for (int64_t i = 0; i < y.h; ++i)
      for (int64_t j = 0; j < y.w; ++j) y.at(k, i, j) = x.at(k, i / factor, j / factor);
  return y;
}

PlainMap plain_product(const PlainMap& x, const Floats& weight, const Floats& bias) {
  PlainMap y(static_cast<int64_t>(bias.size()), 1, 1);
  for (size_t k = 0; k < bias.size(); ++k) {
    y.values[k] = bias[k];
    for (size_t i = 0; i < x.values.size(); ++i) y.values[k] += x.values[i] * weight[k * x.values.size() + i];
  }
  return y;
}

std::vector<PlainMap> run_network(const FileGraph& network, const PlainMap& x) {
  Floats pixels;
  for (int64_t i = 0; i < x.h; ++i)
    for (int64_t j = 0; j < x.w; ++j)
      for (int64_t k = 0; k < x.c; ++k) pixels.push_back(static_cast<float>(x.at(k, i, j)));
  const Shape input{1, x.h, x.w, x.c};
  const std::vector<Shape> shapes = network.graph.shapes(input);
  const std::vector<Floats> results =
      run_graph(network.graph, network.weights, network.outputs, input, pixels);
  std::vector<PlainMap> outputs;
  for (size_t n = 0; n < results.size(); ++n) {
    const Shape& s = shapes[network.graph.find(network.outputs[n])];
    PlainMap y = s.rank() == 4 ? PlainMap(s.c(), s.h(), s.w()) : PlainMap(s[1], 1, 1);
    REQUIRE(results[n].size() == y.values.size());
    size_t next = 0;
    for (int64_t i = 0; i < y.h; ++i)
      for (int64_t j = 0; j < y.w; ++j)
        for (int64_t k = 0; k < y.c; ++k) y.at(k, i, j) = results[n][next++];
    outputs.push_back(std::move(y));
  }
  return outputs;
}

void check_same(const PlainMap& got, const PlainMap& expected, double bound) {
  REQUIRE(got.c == expected.c);
  REQUIRE(got.h == expected.h);
  REQUIRE(got.w == expected.w);
  double difference = 0, largest = 0;
  for (size_t i = 0; i < got.values.size(); ++i) {
    const double d = std::abs(got.values[i] - expected.values[i]);
    difference = d <= difference ? difference : d;  // NaN stays
    largest = std::max(largest, std::abs(expected.values[i]));
  }
  CHECK(largest > 0);
  CHECK(difference <= bound * largest);
}

FileGraph read_network(const std::filesystem::path& file, const SourceOptions& options) {
  SourceFile source = read_source(file, options);
  REQUIRE(std::holds_alternative<FileGraph>(source));
  return std::get<FileGraph>(std::move(source));
}

std::string network_error(const std::filesystem::path& file, const SourceOptions& options) {
  return error_of([&] { read_source(file, options); });
}

void write_file(const std::filesystem::path& file, std::string_view content) {
  std::ofstream out(file, std::ios::binary);
  out.write(content.data(), static_cast<std::streamsize>(content.size()));
  REQUIRE(out.good());
}

}  // namespace graft::test
