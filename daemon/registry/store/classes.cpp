#include "daemon/registry/store/classes.hpp"

#include <stdexcept>

#include <soci/soci.h>

namespace xueshi::registry::store {

using soci::into;
using soci::use;
using training::ClassHour;
using training::Lesson;
using training::TrainingClass;

void save_institution(Session &session, const Institution &institution) {
    session.sql << "INSERT INTO institution (institution, name, region, last_position)"
                   " VALUES (:institution, :name, :region, 0) ON CONFLICT (institution)"
                   " DO UPDATE SET name = excluded.name, region = excluded.region",
        use(institution.id.str()), use(institution.name), use(institution.region);
}

std::optional<Institution> find_institution(Session &session, const InstitutionId &id) {
    Institution found;
    found.id = id;
    session.sql << "SELECT name, region FROM institution WHERE institution = :institution", use(id.str()),
        into(found.name), into(found.region);
    return session.sql.got_data() ? std::optional(std::move(found)) : std::nullopt;
}

std::vector<Institution> institutions(Session &session) {
    std::string id, name, region;
    soci::statement rows = (session.sql.prepare << "SELECT institution, name, region FROM institution"
                                                   " ORDER BY institution",
                            into(id), into(name), into(region));
    std::vector<Institution> found;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        found.push_back(Institution{InstitutionId(id), name, region});
    }
    return found;
}

namespace {

/// One text column of many rows.
template <typename Id, typename... Arguments>
std::vector<Id> ids(Session &session, const std::string &query, const Arguments &...arguments) {
    std::string id;
    soci::statement rows(session.sql);
    rows.exchange(into(id));
    (rows.exchange(use(arguments)), ...);
    rows.alloc();
    rows.prepare(query);
    rows.define_and_bind();
    std::vector<Id> found;
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        found.emplace_back(id);
    }
    return found;
}

} // namespace

std::int64_t take_positions(Session &session, const InstitutionId &id, std::int64_t count) {
    session.sql << "UPDATE institution SET last_position = last_position + :count WHERE institution = :institution",
        use(count), use(id.str());
    std::int64_t last = 0;
    session.sql << "SELECT last_position FROM institution WHERE institution = :institution", use(id.str()), into(last);
    if (!session.sql.got_data()) {
        throw std::runtime_error("no such institution: " + id.str());
    }
    return last - count + 1;
}

std::optional<PersonId> person_by_id_number(Session &session, const InstitutionId &id, const std::string &id_number) {
    std::string person;
    session.sql << "SELECT person_id FROM person WHERE institution = :institution AND id_number = :id_number",
        use(id.str()), use(id_number), into(person);
    return session.sql.got_data() ? std::optional(PersonId(person)) : std::nullopt;
}

std::optional<std::string> person_name(Session &session, const InstitutionId &id, const PersonId &person) {
    std::string name;
    session.sql << "SELECT name FROM person WHERE institution = :institution AND person_id = :person_id", use(id.str()),
        use(person.str()), into(name);
    return session.sql.got_data() ? std::optional(name) : std::nullopt;
}

namespace {

constexpr std::int64_t kFirstVersion = 1;

void add_lesson(Session &session, const TrainingClass &in, const Lesson &lesson, std::int64_t place) {
    session.sql << "INSERT INTO lesson (institution, class_id, version, lesson_id, place, title, teacher, room)"
                   " VALUES (:institution, :class_id, :version, :lesson_id, :place, :title, :teacher, :room)",
        use(in.institution.str()), use(in.id.str()), use(kFirstVersion), use(lesson.id.str()), use(place),
        use(lesson.title), use(lesson.teacher), use(lesson.room.str());
    std::int64_t hour_place = 0;
    for (const ClassHour &hour : lesson.hours) {
        session.sql << "INSERT INTO class_hour (institution, class_id, version, lesson_id, place, start_ms, end_ms)"
                       " VALUES (:institution, :class_id, :version, :lesson_id, :place, :start_ms, :end_ms)",
            use(in.institution.str()), use(in.id.str()), use(kFirstVersion), use(lesson.id.str()), use(hour_place),
            use(hour.start_ms), use(hour.end_ms);
        ++hour_place;
    }
}

void add_member(Session &session, const TrainingClass &in, const training::Trainee &trainee,
                const std::string &id_number, std::int64_t place) {
    session.sql << "INSERT INTO person (institution, person_id, name, id_number)"
                   " VALUES (:institution, :person_id, :name, :id_number)"
                   " ON CONFLICT (institution, person_id) DO UPDATE SET name = excluded.name",
        use(in.institution.str()), use(trainee.id.str()), use(trainee.name), use(id_number);
    session.sql << "INSERT INTO roster_member (institution, class_id, person_id, number, place)"
                   " VALUES (:institution, :class_id, :person_id, :number, :place)",
        use(in.institution.str()), use(in.id.str()), use(trainee.id.str()), use(trainee.number), use(place);
}

void add_head(Session &session, const TrainingClass &in, std::int64_t filed_ms) {
    const std::string factor(to_string(in.policy.factor));
    session.sql << "INSERT INTO training_class (institution, class_id, version, name, approval_number,"
                   " confidential_document, opens_before_ms, closes_after_ms, cooldown_ms, tolerance_numerator,"
                   " tolerance_denominator, factor, filed_ms)"
                   " VALUES (:institution, :class_id, :version, :name, :approval_number,"
                   " :confidential_document, :opens_before_ms, :closes_after_ms, :cooldown_ms, :tolerance_numerator,"
                   " :tolerance_denominator, :factor, :filed_ms)",
        use(in.institution.str()), use(in.id.str()), use(kFirstVersion), use(in.name), use(in.approval_number),
        use(in.confidential_document), use(in.policy.opens_before_ms), use(in.policy.closes_after_ms),
        use(in.policy.cooldown_ms), use(in.policy.tolerance_numerator), use(in.policy.tolerance_denominator),
        use(factor), use(filed_ms);
}

} // namespace

