#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "firmware/core/base/log.hpp"
#include "firmware/xueshictl/commands.hpp"

namespace {

using namespace xueshi;
using namespace xueshi::xueshictl;

constexpr const char *kExamples = R"(Examples:
  xueshictl status
  xueshictl enrol --from photographs/ --consent            (subfolders named by roster number)
  xueshictl enrol face --trainee 12 --from 12.jpg --consent
  xueshictl enrol finger --trainee 12 --finger right_index --consent
  xueshictl erase --trainee 12 --reason "consent withdrawn"
  xueshictl verify --receipt receipt.json --registry-key registry_key.pem
  xueshictl salvage
  xueshictl export /media/stick/events.jsonl
)";

/// Everything the command line can say.
struct Arguments {
    Places places;
    bool as_json = false;
    FaceOrder face;
    FingerOrder finger;
    Whom whom;
    std::string reason;
    std::filesystem::path file;
    std::int64_t after = 0;
    VerifyOrder verify;
};

void add_face_options(CLI::App *command, FaceOrder &order) {
    command->add_option("--trainee", order.whom.trainee, "roster number or person id");
    command->add_option("--class", order.whom.training_class, "class id, when the number is not unique");
    command->add_option("--from", order.from, "photographs, or a folder of them");
    command->add_flag("--camera", order.camera, "take the pictures with the terminal's camera");
    command->add_flag("--consent", order.consent, "the trainee gave separate consent to the text shown");
    command->add_flag("--allow-similar", order.allow_similar, "another person looks alike (twins): journaled");
}

void add_finger_options(CLI::App *command, FingerOrder &order) {
    command->add_option("--trainee", order.whom.trainee, "roster number or person id")->required();
    command->add_option("--class", order.whom.training_class, "class id, when the number is not unique");
    command->add_option("--finger", order.finger, "right_index, left_thumb, ...")->capture_default_str();
    command->add_flag("--consent", order.consent, "the trainee gave separate consent to the text shown");
    command->add_flag("--allow-similar", order.allow_similar, "another person's finger is alike: journaled");
}

void add_journal_commands(CLI::App &app, Arguments &a, std::function<Expected<void>()> &chosen) {
    auto *verify = app.add_subcommand("verify", "check every event, link and signature of the journal");
    verify->add_option("--journal", a.verify.journal, "another journal.db than the terminal's");
    verify->add_option("--receipt", a.verify.receipt, "the registry's receipt, or acked.json; as syncd has it");
    verify->add_option("--registry-key", a.verify.registry_key,
                       "public key that signed the receipt; as syncd pinned it");
    verify->add_option("--key", a.verify.key, "the device's public key; as in the journal");
    verify->callback([&] { chosen = [&] { return xueshictl::verify(a.places, a.verify); }; });

    auto *salvage = app.add_subcommand("salvage", "save every whole event of a damaged journal (terminald stopped)");
    salvage->add_option("--key", a.verify.key, "the device's public key; as in the journal");
    salvage->callback([&] { chosen = [&] { return xueshictl::salvage(a.places, a.verify.key); }; });

    auto *save = app.add_subcommand("export", "write signed events to a file, to be carried to the registry");
    save->add_option("file", a.file, "the new file")->required();
    save->add_option("--after", a.after, "only events after this seq")->check(CLI::NonNegativeNumber);
    save->callback([&] { chosen = [&] { return export_events(a.places, a.file, a.after); }; });
}

/// Declares all commands; the one chosen is run by `chosen`.
void declare(CLI::App &app, Arguments &arguments, std::function<Expected<void>()> &chosen) {
    auto &a = arguments;
    app.add_option("--socket", a.places.socket, "terminald's control socket")->capture_default_str();
    app.add_option("--state", a.places.state, "terminald's directory")->capture_default_str();
    app.add_option("--sync", a.places.sync, "syncd's directory")->capture_default_str();
    app.require_subcommand(1);

    auto *status = app.add_subcommand("status", "what the terminal does now");
    status->add_flag("--json", a.as_json, "as JSON");
    status->callback([&] { chosen = [&] { return show_status(a.places, a.as_json); }; });

    auto *enrol = app.add_subcommand("enrol", "take faces or fingers, with consent");
    enrol->require_subcommand(0, 1);
    add_face_options(enrol, a.face);
    auto *face = enrol->add_subcommand("face", "a face, from photographs or the camera");
    add_face_options(face, a.face);
    auto *finger = enrol->add_subcommand("finger", "a finger, with the terminal's reader");
    add_finger_options(finger, a.finger);
    enrol->callback([&, finger] {
        chosen = [&, finger] {
            return finger->parsed() ? enrol_finger(a.places, a.finger) : enrol_faces(a.places, a.face);
        };
    });

    auto *erase = app.add_subcommand("erase", "consent withdrawn: erase all templates of a person");
    erase->add_option("--trainee", a.whom.trainee, "roster number or person id")->required();
    erase->add_option("--class", a.whom.training_class, "class id, when the number is not unique");
    erase->add_option("--reason", a.reason, "goes into the journal; no names")->required();
    erase->callback([&] { chosen = [&] { return xueshictl::erase(a.places, a.whom, a.reason); }; });

    add_journal_commands(app, a, chosen);
}

} // namespace

int main(int argc, char **argv) {
    CLI::App app("Looks after an attendance terminal, on the device.", "xueshictl");
    app.footer(kExamples);
    app.set_version_flag("--version", XUESHI_VERSION);
    Arguments arguments;
    std::function<Expected<void>()> chosen;
    declare(app, arguments, chosen);
    CLI11_PARSE(app, argc, argv);
    xueshi::log::start("xueshictl", "error");
    if (const auto done = chosen(); !done) {
        fmt::print(stderr, "xueshictl: {}\n", done.error().message);
        return 1;
    }
    return 0;
}
