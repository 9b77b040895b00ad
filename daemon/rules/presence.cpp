#include "daemon/rules/presence.hpp"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <tuple>

#include "daemon/rules/folding.hpp"

namespace xueshi::rules {

namespace {

using schedule::OpenLesson;

/// The two ends of what is possible for times that are not known exactly: direction and lesson are decided at both.
enum class Bound { earliest, latest };
std::int64_t time_of(const TimedPunch &punch, Bound bound) {
    return bound == Bound::earliest ? punch.earliest_ms : punch.latest_ms;
}

using Punches = std::vector<TimedPunch>;

Presence fold(const OpenLesson &open, std::span<const training::TrainingClass> classes, const Punches &punches,
              Bound bound) {
    Punches mine;
    std::vector<schedule::EarlierPunch> times;
    for (const auto &punch : punches) {
        const auto time_ms = time_of(punch, bound);
        const auto lessons =
            schedule::lessons_of_punch(schedule::open_lessons(classes, open.lesson->room, time_ms), time_ms);
        if (std::ranges::find(lessons, open.lesson, &OpenLesson::lesson) != lessons.end()) {
            mine.push_back(punch);
            times.push_back({time_ms, punch.reverification});
        }
    }
    const auto directions = schedule::directions(*open.lesson, open.training_class->policy, times);
    Folding folding(*open.lesson);
    for (std::size_t i = 0; i < mine.size(); ++i) {
        folding.feed(mine[i], directions[i]);
    }
    return folding.finish();
}

/// What holds whichever end of the brackets is true, and what may hold at either.
Presence fold_both_bounds(const OpenLesson &open, std::span<const training::TrainingClass> classes,
                          const Punches &punches) {
    const bool exact = std::ranges::all_of(punches, [](const auto &p) { return p.earliest_ms == p.latest_ms; });
    auto early = fold(open, classes, punches, Bound::earliest);
    if (exact) {
        return early;
    }
    const auto late = fold(open, classes, punches, Bound::latest);
    auto proved = common(early.proved, late.proved);
    auto maybe = united(united(early.proved, early.unproven), united(late.proved, late.unproven));
    return {proved, without(maybe, proved), std::move(early.proofs)};
}

/// Each pending punch may be approved or refused by itself: all that is presence, or unproven, in some of these cases.
/// It takes nothing from what the other punches prove. Too many to try leave the whole lesson open.
Intervals possible_if_granted(const OpenLesson &open, std::span<const training::TrainingClass> classes,
                              const Punches &punches) {
    constexpr std::ptrdiff_t kTried = 5;
    const auto pending = std::ranges::count(punches, Standing::pending, &TimedPunch::standing);
    if (pending > kTried) {
        return Intervals({{open.lesson->start_ms(), open.lesson->end_ms()}});
    }
    Intervals possible;
    for (unsigned granted = 1; granted < 1U << pending; ++granted) {
        Punches chosen;
        unsigned bit = 1;
        for (const auto &punch : punches) {
            const bool is_pending = punch.standing == Standing::pending;
            if (!is_pending || (granted & bit) != 0) {
                chosen.push_back(punch);
            }
            bit <<= is_pending ? 1 : 0;
        }
        const auto granted_presence = fold_both_bounds(open, classes, chosen);
        possible = united(possible, united(granted_presence.proved, granted_presence.unproven));
    }
    return possible;
}

} // namespace

bool concerns(const OpenLesson &open, const TimedPunch &punch) {
    const auto &policy = open.training_class->policy;
    return punch.room == open.lesson->room && punch.latest_ms >= open.lesson->start_ms() - policy.opens_before_ms &&
           punch.earliest_ms <= open.lesson->end_ms() + policy.closes_after_ms;
}

std::vector<TimedPunch> in_order(std::span<const TimedPunch> punches) {
    std::map<ChainId, Punches> chains;
    for (const auto &punch : punches) {
        chains[punch.chain].push_back(punch);
    }
    std::vector<std::span<const TimedPunch>> rests;
    for (auto &[id, chain] : chains) {
        std::ranges::sort(chain, {}, [](const TimedPunch &punch) {
            return std::tuple(punch.seq, punch.earliest_ms, punch.latest_ms);
        });
        rests.emplace_back(chain);
    }
    std::vector<TimedPunch> merged;
    while (merged.size() < punches.size()) {
        const auto next = std::ranges::min_element(rests, {}, [](const auto &rest) {
            return rest.empty() ? std::tuple(true, std::int64_t{}, std::int64_t{})
                                : std::tuple(false, rest.front().earliest_ms, rest.front().latest_ms);
        });
        merged.push_back(next->front());
        *next = next->subspan(1);
    }
    return merged;
}

Presence presence(const OpenLesson &open, std::span<const training::TrainingClass> person_classes, Delivery delivery,
                  std::span<const TimedPunch> punches) {
    const Intervals whole({{open.lesson->start_ms(), open.lesson->end_ms()}});
    if (delivery == Delivery::no_terminal) {
        return {{}, whole};
    }
    Punches punches_here;
    std::ranges::copy_if(punches, std::back_inserter(punches_here), [&](const TimedPunch &punch) {
        return punch.standing != Standing::flagged && concerns(open, punch);
    });
    auto counting = punches_here;
    std::erase_if(counting, [](const TimedPunch &punch) { return punch.standing == Standing::pending; });
    auto [proved, unproven, proofs] = fold_both_bounds(open, person_classes, counting);

    std::vector<Interval> brackets;
    for (const auto &punch : punches_here) {
        brackets.push_back({punch.earliest_ms, punch.latest_ms});
    }
    auto maybe = united(unproven, common(Intervals(brackets), whole));
    maybe = united(maybe, possible_if_granted(open, person_classes, punches_here));
    if (delivery == Delivery::outstanding) {
        maybe = whole;
    }
    return {proved, without(maybe, proved), std::move(proofs)};
}

std::string_view to_string(HourState state) {
    switch (state) {
    case HourState::absent:
        return "absent";
    case HourState::possible:
        return "possible";
    case HourState::proved:
        return "proved";
    case HourState::not_counted:
        return "not_counted";
    }
    return "absent";
}

HourState hour_state(const training::ClassHour &hour, const training::Policy &policy, const Presence &presence) {
    const Intervals whole({{hour.start_ms, hour.end_ms}});
    const auto length_ms = hour.end_ms - hour.start_ms;
    const auto holds = [&](const Intervals &present) {
        const auto missing_ms = length_ms - common(present, whole).length_ms();
        return missing_ms * policy.tolerance_denominator <= length_ms * policy.tolerance_numerator;
    };
    if (holds(presence.proved)) {
        return HourState::proved;
    }
    return holds(united(presence.proved, presence.unproven)) ? HourState::possible : HourState::absent;
}

std::vector<record::Evidence> evidence_of(const training::ClassHour &hour, const Presence &presence) {
    const auto proved_here = common(presence.proved, Intervals({{hour.start_ms, hour.end_ms}}));
    std::set<record::Evidence> kinds;
    for (const auto &proof : presence.proofs) {
        if (!common(proved_here, Intervals({proof.interval})).empty()) {
            kinds.insert({proof.opened.evidence, proof.closed.evidence});
        }
    }
    return {kinds.begin(), kinds.end()};
}

} // namespace xueshi::rules
