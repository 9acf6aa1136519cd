#include <doctest/doctest.h>

#include <limits>
#include <string>

#include "report/sample_report.h"
#include "transfer/report/chart.h"
#include "transfer/report/html_text.h"
#include "transfer/report/scatter.h"
#include "transfer/report/svg_parts.h"

namespace graft {
namespace {

size_t occurrences(const std::string& text, const std::string& part) {
  size_t count = 0;
  for (size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + part.size())) ++count;
  return count;
}

bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

// Every element that was opened is closed, in order; void elements and self-closed ones apart.
bool well_nested(const std::string& html) {
  std::vector<std::string> open;
  for (size_t at = html.find('<'); at != std::string::npos; at = html.find('<', at + 1)) {
    const size_t end = html.find('>', at);
    if (end == std::string::npos) return false;
    const bool closing = html[at + 1] == '/';
    const size_t name_at = at + 1 + closing;
    const std::string name = html.substr(name_at, html.find_first_of(" >/", name_at) - name_at);
    if (closing) {
      if (open.empty() || open.back() != name) return false;
      open.pop_back();
    } else if (html[end - 1] != '/' && name != "!DOCTYPE" && name != "meta" && name != "link" &&
               name != "img" && name != "br") {
      open.push_back(name);
    }
  }
  return open.empty();
}

TEST_CASE("report.html: self-contained, well nested, with every part") {
  for (int64_t classes : {1, 2, 9, 30, 31, 1000}) {
    CAPTURE(classes);
    const std::string html = report_html(test::sample_report(classes));
    CHECK_FALSE(contains(html, "http"));
    CHECK_FALSE(contains(html, "<script"));
    CHECK_FALSE(contains(html, "url("));
    CHECK_FALSE(contains(html, "@import"));
    CHECK(occurrences(html, "src=") == occurrences(html, "src=\"data:image/"));
    CHECK(occurrences(html, "href=") == occurrences(html, "href=\"data:,"));
    CHECK(occurrences(html, "<svg") == 2);
    CHECK(occurrences(html, "<polyline") == 3);
    CHECK(well_nested(html));
    for (const char* part :
         {"majority baseline", "Wilson", "one warning", "0123abcd", "unchanged", "val/a.jpg",
          "src=\"data:image/jpeg;base64,/9j/", "efficientnet_lite0", "118\xC2\xA0MiB", "head-first"})
      CHECK_MESSAGE(contains(html, part), part);
    CHECK(contains(html, "class=\"matrix\"") == (classes <= 30));
    CHECK(contains(html, "confused most often") == (classes > 30));
    CHECK(html.size() < 1000000);
  }
}

TEST_CASE("report.html: names and paths from users cannot become markup") {
  const std::string attack = "\"><script>alert('x')</script>&\xFF\x01";
  const std::string harmless =
      "&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;\xEF\xBF\xBD\xEF\xBF\xBD";
  for (int64_t classes : {2, 9, 31}) {
    TrainingReport report = test::sample_report(classes);
    const size_t plain = occurrences(report_html(report), "<");
    for (std::string& name : report.classes) name = attack;
    report.arch = report.device = report.frozen_hash_before = report.mistakes[0].path = report.warnings[0] =
        attack;
    report.options[0] = {attack, attack};
    const std::string html = report_html(report);
    CHECK_FALSE(contains(html, "<script"));
    CHECK_FALSE(contains(html, "\xFF"));
    CHECK(contains(html, harmless));
    CHECK(occurrences(html, "<") == plain);
    CHECK(well_nested(html));
  }
}

TEST_CASE("report.html: pictures are typed by content, other bytes are not shown") {
  TrainingReport report = test::sample_report(2);
  report.mistakes[0].thumbnail = {0x89, 'P', 'N', 'G', 13, 10, 26, 10};
  CHECK(contains(report_html(report), "data:image/png;base64,iVBORw0KGgo="));
  report.mistakes[0].thumbnail = {'<', 's', 'v', 'g', '>'};
  CHECK(contains(report_html(report), "no picture"));
  CHECK_FALSE(contains(report_html(report), "data:image"));
}

TEST_CASE("report.html: a run without epochs, without held-out images, with a changed frozen state") {
  TrainingReport empty;
  CHECK(well_nested(report_html(empty)));
  CHECK(contains(report_html(empty), "No epoch was completed"));
  CHECK(contains(report_html(empty), "accuracy is unknown"));
  CHECK(contains(report_html(empty), "nothing was frozen"));

  TrainingReport changed = test::sample_report(2);
  changed.frozen_state_unchanged = false;
  CHECK(contains(report_html(changed), "CHANGED"));
}

TEST_CASE("report.html: says so when the accuracy does not beat the baseline") {
  TrainingReport report = test::sample_report(2);
  CHECK(contains(report_html(report), "too few images"));  // 6 of 9 against a baseline of 5 of 9
  report.val_top1 = 0.5;
  CHECK(contains(report_html(report), "no better than"));
  Evaluation sure(2);
  sure.confusion.add(0, 0, 100), sure.confusion.add(1, 1, 100);
  set_evaluation(report, sure);
  CHECK_FALSE(contains(report_html(report), "no better than"));
  CHECK_FALSE(contains(report_html(report), "too few images"));
}

TEST_CASE("chart: gaps, one point, no point and huge values give finite coordinates") {
  const double nan = std::numeric_limits<double>::quiet_NaN(),
               infinity = std::numeric_limits<double>::infinity();
  const auto drawn = [](std::vector<double> values, bool percent) {
    Chart chart{"Loss", {}, {{"training", "train", values}}, {}, percent};
    for (size_t i = 0; i < values.size(); ++i) chart.x.push_back(static_cast<double>(i + 1));
    return chart_html(chart);
  };
  CHECK(occurrences(drawn({1, 2, nan, 3, 2}, false), "<polyline") == 2);
  CHECK(occurrences(drawn({1, 2, nan, 3, 2}, false), "<circle") == 4);
  for (bool percent : {false, true})
    for (const std::vector<double>& values : {std::vector<double>{},
                                              {0},
                                              {1},
                                              {0.5},
                                              {nan},
                                              {infinity},
                                              {0, 1e99},
                                              {1e300},
                                              {0, 1e-320},
                                              {1, 1 + 1e-15}}) {
      const std::string html = drawn(values, percent);
      CHECK_FALSE(contains(html, "\"nan"));
      CHECK_FALSE(contains(html, "\xE2\x88\x9E"));
      CHECK_FALSE(contains(html, "\xE2\x80\x93"));
      CHECK(occurrences(html, "<line") >= 4);
    }
}

TEST_CASE("chart: ticks are round and enclose the values") {
  CHECK(round_ticks(0, 10, 5) == std::vector<double>{0, 5, 10});
  CHECK(round_ticks(0, 4, 5) == std::vector<double>{0, 1, 2, 3, 4});
  CHECK(round_ticks(0, 0.7, 5).back() >= 0.7);
  CHECK(round_ticks(3, 3, 5).size() >= 2);
}

TEST_CASE("html text: escaping keeps well-formed UTF-8 and replaces the rest") {
  CHECK(html_escape("a<b>&\"'") == "a&lt;b&gt;&amp;&quot;&#39;");
  const std::string good = "\xC3\xA9 \xE2\x82\xAC \xF0\x9F\x90\x9D \xED\x9F\xBF \xF4\x8F\xBF\xBF";
  CHECK(html_escape(good) == good);
  for (const char* bad : {"\x80", "\xC0\xAF", "\xE2\x82", "\xED\xA0\x80", "\xF4\x90\x80\x80",
                          "\xF8\x88\x80\x80\x80", "\xC2\x85", "\x7F"}) {
    const std::string escaped = html_escape(bad);
    CHECK(escaped.size() % 3 == 0);
    CHECK(occurrences(escaped, "\xEF\xBF\xBD") == escaped.size() / 3);
    CHECK(!escaped.empty());
  }
  CHECK(html_escape(std::string_view("a\0b", 3)) ==
        "a\xEF\xBF\xBD"
        "b");
}

TEST_CASE("html text: base64 as RFC 4648 gives it, numbers for people") {
  const auto encoded = [](std::string_view text) {
    return base64({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
  };
  CHECK(encoded("") == "");
  CHECK(encoded("f") == "Zg==");
  CHECK(encoded("fo") == "Zm8=");
  CHECK(encoded("foo") == "Zm9v");
  CHECK(encoded("foobar") == "Zm9vYmFy");
  CHECK(count_text(0) == "0");
  CHECK(count_text(999) == "999");
  CHECK(count_text(4652008) == "4,652,008");
  CHECK(count_text(-1234) == "-1,234");
  CHECK(percent_text(0.9345) == "93.5\xC2\xA0%");
  CHECK(percent_text(std::numeric_limits<double>::quiet_NaN()) == "\xE2\x80\x93");
  CHECK(bytes_text(1023) ==
        "1023\xC2\xA0"
        "B");
  CHECK(bytes_text(1536) == "1.5\xC2\xA0KiB");
  CHECK(duration_text(12.34) == "12.3\xC2\xA0s");
  CHECK(duration_text(192.4) == "3\xC2\xA0min 12\xC2\xA0s");
  CHECK(duration_text(7384) == "2\xC2\xA0h 3\xC2\xA0min");
}

TEST_CASE(
    "scatter: points by the logarithm of x, names where the line goes, no room for what cannot be placed") {
  Scatter scatter{.title = "a < b",
                  .x_name = "seconds",
                  .filled_name = "filled",
                  .hollow_name = "hollow",
                  .line_name = "line",
                  .points = {{"slow", 100, 0.9, false, true},
                             {"fast", 1, 0.5, true, true},
                             {"middle", 10, 0.7, false, false},
                             {"never", 0, 0.7, false, true},
                             {"no number", 1, std::numeric_limits<double>::quiet_NaN(), false, true}}};
  const std::string html = scatter_html(scatter);
  CHECK(well_nested(html));
  CHECK(contains(html, "a &lt; b"));
  CHECK(occurrences(html, "<circle") == 3);
  CHECK(occurrences(html, "<polyline") == 1);
  CHECK(contains(html, "fast</text>"));
  CHECK_FALSE(contains(html, "middle</text>"));
  CHECK_FALSE(contains(html, "never"));
  for (const char* tick : {">1</text>", ">10</text>", ">100</text>"})
    CHECK_MESSAGE(contains(html, tick), tick);
  // Halfway by the logarithm.
  const auto place = [&](const char* name) {
    const size_t end = html.find(name), at = html.rfind("cx=\"", end);
    return std::stod(html.substr(at + 4));
  };
  CHECK(place("middle:") == doctest::Approx((place("fast:") + place("slow:")) / 2));
  scatter.points.clear();
  CHECK(scatter_html(scatter).empty());
  scatter.points = {{"alone", 3, 1, false, true}};
  CHECK(well_nested(scatter_html(scatter)));
}

}  // namespace
}  // namespace graft
