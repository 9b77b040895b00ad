#pragma once

#include <optional>
#include <utility>
#include <vector>

#include "firmware/fingerprint/reader.hpp"

namespace xueshi::test {

/// A reader that notes what it is ordered, and says nothing: a test speaks for it.
class FakeReader final : public fingerprint::Reader {
public:
    /// Gives minutiae.
    FakeReader() = default;
    /// Matches by itself; `keeps` its prints in itself.
    explicit FakeReader(bool keeps)
        : can{.gives_minutiae = false,
              .matches_itself = true,
              .identifies = true,
              .stores_templates = keeps,
              .enrol_stages = 3,
              .capacity = 0},
          family_name("fake-reader-1") {}

    fingerprint::Capabilities capabilities() const override { return can; }
    std::string driver() const override { return "fake"; }
    bool is_virtual() const override { return true; }
    std::string family() const override { return family_name; }
    Expected<void> start(Callbacks) override { return {}; }
    void stop() override {}
    Expected<void> set_prints(const std::vector<fingerprint::ReaderPrint> &given) override {
        prints = given;
        return {};
    }
    Expected<void> enrol(const std::string &label, const std::vector<fingerprint::ReaderPrint> &given) override {
        enrolling = label;
        others = given;
        return {};
    }
    void cancel_enrolment() override { ++cancelled; }
    Expected<void> forget(const fingerprint::ReaderPrint &print) override {
        forgetting.push_back(print);
        return {};
    }
    std::vector<std::string> labels() const {
        std::vector<std::string> found;
        for (const auto &print : prints.value_or(std::vector<fingerprint::ReaderPrint>())) {
            found.push_back(print.label);
        }
        return found;
    }

    fingerprint::Capabilities can{.gives_minutiae = true};
    std::string family_name{fingerprint::kMinutiaeFamily};
    std::optional<std::vector<fingerprint::ReaderPrint>> prints;
    std::vector<fingerprint::ReaderPrint> others, forgetting;
    std::string enrolling;
    int cancelled = 0;
};

} // namespace xueshi::test
