// What Terminal answers to the control socket.
#include "firmware/core/base/bytes.hpp"
#include "firmware/core/base/file.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/control_messages/control_messages.hpp"
#include "firmware/core/identity/command.hpp"
#include "firmware/core/identity/nonce.hpp"
#include "firmware/terminald/diagnostics.hpp"
#include "firmware/terminald/terminal.hpp"

namespace xueshi::terminald {

namespace {

constexpr std::int64_t kNonceEveryMs = 55'000; // syncd comes once a minute; the rest is for its timer

json::Object describe(const roster::Roster *roster) {
    std::int64_t trainees = 0;
    if (roster != nullptr) {
        for (const auto &training_class : roster->classes) {
            trainees += static_cast<std::int64_t>(training_class.trainees.size());
        }
    }
    return json::Object{{"room", roster == nullptr ? "" : roster->room.str()},
                        {"institution", roster == nullptr ? "" : roster->institution_name},
                        {"roster_as_of_ms", roster == nullptr ? 0 : roster->as_of_ms},
                        {"roster_classes", roster == nullptr ? 0 : roster->classes.size()},
                        {"roster_trainees", trainees}};
}

/// Roster numbers of those whose templates are of a model that is no longer used.
json::Array enrol_again(const checkin::Enrolment &enrolment, const roster::Roster *roster) {
    json::Array numbers;
    for (const auto &person : enrolment.outdated()) {
        const auto *trainee = roster == nullptr ? nullptr : roster->trainee(person);
        numbers.emplace_back(trainee == nullptr ? person.str() : trainee->number);
    }
    return numbers;
}

} // namespace

json::Object Terminal::status() {
    const auto &description = store_.journal->description();
    const auto head = store_.journal->head();
    const auto now = clock_->now();
    std::int64_t faces = 0, fingers = 0;
    if (roster_) {
        for (const auto &person : schedule::everybody(roster_->classes)) {
            faces += candidates_.has_face(person) ? 1 : 0;
            fingers += candidates_.has_finger(person) ? 1 : 0;
        }
    }
    json::Object status{{"version", XUESHI_VERSION},
                        {"device", description.device.str()},
                        {"chain", description.chain.str()},
                        {"seq", head ? head->seq : -1},
                        {"journal_alarm", store_.continuity.alarm},
                        {"journal_refused", store_.journal->refused()},
                        {"clock", to_string(now.quality)},
                        {"wall_ms", now.wall_ms},
                        {"face_model", face_model_},
                        {"face_error", face_error_},
                        {"finger_matcher", matcher_->name()},
                        {"templates_refused", templates_refused_},
                        {"enrolled_faces", faces},
                        {"enrolled_fingers", fingers},
                        {"enrol_again", enrol_again(*enrolment_, roster_.get())},
                        {"checkin", checkin::to_json(checkin_->status())}};
    for (auto &field : describe(roster_.get())) {
        status[field.key()] = field.value();
    }
    status["camera"] = json::Object{{"wanted", camera_ != nullptr},
                                    {"running", camera_ && camera_->running()},
                                    {"driver", camera_ ? camera_->driver() : std::string()}};
    status["video"] = video_->status();
    status["reader"] = describe_reader();
    return status;
}

json::Object Terminal::diagnostics() {
    return make_diagnostics(status(), settings_.state_directory, settings_.sync_directory);
}

Expected<json::Object> Terminal::prove_possession(std::string_view certificate_request_pem) {
    std::string message(control_messages::kProofPurpose);
    message += '\n';
    message += certificate_request_pem;
    const auto proof = store_.signer->sign(as_bytes(message));
    if (!proof) {
        return fail(proof, "sign the proof of possession");
    }
    return json::Object{{"signing_key_pem", store_.signer->public_key_pem()},
                        {"suite", store_.signer->suite()},
                        {"key_level", store_.signer->key_level()},
                        {"chain", store_.journal->description().chain.str()},
                        {"proof", base64(*proof)}};
}

Expected<json::Object> Terminal::reload_roster() {
    auto roster = roster_source_.read();
    if (!roster) {
        return tl::unexpected(roster.error());
    }
    const bool changed = !roster_ || **roster != *roster_;
    roster_ = std::move(*roster);
    checkin_->set_roster(roster_);
    enrolment_->set_roster(roster_);
    consents_->set_roster(roster_);
    claims_->set_roster(roster_);
    retention_->set_roster(*roster_);
    if (screen_) {
        screen_->set_roster(roster_);
    }
    if (changed) {
        log::info("roster_loaded",
                  {{"room", roster_->room}, {"classes", roster_->classes.size()}, {"as_of_ms", roster_->as_of_ms}});
        update_overlay();
        end_terms();
    }
    auto answer = describe(roster_.get());
    answer["changed"] = changed;
    return answer;
}

void Terminal::follow_roster() {
    const auto loaded = reload_roster();
    if (!loaded && loaded.error().code == ErrorCode::not_found && !roster_) {
        log::debug("roster_not_there_yet", {log::Field(loaded.error())});
    } else if (!loaded) {
        log::error("roster_refused", {log::Field(loaded.error())});
    }
}

Expected<record::Sequence> Terminal::note_sync_rejection(json::Object data) {
    return journal(record::EventKind::sync_rejection, std::move(data));
}

Expected<identity::PublicKey> Terminal::registry_key() const {
    constexpr std::uint64_t kMaxKeyBytes = 8 * 1024;
    const auto pem = read_file(settings_.sync_directory / "registry_key.pem", kMaxKeyBytes);
    auto key = pem ? identity::PublicKey::from_pem(*pem) : tl::unexpected<Error>(pem.error());
    return key ? std::move(key) : fail(key, "the registry's pinned key");
}

Expected<record::Sequence> Terminal::note_nonce(const json::Object &data) {
    constexpr std::size_t kCodeDigits = 6;
    const auto document = identity::nonce_from_data(data);
    if (!document) {
        return fail(ErrorCode::invalid_argument, document.error().message);
    }
    const auto key = registry_key();
    if (!key) {
        return tl::unexpected<Error>(key.error());
    }
    const auto nonce = identity::open_nonce(*key, *document);
    if (!nonce || nonce->device != store_.journal->description().device) {
        return fail(ErrorCode::denied, nonce ? "this nonce is for another device" : nonce.error().message);
    }
    retention_->learn(nonce->wall_ms);
    const auto now = clock_->now().boot_ms;
    if (nonce_boot_ms_ && now - *nonce_boot_ms_ < kNonceEveryMs) {
        return 0;
    }
    auto seq = journal(record::EventKind::nonce, identity::nonce_data(*document));
    if (seq) {
        nonce_boot_ms_ = now;
        nonce_code_ = nonce->number.substr(0, kCodeDigits);
    }
    return seq;
}

Expected<json::Object> Terminal::take_command(const json::Object &data) {
    const auto document = identity::command_from_data(data);
    if (!document) {
        return fail(ErrorCode::invalid_argument, document.error().message);
    }
    const auto key = registry_key();
    if (!key) {
        return tl::unexpected<Error>(key.error());
    }
    const auto command = identity::open_command(*key, *document);
    if (!command || command->device != store_.journal->description().device) {
        log::error("command_denied", {{"reason", command ? "another device's" : command.error().message}});
        return fail(ErrorCode::denied, command ? "this command is for another device" : command.error().message);
    }
    const auto state = commands_->take(*command, *document);
    return state ? Expected<json::Object>(json::Object{{"state", to_string(*state)}})
                 : tl::unexpected<Error>(state.error());
}

Expected<record::Sequence> Terminal::conclude_command(const json::Object &data) {
    const auto result = record::command_result_from_json(data);
    return result ? commands_->conclude(*result) : tl::unexpected<Error>(result.error());
}

} // namespace xueshi::terminald
