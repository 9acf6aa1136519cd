#include "transfer/data/dataset.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "engine/error.h"
#include "support/picture_files.h"
#include "support/test_data.h"

namespace graft {
namespace {

using test::TemporaryFolder;
using Names = std::vector<std::string>;

const test::Bytes kPicture = test::png_file(test::pattern(3, 2));

Names names(const Dataset& data) {
  Names out;
  for (const Sample& sample : data.samples) out.push_back(sample.name);
  return out;
}

std::string refusal(const std::filesystem::path& path) {
  try {
    open_data(path);
  } catch (const Error& error) {
    const std::string message = error.what();
    CHECK(message.find('\n') == std::string::npos);
    CHECK(message.find(path.string()) != std::string::npos);
    return message;
  }
  return "accepted";
}

#define CHECK_SAYS(message, words)                \
  do {                                            \
    const std::string said = message;             \
    INFO(said);                                   \
    CHECK(said.find(words) != std::string::npos); \
  } while (0)

TEST_CASE("a folder of class folders is read recursively, sorted by name") {
  TemporaryFolder folder;
  for (auto name : {"wasp/2.png", "wasp/10.png", "ant/deep/er/a.png", "ant/b.png", "Bee/x.png"})
    folder.write(name, kPicture);
  const DataSource source = open_data(folder.path());
  CHECK(source.train.classes == Names{"Bee", "ant", "wasp"});
  CHECK(names(source.train) ==
        Names{"Bee/x.png", "ant/b.png", "ant/deep/er/a.png", "wasp/10.png", "wasp/2.png"});
  CHECK(source.train.samples[3].label == 2);
  CHECK(std::filesystem::exists(source.train.samples[2].path));
  CHECK_FALSE(source.val);
  CHECK_FALSE(source.test);
}

TEST_CASE("type is by content; hidden files do not exist; the rest is counted and named") {
  TemporaryFolder folder;
  folder.write("a/picture.txt", kPicture);
  folder.write("a/.hidden.png", kPicture);
  folder.write("a/.cache/x.png", kPicture);
  folder.write(".git/x.png", kPicture);
  folder.write("a/notes.txt", "hello");
  folder.write("a/fake.JPG", "hello, I am a text");
  folder.write("a/empty.png", "");
  folder.write("a/anim.gif", "GIF89a.....");
  folder.write("a/web.jpg", std::string_view("RIFF\1\1\1\1WEBPVP8 "));
  folder.write("b/x.bmp", test::bmp_file(test::pattern(2, 2)));
  folder.write("LICENSE.txt", "words");
  folder.write("loose.png", kPicture);
  const Dataset data = open_folder(folder.path());
  CHECK(data.classes == Names{"a", "b"});
  CHECK(names(data) == Names{"a/picture.txt", "b/x.bmp"});
  CHECK(data.notes.non_images == 4);
  CHECK(data.notes.misnamed == Names{"a/empty.png", "a/fake.JPG"});
  CHECK(data.notes.images_without_class == 1);
  REQUIRE(data.notes.unsupported.size() == 2);
  CHECK(data.notes.unsupported[0].name == "a/anim.gif");
  CHECK(data.notes.unsupported[0].type == "GIF");
  CHECK(data.notes.unsupported[1].type == "WebP");
}

TEST_CASE("what cannot be a data set is refused in words") {
  TemporaryFolder folder;
  CHECK_SAYS(refusal(folder.path() / "no"), "does not exist");
  CHECK_SAYS(refusal(folder.path()), "has no class folders");
  folder.write("a/x.png", kPicture);
  std::filesystem::create_directory(folder.path() / "empty");
  CHECK_SAYS(refusal(folder.path()),
             "empty: this class folder has no readable image; add images or remove it");
  folder.write("empty/x.gif", "GIF89a.....");
  CHECK_SAYS(refusal(folder.path()), "no readable image (1 of unsupported type GIF)");
  folder.write("empty/x.png", kPicture);
  CHECK(refusal(folder.path()) == "accepted");
  folder.write("b\xff/x.png", kPicture);
  CHECK_SAYS(refusal(folder.path()), "not valid UTF-8");
}

TEST_CASE("links to folders are followed, and a circle of them is refused") {
  TemporaryFolder folder, other;
  other.write("x.png", kPicture);
  folder.write("a/x.png", kPicture);
  std::filesystem::create_directory_symlink(other.path(), folder.path() / "b");
  std::filesystem::create_symlink("nowhere", folder.path() / "a" / "dangling.jpg");
  CHECK(names(open_folder(folder.path())) == Names{"a/x.png", "b/x.png"});
  std::filesystem::create_directory_symlink(folder.path() / "a", folder.path() / "a" / "again");
  CHECK_SAYS(refusal(folder.path()), "link to a folder that contains it");
}

TEST_CASE("train beside val, valid, validation or test is the split itself, matched by name") {
  for (const std::string held_out : {"val", "valid", "validation", "test"}) {
    TemporaryFolder folder;
    for (auto name : {"train/ant/1.png", "train/bee/1.png", "train/bee/2.png"}) folder.write(name, kPicture);
    for (auto name : {"/bee/1.png", "/ant/9.png"}) folder.write(held_out + name, kPicture);
    folder.write("readme.txt", "words");
    const DataSource source = open_data(folder.path());
    REQUIRE(source.val);
    CHECK_FALSE(source.test);
    CHECK(source.train.samples.size() == 3);
    CHECK(names(*source.val) == Names{"ant/9.png", "bee/1.png"});
    CHECK(source.val->classes == source.train.classes);
    CHECK(source.val->samples[1].label == 1);
  }
}

TEST_CASE("a split may have val and test, but not two kinds of val, and needs train") {
  TemporaryFolder folder;
  for (auto name : {"train/a/1.png", "val/a/2.png", "test/a/3.png"}) folder.write(name, kPicture);
  const DataSource source = open_data(folder.path());
  REQUIRE(source.val);
  REQUIRE(source.test);
  CHECK(names(*source.test) == Names{"a/3.png"});
  folder.write("valid/a/1.png", kPicture);
  CHECK_SAYS(refusal(folder.path()), "has both val and valid");

  TemporaryFolder plain;
  for (auto name : {"train/1.png", "car/2.png"}) plain.write(name, kPicture);
  CHECK(open_data(plain.path()).train.classes == Names{"car", "train"});
  TemporaryFolder alone;
  for (auto name : {"val/1.png", "test/2.png"}) alone.write(name, kPicture);
  CHECK(open_data(alone.path()).train.classes == Names{"test", "val"});
}

TEST_CASE("classes that do not match are one error that names them") {
  TemporaryFolder folder;
  for (auto name : {"train/ant/1.png", "train/bee/1.png", "val/bee/1.png", "val/wasp/2.png"})
    folder.write(name, kPicture);
  CHECK_SAYS(refusal(folder.path()), "val: its classes do not match: unknown 'wasp' lacking 'ant'");
}

TEST_CASE("matching renumbers labels by name and may allow classes that the data lack") {
  Dataset data;
  data.root = "here";
  data.classes = {"bee", "wasp"};
  data.samples = {{"x", 0, "x"}, {"y", 1, "y"}};
  Dataset strict = data;
  CHECK_THROWS_AS(match_classes(strict, {"wasp", "ant", "bee"}), Error);
  match_classes(data, {"wasp", "ant", "bee"}, true);
  CHECK(data.samples[0].label == 2);
  CHECK(data.samples[1].label == 0);
  CHECK(data.classes == Names{"wasp", "ant", "bee"});
}

TEST_CASE("the shared photographs are found") {
  GRAFT_REQUIRE_TEST_DATA(data);
  const DataSource split = open_data(data / "images/hymenoptera");
  REQUIRE(split.val);
  CHECK(split.train.classes == Names{"ants", "bees"});
  CHECK(split.train.samples.size() == 244);
  CHECK(split.val->samples.size() == 153);
  const Dataset flowers = open_folder(data / "images/flower_photos_small_set");
  CHECK(flowers.classes.size() == 5);
  CHECK(flowers.samples.size() == 200);
  CHECK(flowers.notes.non_images == 1);
}

}  // namespace
}  // namespace graft
