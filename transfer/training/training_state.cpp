#include "transfer/training/training_state.h"

#include <bit>
#include <charconv>
#include <sstream>

#include "engine/check.h"
#include "transfer/model/host_tensors.h"
#include "transfer/weights/safetensors.h"

namespace graft {

namespace {

constexpr const char* version_key = "graft.state.version";
constexpr const char* version = "1";

using Metadata = std::map<std::string, std::string>;

// Doubles as their bits, so that nothing is lost.
std::string exact(double value) { return std::to_string(std::bit_cast<uint64_t>(value)); }

class Reader {
 public:
  explicit Reader(const TensorFile& file) : file_(file) {}

  const std::string& text_at(const std::string& key) const {
    const auto found = file_.metadata().find(key);
    GRAFT_CHECK(found != file_.metadata().end(), format, file_.name(), ": '", key,
                "' is missing; train without --resume");
    return found->second;
  }
  uint64_t number(std::string_view digits) const {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    GRAFT_CHECK(error == std::errc() && end == digits.data() + digits.size(), format, file_.name(), ": '",
                digits.substr(0, 32), "' is not a number; train without --resume");
    return value;
  }
  uint64_t number_at(const std::string& key) const { return number(text_at(key)); }
  double exact_at(const std::string& key) const { return std::bit_cast<double>(number_at(key)); }

  std::vector<EpochResult> rows(const std::string& key) const {
    std::vector<EpochResult> rows;
    std::istringstream lines(text_at(key));
    uint64_t epoch = 0, values[5];
    while (lines >> epoch >> values[0] >> values[1] >> values[2] >> values[3] >> values[4]) {
      double as_double[5];
      for (int i = 0; i < 5; ++i) as_double[i] = std::bit_cast<double>(values[i]);
      rows.push_back(
          {static_cast<int>(epoch), as_double[0], as_double[1], as_double[2], as_double[3], as_double[4]});
    }
    return rows;
  }

  std::vector<std::pair<std::string, std::string>> pairs(const std::string& key) const {
    std::vector<std::pair<std::string, std::string>> pairs;
    std::istringstream lines(text_at(key));
    for (std::string line; std::getline(lines, line);) {
      const size_t equals = line.find('\t');
      if (equals != std::string::npos) pairs.emplace_back(line.substr(0, equals), line.substr(equals + 1));
    }
    return pairs;
  }

 private:
  const TensorFile& file_;
};

std::string rows_text(const std::vector<EpochResult>& rows) {
  std::string lines;
  for (const EpochResult& row : rows) {
    lines += std::to_string(row.epoch);
    for (double value : {row.train_loss, row.val_loss, row.val_top1, row.seconds, row.images_per_second})
      lines += ' ' + exact(value);
    lines += '\n';
  }
  return lines;
}

template <class Pairs>
std::string pairs_text(const Pairs& pairs) {
  std::string lines;
  for (const auto& [name, value] : pairs) lines += name + '\t' + value + '\n';
  return lines;
}

void append(std::vector<NamedTensor>& tensors, const Weights& weights, const std::string& prefix) {
  for (NamedTensor& tensor : named_tensors(weights, prefix)) tensors.push_back(std::move(tensor));
}

}  // namespace

std::filesystem::path state_path(const std::filesystem::path& model) {
  std::filesystem::path path = model;
  path += ".state";
  return path;
}

void write_state(const TrainingState& state, const std::filesystem::path& path) {
  std::vector<NamedTensor> tensors;
  append(tensors, state.current, "current/");
  append(tensors, state.best, "best/");
  for (size_t i = 0; i < state.slots.size(); ++i) append(tensors, state.slots[i], text("slot", i, "/"));
  const Metadata metadata{{version_key, version},
                          {"stage", state.stage == TrainingState::Stage::main ? "main" : "head"},
                          {"epoch", std::to_string(state.epoch)},
                          {"batch", std::to_string(state.batch)},
                          {"step", std::to_string(state.step)},
                          {"loss_sum", exact(state.loss_sum)},
                          {"seen", std::to_string(state.seen)},
                          {"correct", std::to_string(state.correct)},
                          {"best_epoch", std::to_string(state.best_epoch)},
                          {"seconds", exact(state.seconds)},
                          {"slots", std::to_string(state.slots.size())},
                          {"rows", rows_text(state.rows)},
                          {"head_rows", rows_text(state.head_rows)},
                          {"options", pairs_text(state.options)},
                          {"machine", pairs_text(state.machine)},
                          {"implementations", pairs_text(state.implementations)}};
  write_safetensors(path, tensors, metadata);
}

TrainingState read_state(const std::filesystem::path& path) {
  const TensorFile file = read_tensor_file(path);
  const Reader reader(file);
  GRAFT_CHECK(reader.text_at(version_key) == version, version, file.name(), ": training state version ",
              reader.text_at(version_key).substr(0, 16), "; this program reads version ", version);
  TrainingState state;
  state.stage = reader.text_at("stage") == "main" ? TrainingState::Stage::main : TrainingState::Stage::head;
  state.epoch = static_cast<int>(reader.number_at("epoch"));
  state.batch = static_cast<int64_t>(reader.number_at("batch"));
  state.step = reader.number_at("step");
  state.loss_sum = reader.exact_at("loss_sum");
  state.seen = static_cast<int64_t>(reader.number_at("seen"));
  state.correct = static_cast<int64_t>(reader.number_at("correct"));
  state.best_epoch = static_cast<int>(reader.number_at("best_epoch"));
  state.seconds = reader.exact_at("seconds");
  state.rows = reader.rows("rows");
  state.head_rows = reader.rows("head_rows");
  state.options = reader.pairs("options");
  state.machine = reader.pairs("machine");
  if (file.metadata().contains("implementations"))  // absent from the first files of this version
    for (auto& choice : reader.pairs("implementations")) state.implementations.insert(std::move(choice));
  state.current = weights_from(file, "current/");
  state.best = weights_from(file, "best/");
  const uint64_t slots = reader.number_at("slots");
  GRAFT_CHECK(slots <= 8, format, file.name(), ": ", slots, " optimizer slots; train without --resume");
  for (uint64_t i = 0; i < slots; ++i) state.slots.push_back(weights_from(file, text("slot", i, "/")));
  return state;
}

}  // namespace graft
