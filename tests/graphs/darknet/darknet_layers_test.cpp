#include <doctest/doctest.h>

#include <algorithm>
#include <cmath>

#include "engine/check.h"
#include "graphs/darknet/darknet_files.h"
#include "transfer/model/graph_import.h"

namespace graft::test {
namespace {

std::string net_section(const PlainMap& x) {
  return text("[net]\n# a comment\nbatch=1\nheight=", x.h, "\nwidth = ", x.w, "\nchannels=", x.c,
              "\nlearning_rate=0.1\n");
}

PlainMap leaky(PlainMap x) {
  return plain_each(std::move(x), [](double v) { return v > 0 ? v : 0.1 * v; });
}
double sum(double a, double b) { return a + b; }

// The output of a network of these sections.
PlainMap run(const PlainMap& x, std::string_view sections, const std::vector<Floats>& floats) {
  const DarknetPair files(net_section(x) + std::string(sections), darknet_header() + darknet_floats(floats));
  const FileGraph network = read_network(files.weights());
  CHECK(network.format == "darknet");
  CHECK(network.notes.empty());
  return run_network(network, x).at(0);
}

TEST_CASE("darknet: convolutions, with batch norm and without, of every activation") {
  const PlainMap x = random_map(4, 7, 6, 1);
  const Floats w = random_values(6 * 4 * 9, 2), b = random_values(6, 3), scales = random_values(6, 4),
               mean = random_values(6, 5), variance = positive_values(6, 6), none(6, 0);
  const PlainMap plain = plain_conv(x, w, b, {.kernel = 3, .before = 1, .after = 1});
  const auto conv = [](std::string_view options) {
    return text("[convolutional]\nfilters=6\nsize=3\n", options, "\n");
  };
  check_same(run(x, conv("pad=1\nactivation=linear"), {b, w}), plain);
  check_same(run(x, conv("padding=1\nactivation=leaky"), {b, w}), leaky(plain));
  check_same(run(x, conv("pad=1\nactivation=relu"), {b, w}),
             plain_each(plain, [](double v) { return std::max(v, 0.0); }));
  check_same(run(x, conv("pad=1\nactivation=relu6"), {b, w}),
             plain_each(plain, [](double v) { return std::clamp(v, 0.0, 6.0); }));
  const auto logistic = [](double v) { return 1 / (1 + std::exp(-v)); };
  check_same(run(x, conv("pad=1\nactivation=logistic"), {b, w}), plain_each(plain, logistic));
  check_same(run(x, conv("pad=1"), {b, w}), plain_each(plain, logistic));  // darknet's own default
  check_same(run(x, conv("pad=1\nactivation=swish"), {b, w}),
             plain_each(plain, [&](double v) { return v * logistic(v); }));

  const PlainMap strided = plain_conv(x, w, none, {.kernel = 3, .stride = 2, .before = 1, .after = 1});
  check_same(
      run(x, conv("batch_normalize=1\nstride=2\npad=1\nactivation=linear"), {b, scales, mean, variance, w}),
      plain_affine(plain_norm(strided, mean, variance, 1e-5), scales, b));
  const Floats grouped(w.begin(), w.begin() + 6 * 2 * 9);
  check_same(run(x, conv("groups=2\nactivation=linear"), {b, grouped}),
             plain_conv(x, grouped, b, {.kernel = 3, .groups = 2}));
  check_same(run(x, conv("dilation=2\npad=1\nactivation=linear"), {b, w}),
             plain_conv(x, w, b, {.kernel = 3, .before = 2, .after = 2, .dilation = 2}));
}

TEST_CASE("darknet: connected layers read C,H,W columns") {
  const PlainMap x = random_map(3, 4, 5, 1);
  const Floats w = random_values(7 * 60, 2), b = random_values(7, 3), scales = random_values(7, 4),
               mean = random_values(7, 5), variance = positive_values(7, 6);
  const PlainMap product = plain_product(x, w, b), bare = plain_product(x, w, Floats(7, 0));
  check_same(run(x, "[connected]\noutput=7\nactivation=linear\n", {b, w}), product);
  const DarknetPair folded(net_section(x) + "[connected]\noutput=7\nbatch_normalize=1\nactivation=linear\n",
                           darknet_header(true) + darknet_floats({b, w, scales, mean, variance}));
  check_same(run_network(read_network(folded.cfg()), x).at(0),
             plain_affine(plain_norm(bare, mean, variance, 1e-5), scales, b));
}

TEST_CASE("darknet: pooling pads size - 1 cells in all, the smaller half first") {
  const PlainMap x = random_map(3, 7, 7, 1);
  check_same(run(x, "[maxpool]\nsize=2\nstride=2\n", {}), plain_max(x, {.kernel = 2, .stride = 2}, 4, 4));
  check_same(run(x, "[maxpool]\nsize=2\nstride=1\n", {}), plain_max(x, {.kernel = 2}, 7, 7));
  check_same(run(x, "[maxpool]\nsize=3\nstride=2\n", {}),
             plain_max(x, {.kernel = 3, .stride = 2, .before = 1}, 4, 4));
  check_same(run(x, "[maxpool]\nsize=5\nstride=1\n", {}), plain_max(x, {.kernel = 5, .before = 2}, 7, 7));
  check_same(run(x, "[maxpool]\nsize=3\nstride=2\npadding=0\n", {}),
             plain_max(x, {.kernel = 3, .stride = 2}, 3, 3));
  check_same(run(x, "[avgpool]\n", {}),
             plain_average(x, {.kernel = 7}, 1, 1, [](int64_t, int64_t) { return 49.0; }));
}

TEST_CASE("darknet: layers that look back") {
  const PlainMap x = random_map(4, 4, 6, 1);
  const Floats w = random_values(16, 2), b = random_values(4, 3);
  const std::string conv = "[convolutional]\nfilters=4\nactivation=linear\n";
  const PlainMap y = plain_conv(x, w, b, {.kernel = 1}), z = plain_conv(y, w, b, {.kernel = 1});
  const std::vector<Floats> twice{b, w, b, w};
  check_same(run(x, conv + conv + "[shortcut]\nfrom=-2\nactivation=leaky\n", twice),
             leaky(plain_both(y, z, sum)));
  check_same(run(x, conv + conv + "[route]\nlayers=-1,0\n", twice), plain_concat({z, y}));
  check_same(run(x, conv + conv + "[route]\nlayers=-1, -2\ngroups=2\ngroup_id=1\n", twice),
             plain_concat({plain_channels(z, 2, 2), plain_channels(y, 2, 2)}));
  check_same(run(x, conv + conv + "[route]\nlayers = -2\n[upsample]\nstride=2\n", twice),
             plain_upsample(y, 2));
  check_same(run(x, conv + conv + "[dropout]\nprobability=.15\n[sam]\nfrom=-3\n", twice),
             plain_both(y, z, [](double a, double c) { return a * c; }));
  PlainMap scaled = y;
  const PlainMap mean = plain_average(z, {.kernel = 6}, 1, 1, [](int64_t, int64_t) { return 24.0; });
  for (size_t i = 0; i < scaled.values.size(); ++i) scaled.values[i] *= mean.values[i / 24];
  check_same(run(x, conv + conv + "[avgpool]\n[scale_channels]\nfrom=-3\n", twice), scaled);
}

TEST_CASE("darknet: what reads boxes ends the network") {
  const PlainMap x = random_map(2, 4, 4, 1);
  const Floats w = random_values(4, 2), b = random_values(2, 3);
  const std::string conv = "[convolutional]\nfilters=2\nactivation=linear\n";
  const DarknetPair files(
      net_section(x) + conv + "[yolo]\nmask=0\nclasses=1\n[route]\nlayers=-2\n" + conv + "[yolo]\n",
      darknet_header() + darknet_floats({b, w, b, w}));
  const FileGraph network = read_network(files.weights());
  CHECK(network.outputs == std::vector<std::string>{"0.conv", "3.conv"});
  CHECK(network.notes.size() == 2);
  CHECK(network.usual_preprocessing == "darknet");
  const std::vector<PlainMap> outputs = run_network(network, x);
  const PlainMap y = plain_conv(x, w, b, {.kernel = 1});
  check_same(outputs.at(0), y);
  check_same(outputs.at(1), plain_conv(y, w, b, {.kernel = 1}));
  CHECK(read_network(files.weights(), {{}, {"0"}}).outputs == std::vector<std::string>{"0.conv"});
  CHECK(network_error(files.weights(), {{}, {"9"}}) ==
        "--outputs 9: " + files.cfg().string() +
            " has no layer of this number or name; they are numbered 0 to 4");
}

TEST_CASE("darknet: a classifier's names lie beside it") {
  const PlainMap x = random_map(2, 4, 4, 1);
  const DarknetPair files(
      net_section(x) + "[avgpool]\n[connected]\noutput=2\nactivation=linear\n[softmax]\n[cost]\n",
      darknet_header() + darknet_floats({{0, 1}, {1, 2, 3, 4}}));
  CHECK(read_network(files.cfg()).classes.empty());
  write_file(files.folder.path() / "list.txt", "cat\ndog\r\n");
  write_file(files.folder.path() / "net.data", "classes= 2\nnames = data/list.txt\n");
  CHECK(read_network(files.cfg()).classes == std::vector<std::string>{"cat", "dog"});
  CHECK(import_graph(read_network(files.cfg()), {}).classes.size() == 2);
  write_file(files.folder.path() / "net.names", "one\ntwo\nthree\n");
  CHECK(read_network(files.cfg()).classes.empty());
}

// What reading says, without the name of the .cfg.
std::string refused(std::string_view sections, const std::vector<Floats>& floats = {{0}}) {
  const DarknetPair files(net_section(PlainMap(4, 4, 4)) + std::string(sections),
                          darknet_header() + darknet_floats(floats));
  const std::string message = network_error(files.cfg());
  const std::string folder = files.folder.path().string() + "/";
  CHECK(message.starts_with(folder));
  return message.substr(std::min(folder.size(), message.size()));
}

TEST_CASE("darknet: what there is no layer for, and weights that do not fit, are refused in a line") {
  const Floats w(16), b(4);
  CHECK(refused("[crop]\n") ==
        "net.cfg line 8, [crop], layer 0: graft has no layer for it; --outputs N may end the network after "
        "layer N before it");
  CHECK(refused("[convolutional]\nfilters=4\nactivation=mish\n", {b, w})
            .find("graft has no activation 'mish'") != std::string::npos);
  CHECK(refused("[convolutional]\nfilters=4\nxnor=1\n", {b, w})
            .starts_with("net.cfg line 10: xnor=1 of [convolutional] has no layer"));
  CHECK(refused("[convolutional]\nfilters=many\n") ==
        "net.cfg line 9: filters is 'many', no whole number that could be meant");
  CHECK(refused("[convolutional\n") == "net.cfg line 8: '[convolutional' is no section");
  CHECK(refused("filters\n") == "net.cfg line 8: 'filters' is neither a [section] nor key=value");
  CHECK(refused("[route]\nlayers=-2\n") == "net.cfg line 8, [route]: there is no layer -2 before it");
  CHECK(refused("[maxpool]\nsize=2\nstride=2\n[shortcut]\nfrom=-1\n[maxpool]\nsize=2\nstride=2\n[shortcut]"
                "\nfrom=0\n")
            .find("it adds maps of unlike sizes, [1,1,1,4] and [1,2,2,4]") != std::string::npos);
  const std::string conv = "[convolutional]\nfilters=4\nactivation=linear\n";
  CHECK(refused(conv, {b, w, {1, 2}}) ==
        "net.weights: has 2 floats more than the 20 that the .cfg needs; is it of another .cfg?");
  CHECK(refused(conv, {b, Floats(15)}) ==
        "net.weights: has 15 floats left after 4, where 16 are needed for [4,4,1,1]; is it of another .cfg, "
        "or cut?");

  const DarknetPair files(net_section(PlainMap(4, 4, 4)) + conv + "wobble=1\n",
                          darknet_header() + darknet_floats({b, w}));
  const FileGraph network = read_network(files.cfg());
  CHECK(network.notes ==
        std::vector<std::string>{files.cfg().string() +
                                 " line 8, [convolutional]: wobble is not understood and left out"});
  std::filesystem::remove(files.cfg());
  CHECK(network_error(files.weights()).find("name its .cfg file with --graph") != std::string::npos);
}

}  // namespace
}  // namespace graft::test
