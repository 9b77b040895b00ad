#include "firmware/fingerprint/uart/module.hpp"

#include <algorithm>
#include <chrono>
#include <initializer_list>

#include <fmt/format.h>

#include "firmware/fingerprint/uart/line.hpp"

namespace xueshi::fingerprint::uart {
namespace {

using Time = std::chrono::steady_clock;

constexpr std::size_t kMostTemplate = 4096;
constexpr std::uint16_t kPagesAnIndex = 256; // of ReadIndexTable: 32 bytes of bits

std::uint16_t get16(ByteView bytes, std::size_t at) {
    return static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]);
}

void put16(Bytes &bytes, std::uint16_t value) {
    bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
    bytes.push_back(static_cast<std::uint8_t>(value & 0xffU));
}

struct Answer {
    Confirmation confirmation = Confirmation::ok;
    Bytes rest;
};

tl::unexpected<Error> refused(std::string_view what, Confirmation confirmation) {
    const auto code = confirmation == Confirmation::wrong_password ? ErrorCode::denied
                      : confirmation == Confirmation::bad_page     ? ErrorCode::invalid_argument
                                                                   : ErrorCode::io;
    return fail(code, fmt::format("fingerprint module, {}: {}", what, to_string(confirmation)));
}

class SerialModule final : public Module {
public:
    SerialModule(ModuleOptions options, std::unique_ptr<Line> line)
        : options_(std::move(options)), line_(std::move(line)) {}

    Expected<void> greet() {
        Bytes password;
        put16(password, static_cast<std::uint16_t>(options_.password >> 16U));
        put16(password, static_cast<std::uint16_t>(options_.password & 0xffffU));
        if (auto shown = order(Instruction::verify_password, std::move(password), "password"); !shown) {
            return shown;
        }
        auto read = read_parameters();
        if (!read) {
            return tl::unexpected(read.error());
        }
        parameters_ = *read;
        return {};
    }

    const Parameters &parameters() const override { return parameters_; }

    Expected<Parameters> read_parameters() override {
        const auto answer = ask(Instruction::read_parameters, {}, "parameters", 16);
        if (!answer) {
            return tl::unexpected(answer.error());
        }
        const ByteView rest(answer->rest);
        Parameters read{.status = get16(rest, 0), .system = get16(rest, 2), .capacity = get16(rest, 4)};
        read.security = get16(rest, 6);
        read.address = static_cast<std::uint32_t>(get16(rest, 8)) << 16U | get16(rest, 10);
        read.packet_bytes = static_cast<std::uint16_t>(32U << std::min<unsigned>(get16(rest, 12), 3));
        read.baud = 9600U * get16(rest, 14);
        return read;
    }

    Expected<bool> take_image() override {
        const auto answer = exchange(Instruction::get_image, {});
        if (!answer) {
            return tl::unexpected(answer.error());
        }
        if (answer->confirmation == Confirmation::ok) {
            return true;
        }
        if (answer->confirmation == Confirmation::no_finger || answer->confirmation == Confirmation::image_failed) {
            return false;
        }
        return refused("picture", answer->confirmation);
    }

    Expected<Confirmation> extract(std::uint8_t buffer) override {
        return confirm(Instruction::image_to_characters, {buffer}, "features",
                       {Confirmation::too_disorderly, Confirmation::too_few_features, Confirmation::no_image});
    }

    Expected<Confirmation> make_model() override {
        return confirm(Instruction::make_model, {}, "template", {Confirmation::not_the_same_finger});
    }

    Expected<void> store(std::uint8_t buffer, std::uint16_t page) override {
        if (page >= parameters_.capacity) {
            return fail(ErrorCode::no_space,
                        fmt::format("the fingerprint module holds {} templates", parameters_.capacity));
        }
        return order(Instruction::store, with_page(buffer, page), "store");
    }

    Expected<void> load(std::uint8_t buffer, std::uint16_t page) override {
        const auto answer = confirm(Instruction::load, with_page(buffer, page), "load", {Confirmation::bad_template});
        if (!answer) {
            return tl::unexpected(answer.error());
        }
        return *answer == Confirmation::ok
                   ? Expected<void>{}
                   : fail(ErrorCode::not_found, fmt::format("no fingerprint template at {}", page));
    }

    Expected<std::optional<Found>> search(std::uint8_t buffer, std::uint16_t first, std::uint16_t count) override {
        Bytes arguments = with_page(buffer, first);
        put16(arguments, count);
        const auto answer = exchange(Instruction::search, std::move(arguments));
        if (!answer) {
            return tl::unexpected(answer.error());
        }
        if (answer->confirmation == Confirmation::not_found) {
            return std::nullopt;
        }
        if (answer->confirmation != Confirmation::ok || answer->rest.size() < 4) {
            return refused("search", answer->confirmation);
        }
        return Found{get16(answer->rest, 0), get16(answer->rest, 2)};
    }