void add_class(Session &session, const TrainingClass &training_class, const std::map<PersonId, std::string> &id_numbers,
               std::int64_t filed_ms) {
    add_head(session, training_class, filed_ms);
    std::int64_t place = 0;
    for (const Lesson &lesson : training_class.lessons) {
        add_lesson(session, training_class, lesson, place++);
    }
    place = 0;
    for (const training::Trainee &trainee : training_class.trainees) {
        const auto id_number = id_numbers.find(trainee.id);
        add_member(session, training_class, trainee, id_number == id_numbers.end() ? "" : id_number->second, place++);
    }
}

namespace {

std::optional<std::int64_t> read_head(Session &session, TrainingClass &into_class) {
    std::string name, approval_number, confidential_document, factor;
    std::int64_t version = 0;
    training::Policy policy;
    session.sql << "SELECT version, name, approval_number, confidential_document, opens_before_ms, closes_after_ms, "
                   "cooldown_ms,"
                   " tolerance_numerator, tolerance_denominator, factor FROM training_class"
                   " WHERE institution = :institution AND class_id = :class_id ORDER BY version DESC LIMIT 1",
        use(into_class.institution.str()), use(into_class.id.str()), into(version), into(name), into(approval_number),
        into(confidential_document), into(policy.opens_before_ms), into(policy.closes_after_ms),
        into(policy.cooldown_ms), into(policy.tolerance_numerator), into(policy.tolerance_denominator), into(factor);
    if (!session.sql.got_data()) {
        return std::nullopt;
    }
    const auto known = training::parse_factor(factor);
    if (!known) {
        throw std::runtime_error(known.error().message);
    }
    policy.factor = *known;
    into_class.name = name;
    into_class.approval_number = approval_number;
    into_class.confidential_document = confidential_document;
    into_class.policy = policy;
    return version;
}

void read_lessons(Session &session, TrainingClass &into_class, std::int64_t version) {
    std::string id, title, teacher, room;
    ClassHour hour;
    soci::statement rows =
        (session.sql.prepare << "SELECT l.lesson_id, l.title, l.teacher, l.room, h.start_ms, h.end_ms"
                                " FROM lesson l JOIN class_hour h ON h.institution = l.institution"
                                " AND h.class_id = l.class_id AND h.version = l.version AND h.lesson_id = l.lesson_id"
                                " WHERE l.institution = :institution AND l.class_id = :class_id"
                                " AND l.version = :version ORDER BY l.place, h.place",
         use(into_class.institution.str()), use(into_class.id.str()), use(version), into(id), into(title),
         into(teacher), into(room), into(hour.start_ms), into(hour.end_ms));
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        if (into_class.lessons.empty() || into_class.lessons.back().id.str() != id) {
            Lesson lesson;
            lesson.id = LessonId(id);
            lesson.title = title;
            lesson.teacher = teacher;
            lesson.room = RoomId(room);
            into_class.lessons.push_back(std::move(lesson));
        }
        into_class.lessons.back().hours.push_back(hour);
    }
}

void read_members(Session &session, TrainingClass &into_class) {
    std::string id, number, name;
    soci::statement rows =
        (session.sql.prepare << "SELECT m.person_id, m.number, p.name FROM roster_member m JOIN person p"
                                " ON p.institution = m.institution AND p.person_id = m.person_id"
                                " WHERE m.institution = :institution AND m.class_id = :class_id ORDER BY m.place",
         use(into_class.institution.str()), use(into_class.id.str()), into(id), into(number), into(name));
    for (bool more = rows.execute(true); more; more = rows.fetch()) {
        training::Trainee trainee;
        trainee.id = PersonId(id);
        trainee.number = number;
        trainee.name = name;
        into_class.trainees.push_back(std::move(trainee));
    }
}

} // namespace

std::optional<TrainingClass> find_class(Session &session, const InstitutionId &institution, const ClassId &id) {
    TrainingClass found;
    found.institution = institution;
    found.id = id;
    const auto version = read_head(session, found);
    if (!version) {
        return std::nullopt;
    }
    read_lessons(session, found, *version);
    read_members(session, found);
    return found;
}

std::vector<ClassId> classes_of(Session &session, const InstitutionId &institution) {
    return ids<ClassId>(session,
                        "SELECT DISTINCT class_id FROM training_class WHERE institution = :institution"
                        " ORDER BY class_id",
                        institution.str());
}

std::vector<ClassId> classes_in_room(Session &session, const InstitutionId &institution, const RoomId &room) {
    return ids<ClassId>(session,
                        "SELECT DISTINCT class_id FROM lesson WHERE institution = :institution AND room = :room"
                        " ORDER BY class_id",
                        institution.str(), room.str());
}

std::vector<ClassId> classes_of_person(Session &session, const InstitutionId &institution, const PersonId &person) {
    return ids<ClassId>(session,
                        "SELECT class_id FROM roster_member WHERE institution = :institution"
                        " AND person_id = :person_id ORDER BY class_id",
                        institution.str(), person.str());
}

} // namespace xueshi::registry::store
