#pragma once

#include <string>

#include "transfer/report/report.h"

namespace graft {

// The parts of the page, each the HTML of one or more sections; empty where there is nothing to show.
std::string summary_section(const TrainingReport&);
std::string warnings_section(const TrainingReport&);
std::string curves_section(const TrainingReport&);
std::string classes_section(const TrainingReport&);
std::string confusion_section(const TrainingReport&);
std::string mistakes_section(const TrainingReport&);
std::string settings_section(const TrainingReport&);

}  // namespace graft