    Expected<void> erase(std::uint16_t first, std::uint16_t count) override {
        Bytes arguments;
        put16(arguments, first);
        put16(arguments, count);
        return order(Instruction::erase, std::move(arguments), "erase");
    }

    Expected<void> empty() override { return order(Instruction::empty, {}, "empty"); }

    Expected<std::uint16_t> template_count() override {
        const auto answer = ask(Instruction::template_count, {}, "count", 2);
        return answer ? Expected<std::uint16_t>(get16(answer->rest, 0)) : tl::unexpected(answer.error());
    }

    Expected<std::uint16_t> free_page() override {
        for (unsigned first = 0; first < parameters_.capacity; first += kPagesAnIndex) {
            const auto table = static_cast<std::uint8_t>(first / kPagesAnIndex);
            const auto answer = ask(Instruction::read_index, {table}, "index", kPagesAnIndex / 8);
            if (!answer) {
                return tl::unexpected(answer.error());
            }
            for (unsigned i = 0; i < kPagesAnIndex && first + i < parameters_.capacity; ++i) {
                if ((answer->rest[i / 8] >> i % 8 & 1U) == 0) {
                    return static_cast<std::uint16_t>(first + i);
                }
            }
        }
        return fail(ErrorCode::no_space,
                    fmt::format("the fingerprint module is full: {} templates", parameters_.capacity));
    }

    Expected<Bytes> read_note(std::uint8_t page) override {
        auto answer = ask(Instruction::read_notepad, {page}, "read the notepad", kNoteBytes);
        return answer ? Expected<Bytes>(std::move(answer->rest)) : tl::unexpected(answer.error());
    }

    Expected<void> write_note(std::uint8_t page, ByteView note) override {
        if (note.size() > kNoteBytes) {
            return fail(ErrorCode::too_large, fmt::format("a note has at most {} bytes", kNoteBytes));
        }
        Bytes arguments{page};
        arguments.insert(arguments.end(), note.begin(), note.end());
        arguments.resize(1 + kNoteBytes);
        return order(Instruction::write_notepad, std::move(arguments), "write the notepad");
    }

    /// Its packets have no numbers, so that one that was spoilt is missed by nobody: what came with noise is believed
    /// when it comes a second time.
    Expected<Bytes> read_template(std::uint8_t buffer) override {
        Expected<Bytes> before = fail(ErrorCode::timeout, "the fingerprint module gives no template");
        for (int i = 0; i <= options_.tries; ++i) {
            if (auto agreed = order(Instruction::upload, {buffer}, "give a template"); !agreed) {
                return tl::unexpected(agreed.error());
            }
            const auto skipped = line_->skipped();
            auto bytes = hear_template();
            const bool clean = line_->skipped() == skipped;
            const bool again = bytes && before && *bytes == *before;
            if (bytes ? clean || again : bytes.error().code != ErrorCode::timeout) {
                return bytes;
            }
            before = std::move(bytes);
        }
        return before ? fail(ErrorCode::io, "the fingerprint module's line is too noisy for a template") : before;
    }

    Expected<void> write_template(std::uint8_t buffer, ByteView bytes) override {
        if (bytes.empty() || bytes.size() > kMostTemplate) {
            return fail(ErrorCode::too_large, fmt::format("a fingerprint template has 1 to {} bytes", kMostTemplate));
        }
        if (auto agreed = order(Instruction::download, {buffer}, "take a template"); !agreed) {
            return agreed;
        }
        while (!bytes.empty()) {
            const ByteView piece = bytes.first(std::min<std::size_t>(bytes.size(), parameters_.packet_bytes));
            bytes = bytes.subspan(piece.size());
            const Packet packet{options_.address, bytes.empty() ? PacketKind::last_data : PacketKind::data,
                                Bytes(piece.begin(), piece.end())};
            if (auto sent = line_->send(packet, options_.patience); !sent) {
                return sent;
            }
        }
        return {};
    }

    Expected<void> light(Light light, Colour colour) override {
        constexpr std::uint8_t kSpeed = 0x80, kWithoutEnd = 0;
        Bytes arguments{static_cast<std::uint8_t>(light), kSpeed, static_cast<std::uint8_t>(colour), kWithoutEnd};
        const auto answer = exchange(Instruction::led_ring, std::move(arguments));
        if (!answer && answer.error().code != ErrorCode::timeout) {
            return tl::unexpected(answer.error());
        }
        return answer && answer->confirmation == Confirmation::ok
                   ? Expected<void>{}
                   : fail(ErrorCode::unsupported, "this fingerprint module has no ring of light");
    }

private:
    static Bytes with_page(std::uint8_t buffer, std::uint16_t page) {
        Bytes arguments{buffer};
        put16(arguments, page);
        return arguments;
    }

