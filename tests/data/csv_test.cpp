#include "transfer/data/csv.h"

#include <doctest/doctest.h>

#include "engine/error.h"
#include "support/picture_files.h"
#include "transfer/data/dataset.h"

namespace graft {
namespace {

using test::TemporaryFolder;
using Names = std::vector<std::string>;

TEST_CASE("fields, quotes and every line end are read") {
  const auto rows = parse_csv(
      "\xef\xbb\xbf"
      "a,b\r\n\"x,y\",\"say \"\"hi\"\"\"\n\n\"two\nlines\",\rlast,",
      "t");
  REQUIRE(rows.size() == 4);
  CHECK(rows[0].fields == Names{"a", "b"});
  CHECK(rows[1].fields == Names{"x,y", "say \"hi\""});
  CHECK(rows[1].line == 2);
  CHECK(rows[2].fields == Names{"two\nlines", ""});
  CHECK(rows[2].line == 4);
  CHECK(rows[3].fields == Names{"last", ""});
  CHECK(rows[3].line == 6);
}

TEST_CASE("quotes out of place are refused") {
  for (auto text : {"\"open", "a\"b", "\"a\"b"}) CHECK_THROWS_AS(parse_csv(text, "t"), Error);
}

// The outcome for a table in a folder with pictures 1.png to 4.png and sub/5.png, and a text file.
struct Outcome {
  DataSource source;
  std::string error;
};

Outcome open_table(std::string_view table) {
  TemporaryFolder folder;
  for (auto name : {"1.png", "2.png", "3.png", "4.png", "sub/5.png"})
    folder.write(name, test::png_file(test::pattern(2, 2)));
  folder.write("text.jpg", "words");
  folder.write("t.csv", table);
  try {
    return {open_data(folder.path() / "t.csv"), ""};
  } catch (const Error& error) {
    CHECK(std::string(error.what()).find("t.csv: ") != std::string::npos);
    return {{}, error.what()};
  }
}

TEST_CASE("a table of images and labels is a data set") {
  const Outcome o =
      open_table("image,label\n3.png,golden retriever\n./sub/5.png,\"007\"\n1.png,8\ntext.jpg,8\n");
  REQUIRE(o.error == "");
  CHECK(o.source.train.classes == Names{"007", "8", "golden retriever"});
  REQUIRE(o.source.train.samples.size() == 3);
  CHECK(o.source.train.samples[1].name == "1.png");
  CHECK(o.source.train.samples[1].label == 1);
  CHECK(o.source.train.notes.misnamed == Names{"text.jpg"});
  CHECK_FALSE(o.source.val);
}

TEST_CASE("a table with a split column is the split itself, in any order of columns") {
  const Outcome o =
      open_table("split,label,image\ntrain,b,1.png\ntrain,a,2.png\nvalidation,a,3.png\nvalid,b,4.png\n");
  REQUIRE(o.error == "");
  REQUIRE(o.source.val);
  CHECK(o.source.train.samples.size() == 2);
  CHECK(o.source.val->samples[0].label == 0);
  CHECK(o.source.val->classes == Names{"a", "b"});
}

void check_refused(std::string_view table, std::string_view words) {
  CAPTURE(table);
  const std::string error = open_table(table).error;
  CAPTURE(error);
  CHECK(error.find(words) != std::string::npos);
}

TEST_CASE("labels that are no single class are refused") {
  for (auto label : {"cat;dog", "cat|dog", "\"cat,dog\"", "0 3 7", "[1]", "\"['cat']\"", "{a}"})
    check_refused(std::string("image,label\n1.png,a\n2.png,") + label + "\n", "line 3: '");
  check_refused("image,label\n1.png,cat;dog\n", "only single-label classification is supported");
  for (auto label : {"0.73", "1.0", "-2.5", "1e-3", ".5"})
    check_refused(std::string("image,label\n1.png,") + label + "\n", "no regression");
  check_refused("image,label,label\n1.png,a,b\n", "two columns 'label'; only single-label");
  check_refused("image,label\n1.png,a\n./1.png,b\n",
                "'./1.png' is listed before, in line 2; each image has one label");
  check_refused("image,label\n1.png,\n", "the label is empty");
  check_refused("image,label\n1.png,cat \n", "begins or ends with a space");
}

TEST_CASE("tables of another form are refused in words") {
  check_refused("", "is empty; the header must be image,label");
  check_refused("file,class\n1.png,a\n", "unknown column 'file'");
  check_refused("image;label\n1.png;a\n", "unknown column 'image;label'");
  check_refused("image,split\n1.png,train\n", "the header must be");
  check_refused("image,label\n1.png,a,b\n", "line 2: 3 fields instead of 2");
  check_refused("image,label\nnone.png,a\n", "line 2: 'none.png' is not there");
  check_refused("image,label\n,a\n", "the image is empty");
  check_refused("image,label,split\n1.png,a,dev\n", "split 'dev' is not train, val");
  check_refused("image,label,split\n1.png,a,val\n", "no readable image has split train");
  check_refused("image,label,split\n1.png,a,train\n2.png,b,train\n3.png,a,val\n",
                "class 'b' has no readable image in split val");
  check_refused("image,label\ntext.jpg,a\n1.png,b\n", "class 'a' has no readable image");
  check_refused("image,label\n", "no readable image is listed");
  check_refused(std::string_view("PK\0\1", 4), "neither a folder nor a table");
}

}  // namespace
}  // namespace graft
