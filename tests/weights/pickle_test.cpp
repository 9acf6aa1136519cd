#include <doctest/doctest.h>

#include <filesystem>

#include "weights/samples.h"

namespace graft::test {
namespace {

const std::string four_floats = [] {
  std::string bytes;
  for (float value : {1.0f, 2.0f, 3.0f, 4.0f}) append(bytes, value);
  return bytes;
}();

std::string zip_of(const std::string& pickle) { return torch_zip(pickle, {four_floats}); }

bool mentions(const std::string& message, std::string_view part) {
  if (message.find(part) != std::string::npos) return true;
  MESSAGE("the message was: ", message);
  return false;
}

// One tensor named w over the storage of four floats.
std::string one_tensor(int64_t count, int64_t offset, const std::vector<int64_t>& sizes,
                       const std::vector<int64_t>& strides) {
  PickleText pickle;
  pickle.raw("}(").text("w").tensor("FloatStorage", "0", count, offset, sizes, strides);
  return zip_of(pickle.raw("u").end());
}

TEST_CASE("pickle: a call of os.system is named and not made") {
  const Folder folder;
  const auto witness = folder.path() / "witness";
  PickleText pickle;
  pickle.global("os", "system").raw("(").text("touch " + witness.string()).raw("tR");
  CHECK(mentions(refusal(zip_of(pickle.end())), "asks for os.system; graft never executes pickles"));
  CHECK_FALSE(std::filesystem::exists(witness));
  PickleText modern;
  modern.text("builtins").text("eval").raw("\x93(").text("1").raw("tR");
  CHECK(mentions(refusal(zip_of(modern.end())), "builtins.eval"));
  for (const char* name : {"_load_from_bytes", "UntypedStorage"})
    CHECK(mentions(refusal(zip_of(PickleText().global("torch.storage", name).end())), name));
}

TEST_CASE("pickle: a name with control characters stays one harmless line") {
  PickleText pickle;
  pickle.text("os\n\x1b[2J").text("system").raw("\x93");
  CHECK(mentions(refusal(zip_of(pickle.end())), "os??[2J.system"));
}

TEST_CASE("pickle: instructions that build objects are unknown") {
  for (const char* instruction : {"i", "o", "\x81", "\x92", "\x82", "P", "\x97", "\x8f", "I", "V", "p"})
    CHECK(mentions(refusal(zip_of(PickleText().raw(instruction).raw("....").end())), "pickle instruction"));
}

TEST_CASE("pickle: tensors must lie in their storage") {
  CHECK(refusal(one_tensor(4, 0, {2, 2}, {2, 1})).empty());
  CHECK(refusal(one_tensor(4, 4, {0}, {1})).empty());
  CHECK(mentions(refusal(one_tensor(5, 0, {5}, {1})), "its storage 0 has 16 bytes"));
  CHECK(mentions(refusal(one_tensor(4, 0, {5}, {1})), "of a storage of 4"));
  CHECK(mentions(refusal(one_tensor(4, 1, {4}, {1})), "of a storage of 4"));
  CHECK(mentions(refusal(one_tensor(4, 5, {0}, {1})), "of a storage of 4"));
  CHECK(mentions(refusal(one_tensor(4, -1, {2}, {1})), "of a storage of 4"));
  CHECK(mentions(refusal(one_tensor(4, 0, {2}, {4})), "of a storage of 4"));
  CHECK(mentions(refusal(one_tensor(4, INT64_MAX, {1}, {1})), "of a storage of 4"));
  CHECK(mentions(refusal(one_tensor(INT64_MAX, INT64_MAX - 1, {1}, {1})), "its storage 0 has 16 bytes"));
  CHECK(mentions(refusal(one_tensor(-4, 0, {1}, {1})), "negative size"));
}

TEST_CASE("pickle: impossible shapes and strides are refused before anything is allocated") {
  CHECK(mentions(refusal(one_tensor(4, 0, {-1}, {1})), "negative size"));
  CHECK(mentions(refusal(one_tensor(4, 3, {2}, {-1})), "negative stride"));
  CHECK(mentions(refusal(one_tensor(4, 0, {1, 1}, {1})), "1 strides for the shape"));
  CHECK(mentions(refusal(one_tensor(4, 0, {1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1})), "7 dimensions"));
  CHECK(
      mentions(refusal(one_tensor(4, 0, {int64_t{1} << 40, int64_t{1} << 40}, {0, 0})), "too many elements"));
  CHECK(mentions(refusal(one_tensor(4, 0, {int64_t{1} << 40}, {0})), "expanded view"));
  CHECK(mentions(refusal(one_tensor(4, 0, {3}, {INT64_MAX})), "out of any file"));
  CHECK(mentions(refusal(one_tensor(4, 0, {2, 2}, {INT64_MAX, INT64_MAX})), "out of any file"));
}

TEST_CASE("pickle: deep nesting, memo bombs and full stacks end in an error or in nothing at all") {
  CHECK(mentions(refusal(zip_of(PickleText().raw(std::string(100000, '(')).end())), "nests too deeply"));
  CHECK(mentions(refusal(zip_of(PickleText().raw(std::string(300000, 'N')).end())), "fills its stack"));
  // A list in a list in a list ...: nothing recurses.
  const std::string nested = ")" + std::string(1000000, '\x85');
  CHECK(mentions(refusal(zip_of(PickleText().raw(nested).end())), "holds no dictionary"));
  // Each list holds the one before twice: exponential only for who walks through it.
  std::string doubled = "]q";
  for (int i = 0; i < 200; ++i)
    doubled += std::string("\0", 1) + "0]h" + std::string("\0", 1) + "ah" + std::string("\0", 1) + "aq";
  CHECK(mentions(refusal(zip_of(PickleText().raw(doubled + std::string("\0", 1)).end())),
                 "holds no dictionary"));
  for (const uint32_t place : {2u, 1000u, 0xfffffff0u}) {
    std::string far = "Nr";
    append(far, place);
    CHECK(mentions(refusal(zip_of(PickleText().raw(far).end())), "skips places in its memo"));
  }
  std::string absent = "j";
  append(absent, 0xfffffff0u);
  CHECK(mentions(refusal(zip_of(PickleText().raw(absent).end())), "never remembered"));
  std::string many;
  for (int i = 0; i < 5000000; ++i) many += "N0";
  CHECK(mentions(refusal(zip_of(PickleText().raw(many).end())), "too many values"));
}

TEST_CASE("pickle: one long list cannot be copied again and again") {
  const std::string zero("\0", 1), one("\1", 1);
  // OrderedDict of a list of 1000 pairs, 100000 times.
  PickleText dicts;
  dicts.global("collections", "OrderedDict").raw("q" + zero + "(](");
  for (int i = 0; i < 1000; ++i) dicts.raw("NN\x86");
  dicts.raw("etq" + one);
  for (int i = 0; i < 100000; ++i) dicts.raw("h" + zero + "h" + one + "R0");
  CHECK(mentions(refusal(zip_of(dicts.end())), "hold too many values"));
  PickleText arguments;
  arguments.global("collections", "OrderedDict").raw("(" + std::string(100000, 'N') + "tR");
  CHECK(mentions(refusal(zip_of(arguments.end())), "gives a constructor 100000 arguments"));
  PickleText names;
  names.raw("}(");
  for (int i = 0; i < 3; ++i) {
    if (i == 0)
      names.text(std::string(100000, 'x'))
          .raw("q" + zero)
          .tensor("FloatStorage", "0", 4, 0, {1}, {1})
          .raw("q" + one);
    if (i > 0) names.raw("h" + zero + "h" + one);
  }
  CHECK(mentions(refusal(zip_of(names.raw("u").end())), "two tensors named xxx"));
  PickleText keys;
  keys.storage("FloatStorage", std::string(300, '0'), 4);
  CHECK(mentions(refusal(zip_of(keys.end())), "key has 300 bytes"));
}

TEST_CASE("pickle: texts and numbers longer than the file are refused") {
  for (const char* instruction :
       {"X\xff\xff\xff\xff", "T\xff\xff\xff\xff", "\x8b\xff\xff\xff\xff",
        "\x8d\xff\xff\xff\xff\xff\xff\xff\xff", "\x8e\xff\xff\xff\xff\xff\xff\xff\x7f"})
    CHECK(mentions(refusal(zip_of(PickleText().raw(instruction).end())), "truncated"));
}

TEST_CASE("pickle: nonsense on the stack is refused") {
  for (const char* instructions : {"0",    "2",    "t",   "a",  "s",        "u",   "R",   "b",    "Q",
                                   "\x93", "\x86", "N",   "]a", "}Ns",      "NNa", "N(e", "](Nu", "}(Nu",
                                   "N)R",  "])R",  "))R", "NQ", "(NNNNNtQ", "Nb",  "NN",  "(N",   "q"})
    CHECK(refusal(zip_of(PickleText().raw(instructions).end())) != "");
}

TEST_CASE("pickle: a dictionary that contains itself is no trap") {
  PickleText pickle;
  pickle.raw(std::string_view("}q\0", 3)).text("model").raw(std::string_view("h\0s", 3));
  CHECK(mentions(refusal(zip_of(pickle.end())), "holds no tensors"));
}

TEST_CASE("pickle: checkpoints are unwrapped, module. is cut, what is no tensor is passed over") {
  PickleText pickle;
  pickle.raw("}(").text("epoch").integer(3).text("loss").raw(std::string_view("G\0\0\0\0\0\0\0\0", 9));
  pickle.text("best").tensor("FloatStorage", "0", 4, 0, {1}, {1});
  pickle.text("state_dict").raw("}(");
  pickle.text("module.a").tensor("FloatStorage", "0", 4, 0, {2}, {1});
  pickle.text("module.b").global("torch._utils", "_rebuild_parameter").raw("(");
  pickle.tensor("FloatStorage", "0", 4, 2, {2}, {1})
      .raw("\x88")
      .global("collections", "OrderedDict")
      .raw(")RtR");
  pickle.text("note").text("hello").raw("uu");
  const TensorFile file = read_copy(zip_of(pickle.end()));
  REQUIRE(file.tensors().size() == 2);
  CHECK(values_of(file, "a") == std::vector<float>{1, 2});
  CHECK(values_of(file, "b") == std::vector<float>{3, 4});
}

TEST_CASE("pickle: module. stays where not every name carries it") {
  PickleText pickle;
  pickle.raw("}(").text("module.a").tensor("FloatStorage", "0", 4, 0, {2}, {1});
  pickle.text("b").tensor("FloatStorage", "0", 4, 2, {2}, {1}).raw("u");
  const TensorFile file = read_copy(zip_of(pickle.end()));
  CHECK(file.find("module.a"));
  CHECK(file.find("b"));
}

TEST_CASE("pickle: a repeated name is refused") {
  PickleText pickle;
  pickle.raw("}(").text("a").tensor("FloatStorage", "0", 4, 0, {2}, {1});
  pickle.text("a").tensor("FloatStorage", "0", 4, 2, {2}, {1}).raw("u");
  CHECK(mentions(refusal(zip_of(pickle.end())), "two tensors named a"));
}

TEST_CASE("pickle: instructions of protocol 4 and of Python 2 are understood") {
  PickleText pickle;
  pickle.bytes[1] = 4;
  pickle.raw(std::string_view("\x95\0\0\0\0\0\0\0\0}\x94(", 12)).raw(std::string_view("\x8c\x01w\x94", 4));
  pickle.text("torch._utils").text("_rebuild_tensor").raw("\x93((");
  pickle.raw(std::string_view("U\x07storage", 9))
      .global("torch.cuda", "HalfStorage")
      .text("0")
      .text("cuda:0");
  pickle.raw("K\x08tQK\x01K\x02\x85K\x03\x85tRu");
  const TensorFile file = read_copy(zip_of(pickle.end()));
  const NamedTensor& tensor = file.at("w");
  CHECK(tensor.dtype == DType::float16);
  CHECK(tensor.shape == Shape{2});
  CHECK(tensor.strides == std::vector<int64_t>{3});
}

TEST_CASE("pickle: old files' views into a storage are resolved and checked") {
  const auto legacy = [](int64_t begin, int64_t count) {
    PickleText magic, object, keys;
    magic.raw(std::string_view("\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19", 12));
    object.raw("}(").text("w").global("torch._utils", "_rebuild_tensor").raw("((");
    object.text("storage").global("torch", "FloatStorage").text("0").text("cpu").integer(4);
    object.raw("(").text("view").integer(begin).integer(count).raw("ttQ");
    object.integer(1).integers({1}).integers({1}).raw("tRu");
    std::string file = magic.end() + PickleText().integer(1001).end() + PickleText().raw("}").end() +
                       object.end() + keys.raw("]").text("0").raw("a").end();
    append(file, int64_t{4});
    return file + four_floats;
  };
  CHECK(values_of(read_copy(legacy(2, 2)), "w") == std::vector<float>{4});
  CHECK(mentions(refusal(legacy(3, 2)), "outside its storage"));
  CHECK(mentions(refusal(legacy(-1, 2)), "outside its storage"));
  CHECK(mentions(refusal(legacy(3, 1)), "of a storage of 1"));
}

}  // namespace
}  // namespace graft::test
