#include "firmware/xueshictl/consent.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "firmware/xueshictl/connection.hpp"

namespace xueshi::xueshictl {

namespace {

constexpr int kTimeoutMs = 10'000;

Expected<std::vector<json::Object>> texts(const Places &places) {
    const auto answer = call(places, "consent_texts", {}, kTimeoutMs);
    if (!answer) {
        return tl::unexpected(answer.error());
    }
    std::vector<json::Object> list;
    const auto *array = answer->if_contains("texts");
    for (const auto &item : array != nullptr && array->is_array() ? array->get_array() : json::Array()) {
        if (item.is_object()) {
            list.push_back(item.get_object());
        }
    }
    return list;
}

Expected<json::Object> text_for(const std::vector<json::Object> &list, const std::string &purpose,
                                const std::string &language) {
    for (const auto &text : list) {
        if (text_of(text, "purpose") == purpose && text_of(text, "language") == language) {
            return text;
        }
    }
    return fail(ErrorCode::not_found, fmt::format("there is no consent text for {} in {}", purpose, language));
}

json::Object arguments_for(const ConsentOrder &order, const std::string &purpose) {
    auto arguments = to_arguments(order.whom);
    arguments["purpose"] = purpose;
    return arguments;
}

Expected<void> withdraw(const Places &places, const ConsentOrder &order) {
    for (const auto &purpose : order.purposes) {
        auto arguments = arguments_for(order, purpose);
        arguments["given"] = false;
        const auto done = call(places, "consent", std::move(arguments), kTimeoutMs);
        if (!done) {
            return fail(done, order.whom.trainee);
        }
        fmt::print("{}: 已撤回同意 consent withdrawn: {}\n", order.whom.trainee, purpose);
        print_left_in_reader(*done);
    }
    return {};
}

} // namespace

void print_left_in_reader(const json::Object &result) {
    if (const auto left = number_of(result, "left_in_reader"); left > 0) {
        fmt::print(
            "  指纹仪内尚有 {} 枚，接上后自动删除并记入日志 {} prints are still in the reader: they are erased, and "
            "that is journaled, when it is plugged in\n",
            left, left);
    }
}

Expected<void> consent(const Places &places, const ConsentOrder &order) {
    if (order.withdraw) {
        return withdraw(places, order);
    }
    const auto list = texts(places);
    if (!list) {
        return tl::unexpected(list.error());
    }
    for (const auto &purpose : order.purposes) {
        const auto text = text_for(*list, purpose, order.language);
        if (!text) {
            return tl::unexpected(text.error());
        }
        fmt::print("已征得单独同意 separate consent was given to:\n  {}\n", text_of(*text, "text"));
        std::fflush(stdout);
        auto arguments = arguments_for(order, purpose);
        arguments["text_hash"] = text_of(*text, "text_hash");
        if (order.under_14) {
            arguments["under_14"] = true;
        }
        if (!order.guardian.empty()) {
            arguments["guardian"] = order.guardian;
        }
        if (const auto done = call(places, "consent", std::move(arguments), kTimeoutMs); !done) {
            return fail(done, order.whom.trainee);
        }
    }
    return {};
}

Expected<void> list_consent_texts(const Places &places) {
    const auto list = texts(places);
    if (!list) {
        return tl::unexpected(list.error());
    }
    for (const auto &text : *list) {
        fmt::print("{} {} ({})\n  {}\n  SHA-256 {}\n", text_of(text, "purpose"), text_of(text, "language"),
                   text_of(text, "retention"), text_of(text, "text"), text_of(text, "text_hash"));
    }
    return {};
}

} // namespace xueshi::xueshictl
