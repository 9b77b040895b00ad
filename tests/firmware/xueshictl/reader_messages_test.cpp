// What xueshictl says about fingers and their reader, in both languages.
#include <cstdio>
#include <functional>

#include <unistd.h>

#include "firmware/core/base/file.hpp"
#include "firmware/xueshictl/commands.hpp"
#include "tests/firmware/control/running_server.hpp"

using namespace xueshi;
using namespace xueshi::xueshictl;
using Answer = boost::asio::awaitable<Expected<json::Object>>;

namespace {

class Terminal {
public:
    Terminal() { places.socket = running.socket(); }
    void answer(const char *verb, json::Object result, std::vector<json::Object> progress = {}) const {
        running.server->add(verb, control::Access::everyone,
                            [result = std::move(result), progress = std::move(progress)](control::Call call) -> Answer {
                                for (const auto &line : progress) {
                                    call.progress(line);
                                }
                                co_return result;
                            });
    }
    /// What is printed meanwhile.
    std::string printed(const std::function<void()> &work) const {
        const auto file = running.directory / "printed";
        std::fflush(stdout);
        const UniqueFd own(::dup(STDOUT_FILENO));
        std::FILE *taken = std::fopen(file.c_str(), "we");
        REQUIRE(taken != nullptr);
        ::dup2(::fileno(taken), STDOUT_FILENO);
        work();
        std::fflush(stdout);
        ::dup2(own.get(), STDOUT_FILENO);
        std::fclose(taken);
        return read_file(file, 1 << 20).value();
    }
    static bool says(const std::string &text, const char *what) { return text.find(what) != std::string::npos; }

    test::RunningServer running;
    Places places;
};

} // namespace

TEST_CASE_FIXTURE(
    Terminal, "xueshictl: a finger of another reader or format, and one still in a reader, are told with what to do") {
    const json::Array foreign{json::Object{{"number", "12"}, {"finger", "right_index"}, {"family", "uart-00ff-1"}}};
    const json::Object reader{{"wanted", true},         {"running", true},     {"driver", "virtual_image"},
                              {"family", "minutiae-1"}, {"still_to_erase", 2}, {"foreign_fingers", foreign}};
    answer("status", {{"reader", reader}, {"checkin", json::Object{{"finger", "too_poor"}}}});
    running.run();
    const auto text = printed([&] { CHECK(show_status(places, false)); });
    CHECK(says(text, "12 号 right_index 的指纹模板属于另一种指纹仪或格式（uart-00ff-1）"));
    CHECK(says(text, "the template of number 12, right_index, belongs to another reader or format: enrol it again"));
    CHECK(says(text, "指纹仪内尚有 2 枚指纹待删除"));
    CHECK(says(text, "2 prints are still to be erased in a reader: plug it in"));
    CHECK(says(text, "minutiae-1"));
    CHECK(says(text, "质量不佳 too poor"));
}

TEST_CASE_FIXTURE(Terminal, "xueshictl: of a reader that is absent the status says so") {
    answer("status", {{"reader", json::Object{{"wanted", true}, {"running", false}}},
                      {"checkin", json::Object{{"finger", "reader_absent"}}}});
    running.run();
    const auto text = printed([&] { CHECK(show_status(places, false)); });
    CHECK(says(text, "未连接 missing"));
    CHECK(says(text, "指纹仪未连接 reader absent"));
    CHECK_FALSE(says(text, "ALARM"));
}

TEST_CASE_FIXTURE(Terminal, "xueshictl: why no face is recognised is an alarm of the status") {
    answer("status", {{"camera", json::Object{{"wanted", true}, {"running", true}}},
                      {"face_error", "model fr_feature.onnx is missing"}});
    running.run();
    const auto text = printed([&] { CHECK(show_status(places, false)); });
    CHECK(says(text, "ALARM            无法识别人脸 no face is recognised: model fr_feature.onnx is missing"));
}

TEST_CASE_FIXTURE(Terminal, "xueshictl: an enrolment shows each stage and why a finger is asked for again") {
    const auto line = [](int stage, const char *zh, const char *en) {
        return json::Object{{"stage", stage}, {"of", 5}, {"guidance", "x"}, {"text_zh", zh}, {"text_en", en}};
    };
    answer("enrol_finger", {{"samples", 5}, {"remarks", json::Array()}},
           {line(0, "请按指纹", "Press your finger"), line(1, "请把手指放正", "Centre the finger")});
    running.run();
    FingerOrder order;
    order.whom.trainee = "12";
    const auto text = printed([&] { CHECK(enrol_finger(places, order)); });
    CHECK(says(text, "0/5  请按指纹  Press your finger"));
    CHECK(says(text, "1/5  请把手指放正  Centre the finger"));
    CHECK(says(text, "5 个样本 samples"));
}

TEST_CASE_FIXTURE(Terminal, "F35: an erasure that a reader has not confirmed is not said to be done there") {
    answer("erase", {{"person", "p-1"}, {"left_in_reader", 2}});
    running.run();
    Whom whom;
    whom.trainee = "12";
    const auto text = printed([&] { CHECK(erase(places, whom, "left")); });
    CHECK(says(text, "指纹仪内尚有 2 枚"));
    CHECK(says(text, "2 prints are still in the reader"));
}
