#include <doctest/doctest.h>

#include <algorithm>

#include "end_to_end/program.h"
#include "transfer/weights/mapped_file.h"
#include "transfer/weights/npz.h"
#include "transfer/weights/tensor_values.h"

namespace graft::test {
namespace {

ProgramResult features(const std::string& out, const std::vector<std::string>& more = {}) {
  const SampleProject& p = sample_project();
  return run_program(with({"features", "--weights", p.weights(), "--data", p.path("all"), "--image-size",
                           "64", "--device", "cpu", "--out", p.path(out)},
                          more));
}

FileBytes open_entry(const ZipArchive& archive, const std::string& name) {
  const ZipArchive::Entry* found = archive.find(name);
  REQUIRE_MESSAGE(found, "there is no ", name);
  return archive.open(*found);
}

TensorFile entry(const ZipArchive& archive, const std::string& name) {
  return read_npy(open_entry(archive, name));
}

std::string content(const ZipArchive& archive, const std::string& name) {
  return std::string(as_text(open_entry(archive, name).bytes));
}

TEST_CASE("program: features writes what a head reads, the same in both formats") {
  const SampleProject& p = sample_project();
  for (const char* out : {"features.npz", "features.safetensors"}) {
    const ProgramResult result = features(out);
    CAPTURE(result.error);
    REQUIRE(result.status == 0);
    CHECK(result.out.find("features.12.concat [20,3,3,512]\n") != std::string::npos);
  }
  const TensorFile safe = read_tensor_file(p.path("features.safetensors"));
  const NamedTensor &labels = safe.at("labels"), &values = safe.at("features.12.concat");
  CHECK(labels.dtype == DType::int32);
  CHECK(labels.shape == Shape{20});
  CHECK(values.shape == Shape{20, 3, 3, 512});
  const ZipArchive npz(map_file(p.path("features.npz")));
  const std::vector<float> a = to_float32(values),
                           b = to_float32(entry(npz, "features.12.concat.npy").at("array"));
  CHECK(a == b);
  CHECK(to_float32(labels) == to_float32(entry(npz, "labels.npy").at("array")));
  CHECK(content(npz, "classes.npy").find("'<U6'") != std::string::npos);
  CHECK(content(npz, "images.npy")
            .ends_with(std::string("9\0\0\0.\0\0\0p\0\0\0n\0\0\0g\0\0\0\0\0\0\0\0\0\0\0", 28)));
  CHECK(std::any_of(a.begin(), a.end(), [](float x) { return x > 0; }));
  CHECK(safe.metadata().at("classes") == R"(["bright","dark"])");
  CHECK(safe.metadata().at("images").starts_with(R"(["bright/0.png","bright/1.png")"));
}

TEST_CASE("program: features refuses what it cannot write, in one line") {
  const auto refused = [](const ProgramResult& result, const char* why) {
    CHECK(result.status == 2);
    CHECK(is_one_line_error(result.error));
    CHECK_MESSAGE(result.error.find(why) != std::string::npos, result.error);
  };
  refused(features("features.csv"), "must end in .npz or .safetensors");
  refused(features("all.npz", {"--train", "all"}), "no layer is frozen in front");
  refused(features("split.npz", {"--data", sample_project().path("data")}), "given more than once");
}

}  // namespace
}  // namespace graft::test
