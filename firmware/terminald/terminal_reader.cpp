// What Terminal does with the fingerprint reader.
#include <utility>

#include "firmware/core/base/log.hpp"
#include "firmware/core/record/video_bodies.hpp"
#include "firmware/terminald/terminal.hpp"

namespace xueshi::terminald {

ReaderPort::Callbacks Terminal::reader_callbacks() {
    ReaderPort::Callbacks callbacks;
    callbacks.up = [this](fingerprint::Reader &reader, const record::Source &source) { reader_up(reader, source); };
    callbacks.down = [this](const std::string &why) { reader_down(why); };
    auto &reader = callbacks.reader;
    reader.impression = [this](fingerprint::Impression impression) {
        enrolment_->wants_fingers() ? enrolment_->offer(std::move(impression)) : checkin_->finger(impression);
    };
    reader.matched = [this](const std::string &label) {
        if (!enrolment_->wants_fingers()) {
            checkin_->finger_matched(label);
        }
    };
    reader.retry = [this](fingerprint::Retry retry) {
        enrolment_->wants_fingers() ? enrolment_->offer(retry) : checkin_->finger_retry(retry);
    };
    reader.stage = [this](int done, int of) { enrolment_->offer_stage(done, of); };
    reader.enrolled = [this](Expected<fingerprint::ReaderPrint> print) { enrolment_->offer_print(std::move(print)); };
    reader.known = [this](const std::string &label) { enrolment_->offer_known(label); };
    reader.forgotten = [this](const fingerprint::ReaderPrint &print, const Expected<void> &done) {
        reader_desk_->forgotten(print, done);
    };
    reader.exchanged = [this](const std::string &label) { reader_desk_->exchanged(label); };
    return callbacks;
}

void Terminal::reader_up(fingerprint::Reader &reader, const record::Source &source) {
    reader_desk_->up(reader, source);
    checkin_->set_reader(source, reader_desk_->matching() == nullptr ? matcher_->name() : reader_desk_->family());
    const auto lost = std::exchange(reader_lost_ms_, std::nullopt);
    reader_gap({"reader", false, "", lost ? clock_->now().boot_ms - *lost : -1}, source);
    if (auto loaded = reader_desk_->load(); !loaded) {
        log::error("fingers_refused", {log::Field(loaded.error())}); // the alarm came when all templates were loaded
    }
    reader_desk_->set_scope(checkin_->scope_now());
}

void Terminal::reader_down(const std::string &why) {
    reader_desk_->down();
    checkin_->lose_reader();
    reader_lost_ms_ = clock_->now().boot_ms;
    reader_gap({"reader", true, why, 0}, reader_desk_->source());
}

void Terminal::reader_gap(const record::DeviceGap &gap, const record::Source &source) {
    auto data = record::to_json(gap);
    data["family"] = reader_desk_->family(); // another one may have come
    note(record::EventKind::reader_gap, std::move(data), source);
}

json::Object Terminal::describe_reader() const {
    json::Array foreign;
    for (const auto &finger : reader_desk_->foreign()) {
        const auto *trainee = roster_ ? roster_->trainee(finger.person) : nullptr;
        foreign.push_back(json::Object{{"number", trainee == nullptr ? finger.person.str() : trainee->number},
                                       {"finger", finger.finger},
                                       {"family", finger.family}});
    }
    const auto owed = store_.gallery.gallery->owed("");
    return json::Object{{"wanted", reader_ != nullptr},
                        {"running", reader_ && reader_->running()},
                        {"driver", reader_ ? reader_->driver() : std::string()},
                        {"family", reader_desk_->family()},
                        {"matches_itself", reader_desk_->matching() != nullptr},
                        {"still_to_erase", owed ? static_cast<std::int64_t>(owed->size()) : -1},
                        {"foreign_fingers", std::move(foreign)}};
}

} // namespace xueshi::terminald
