#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "firmware/core/base/json.hpp"

namespace xueshi::xueshictl {

/// Where the terminal is.
struct Places {
    std::filesystem::path socket = "/run/xueshi/control.sock";
    std::filesystem::path state = "/var/lib/xueshi/terminal";
    std::filesystem::path sync = "/var/lib/xueshi/sync";
};

/// Whom an order is about.
struct Whom {
    std::string trainee;        ///< roster number or person id
    std::string training_class; ///< empty: the number is unique on the terminal
};
json::Object to_arguments(const Whom &whom);

/// Each command prints what it does and returns; an error is one sentence for the operator.
Expected<void> show_status(const Places &places, bool as_json);

/// Prints what may be handed on to find a fault, as JSON.
Expected<void> show_diagnostics(const Places &places);

struct FaceOrder {
    Whom whom;                               ///< without trainee: one subfolder of `from` a roster number
    std::vector<std::filesystem::path> from; ///< photographs or a folder of them; empty with `camera`
    bool camera = false;
    std::filesystem::path document;     ///< portrait of the identity document; empty: the file document.* in a folder
    std::vector<std::string> witnesses; ///< roster numbers or person ids
    bool any_pose = false;
    bool consent = false; ///< to this factor; other purposes by the command consent
    bool allow_similar = false;
};
Expected<void> enrol_faces(const Places &places, const FaceOrder &order);

struct FingerOrder {
    Whom whom;
    std::string finger = "right_index";
    bool consent = false;
    bool allow_similar = false;
};
Expected<void> enrol_finger(const Places &places, const FingerOrder &order);

/// `finger` empty: all templates, and all consents withdrawn.
Expected<void> erase(const Places &places, const Whom &whom, const std::string &reason, const std::string &finger = {});

struct VerifyOrder {
    std::filesystem::path journal;      ///< empty: the terminal's
    std::filesystem::path receipt;      ///< empty: what syncd has in acked.json, if anything
    std::filesystem::path registry_key; ///< that signed the receipt; empty: the one syncd pinned
    std::int64_t time_of = 0;           ///< also say when this event happened by the registry's clock; 0: of none
    std::filesystem::path key;          ///< the device's public key; empty: the one in the journal
};
/// The error names the first seq that does not hold.
Expected<void> verify(const Places &places, const VerifyOrder &order = {});
/// Writes journal.salvaged.db, which terminald takes over when it starts.
Expected<void> salvage(const Places &places, const std::filesystem::path &key);
Expected<void> export_events(const Places &places, const std::filesystem::path &file, std::int64_t after);

} // namespace xueshi::xueshictl
