#pragma once

#include <array>
#include <string_view>

#include "firmware/core/base/error.hpp"

/// One attempt of one person at one sensor: see -> verify -> decide -> record. The camera and the reader each run an
/// attempt of their own over this table; they meet only where a class wants both factors or a face needs a finger.
namespace xueshi::checkin {

enum class State {
    idle,           ///< nobody there
    seeing,         ///< one face, observations are being collected
    crowded,        ///< several people of like size
    challenged,     ///< recognised, and asked to turn the head
    awaiting_other, ///< this sensor alone does not do: the other one is asked
    recording,      ///< the punch is made, its append has not returned
    settled,        ///< decided; the same person is not decided about again until they left
    barred,         ///< not a live face: nothing more until it left
};

enum class Event {
    nobody,       ///< the face left; the finger was lifted
    one_face,     ///< the same face as before, or the first
    another_face, ///< one face, another track
    several_faces,
    recognised,  ///< and it is enough for the person's class
    needs_other, ///< recognised, and the class wants the other factor too or instead
    ambiguous,   ///< two enrolled people are too alike
    unknown,     ///< good observations, nobody in scope
    not_live,
    poor,         ///< looked at for long, or pressed several times, and never well enough
    must_turn,    ///< recognised, and the policy wants a living movement first
    turned_wrong, ///< plainly to the other side than asked
    other_stored, ///< the other sensor's punch settled this attempt too
    timed_out,
    stored, ///< the append returned
    store_failed,
};

enum class Action {
    none,
    begin,         ///< forget what was seen, start to collect
    forget,        ///< the attempt is over
    ask_for_one,   ///< one person at a time
    ask_for_other, ///< the other factor, please
    challenge,     ///< turn the head, please
    refuse,        ///< journal a refused attempt
    give_up,       ///< the other factor did not come
    record,        ///< make the punch and append it
    show_success,  ///< only here may the screen say that it is recorded
    show_failure,  ///< not recorded: append again, with the same id
};

struct Row {
    State from;
    Event event;
    State to;
    Action action;
};

// clang-format off
inline constexpr std::array kTable{
    Row{State::idle,           Event::one_face,      State::seeing,         Action::begin},
    Row{State::idle,           Event::another_face,  State::seeing,         Action::begin},
    Row{State::idle,           Event::several_faces, State::crowded,        Action::ask_for_one},
    // A finger is seen and verified in one moment.
    Row{State::idle,           Event::recognised,    State::recording,      Action::record},
    Row{State::idle,           Event::needs_other,   State::awaiting_other, Action::ask_for_other},
    Row{State::idle,           Event::ambiguous,     State::idle,           Action::refuse},
    Row{State::idle,           Event::unknown,       State::idle,           Action::refuse},
    Row{State::idle,           Event::poor,          State::idle,           Action::refuse},

    Row{State::seeing,         Event::nobody,        State::idle,           Action::forget},
    Row{State::seeing,         Event::another_face,  State::seeing,         Action::begin},
    Row{State::seeing,         Event::several_faces, State::crowded,        Action::ask_for_one},
    Row{State::seeing,         Event::recognised,    State::recording,      Action::record},
    Row{State::seeing,         Event::needs_other,   State::awaiting_other, Action::ask_for_other},
    Row{State::seeing,         Event::ambiguous,     State::awaiting_other, Action::ask_for_other},
    Row{State::seeing,         Event::unknown,       State::settled,        Action::refuse},
    Row{State::seeing,         Event::not_live,      State::barred,         Action::refuse},
    // The person may still come closer or take the hat off.
    Row{State::seeing,         Event::poor,          State::seeing,         Action::refuse},
    Row{State::seeing,         Event::must_turn,     State::challenged,     Action::challenge},

    Row{State::challenged,     Event::nobody,        State::idle,           Action::forget},
    Row{State::challenged,     Event::another_face,  State::seeing,         Action::begin},
    Row{State::challenged,     Event::several_faces, State::crowded,        Action::ask_for_one},
    Row{State::challenged,     Event::recognised,    State::recording,      Action::record},
    Row{State::challenged,     Event::needs_other,   State::awaiting_other, Action::ask_for_other},
    Row{State::challenged,     Event::other_stored,  State::settled,        Action::none},
    Row{State::challenged,     Event::turned_wrong,  State::barred,         Action::refuse},
    Row{State::challenged,     Event::timed_out,     State::barred,         Action::refuse},

    Row{State::crowded,        Event::nobody,        State::idle,           Action::forget},
    Row{State::crowded,        Event::one_face,      State::seeing,         Action::begin},
    Row{State::crowded,        Event::another_face,  State::seeing,         Action::begin},
    Row{State::crowded,        Event::timed_out,     State::crowded,        Action::refuse},

    Row{State::awaiting_other, Event::another_face,  State::seeing,         Action::begin},
    Row{State::awaiting_other, Event::other_stored,  State::settled,        Action::none},
    Row{State::awaiting_other, Event::timed_out,     State::settled,        Action::give_up},
    // Another finger while the first waits for its face.
    Row{State::awaiting_other, Event::recognised,    State::recording,      Action::record},
    Row{State::awaiting_other, Event::needs_other,   State::awaiting_other, Action::ask_for_other},
    Row{State::awaiting_other, Event::ambiguous,     State::awaiting_other, Action::refuse},
    Row{State::awaiting_other, Event::unknown,       State::awaiting_other, Action::refuse},
    Row{State::awaiting_other, Event::poor,          State::awaiting_other, Action::refuse},

    Row{State::recording,      Event::stored,        State::settled,        Action::show_success},
    Row{State::recording,      Event::store_failed,  State::recording,      Action::show_failure},

    Row{State::settled,        Event::nobody,        State::idle,           Action::forget},
    Row{State::settled,        Event::another_face,  State::seeing,         Action::begin},

    Row{State::barred,         Event::nobody,        State::idle,           Action::forget},
    Row{State::barred,         Event::another_face,  State::seeing,         Action::begin},
};
// clang-format on

/// The row, or nullptr: the event means nothing in this state.
constexpr const Row *find_row(State from, Event event) {
    for (const auto &row : kTable) {
        if (row.from == from && row.event == event) {
            return &row;
        }
    }
    return nullptr;
}

/// Walks the table.
class Attempt {
public:
    State state() const { return state_; }
    /// The action to take; `none` also for an event without a row, which changes nothing.
    Action apply(Event event) {
        const auto *row = find_row(state_, event);
        if (row == nullptr) {
            return Action::none;
        }
        state_ = row->to;
        return row->action;
    }

private:
    State state_ = State::idle;
};

} // namespace xueshi::checkin
