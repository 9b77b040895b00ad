#include "firmware/control/arguments.hpp"

namespace xueshi::control {

Expected<void> expect_nothing(const json::Object &arguments) {
    const json::Value value(arguments);
    json::ObjectReader reader(value, "arguments");
    return reader.finish();
}

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
