#include "firmware/checkin/reader_desk.hpp"

#include <algorithm>
#include <utility>

#include "firmware/checkin/subject.hpp"
#include "firmware/core/base/log.hpp"
#include "firmware/core/record/bodies.hpp"

namespace xueshi::checkin {

void ReaderDesk::up(fingerprint::Reader &reader, record::Source source) {
    const auto can = reader.capabilities();
    reader_ = &reader;
    source_ = std::move(source);
    family_ = reader.family();
    matches_itself_ = can.matches_itself;
    keeps_prints_ = can.stores_templates;
    scope_.reset(); // it may be another one, which was told nothing
    asked_.clear();
    if (const auto looked = find_foreign(); !looked) {
        log::error("fingers_unreadable", {log::Field(looked.error())});
    } else if (!foreign_.empty()) {
        log::warning("fingers_of_another_reader",
                     {{"fingers", foreign_.size()}, {"family", foreign_.front().family}, {"reader", family_}});
    }
}

Expected<void> ReaderDesk::load() {
    using Templates = std::vector<gallery::StoredTemplate>;
    const auto of = [&](bool wanted, std::string_view family) {
        return wanted ? parts_.gallery.load("finger", std::string(family)) : Expected<Templates>();
    };
    const bool by_host = parts_.matcher != nullptr && !matches_itself_;
    const auto fingers = of(by_host, fingerprint::kMinutiaeFamily);
    const auto prints = of(matches_itself_, family_);
    if (!fingers || !prints) {
        return fail(!fingers ? fingers : prints, "load fingers");
    }
    if (parts_.matcher != nullptr) {
        if (auto set = parts_.candidates.set_fingers(*fingers, *parts_.matcher); !set) {
            return fail(set, "load fingers");
        }
    }
    if (auto set = parts_.candidates.set_prints(*prints); !set) {
        return fail(set, "load the reader's prints");
    }
    pay();
    return find_foreign();
}

void ReaderDesk::set_scope(const std::vector<PersonId> &scope) {
    auto *reader = matching();
    const auto generation = parts_.candidates.prints_generation();
    if (reader == nullptr || (scope_ && *scope_ == scope && told_ == generation)) {
        return;
    }
    if (const auto told = reader->set_prints(parts_.candidates.prints_of(scope)); !told) {
        log::error("reader_takes_no_prints", {log::Field(told.error())});
    }
    scope_ = scope;
    told_ = generation;
}

void ReaderDesk::pay() {
    if (matching() == nullptr || !keeps_prints_) {
        return;
    }
    const auto debts = parts_.gallery.owed(family_);
    if (!debts) {
        log::error("owed_prints_unreadable", {log::Field(debts.error())});
        return;
    }
    for (const auto &debt : *debts) {
        const auto print = fingerprint::read_print(debt.bytes);
        if (!print) {
            log::error("owed_print_unreadable", {{"debt", debt.number}, log::Field(print.error())});
            continue;
        }
        if (print->label == spared_) {
            continue;
        }
        if (asked_.try_emplace(print->label, Debt{debt.number, debt.person}).second) {
            if (const auto ordered = reader_->forget(*print); !ordered) {
                forgotten(*print, ordered);
            }
        }
    }
}

void ReaderDesk::forgotten(const fingerprint::ReaderPrint &print, const Expected<void> &done) {
    const auto found = asked_.find(print.label);
    if (found == asked_.end()) {
        return; // asked before it was unplugged, and once more since
    }
    const Debt debt = found->second;
    asked_.erase(found);
    if (!done) {
        log::warning("print_still_in_reader", {{"person", debt.person}, log::Field(done.error())});
        return;
    }
    const record::Erasure body{debt.person, "reader", "confirmed by the reader", 0, {}};
    const auto seq = journal(parts_.sink, parts_.clock, record::EventKind::erasure, source_, record::to_json(body));
    if (!seq) {
        log::error("erasure_in_reader_not_journaled", {{"person", debt.person}, log::Field(seq.error())});
        return; // owed still: it is asked again, and says again that it has none
    }
    if (const auto settled = parts_.gallery.settle(debt.number); !settled) {
        log::error("debt_not_settled", {{"person", debt.person}, log::Field(settled.error())});
        return;
    }
    log::info("print_erased_in_reader", {{"person", debt.person}, {"seq", *seq}});
}

void ReaderDesk::exchanged(const std::string &label) {
    const auto person = parts_.candidates.owner_of(label);
    if (person.empty() || !exchanged_.insert(label).second) {
        return;
    }
    log::error("print_exchanged_in_reader", {{"person", person}});
    json::Object data{
        {"what", "reader_print"}, {"person", person.str()}, {"detail", "another finger lies in its place"}};
    const auto seq = journal(parts_.sink, parts_.clock, record::EventKind::tamper, source_, std::move(data));
    if (!seq) {
        exchanged_.erase(label);
        log::error("event_not_saved", {{"kind", "tamper"}, log::Field(seq.error())});
    }
}

Expected<void> ReaderDesk::find_foreign() {
    foreign_.clear();
    if (family_.empty()) {
        return {};
    }
    const auto fingers = parts_.gallery.list("finger");
    if (!fingers) {
        return tl::unexpected(fingers.error());
    }
    for (const auto &stored : *fingers) {
        if (stored.model != family_) {
            foreign_.push_back({stored.person, stored.finger, stored.model});
        }
    }
    return {};
}

} // namespace xueshi::checkin
