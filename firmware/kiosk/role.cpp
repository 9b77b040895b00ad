#include "firmware/kiosk/role.hpp"

#include <algorithm>
#include <array>

namespace xueshi::kiosk {

namespace {

struct Permission {
    std::string_view verb;
    Role role;
};

// What control has and the kiosk has not: the verbs of xueshi-syncd and of root.
constexpr std::array kPermissions{
    Permission{"login", Role::trainee},
    Permission{"logout", Role::trainee},
    Permission{"cancel", Role::trainee},
    Permission{"claim", Role::trainee},
    Permission{"first_pin", Role::trainee},
    Permission{"receipt", Role::trainee},
    Permission{"consent_texts", Role::trainee},
    Permission{"names", Role::trainee},
    Permission{"say", Role::trainee},
    Permission{"not_said", Role::trainee},
    Permission{"lesson", Role::teacher},
    Permission{"claims", Role::teacher},
    Permission{"plan", Role::teacher},
    Permission{"pick_lesson", Role::teacher},
    Permission{"manual_punch", Role::teacher},
    Permission{"changes", Role::teacher},
    Permission{"request_change", Role::teacher},
    Permission{"accommodate", Role::teacher},
    Permission{"people", Role::admin},
    Permission{"consent", Role::admin},
    Permission{"photograph_document", Role::admin},
    Permission{"enrol_face", Role::admin},
    Permission{"enrol_finger", Role::admin},
    Permission{"erase", Role::admin},
    Permission{"status", Role::admin},
    Permission{"diagnostics", Role::admin},
};

constexpr std::array<std::string_view, 9> kForLan{"logout",       "consent_texts", "people", "consent",    "enrol_face",
                                                  "enrol_finger", "erase",         "status", "diagnostics"};

constexpr std::array<std::string_view, 10> kByItself{"consent_texts", "names",  "lesson", "claims", "plan",
                                                     "changes",       "people", "status", "say",    "not_said"};

} // namespace

bool comes_by_itself(std::string_view verb) {
    return std::ranges::find(kByItself, verb) != kByItself.end();
}

bool is_for_lan(std::string_view verb) {
    return std::ranges::find(kForLan, verb) != kForLan.end();
}

std::string_view to_string(Role role) {
    switch (role) {
    case Role::trainee:
        return "trainee";
    case Role::teacher:
        return "teacher";
    case Role::admin:
        return "admin";
    }
    return "trainee";
}

std::optional<Role> parse_role(std::string_view text) {
    for (const auto role : {Role::trainee, Role::teacher, Role::admin}) {
        if (text == to_string(role)) {
            return role;
        }
    }
    return std::nullopt;
}

std::optional<Role> role_for(std::string_view verb) {
    const auto *found = std::ranges::find(kPermissions, verb, &Permission::verb);
    return found == kPermissions.end() ? std::nullopt : std::optional(found->role);
}

} // namespace xueshi::kiosk
