#include <cstdlib>
#include <iostream>

#include <CLI/CLI.hpp>

#include "daemon/registryctl/commands.hpp"
#include "daemon/registryctl/import_stick.hpp"
#include "daemon/registryctl/provision.hpp"
#include "firmware/core/record/command_bodies.hpp"

namespace {

using namespace xueshi;
using registryctl::Api;
using Command = std::function<Expected<std::string>(Api &)>;

struct Arguments {
    std::string state, url, ca, token_file;
    std::string list, tokens, plan, roster, institution, region, room, name, code, class_id, device, reason;
    std::vector<std::string> scopes{"read"};
    std::string stick, answer;
    std::int64_t valid_hours = 72;
    bool json = false;
    registryctl::DeviceOrder order;
};

void add_orders(CLI::App &app, Arguments &a, Command &chosen) {
    CLI::App *import = app.add_subcommand("import", "File a class: its plan (TOML) and its roster (CSV)");
    import->add_option("--plan", a.plan, "The plan's file")->required();
    import->add_option("--roster", a.roster, "The roster's file: UTF-8, GB18030 or UTF-16")->required();
    import->callback([&] { chosen = [&](Api &api) { return registryctl::import_class(api, a.plan, a.roster); }; });

    CLI::App *stick = app.add_subcommand("import-stick", "Take in what terminals without a network put on a stick");
    stick->add_option("stick", a.stick, "The stick's folder")->required();
    stick->add_option("--answer", a.answer, "Where the terminals' answers are put; the stick, unless named");
    stick->callback([&] {
        chosen = [&](Api &api) {
            return registryctl::import_stick(api, a.stick, a.answer.empty() ? a.stick : a.answer);
        };
    });

    CLI::App *token = app.add_subcommand("token", "Make a one-time token that lets one terminal claim itself");
    token->add_option("--institution", a.institution, "Whose terminal")->required();
    token->add_option("--room", a.room, "Where it stands")->required();
    token->add_option("--valid-hours", a.valid_hours, "How long it may be used")->capture_default_str();
    token->callback([&] {
        chosen = [&](Api &api) { return registryctl::make_device_token(api, a.institution, a.room, a.valid_hours); };
    });

    CLI::App *provision = app.add_subcommand("provision", "Make one-time tokens for all terminals of a list");
    provision->add_option("--list", a.list, "CSV with the columns label, institution and room")->required();
    provision->add_option("--tokens", a.tokens, "The file they are written to (CSV)")->required();
    provision->add_option("--valid-hours", a.valid_hours, "How long they may be used")->capture_default_str();
    provision->callback(
        [&] { chosen = [&](Api &api) { return registryctl::provision(api, a.list, a.tokens, a.valid_hours); }; });

    CLI::App *bureau = app.add_subcommand("bureau-token", "Make a bureau's bearer token");
    bureau->add_option("--name", a.name, "Whose token: for the log")->required();
    auto *of_institution = bureau->add_option("--institution", a.institution, "The institution it covers");
    bureau->add_option("--region", a.region, "Or all institutions of a region, such as 220100")
        ->excludes(of_institution);
    bureau->add_option("--scope", a.scopes, "read, filing, inspect, admin (repeat for several)")->capture_default_str();
    bureau->callback([&] {
        chosen = [&](Api &api) {
            return registryctl::make_bureau_token(api, a.name, a.institution, a.region, a.scopes);
        };
    });

    CLI::App *approve = app.add_subcommand("approve", "Approve the terminal that shows this code");
    approve->add_option("code", a.code, "What its screen shows")->required();
    approve->add_option("--institution", a.institution, "Whose terminal")->required();
    approve->add_option("--room", a.room, "Where it stands")->required();
    approve->callback(
        [&] { chosen = [&](Api &api) { return registryctl::approve(api, a.code, a.institution, a.room); }; });

    CLI::App *revoke = app.add_subcommand("revoke", "Refuse a terminal's certificate from now on");
    revoke->add_option("device", a.device, "Its id")->required();
    revoke->callback([&] { chosen = [&](Api &api) { return registryctl::revoke(api, a.device); }; });

    CLI::App *command = app.add_subcommand("command", "Order something of a terminal; its result comes as an event");
    registryctl::DeviceOrder &order = a.order;
    command->add_option("device", order.device, "Its id")->required();
    command->add_option("kind", order.kind, "What it is to do")
        ->required()
        ->check(CLI::IsMember(
            {"send_clip", "take_picture", "reverify", "resend_range", "rotate_certificate", "set_policy"}));
    command->add_option("--clip", order.clip, "send_clip: the clip's id");
    command->add_option("--person", order.people, "reverify: a trainee's person id (repeat for several)");
    CLI::Option *of_class = command->add_option("--class", order.class_id, "reverify: of which class to draw");
    CLI::Option *draw = command->add_option("--draw", order.draw, "reverify: so many trainees of --class, by chance")
                            ->check(CLI::Range(std::size_t{1}, record::kMaxReverified))
                            ->needs(of_class)
                            ->excludes("--person");
    of_class->needs(draw);
    command->add_option("--chain", order.chain, "resend_range: of which chain");
    command->add_option("--first", order.first, "resend_range: from this seq on");
    command->add_option("--last", order.last, "resend_range: to this seq");
    command->add_option("--clip-hours", order.clip_hours, "set_policy: when clips go, such as 22:00-06:00 (repeat)");
    command->add_option("--film-hours", order.film_hours, "set_policy: when lesson videos go to the archive (repeat)");
    command->add_option("--max-kbytes-per-s", order.max_kbytes_per_s, "set_policy: no upload is faster; 0: no limit");
    command->add_option("--valid-minutes", order.valid_minutes, "Not carried out after this")->capture_default_str();
    command->callback([&] { chosen = [&](Api &api) { return registryctl::order_command(api, a.order); }; });

    CLI::App *release = app.add_subcommand("release", "End a terminal's quarantine: what it delivered counts");
    release->add_option("device", a.device, "Its id")->required();
    release->add_option("--reason", a.reason, "What was found out; kept with the date")->required();
    release->callback([&] { chosen = [&](Api &api) { return registryctl::release(api, a.device, a.reason); }; });
}

void add_pulls(CLI::App &app, Arguments &a, Command &chosen) {
    CLI::App *attendance = app.add_subcommand("attendance", "Hours, rate, exam and ratio of a class");
    attendance->add_option("class", a.class_id, "Its id")->required();
    attendance->add_flag("--json", a.json, "The registry's answer as it is");
    attendance->callback([&] { chosen = [&](Api &api) { return registryctl::attendance(api, a.class_id, a.json); }; });

    CLI::App *punches = app.add_subcommand("punches", "The punches of a class, in the order they came in");
    punches->add_option("class", a.class_id, "Its id")->required();
    punches->add_option("--institution", a.institution, "Needed when the token covers several");
    punches->add_flag("--json", a.json, "One JSON object a line");
    punches->callback(
        [&] { chosen = [&](Api &api) { return registryctl::punches(api, a.class_id, a.institution, a.json); }; });

    CLI::App *requests =
        app.add_subcommand("requests", "Pending claims and changes of lessons that wait for a decision");
    requests->add_option("class", a.class_id, "Its id; all classes without it");
    requests->add_option("--institution", a.institution, "Needed when the token covers several");
    requests->add_flag("--json", a.json, "One JSON object a line");
    requests->callback(
        [&] { chosen = [&](Api &api) { return registryctl::requests(api, a.class_id, a.institution, a.json); }; });

    CLI::App *commands = app.add_subcommand("commands", "What was ordered of a terminal, and what came of it");
    commands->add_option("device", a.device, "Its id")->required();
    commands->add_flag("--json", a.json, "The registry's answer as it is");
    commands->callback([&] { chosen = [&](Api &api) { return registryctl::device_commands(api, a.device, a.json); }; });

    CLI::App *devices = app.add_subcommand("devices", "Terminals, how far each has delivered, and alarms");
    devices->add_flag("--json", a.json, "The registry's answer as it is");
    devices->callback([&] { chosen = [&](Api &api) { return registryctl::devices(api, a.json); }; });
}

Expected<registryctl::Endpoint> endpoint_of(const Arguments &a) {
    if (!a.state.empty()) {
        return registryctl::endpoint_of_state(a.state);
    }
    return registryctl::endpoint_of_files(a.url, a.ca, a.token_file);
}

Expected<std::string> run(const Arguments &arguments, const Command &command) {
    auto endpoint = endpoint_of(arguments);
    if (!endpoint) {
        return tl::unexpected(endpoint.error());
    }
    const auto api = Api::connect(std::move(*endpoint));
    return api ? command(**api) : Expected<std::string>(tl::unexpected(api.error()));
}

} // namespace

