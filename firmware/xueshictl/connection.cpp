#include "firmware/xueshictl/connection.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "firmware/core/base/ids.hpp"

namespace xueshi::xueshictl {

namespace {

void print_progress(const json::Object &progress) {
    if (progress.contains("refusal")) {
        return; // the error that follows says it
    }
    fmt::print("  {}/{}  {}  {}\n", number_of(progress, "stage"), number_of(progress, "of"),
               text_of(progress, "text_zh"), text_of(progress, "text_en"));
    std::fflush(stdout);
}

} // namespace

Expected<json::Object> call(const Places &places, std::string_view verb, json::Object arguments, int timeout_ms) {
    auto client = control_messages::Client::connect(places.socket);
    if (!client) {
        return tl::unexpected(client.error());
    }
    return client->call(verb, std::move(arguments), timeout_ms, print_progress);
}

json::Object to_arguments(const Whom &whom) {
    json::Object arguments;
    arguments[Uuid::parse(whom.trainee) ? "person" : "number"] = whom.trainee;
    if (!whom.training_class.empty()) {
        arguments["class"] = whom.training_class;
    }
    return arguments;
}

} // namespace xueshi::xueshictl