    Expected<Bytes> hear_template() {
        Bytes bytes;
        while (bytes.size() <= kMostTemplate) {
            const auto packet = line_->receive(options_.patience);
            if (!packet) {
                return fail(packet, "read a template");
            }
            if (packet->kind == PacketKind::data || packet->kind == PacketKind::last_data) {
                bytes.insert(bytes.end(), packet->payload.begin(), packet->payload.end());
            }
            if (packet->kind == PacketKind::last_data) {
                return bytes;
            }
        }
        return fail(ErrorCode::too_large, fmt::format("a fingerprint template of more than {} bytes", kMostTemplate));
    }

    /// Sends until an answer comes whole. Every instruction may come twice: its second run leaves what the first did.
    Expected<Answer> exchange(Instruction instruction, Bytes arguments) {
        Packet packet{options_.address, PacketKind::command, {static_cast<std::uint8_t>(instruction)}};
        packet.payload.insert(packet.payload.end(), arguments.begin(), arguments.end());
        hear_what_is_late();
        Expected<Answer> answer = fail(ErrorCode::timeout, "the fingerprint module does not answer");
        for (int i = 0; i < options_.tries; ++i) {
            line_->drain();
            if (auto sent = line_->send(packet, options_.patience); !sent) {
                return tl::unexpected(sent.error());
            }
            answer = hear(Time::now() + options_.patience);
            const bool late = !answer && answer.error().code == ErrorCode::timeout;
            if (!late && (!answer || answer->confirmation != Confirmation::packet_error)) {
                late_until_ = Time::now() + options_.patience;
                break;
            }
            late_ += late ? 1 : 0;
        }
        return answer;
    }

    /// A busy module answers every try of an order, the later ones when the next order waits for its own answer.
    void hear_what_is_late() {
        for (; late_ > 0 && hear(late_until_); --late_) {
        }
        late_ = 0;
    }

    Expected<Answer> hear(Time::time_point until) {
        while (true) {
            const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(until - Time::now());
            const auto packet = line_->receive(std::max(left, std::chrono::milliseconds(0)));
            if (!packet) {
                return tl::unexpected(packet.error());
            }
            const bool ours = options_.address == kAnyAddress || packet->address == options_.address;
            if (ours && packet->kind == PacketKind::answer && !packet->payload.empty()) {
                return Answer{static_cast<Confirmation>(packet->payload[0]),
                              Bytes(packet->payload.begin() + 1, packet->payload.end())};
            }
        }
    }

    Expected<Answer> ask(Instruction instruction, Bytes arguments, std::string_view what, std::size_t least) {
        auto answer = exchange(instruction, std::move(arguments));
        if (!answer) {
            return fail(answer, std::string("fingerprint module, ") + std::string(what));
        }
        if (answer->confirmation != Confirmation::ok) {
            return refused(what, answer->confirmation);
        }
        if (answer->rest.size() < least) {
            return fail(ErrorCode::corrupt,
                        fmt::format("fingerprint module, {}: an answer of {} bytes", what, answer->rest.size()));
        }
        return answer;
    }

    Expected<void> order(Instruction instruction, Bytes arguments, std::string_view what) {
        const auto answer = ask(instruction, std::move(arguments), what, 0);
        return answer ? Expected<void>{} : tl::unexpected(answer.error());
    }

    Expected<Confirmation> confirm(Instruction instruction, Bytes arguments, std::string_view what,
                                   std::initializer_list<Confirmation> expected) {
        const auto answer = exchange(instruction, std::move(arguments));
        if (!answer) {
            return fail(answer, std::string("fingerprint module, ") + std::string(what));
        }
        const bool known = std::find(expected.begin(), expected.end(), answer->confirmation) != expected.end();
        if (answer->confirmation != Confirmation::ok && !known) {
            return refused(what, answer->confirmation);
        }
        return answer->confirmation;
    }

    ModuleOptions options_;
    std::unique_ptr<Line> line_;
    Parameters parameters_;
    int late_ = 0; ///< answers to the last order that were not in time and may still come, until:
    Time::time_point late_until_{};
};

} // namespace

Expected<std::unique_ptr<Module>> Module::open(const ModuleOptions &options) {
    auto line = Line::open(options.device, options.baud);
    if (!line) {
        return tl::unexpected(line.error());
    }
    auto module = std::make_unique<SerialModule>(options, std::move(*line));
    if (auto greeted = module->greet(); !greeted) {
        return tl::unexpected(greeted.error());
    }
    return module;
}

} // namespace xueshi::fingerprint::uart
