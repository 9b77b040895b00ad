#include "firmware/recorder/journaled_evidence.hpp"

namespace xueshi::recorder {

namespace {

std::int64_t begin_by_clock_of(const record::Moment &end, const record::Moment &begin) {
    return end.wall_ms - (end.boot_ms - begin.boot_ms);
}

} // namespace

void add_film(Evidence &evidence, const record::LessonVideoSaved &film) {
    const auto begin_ms = begin_by_clock_of(film.last, film.first);
    evidence.recorded(begin_ms, film.last.wall_ms);
    if (film.sound_ms == 0) {
        evidence.faulty(begin_ms, film.last.wall_ms);
    }
    const auto shift = film.last.wall_ms - film.last.boot_ms;
    for (const auto &[from, until] : film.gaps) {
        evidence.faulty(from + shift, until + shift);
    }
}

void add_fault(Evidence &evidence, const record::ContentFault &fault) {
    evidence.faulty(begin_by_clock_of(fault.until, fault.since), fault.until.wall_ms);
}

void JournaledEvidence::note(const record::EventBody &body) {
    if (body.kind == record::to_string(record::EventKind::lesson_video_saved)) {
        if (const auto film = record::lesson_video_saved_from_json(body.data)) {
            add_film(evidence_, *film);
        }
    } else if (body.kind == record::to_string(record::EventKind::content_fault)) {
        if (const auto fault = record::content_fault_from_json(body.data)) {
            note(*fault);
        }
    } else if (body.kind == record::to_string(record::EventKind::boot)) {
        start(body.at.wall_ms);
    }
}

void JournaledEvidence::note(const record::ContentFault &fault) {
    add_fault(evidence_, fault);
    const std::pair which(fault.device, fault.fault);
    if (fault.over) {
        unfinished_.erase(which);
    } else {
        unfinished_[which] = fault.until;
    }
}

void JournaledEvidence::start(std::int64_t wall_ms) {
    for (const auto &[which, seen] : unfinished_) {
        evidence_.faulty(seen.wall_ms, wall_ms);
    }
    unfinished_.clear();
}

} // namespace xueshi::recorder
