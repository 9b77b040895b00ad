#pragma once

#include "firmware/xueshictl/commands.hpp"

namespace xueshi::xueshictl {

struct ConsentOrder {
    Whom whom;
    std::vector<std::string> purposes; ///< each an event of its own
    std::string language = "zh-CN";
    bool withdraw = false;
    bool under_14 = false;
    std::string guardian;
};
/// Shows each text as the terminal has it, then records that it was agreed to; or withdraws.
Expected<void> consent(const Places &places, const ConsentOrder &order);
/// After an erasure: prints that the terminal's reader has not yet said to have erased, if any.
void print_left_in_reader(const json::Object &result);
/// All texts, with their hashes.
Expected<void> list_consent_texts(const Places &places);

} // namespace xueshi::xueshictl
