#include <array>
#include <set>
#include <utility>

#include <doctest/doctest.h>

#include "firmware/checkin/table.hpp"

using namespace xueshi::checkin;

TEST_CASE("checkin table: no two rows for one state and event") {
    std::set<std::pair<State, Event>> seen;
    for (const auto &row : kTable) {
        CHECK(seen.insert({row.from, row.event}).second);
    }
}

TEST_CASE("checkin table: every state is reached from idle, and every state leads back to idle") {
    constexpr std::array kStates{State::idle,           State::seeing,    State::crowded, State::challenged,
                                 State::awaiting_other, State::recording, State::settled, State::barred};
    const auto reaches = [](State from) {
        std::set<State> reached{from};
        for (bool grown = true; grown;) {
            grown = false;
            for (const auto &row : kTable) {
                grown |= reached.contains(row.from) && reached.insert(row.to).second;
            }
        }
        return reached;
    };
    CHECK(reaches(State::idle).size() == kStates.size());
    for (const auto state : kStates) {
        CHECK(reaches(state).contains(State::idle));
    }
}

TEST_CASE("checkin table: the screen says success only when the append returned") {
    for (const auto &row : kTable) {
        if (row.action == Action::show_success) {
            CHECK(row.from == State::recording);
            CHECK(row.event == Event::stored);
        }
        if (row.from == State::recording) {
            CHECK((row.event == Event::stored || row.event == Event::store_failed));
        }
    }
}

TEST_CASE("checkin table: recording begins only from a recognition") {
    for (const auto &row : kTable) {
        if (row.to == State::recording && row.from != State::recording) {
            CHECK(row.event == Event::recognised);
            CHECK(row.action == Action::record);
        }
    }
}

TEST_CASE("checkin table: an event without a row changes nothing") {
    Attempt attempt;
    CHECK(attempt.apply(Event::stored) == Action::none);
    CHECK(attempt.state() == State::idle);
}

TEST_CASE("checkin table: a walk from a face to a punch and on to the next person") {
    Attempt attempt;
    CHECK(attempt.apply(Event::one_face) == Action::begin);
    CHECK(attempt.apply(Event::recognised) == Action::record);
    CHECK(attempt.apply(Event::store_failed) == Action::show_failure);
    CHECK(attempt.apply(Event::another_face) == Action::none);
    CHECK(attempt.apply(Event::stored) == Action::show_success);
    CHECK(attempt.apply(Event::one_face) == Action::none);
    CHECK(attempt.apply(Event::another_face) == Action::begin);
    CHECK(attempt.state() == State::seeing);
}
