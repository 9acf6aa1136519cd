#include "kernels/image/image.h"

#include <cstring>

#include "kernels/image/batch_tables.h"
#include "support/compare.h"
#include "support/picture_files.h"
#include "transfer/image/augment.h"

namespace graft::test {
namespace {

// Pictures one behind the other, and what the host's path makes of them.
struct Batch {
  ImageInputProblem problem;
  Preprocessing preprocessing;
  BatchTables tables;
  std::vector<uint8_t> pixels;
  std::vector<float> expected;

  Batch(int h, int w, Filter filter)
      : problem{.n = 0,
                .h = h,
                .w = w,
                .mean = {123.675f, 116.28f, 103.53f},
                .std = {58.395f, 57.12f, 57.375f}},
        preprocessing(parse_preprocessing("torchvision")),
        tables(h, w, filter) {
    preprocessing.filter = filter;
  }

  void add(const RgbView& source, int width, int height, int left, int top, bool flip) {
    const auto at = static_cast<int64_t>(pixels.size());
    pixels.insert(pixels.end(), source.rgb,
                  source.rgb + (source.height - 1) * source.row_bytes + source.width * 3);
    tables.add({at, static_cast<int64_t>(source.row_bytes), source.width, source.height, width, height, left,
                top, flip});
    const int w = static_cast<int>(problem.w), h = static_cast<int>(problem.h);
    const Image cut = resize(source, width, height, preprocessing.filter, {left, top, w, h});
    expected.resize(expected.size() + static_cast<size_t>(w) * h * 3);
    normalise(cut, preprocessing, flip, expected.data() + expected.size() - static_cast<size_t>(w) * h * 3);
    ++problem.n;
  }

  // Every implementation on every device; returns how many there were.
  int check() const {
    using A = ImageInput::Args;
    HostTensor bytes{{static_cast<int64_t>(pixels.size())}, {pixels.begin(), pixels.end()}, DType::uint8};
    HostTensor taps{{static_cast<int64_t>(tables.taps().size())},
                    {tables.taps().begin(), tables.taps().end()},
                    DType::int32};
    std::vector<std::byte> pictures(tables.pictures().size() * sizeof(BatchPicture));
    std::memcpy(pictures.data(), tables.pictures().data(), pictures.size());
    const OpCase<ImageInput> test{problem,
                                  {{&A::pixels, bytes}, {&A::taps, taps}},
                                  {},
                                  {{&A::y, zeros({problem.n, problem.h, problem.w, 3})}},
                                  {},
                                  {},
                                  {&A::pictures, pictures},
                                  {}};
    return for_each_implementation<ImageInput>(problem, [&](const auto& entry, Device& device) {
      std::vector<double> found = run_op(entry, device, test).tensors[0];
      for (double& value : found) value = static_cast<float>(value);  // float64 keeps what the host rounds
      check_equal(found, {expected.begin(), expected.end()}, name_run(entry, device, problem));
    });
  }
};

TEST_CASE(
    "image input: a batch is bit for bit what the host's path makes, enlarged and reduced, flipped or not") {
  for (Filter filter : {Filter::box, Filter::bilinear, Filter::bicubic}) {
    Batch batch(19, 33, filter);
    const Image large = pattern(171, 131), small = pattern(5, 7), same = pattern(33, 19), dot = pattern(1, 1);
    batch.add(view(large), 57, 44, 12, 13, false);
    batch.add(view(large), 57, 44, 24, 25, true);
    batch.add(view(small), 40, 56, 3, 30, true);
    batch.add(view(same), 33, 19, 0, 0, false);
    batch.add(view(same), 33, 40, 0, 7, true);
    batch.add(view(dot), 33, 19, 0, 0, true);
    batch.add(crop(view(large), 31, 7, 101, 89), 33, 19, 0, 0,
              true);  // rows longer than what is read of them
    CHECK(batch.check() == 3);
  }
}

TEST_CASE("image input: the network's own preprocessing and the standard augmentation") {
  const Image picture = pattern(97, 64);
  for (const Preprocessing& original : {parse_preprocessing("torchvision"), parse_preprocessing("lite")}) {
    const Preprocessing preprocessing = with_image_size(original, 32);
    Batch batch(32, 32, preprocessing.filter);
    batch.preprocessing = preprocessing;
    for (int c = 0; c < 3; ++c) batch.problem.mean[c] = preprocessing.mean[c];
    for (int c = 0; c < 3; ++c) batch.problem.std[c] = preprocessing.std[c];
    const ResizePlan plan = plan_resize(picture.width, picture.height, preprocessing);
    batch.add(view(picture), plan.width, plan.height, plan.window.left, plan.window.top, false);
    std::vector<float> whole(32 * 32 * 3);
    preprocess(picture, preprocessing, whole.data());
    CHECK(batch.expected == whole);

    RandomStream random = augment_stream(7, 1, 2);
    std::vector<float> drawn(32 * 32 * 3);
    augment(picture, Augment::standard, preprocessing, random, drawn.data());
    const Window part = random_resized_crop(picture.width, picture.height, random);
    const bool flip = random.uniform() < 0.5f;
    batch.add(crop(view(picture), part.left, part.top, part.width, part.height), 32, 32, 0, 0, flip);
    CHECK(std::equal(drawn.begin(), drawn.end(), batch.expected.begin() + 32 * 32 * 3));
    CHECK(batch.check() == 3);
  }
}

TEST_CASE("image input: a window outside the picture is refused") {
  BatchTables tables(4, 5, Filter::bilinear);
  CHECK_THROWS_AS(tables.add({0, 30, 10, 10, 10, 10, 6, 0}), Error);
  CHECK_THROWS_AS(tables.add({0, 30, 10, 10, 10, 10, 0, 7}), Error);
  CHECK_THROWS_AS(tables.add({0, 30, 10, 10, 10, 10, -1, 0}), Error);
  CHECK_THROWS_AS(tables.add({0, 30, 0, 10, 10, 10, 0, 0}), Error);
  tables.add({0, 30, 10, 10, 10, 10, 5, 6});
  CHECK(tables.pictures().size() == 1);
}

}  // namespace
}  // namespace graft::test
