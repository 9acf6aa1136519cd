#pragma once

#include <map>
#include <string>
#include <vector>

#include "transfer/weights/bytes.h"

namespace graft {

// One [section] of a darknet .cfg, an option a line: key=value. Asking for an option that is not what it must
// be is Error{format} with its line.
class DarknetSection {
 public:
  DarknetSection(std::string file, std::string type, int line)
      : file_(std::move(file)), type_(std::move(type)), line_(line) {}

  const std::string& type() const { return type_; }
  std::string where() const;  // "net.cfg line 12, [convolutional]"

  bool has(std::string_view key) const { return options_.contains(key); }
  int64_t integer(std::string_view key, int64_t otherwise) const;
  double real(std::string_view key, double otherwise) const;
  std::string word(std::string_view key, std::string_view otherwise) const;
  std::vector<int64_t> integers(std::string_view key) const;  // with commas; none where the option is missing

  void set(std::string key, std::string value, int line);
  // Error where one of these is there and not 0: options that change what is computed, but not here.
  void refuse(std::initializer_list<std::string_view> keys) const;
  // The options that are in none of the lists.
  std::vector<std::string> others(std::initializer_list<std::string_view> known) const;

 private:
  struct Option {
    std::string value;
    int line;
  };
  const Option* find(std::string_view key) const;

  std::string file_, type_;
  int line_;
  std::map<std::string, Option, std::less<>> options_;
};

// Whether it begins with [net] or [network], but for comments.
bool looks_like_cfg(std::span<const std::byte> bytes);

std::vector<DarknetSection> read_cfg(const FileBytes& file);

}  // namespace graft
