#include <filesystem>
#include <iostream>

#include "engine/check.h"
#include "tools/exit_status.h"
#include "tools/model_source.h"
#include "tools/output_file.h"
#include "tools/text_table.h"

namespace graft {
namespace {

using Fate = ImportReport::Row::Fate;

std::string table(const ImportReport& report) {
  std::vector<std::vector<std::string>> rows;
  for (const ImportReport::Row& row : report.rows)
    if (row.fate != Fate::matched) rows.push_back({std::string(name_of(row.fate)), row.name, row.note});
  return text(report.count(Fate::matched), " matched, ", report.count(Fate::transposed), " transposed, ",
              report.count(Fate::missing), " missing, ", report.count(Fate::unexpected), " unexpected\n",
              text_table(rows, "lll"));
}

}  // namespace

int run(const ImportCommand& command) {
  check_output_file("--out", command.out);
  const LoadedModel loaded = load_model(command.source);
  const Model& model = loaded.model;
  std::cout << command.source.weights << ": " << model.arch() << ", " << model.data().output_count()
            << " classes\n"
            << "preprocessing: " << model.preprocessing()
            << (loaded.preprocessing_assumed ? " (assumed)" : "") << '\n'
            << table(loaded.report);
  model.save(command.out);
  std::cout << "wrote " << command.out << '\n';
  return exit_done;
}

}  // namespace graft
