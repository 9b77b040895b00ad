#include "daemon/registry/filing/filing.hpp"

#include "daemon/registry/filing/plan.hpp"
#include "daemon/registry/filing/roster_file.hpp"

namespace xueshi::registry::filing {

Expected<FiledClass> read_class(std::string_view plan_toml, std::string_view roster_csv, std::int64_t now_ms) {
    auto plan = read_plan(plan_toml);
    if (!plan) {
        return fail(plan, "plan");
    }
    const training::TrainingClass &planned = plan->training_class;
    auto rows =
        read_roster(roster_csv, {!planned.approval_number.empty(), !planned.confidential_document.empty()}, now_ms);
    if (!rows) {
        return fail(rows, "roster");
    }
    FiledClass filed{std::move(plan->institution), std::move(plan->training_class), std::move(*rows)};
    for (const auto &row : filed.rows) {
        const std::string &shown = row.name.empty() ? row.number : row.name;
        filed.training_class.trainees.push_back({PersonId(Uuid::v4().str()), row.number, shown});
    }
    if (const auto sound = training::check(filed.training_class); !sound) {
        return fail(sound, "plan");
    }
    return filed;
}

} // namespace xueshi::registry::filing
