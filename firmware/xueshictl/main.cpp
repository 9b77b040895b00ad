#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "firmware/core/base/log.hpp"
#include "firmware/xueshictl/claims.hpp"
#include "firmware/xueshictl/commands.hpp"
#include "firmware/xueshictl/consent.hpp"
#include "firmware/xueshictl/kiosk_pin.hpp"
#include "firmware/xueshictl/stick_export.hpp"

namespace {

using namespace xueshi;
using namespace xueshi::xueshictl;

constexpr const char *kExamples = R"(Examples:
  xueshictl status
  xueshictl diagnostics > report.json     (to find a fault: versions, devices, storage, network; no people)
  xueshictl enrol face --trainee 12 --camera --document id.jpg --witness 3 --witness 7 --consent
  xueshictl enrol --from photographs/ --witness 3 --witness 7 --consent
                                          (subfolders named by roster number, in each a document.jpg)
  xueshictl enrol finger --trainee 12 --finger right_index --consent
  xueshictl consent --trainee 12 --purpose clips_leave_device --language ko
  xueshictl claim --trainee 12
  xueshictl punch --trainee 12 --reason "hand in plaster"
  xueshictl accommodate --trainee 12 --instead finger --reason "face bandaged"
  xueshictl erase --trainee 12 --reason "consent withdrawn"
  xueshictl erase --trainee 12 --finger left_index --reason "injured"
  xueshictl kiosk-pin teacher
  xueshictl verify --receipt receipt.json --registry-key registry_key.pem
  xueshictl salvage
  xueshictl export /media/stick           (what the registry lacks, sealed for it)
  xueshictl import /media/stick           (the registry's answer, brought back)
  xueshictl export --plain events.jsonl   (signed events for an auditor, readable)
)";

/// Everything the command line can say.
struct Arguments {
    Places places;
    bool as_json = false;
    FaceOrder face;
    FingerOrder finger;
    ConsentOrder consent;
    bool list_texts = false;
    Whom whom;
    std::string reason, note, instead, role;
    bool end = false;
    std::filesystem::path file;
    std::int64_t after = 0;
    bool all = false, plain = false;
    VerifyOrder verify;
};

void add_face_options(CLI::App *command, FaceOrder &order) {
    command->add_option("--trainee", order.whom.trainee, "roster number or person id");
    command->add_option("--class", order.whom.training_class, "class id, when the number is not unique");
    command->add_option("--from", order.from, "photographs, or a folder of them");
    command->add_flag("--camera", order.camera, "take the pictures with the terminal's camera");
    command->add_option("--document", order.document, "portrait of the identity document: compared once, never kept");
    command->add_option("--witness", order.witnesses, "roster number or person id of who saw person and document");
    command->add_flag("--any-pose", order.any_pose, "for somebody who cannot turn the head");
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
    verify->add_option("--time-of", a.verify.time_of,
                       "also say when this event (seq) happened by the registry's clock");
    verify->add_option("--key", a.verify.key, "the device's public key; as in the journal");
    verify->callback([&] { chosen = [&] { return xueshictl::verify(a.places, a.verify); }; });

    auto *salvage = app.add_subcommand("salvage", "save every whole event of a damaged journal (terminald stopped)");
    salvage->add_option("--key", a.verify.key, "the device's public key; as in the journal");
    salvage->callback([&] { chosen = [&] { return xueshictl::salvage(a.places, a.verify.key); }; });

    auto *save = app.add_subcommand("export", "write events and clips onto a stick, to be carried to the registry");
    save->add_option("to", a.file, "the stick's folder; with --plain the new file")->required();
    auto *all = save->add_flag("--all", a.all, "also what the registry has already");
    auto *plain = save->add_flag("--plain", a.plain, "events only, not sealed: for who checks the journal himself");
    save->add_option("--after", a.after, "only events after this seq")->check(CLI::NonNegativeNumber)->needs(plain);
    plain->excludes(all);
    save->callback([&] {
        chosen = [&] {
            return a.plain ? export_events(a.places, a.file, a.after) : export_to_stick(a.places, a.file, a.all);
        };
    });
    auto *answer = app.add_subcommand("import", "take in the registry's answer from a stick");
    answer->add_option("stick", a.file, "the stick's folder")->required();
    answer->callback([&] { chosen = [&] { return import_answer(a.places, a.file); }; });
}

void add_whom(CLI::App *command, Whom &whom) {
    command->add_option("--trainee", whom.trainee, "roster number or person id")->required();
    command->add_option("--class", whom.training_class, "class id, when the number is not unique");
}

void declare_consent(CLI::App &app, Arguments &a, std::function<Expected<void>()> &chosen) {
    auto *command = app.add_subcommand("consent", "what a person agreed to, each purpose alone; or withdraws");
    command->add_option("--trainee", a.consent.whom.trainee, "roster number or person id");
    command->add_option("--class", a.consent.whom.training_class, "class id, when the number is not unique");
    command->add_option("--purpose", a.consent.purposes, "face, finger, clips_leave_device, passed_to_bureau");
    command->add_option("--language", a.consent.language, "zh-CN, en, ko")->capture_default_str();
    command->add_flag("--under-14", a.consent.under_14, "a child: then a guardian consents");
    command->add_option("--guardian", a.consent.guardian, "mother, father or other_guardian");
    command->add_flag("--withdraw", a.consent.withdraw, "withdrawn: what rested on it is erased");
    command->add_flag("--list", a.list_texts, "show all texts");
    command->callback([&] {
        if (!a.list_texts && (a.consent.whom.trainee.empty() || a.consent.purposes.empty())) {
            throw CLI::ValidationError("consent", "--trainee and --purpose are needed, or --list");
        }
        chosen = [&] { return a.list_texts ? list_consent_texts(a.places) : consent(a.places, a.consent); };
    });
}

/// For whoever is there and not recognised.
void declare_claims(CLI::App &app, Arguments &a, std::function<Expected<void>()> &chosen) {
    auto *claimed =
        app.add_subcommand("claim", "\"I am here and was not recognised\": pending until the bureau decides");
    add_whom(claimed, a.whom);
    claimed->add_option("--reason", a.reason, "not_recognised, device_down, injury or other");
    claimed->add_option("--note", a.note, "no names");
    claimed->callback([&] {
        chosen = [&] { return claim(a.places, a.whom, a.reason.empty() ? "not_recognised" : a.reason, a.note); };
    });
    auto *punched = app.add_subcommand("punch", "a supervised punch; the bureau is shown it");
    add_whom(punched, a.whom);
    punched->add_option("--reason", a.reason, "goes into the journal; no names")->required();
    punched->callback([&] { chosen = [&] { return punch(a.places, a.whom, a.reason); }; });
    auto *eased = app.add_subcommand("accommodate", "a lasting difficulty: what is accepted instead");
    add_whom(eased, a.whom);
    eased->add_option("--instead", a.instead, "finger, or third_factor: supervised punches")->required();
    eased->add_option("--reason", a.reason, "no names, no diagnosis")->required();
    eased->add_flag("--end", a.end, "no longer");
    eased->callback([&] { chosen = [&] { return accommodate(a.places, a.whom, a.instead, a.reason, a.end); }; });
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
    auto *diagnostics =
        app.add_subcommand("diagnostics", "what may be handed on to find a fault; nothing about people");
    diagnostics->callback([&] { chosen = [&] { return show_diagnostics(a.places); }; });

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

    declare_consent(app, a, chosen);
    declare_claims(app, a, chosen);
    auto *erase =
        app.add_subcommand("erase", "all consents withdrawn: erase all templates of a person; or one finger's");
    add_whom(erase, a.whom);
    erase->add_option("--reason", a.reason, "goes into the journal; no names")->required();
    erase->add_option("--finger", a.finger.finger, "this finger alone (left_index, ...); consents stay");
    erase->callback([&, erase] {
        const std::string finger = erase->count("--finger") > 0 ? a.finger.finger : "";
        chosen = [&, finger] { return xueshictl::erase(a.places, a.whom, a.reason, finger); };
    });

    auto *pin = app.add_subcommand("kiosk-pin", "set the PIN for logins at the screen; there is none before (root)");
    pin->add_option("role", a.role, "teacher or admin")->required()->check(CLI::IsMember({"teacher", "admin"}));
    pin->callback([&] { chosen = [&] { return set_kiosk_pin(a.places, a.role); }; });

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
