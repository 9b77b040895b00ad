#include "firmware/control/arguments.hpp"

namespace xueshi::control {

checkin::Subject read_subject(json::ObjectReader &reader) {
    checkin::Subject subject;
    subject.person = PersonId(reader.optional_string("person", kMaxId).value_or(""));
    subject.training_class = ClassId(reader.optional_string("class", kMaxId).value_or(""));
    subject.number = reader.optional_string("number", kMaxId).value_or("");
    if (subject.person.empty() == subject.number.empty()) {
        reader.error("person", "either person or number says who");
    }
    return subject;
}

} // namespace xueshi::control
