#include "firmware/core/base/config.hpp"

#include <charconv>
#include <iostream>
#include <map>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <toml++/toml.h>

#include "firmware/core/base/file.hpp"

#ifndef XUESHI_VERSION
#define XUESHI_VERSION "development"
#endif

namespace xueshi {

namespace {

constexpr std::uint64_t kMaxConfigBytes = 1 << 20;

enum class Type { text, integer, number, boolean, list };

struct Option {
    std::string key;
    Type type = Type::text;
    std::string help;
    std::string allowed;      ///< for people
    std::string default_text; ///< the value before parsing
    /// One value (several for a list); the error says what is allowed.
    std::function<Expected<void>(const std::vector<std::string> &)> assign;
};

tl::unexpected<Error> not_allowed(const std::string &value, const std::string &allowed) {
    return fail(ErrorCode::invalid_argument, fmt::format("\"{}\" is not allowed; allowed: {}", value, allowed));
}

template <typename T>
Expected<T> parse_number(const std::string &text, T min, T max, const std::string &allowed) {
    T value{};
    const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (code != std::errc{} || end != text.data() + text.size() || value < min || value > max) {
        return not_allowed(text, allowed);
    }
    return value;
}

/// The node's value as text when it has the option's type.
std::optional<std::vector<std::string>> values_of(const toml::node &node, Type type) {
    if (type == Type::list) {
        std::vector<std::string> values;
        const toml::array *array = node.as_array();
        if (array == nullptr) {
            return std::nullopt;
        }
        for (const toml::node &element : *array) {
            const auto text = element.value_exact<std::string>();
            if (!text) {
                return std::nullopt;
            }
            values.push_back(*text);
        }
        return values;
    }
    if (type == Type::text && node.is_string()) {
        return std::vector{node.value_exact<std::string>().value()};
    }
    if ((type == Type::integer || type == Type::number) && node.is_integer()) {
        return std::vector{std::to_string(node.value_exact<std::int64_t>().value())};
    }
    if (type == Type::number && node.is_floating_point()) {
        return std::vector{fmt::format("{}", node.value_exact<double>().value())};
    }
    if (type == Type::boolean && node.is_boolean()) {
        return std::vector<std::string>{node.value_exact<bool>().value() ? "true" : "false"};
    }
    return std::nullopt;
}

using Leaves = std::map<std::string, const toml::node *>;

void collect_leaves(const toml::table &table, const std::string &prefix, Leaves &leaves) {
    for (const auto &[key, node] : table) {
        const std::string path = prefix.empty() ? std::string(key.str()) : prefix + "." + std::string(key.str());
        if (const toml::table *inner = node.as_table()) {
            collect_leaves(*inner, path, leaves);
        } else {
            leaves.emplace(path, &node);
        }
    }
}

} // namespace

struct Config::Impl {
    CLI::App app;
    std::map<std::string, Option> options;
    std::map<std::string, std::vector<std::string>> flags;
    std::string file;

