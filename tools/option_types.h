#pragma once

#include <CLI/CLI.hpp>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace graft {

// Checks that go with CLI11's options; each message says what would have been right.
CLI::Validator whole_number(int64_t low, int64_t high);
CLI::Validator number(double low, double high);
CLI::Validator one_of(std::initializer_list<const char*> choices);
CLI::Validator not_empty();

std::vector<std::string> split_commas(const std::string& list);
// "A=B,C=D"; Error{call} naming the option where a part has no "=".
std::vector<std::pair<std::string, std::string>> split_pairs(const std::string& option,
                                                             const std::string& list);

}  // namespace graft
