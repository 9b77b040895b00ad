#include "daemon/sync/status.hpp"

#include <cstdlib>

#include <fmt/format.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/base/json.hpp"
#include "firmware/core/base/log.hpp"

namespace xueshi::sync {
namespace {

json::Object to_json(const Words &words) {
    json::Object out;
    out["zh"] = words.zh;
    out["en"] = words.en;
    out["ko"] = words.ko;
    return out;
}

} // namespace

std::string_view to_string(Phase phase) {
    switch (phase) {
    case Phase::claiming:
        return "claiming";
    case Phase::waiting_approval:
        return "waiting_approval";
    case Phase::delivering:
        return "delivering";
    }
    return "claiming";
}

std::string describe(const Status &status) {
    if (status.phase == Phase::waiting_approval) {
        return fmt::format("waiting for an operator to approve the code {}", status.claim_code);
    }
    const std::string queue =
        fmt::format("{} events, {} clips and {} lesson videos wait", status.queue, status.clips, status.films);
    const auto *error = status.upload_error    ? &*status.upload_error
                        : status.roster_error  ? &*status.roster_error
                        : status.clip_error    ? &*status.clip_error
                        : status.film_error    ? &*status.film_error
                        : status.command_error ? &*status.command_error
                        : status.inbox_error   ? &*status.inbox_error
                                               : nullptr;
    if (error != nullptr) {
        return fmt::format("{}; {}", error->en, queue);
    }
    return status.phase == Phase::claiming ? "claiming this device at the registry" : "delivering: " + queue;
}

std::string write_status(const Status &status, std::int64_t as_of_ms) {
    json::Object out;
    out["as_of_ms"] = as_of_ms;
    out["phase"] = to_string(status.phase);
    out["device"] = status.device.str();
    out["claim_code"] = status.claim_code;
    out["reachable"] = status.reachable;
    out["queue"] = status.queue;
    out["oldest_unsent_ms"] = status.oldest_unsent_ms;
    out["acked_seq"] = status.acked;
    out["former_waiting"] = status.former_waiting;
    out["quarantined"] = status.quarantined;
    out["last_receipt_ms"] = status.last_receipt_ms;
    out["last_roster_ms"] = status.last_roster_ms;
    out["clips"] = status.clips;
    out["clips_withheld"] = status.clips_withheld;
    out["clips_paused"] = status.clips_paused;
    out["films"] = status.films;
    out["films_paused"] = status.films_paused;
    out["clip_policy"] = clips::to_json(status.clip_policy);
    if (status.inbox_error) {
        out["inbox_error"] = to_json(*status.inbox_error);
    }
    if (status.film_error) {
        out["film_error"] = to_json(*status.film_error);
    }
    if (status.clip_error) {
        out["clip_error"] = to_json(*status.clip_error);
    }
    if (status.upload_error) {
        out["upload_error"] = to_json(*status.upload_error);
    }
    if (status.roster_error) {
        out["roster_error"] = to_json(*status.roster_error);
    }
    if (status.command_error) {
        out["command_error"] = to_json(*status.command_error);
    }
    return json::serialize(out);
}

void StatusFile::write_if_due(std::int64_t wall_ms) {
    if (written_ == now && std::llabs(wall_ms - written_ms_) < kStatusLongestMs) {
        return;
    }
    if (const auto written = write_file_durably(path_, write_status(now, wall_ms)); !written) {
        log::warning("status_not_written", {log::Field(written.error())});
        return;
    }
    written_ = now;
    written_ms_ = wall_ms;
}

} // namespace xueshi::sync
