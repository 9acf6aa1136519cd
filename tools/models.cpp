#include <cstdio>
#include <iostream>

#include "tools/commands.h"
#include "tools/exit_status.h"
#include "tools/inspection.h"
#include "tools/json_document.h"
#include "tools/text_table.h"
#include "transfer/model/recognise.h"
#include "transfer/report/html_text.h"

namespace graft {
namespace {

// Of the network as published: 1000 classes, at its own image size.
Model published_model(const Architecture& arch) {
  return Model(std::make_unique<ModelData>(describe(arch, 1000)));
}

std::vector<std::string> format_list(std::string_view formats) {
  std::vector<std::string> list;
  while (!formats.empty()) {
    list.emplace_back(formats.substr(0, formats.find(',')));
    formats.remove_prefix(std::min(formats.size(), list.back().size() + 1));
  }
  return list;
}

Json to_json(const Architecture& arch) {
  const Model model = published_model(arch);
  const Published& published = arch.published;
  return {{"arch", arch.name},
          {"parameters", model.parameter_count()},
          {"macs", total_macs(model)},
          {"image_size", arch.image_size},
          {"preprocessing", model.preprocessing()},
          {"freeze_points", model.freeze_points()},
          {"top1", published.top1 ? Json(*published.top1) : Json()},
          {"top1_source", published.source.empty() ? Json() : Json(published.source)},
          {"formats", format_list(published.formats)}};
}

std::string percent_text(const std::optional<double>& share) {
  if (!share) return "-";
  char text[16];
  std::snprintf(text, sizeof text, "%.1f", 100 * *share);
  return text;
}

std::string formats_text(std::string_view formats) {
  std::string text;
  for (const std::string& format : format_list(formats)) text += (text.empty() ? "" : " ") + format;
  return text;
}

std::string models_text() {
  std::vector<std::vector<std::string>> rows{
      {"architecture", "parameters", "multiply-adds", "px", "freeze points", "top-1 %", "published as"}};
  for (const Architecture& arch : architectures()) {
    const Model model = published_model(arch);
    rows.push_back({std::string(arch.name), count_text(model.parameter_count()),
                    count_text(total_macs(model)), std::to_string(arch.image_size),
                    std::to_string(model.freeze_points().size()), percent_text(arch.published.top1),
                    formats_text(arch.published.formats)});
  }
  return text_table(rows, "lrrrrrl") +
         "\nWith 1000 classes, for one image of px x px. Top-1 on ImageNet as published with the weights; "
         "--json names\n"
         "the source, the preprocessing and each freeze point.\n";
}

}  // namespace

int run(const ModelsCommand& command) {
  if (!command.json) {
    std::cout << models_text();
    return exit_done;
  }
  Json list = Json::array();
  for (const Architecture& arch : architectures()) list.push_back(to_json(arch));
  std::cout << document(list);
  return exit_done;
}

}  // namespace graft
