#include "tools/comparison_text.h"

#include <cstdio>

#include "engine/check.h"
#include "tools/text_table.h"
#include "transfer/report/html_text.h"

namespace graft {
namespace {

using Rows = std::vector<std::vector<std::string>>;

std::string shape_text(const Shape& shape) {
  std::string out;
  for (int64_t size : shape) out += (out.empty() ? "" : "x") + std::to_string(size);
  return out;
}

// What every way of showing begins its rows with.
std::vector<std::string> names_of(const ComparedLayer& layer) {
  return {layer.phase, layer.layer, layer.op, layer.output};
}

std::string place_text(const ComparedLayer& layer, int64_t at) {
  std::string out;
  for (int64_t i : layer.index_of(at)) out += (out.empty() ? "" : ",") + std::to_string(i);
  return "[" + out + "]";
}

// Nine digits tell any two float32 apart.
std::string exact_text(double value) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.9g", value);
  return digits;
}

std::string bin_text(size_t bin) {
  if (bin == 0) return "equal";
  const bool last = bin + 1 == ValueDifference::bins;
  return text(last ? ">" : "<=", ValueDifference::bin_end(last ? bin - 1 : bin));
}

std::string share_text(int64_t part, int64_t whole) {
  return part == 0 ? "-" : fixed_text(100 * static_cast<double>(part) / static_cast<double>(whole), 2);
}

}  // namespace

std::string check_text(const NetworkComparison& comparison) {
  Rows rows{{"phase", "layer", "op", "output", "shape", comparison.devices[0], comparison.devices[1],
             "largest difference", "NMSE", "bound", ""}};
  for (const ComparedLayer& layer : comparison.layers) {
    std::vector<std::string>& row = rows.emplace_back(names_of(layer));
    row.insert(row.end(), {shape_text(layer.shape), layer.implementations[0], layer.implementations[1],
                           short_text(layer.difference.largest), short_text(layer.difference.nmse),
                           short_text(layer.bound), layer.within ? "ok" : "DIFFERS"});
  }
  return text_table(rows, "lllllllrrrl");
}

std::string worst_places_text(const NetworkComparison& comparison) {
  Rows rows{{"phase", "layer", "op", "output", "place", comparison.devices[0], comparison.devices[1],
             "difference", ""}};
  for (const ComparedLayer& layer : comparison.layers)
    for (const ValueDifference::Place& place : layer.difference.worst) {
      std::vector<std::string>& row = rows.emplace_back(names_of(layer));
      row.insert(row.end(), {place_text(layer, place.at), exact_text(place.a), exact_text(place.b),
                             short_text(place.difference), layer.within ? "" : "DIFFERS"});
    }
  return text_table(rows, "lllllrrrl");
}

std::string histogram_text(const NetworkComparison& comparison) {
  Rows rows{{"phase", "layer", "op", "output"}};
  for (size_t bin = 0; bin < ValueDifference::bins; ++bin) rows[0].push_back(bin_text(bin));
  for (const ComparedLayer& layer : comparison.layers) {
    std::vector<std::string>& row = rows.emplace_back(names_of(layer));
    for (int64_t elements : layer.difference.histogram)
      row.push_back(share_text(elements, layer.shape.count()));
    row.push_back(layer.within ? "" : "DIFFERS");
  }
  rows[0].push_back("");
  return "share of the elements in %, by their distance in units of the last place of a float32\n" +
         text_table(rows, "llll" + std::string(ValueDifference::bins, 'r') + "l");
}

std::string verdict_text(const NetworkComparison& comparison) {
  const ComparedLayer* first = comparison.first_difference();
  if (!first) return text("all ", comparison.layers.size(), " tensors are within their bounds\n");
  return text("the first beyond its bound: ", first->op, " of layer '", first->layer, "' (", first->phase,
              "; ", first->implementations[0], ", ", first->implementations[1], "), ", first->output,
              ": NMSE ", short_text(first->difference.nmse), ", bound ", short_text(first->bound),
              "; furthest ", short_text(first->difference.largest), ", of values up to ",
              short_text(first->difference.scale), '\n');
}

}  // namespace graft
