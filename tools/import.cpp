#include <filesystem>
#include <iostream>
#include <map>

#include "engine/check.h"
#include "tools/exit_status.h"
#include "tools/inspection.h"
#include "tools/model_source.h"
#include "tools/output_file.h"
#include "tools/text_table.h"

namespace graft {
namespace {

using Fate = ImportReport::Row::Fate;

std::string first_part(const std::string& name) { return name.substr(0, name.find('.')); }
std::string last_part(const std::string& name) { return name.substr(name.rfind('.') + 1); }

// A row for each tensor that was not simply matched. Where many have no use for the same reason (counters
// that only their framework reads), one row for all of them.
std::string table(const ImportReport& report) {
  constexpr int many = 8;
  std::map<std::string, int> unexpected, auxiliary;
  for (const ImportReport::Row& row : report.rows) {
    if (row.fate == Fate::unexpected) ++unexpected[last_part(row.name)];
    if (row.fate == Fate::auxiliary) ++auxiliary[first_part(row.name)];
  }

  std::vector<std::vector<std::string>> rows;
  for (const ImportReport::Row& row : report.rows) {
    if (row.fate == Fate::matched || row.fate == Fate::auxiliary) continue;
    if (row.fate == Fate::unexpected && unexpected[last_part(row.name)] > many) continue;
    rows.push_back({std::string(name_of(row.fate)), row.name, row.note});
  }
  for (const auto& [part, count] : unexpected)
    if (count > many) rows.push_back({"unexpected", "*." + part, text(count, " tensors")});
  for (const auto& [part, count] : auxiliary)
    rows.push_back({"auxiliary", part + ".*",
                    text(count, " tensors of a classifier that only the first training used: left out")});
  return text(report.count(Fate::matched), " matched, ", report.count(Fate::transposed), " transposed, ",
              report.count(Fate::missing), " missing, ", report.count(Fate::unexpected), " unexpected",
              auxiliary.empty() ? "" : text(", ", report.count(Fate::auxiliary), " auxiliary"), '\n',
              text_table(rows, "lll"));
}

}  // namespace

int run(const ImportCommand& command) {
  check_output_file("--out", command.out);
  const LoadedModel loaded = load_model(command.source);
  const Model& model = loaded.model;
  std::cout << command.source.weights << ": " << model.arch() << ", " << classes_text(model) << '\n'
            << "preprocessing: " << model.preprocessing()
            << (loaded.preprocessing_assumed ? " (assumed)" : "") << '\n'
            << table(loaded.report);
  for (const std::string& note : loaded.report.notes) std::cout << "note: " << note << '\n';
  model.save(command.out);
  std::cout << "wrote " << command.out << '\n';
  return exit_done;
}

}  // namespace graft
