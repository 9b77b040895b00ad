#pragma once

#include <optional>
#include <string_view>

namespace xueshi::kiosk {

/// Who stands at the screen. Each may do what those before it may.
enum class Role {
    trainee, ///< anybody: no login
    teacher,
    admin,
};
std::string_view to_string(Role role);
std::optional<Role> parse_role(std::string_view text);

/// Whether it may be ordered from the local network: what administers, and nothing that says somebody is in the room.
bool is_for_lan(std::string_view verb);

/// Whether it only asks or speaks, which a page does by itself too: no sign that somebody is there.
bool comes_by_itself(std::string_view verb);

/// The least role for a verb; nothing: the kiosk does not know the verb.
std::optional<Role> role_for(std::string_view verb);

} // namespace xueshi::kiosk
