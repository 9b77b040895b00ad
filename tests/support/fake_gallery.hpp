#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "firmware/gallery/gallery.hpp"

namespace xueshi::test {

/// A gallery in memory.
class FakeGallery final : public gallery::Gallery {
public:
    Expected<void> replace(const PersonId &person, const std::string &factor, const std::string &finger,
                           const std::vector<gallery::StoredTemplate> &added) override {
        remove([&](const auto &stored) {
            return stored.person == person && stored.factor == factor && stored.finger == finger;
        });
        templates.insert(templates.end(), added.begin(), added.end());
        return {};
    }
    Expected<std::vector<gallery::StoredTemplate>> list(const std::string &factor) override {
        std::vector<gallery::StoredTemplate> found;
        std::copy_if(templates.begin(), templates.end(), std::back_inserter(found),
                     [&](const auto &stored) { return stored.factor == factor; });
        return found;
    }
    Expected<std::int64_t> owe(const gallery::StoredTemplate &print) override {
        debts.push_back(print);
        debts.back().number = ++last_debt_;
        debts.back().factor = "finger";
        debts.back().in_reader = true;
        return last_debt_;
    }
    Expected<void> keep(std::int64_t debt) override {
        const auto found = std::ranges::find(debts, debt, &gallery::StoredTemplate::number);
        if (found == debts.end()) {
            return fail(ErrorCode::not_found, "no such debt");
        }
        const auto print = *found;
        debts.erase(found);
        return replace(print.person, "finger", print.finger, {print});
    }
    Expected<std::vector<gallery::StoredTemplate>> owed(const std::string &model) override {
        std::vector<gallery::StoredTemplate> found;
        std::copy_if(debts.begin(), debts.end(), std::back_inserter(found),
                     [&](const auto &debt) { return model.empty() || debt.model == model; });
        return found;
    }
    Expected<void> settle(std::int64_t debt) override {
        std::erase_if(debts, [&](const auto &owed) { return owed.number == debt; });
        return {};
    }
    Expected<std::vector<gallery::StoredTemplate>> load(const std::string &factor, const std::string &model) override {
        if (load_error) {
            return tl::unexpected<Error>(*load_error);
        }
        std::vector<gallery::StoredTemplate> found;
        std::copy_if(templates.begin(), templates.end(), std::back_inserter(found),
                     [&](const auto &stored) { return stored.factor == factor && stored.model == model; });
        return found;
    }
    Expected<std::vector<PersonId>> outdated(const std::string &factor, const std::string &model) override {
        std::set<PersonId> old, current;
        for (const auto &stored : templates) {
            if (stored.factor == factor) {
                (stored.model == model ? current : old).insert(stored.person);
            }
        }
        std::erase_if(old, [&](const PersonId &person) { return current.contains(person); });
        return std::vector<PersonId>(old.begin(), old.end());
    }
    Expected<void> erase(const PersonId &person, const std::string &factor) override {
        remove([&](const auto &stored) { return stored.person == person && stored.factor == factor; });
        return {};
    }
    Expected<void> erase(const PersonId &person) override {
        remove([&](const auto &stored) { return stored.person == person; });
        return {};
    }
    Expected<std::vector<PersonId>> people_with_wrong(const Right &right) override {
        std::set<PersonId> people;
        for (const auto &stored : templates) {
            if (!right(stored)) {
                people.insert(stored.person);
            }
        }
        return std::vector<PersonId>(people.begin(), people.end());
    }
    Expected<void> withdraw(const gallery::Ledger &) override { return {}; }
    Expected<std::vector<gallery::Term>> terms() override {
        auto known = remembered;
        for (const auto &stored : templates) {
            auto &term = known[stored.person];
            term.person = stored.person;
            term.has_templates = true;
        }
        std::vector<gallery::Term> found;
        for (const auto &[person, term] : known) {
            found.push_back(term);
        }
        return found;
    }
    Expected<void> set_terms(const std::map<PersonId, std::int64_t> &since_ms) override {
        for (const auto &[person, since] : since_ms) {
            remembered[person].person = person;
            remembered[person].since_ms = since;
        }
        return {};
    }
    Expected<void> end_term(const PersonId &person) override {
        if (end_error) {
            return tl::unexpected<Error>(*end_error);
        }
        remembered[person].person = person;
        remembered[person].ended = true;
        consents.erase({person, "face"});
        consents.erase({person, "finger"});
        return erase(person);
    }
    Expected<void> forget_term(const PersonId &person) override {
        remembered.erase(person);
        return {};
    }
    Expected<void> set_consent(const PersonId &person, const std::string &purpose, bool given) override {
        given ? (void)consents.insert({person, purpose}) : (void)consents.erase({person, purpose});
        return {};
    }
    Expected<bool> has_consent(const PersonId &person, const std::string &purpose) override {
        return consents.contains({person, purpose});
    }

    std::vector<gallery::StoredTemplate> templates, debts;
    std::set<std::pair<PersonId, std::string>> consents;
    std::map<PersonId, gallery::Term> remembered; ///< has_templates is not kept up
    std::optional<Error> load_error, end_error;

private:
    template <typename Which>
    void remove(Which which) {
        for (const auto &stored : templates) {
            if (which(stored) && stored.in_reader) {
                (void)owe(stored);
            }
        }
        std::erase_if(templates, which);
    }
    std::int64_t last_debt_ = 0;
};

} // namespace xueshi::test