int main(int argc, char **argv) {
    Arguments arguments;
    Command command;
    CLI::App app("The registry's operator and its bureaus: file classes, let terminals in, pull attendance.");
    app.footer("Examples:\n"
               "  xueshi-registryctl --state /var/lib/xueshi/registry import --plan plan.toml --roster roster.csv\n"
               "  xueshi-registryctl --state /var/lib/xueshi/registry token --institution i-1 --room r-101\n"
               "  xueshi-registryctl --state /var/lib/xueshi/registry import-stick /media/stick\n"
               "  xueshi-registryctl --state /var/lib/xueshi/registry command DEVICE reverify --class c-1 --draw 3\n"
               "  xueshi-registryctl --url https://registry.example:8444 --ca ca.pem --token-file t attendance c-1\n");
    app.require_subcommand(1);
    auto *state = app.add_option("--state", arguments.state, "The state directory of a registry on this machine");
    auto *url = app.add_option("--url", arguments.url, "Its bureau listener, with --ca and --token-file");
    url->excludes(state);
    auto *ca = app.add_option("--ca", arguments.ca, "PEM of the registry's CA");
    auto *token_file = app.add_option("--token-file", arguments.token_file, "File with a bureau token");
    url->needs(ca)->needs(token_file);
    add_orders(app, arguments, command);
    add_pulls(app, arguments, command);
    CLI11_PARSE(app, argc, argv);
    if (arguments.state.empty() && arguments.url.empty()) {
        std::cerr << "xueshi-registryctl: name the registry by --state DIR, or by --url, --ca and --token-file\n";
        return 2;
    }
    const auto printed = run(arguments, command);
    if (!printed) {
        std::cerr << "xueshi-registryctl: " << printed.error().message << '\n';
        return EXIT_FAILURE;
    }
    std::cout << *printed;
    return EXIT_SUCCESS;
}