    void add(Option option) {
        auto &values = flags[option.key];
        const std::string help = fmt::format("{} [{}; default: {}]", option.help, option.allowed,
                                             option.default_text.empty() ? "none" : option.default_text);
        CLI::Option *flag = app.add_option("--" + option.key, values, help);
        if (option.type == Type::list) {
            flag->expected(0, 1'000);
        } else {
            flag->expected(1)->take_last();
        }
        options.emplace(option.key, std::move(option));
    }

    std::string known_keys() const {
        std::vector<std::string> keys;
        keys.reserve(options.size());
        for (const auto &[key, option] : options) {
            keys.push_back(key);
        }
        return fmt::format("{}", fmt::join(keys, ", "));
    }

    Expected<void> apply_leaf(const std::string &key, const toml::node &node) {
        const std::string where = fmt::format("{}:{}: {}", file, node.source().begin.line, key);
        const auto found = options.find(key);
        if (found == options.end()) {
            return fail(ErrorCode::invalid_argument, where + ": unknown key; known keys: " + known_keys());
        }
        const auto values = values_of(node, found->second.type);
        if (!values) {
            return fail(ErrorCode::invalid_argument, where + ": wrong type; allowed: " + found->second.allowed);
        }
        if (auto assigned = found->second.assign(*values); !assigned) {
            return fail(assigned, where);
        }
        return {};
    }

    Expected<void> apply_file() {
        auto content = read_file(file, kMaxConfigBytes);
        if (!content) {
            return fail(content, "configuration");
        }
        toml::table table;
        try {
            table = toml::parse(*content, file);
        } catch (const toml::parse_error &error) {
            return fail(ErrorCode::invalid_argument,
                        fmt::format("{}:{}: {}", file, error.source().begin.line, std::string(error.description())));
        }
        Leaves leaves;
        collect_leaves(table, "", leaves);
        for (const auto &[key, node] : leaves) {
            if (auto applied = apply_leaf(key, *node); !applied) {
                return applied;
            }
        }
        return {};
    }

    Expected<void> apply_flags() {
        for (const auto &[key, values] : flags) {
            if (app.count("--" + key) == 0) {
                continue;
            }
            if (auto assigned = options.at(key).assign(values); !assigned) {
                return fail(assigned, "--" + key);
            }
        }
        return {};
    }
};

Config::Config(std::string program, std::string description, std::string examples) : impl_(std::make_unique<Impl>()) {
    impl_->app.name(std::move(program));
    impl_->app.description(std::move(description));
    impl_->app.footer("Examples:\n" + std::move(examples));
    impl_->app.set_version_flag("--version", std::string(XUESHI_VERSION));
    impl_->app.add_option("--config", impl_->file, "TOML file with the options below; flags win over it");
}

Config::~Config() = default;

void Config::text(const std::string &key, std::string &target, const std::string &help) {
    impl_->add({key, Type::text, help, "text", target, [&target](const std::vector<std::string> &values) {
                    target = values.at(0);
                    return Expected<void>{};
                }});
}

void Config::path(const std::string &key, std::filesystem::path &target, const std::string &help) {
    impl_->add({key, Type::text, help, "path", target.string(), [&target](const std::vector<std::string> &values) {
                    target = values.at(0);
                    return Expected<void>{};
                }});
}

void Config::integer(const std::string &key, std::int64_t &target, std::int64_t min, std::int64_t max,
                     const std::string &help) {
    const std::string allowed = fmt::format("{} to {}", min, max);
    impl_->add({key, Type::integer, help, allowed, std::to_string(target),
                [&target, min, max, allowed](const std::vector<std::string> &values) -> Expected<void> {
                    auto value = parse_number<std::int64_t>(values.at(0), min, max, allowed);
                    if (!value) {
                        return tl::unexpected<Error>(value.error());
                    }
                    target = *value;
                    return {};
                }});
}

void Config::number(const std::string &key, double &target, double min, double max, const std::string &help) {
    const std::string allowed = fmt::format("{} to {}", min, max);
    impl_->add({key, Type::number, help, allowed, fmt::format("{}", target),
                [&target, min, max, allowed](const std::vector<std::string> &values) -> Expected<void> {
                    auto value = parse_number<double>(values.at(0), min, max, allowed);
                    if (!value) {
                        return tl::unexpected<Error>(value.error());
                    }
                    target = *value;
                    return {};
                }});
}

void Config::boolean(const std::string &key, bool &target, const std::string &help) {
    impl_->add({key, Type::boolean, help, "true or false", target ? "true" : "false",
                [&target](const std::vector<std::string> &values) -> Expected<void> {
                    if (values.at(0) != "true" && values.at(0) != "false") {
                        return not_allowed(values.at(0), "true or false");
                    }
                    target = values.at(0) == "true";
                    return {};
                }});
}

void Config::choice(const std::string &key, std::string &target, const std::vector<std::string> &allowed,
                    const std::string &help) {
    const std::string words = fmt::format("{}", fmt::join(allowed, ", "));
    impl_->add({key, Type::text, help, words, target,
                [&target, allowed, words](const std::vector<std::string> &values) -> Expected<void> {
                    if (std::find(allowed.begin(), allowed.end(), values.at(0)) == allowed.end()) {
                        return not_allowed(values.at(0), words);
                    }
                    target = values.at(0);
                    return {};
                }});
}

void Config::list(const std::string &key, std::vector<std::string> &target, const std::string &help) {
    impl_->add({key, Type::list, help, "a list of texts", fmt::format("{}", fmt::join(target, " ")),
                [&target](const std::vector<std::string> &values) {
                    target = values;
                    return Expected<void>{};
                }});
}

Expected<Config::Outcome> Config::parse(int argc, const char *const *argv) {
    try {
        impl_->app.parse(argc, argv);
    } catch (const CLI::Success &wanted) { // --help, --version
        impl_->app.exit(wanted);
        return Outcome::exit;
    } catch (const CLI::ParseError &error) {
        return fail(ErrorCode::invalid_argument, std::string(error.what()) + " (see --help)");
    }
    if (!impl_->file.empty()) {
        if (auto applied = impl_->apply_file(); !applied) {
            return tl::unexpected<Error>(applied.error());
        }
    }
    if (auto applied = impl_->apply_flags(); !applied) {
        return tl::unexpected<Error>(applied.error());
    }
    return Outcome::run;
}

} // namespace xueshi
