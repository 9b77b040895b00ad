#include "firmware/fingerprint/uart/simulator.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "firmware/fingerprint/uart/module.hpp"

namespace xueshi::fingerprint::uart {
namespace {

constexpr std::size_t kTemplateBytes = 512;
constexpr std::size_t kDataBytes = 128;
constexpr int kLookMs = 20; // so often quit_ is looked at

Bytes confirmation(Confirmation confirmation) {
    return {static_cast<std::uint8_t>(confirmation)};
}

std::uint16_t get16(ByteView bytes, std::size_t at) {
    return at + 1 < bytes.size() ? static_cast<std::uint16_t>(bytes[at] << 8U | bytes[at + 1]) : 0;
}

void put16(Bytes &bytes, std::size_t value) {
    bytes.push_back(static_cast<std::uint8_t>(value >> 8U));
    bytes.push_back(static_cast<std::uint8_t>(value & 0xffU));
}

/// A template is the finger's number over and over: two of one finger are equal.
Bytes template_of(int finger) {
    Bytes bytes;
    while (bytes.size() < kTemplateBytes) {
        put16(bytes, static_cast<std::size_t>(finger));
    }
    return bytes;
}

} // namespace

Expected<std::unique_ptr<Simulator>> Simulator::start(const Options &options) {
    std::unique_ptr<Simulator> simulator(new Simulator(options));
    auto opened = simulator->open_line();
    return opened ? Expected<std::unique_ptr<Simulator>>(std::move(simulator)) : tl::unexpected(opened.error());
}

Expected<void> Simulator::open_line() {
    UniqueFd line(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    std::array<char, 64> name{};
    if (line.get() < 0 || ::grantpt(line.get()) != 0 || ::unlockpt(line.get()) != 0 ||
        ::ptsname_r(line.get(), name.data(), name.size()) != 0) {
        return fail(ErrorCode::io, "no pseudo terminal for the simulated fingerprint module");
    }
    UniqueFd other_end(::open(name.data(), O_RDWR | O_NOCTTY | O_CLOEXEC));
    termios raw{};
    if (other_end.get() < 0 || ::tcgetattr(other_end.get(), &raw) != 0) {
        return fail(ErrorCode::io, "the pseudo terminal does not open");
    }
    ::cfmakeraw(&raw);
    ::tcsetattr(other_end.get(), TCSANOW, &raw);
    line_ = std::move(line);
    other_end_ = std::move(other_end);
    device_ = name.data();
    quit_ = false;
    thread_ = std::thread([this] { run(); });
    return {};
}

Expected<void> Simulator::come_back() {
    vanish();
    verified_ = false;
    buffers_.clear(); // power was gone
    image_.reset();
    return open_line();
}

Simulator::~Simulator() {
    vanish();
}

void Simulator::lay(std::optional<int> finger, Confirmation quality) {
    const std::lock_guard lock(mutex_);
    finger_ = finger;
    quality_ = quality;
}

void Simulator::set_faults(const Faults &faults) {
    const std::lock_guard lock(mutex_);
    faults_ = faults;
}

void Simulator::vanish() {
    quit_ = true;
    if (thread_.joinable()) {
        thread_.join(); // it polls the line, which may not be closed under it
    }
    line_.reset();
    other_end_.reset();
}

void Simulator::put(std::uint16_t page, int finger) {
    const std::lock_guard lock(mutex_);
    store_[page] = template_of(finger);
}

std::size_t Simulator::stored() const {
    const std::lock_guard lock(mutex_);
    return store_.size();
}

void Simulator::run() {
    PacketParser parser;
    std::array<std::uint8_t, 256> buffer{};
    while (!quit_) {
        pollfd waiting{line_.get(), POLLIN, 0};
        if (::poll(&waiting, 1, kLookMs) <= 0) {
            continue;
        }
        const std::lock_guard lock(mutex_);
        const auto got = ::read(line_.get(), buffer.data(), buffer.size());
        if (got > 0) {
            parser.feed(ByteView(buffer).first(static_cast<std::size_t>(got)));
        }
        while (const auto packet = parser.next()) {
            if (packet->kind == PacketKind::command) {
                answer(*packet);
            } else {
                take_data(*packet);
            }
        }
    }
}

void Simulator::answer(const Packet &order) {
    if ((order.address != options_.address && options_.address != kAnyAddress) || order.payload.empty()) {
        return; // a real one is silent too
    }
    ++orders_;
    if (!faults_.busy.empty()) {
        std::this_thread::sleep_for(faults_.busy.front());
        faults_.busy.erase(faults_.busy.begin());
    }
    Packet reply{options_.address, PacketKind::answer, obey(order.payload)};
    if (faults_.silent > 0) {
        --faults_.silent;
        return;
    }
    send(reply);
    if (std::exchange(uploading_, 0) == 0 || reply.payload[0] != 0) {
        return;
    }
    const Bytes &bytes = buffers_[order.payload[1]];
    for (std::size_t at = 0; at < bytes.size(); at += kDataBytes) {
        const auto from = bytes.begin() + static_cast<std::ptrdiff_t>(at);
        const auto until = from + static_cast<std::ptrdiff_t>(std::min(kDataBytes, bytes.size() - at));
        send({options_.address, until == bytes.end() ? PacketKind::last_data : PacketKind::data, Bytes(from, until)});
    }
}

Bytes Simulator::obey(ByteView order) {
    const auto instruction = static_cast<Instruction>(order[0]);
    const int buffer = order.size() > 1 ? order[1] : 0;
    const auto page = get16(order, 2);
    if (instruction == Instruction::verify_password) {
        verified_ = (static_cast<std::uint32_t>(get16(order, 1)) << 16U | get16(order, 3)) == options_.password;
        return confirmation(verified_ ? Confirmation::ok : Confirmation::wrong_password);
    }
    if (!verified_) {
        return confirmation(Confirmation::wrong_password);
    }
    switch (instruction) {
    case Instruction::get_image:
        return take_image();
    case Instruction::image_to_characters:
        if (!image_ || quality_ != Confirmation::ok) {
            return confirmation(image_ ? quality_ : Confirmation::no_image);
        }
        buffers_[buffer] = template_of(*image_);
        return confirmation(Confirmation::ok);
    case Instruction::make_model:
        return confirmation(buffers_[1] == buffers_[2] ? Confirmation::ok : Confirmation::not_the_same_finger);
    case Instruction::store:
        if (page >= options_.capacity) {
            return confirmation(Confirmation::bad_page);
        }
        store_[page] = buffers_[buffer];
        return confirmation(Confirmation::ok);
    case Instruction::load:
        if (!store_.contains(page)) {
            return confirmation(Confirmation::bad_template);
        }
        buffers_[buffer] = store_[page];
        return confirmation(Confirmation::ok);
    case Instruction::search:
        return search(order);
    case Instruction::erase:
        store_.erase(store_.lower_bound(get16(order, 1)), store_.lower_bound(static_cast<std::uint16_t>(
                                                              std::min(0xffff, get16(order, 1) + get16(order, 3)))));
        return confirmation(Confirmation::ok);
    case Instruction::empty:
        store_.clear();
        return confirmation(Confirmation::ok);
    case Instruction::read_parameters:
        return parameters();
    case Instruction::template_count: {
        Bytes reply = confirmation(Confirmation::ok);
        put16(reply, store_.size());
        return reply;
    }
    case Instruction::write_notepad:
    case Instruction::read_notepad:
        return note(order);
    case Instruction::read_index:
        return index(static_cast<std::uint8_t>(buffer));
    case Instruction::upload:
        uploading_ = buffer;
        return confirmation(buffers_[buffer].empty() ? Confirmation::upload_failed : Confirmation::ok);
    case Instruction::download:
        downloading_ = buffer;
        incoming_.clear();
        return confirmation(Confirmation::ok);
    case Instruction::led_ring:
        return confirmation(options_.ring ? Confirmation::ok : Confirmation::packet_error);
    case Instruction::verify_password:
        break;
    }
    return confirmation(Confirmation::packet_error);
}

Bytes Simulator::take_image() {
    image_ = finger_;
    return confirmation(image_ ? Confirmation::ok : Confirmation::no_finger);
}

Bytes Simulator::search(ByteView order) const {
    const auto wanted = buffers_.find(order[1]);
    const unsigned first = get16(order, 2), until = first + get16(order, 4);
    for (const auto &[page, bytes] : store_) {
        if (page >= first && page < until && wanted != buffers_.end() && bytes == wanted->second) {
            Bytes reply = confirmation(Confirmation::ok);
            put16(reply, page);
            put16(reply, 150);
            return reply;
        }
    }
    Bytes reply = confirmation(Confirmation::not_found);
    reply.resize(5);
    return reply;
}

Bytes Simulator::parameters() const {
    Bytes reply = confirmation(Confirmation::ok);
    for (const std::size_t word : {std::size_t{0}, std::size_t{9}, std::size_t{options_.capacity}, std::size_t{3},
                                   std::size_t{options_.address >> 16U}, std::size_t{options_.address & 0xffffU},
                                   std::size_t{2}, std::size_t{6}}) {
        put16(reply, word);
    }
    return reply;
}

Bytes Simulator::index(std::uint8_t table) const {
    Bytes reply(33);
    for (const auto &[page, bytes] : store_) {
        if (page / 256 == table) {
            auto &byte = reply[1U + page % 256U / 8U];
            byte = static_cast<std::uint8_t>(byte | 1U << page % 8U);
        }
    }
    return reply;
}

Bytes Simulator::note(ByteView order) {
    if (!options_.notepad || order.size() < 2) {
        return confirmation(Confirmation::packet_error);
    }
    Bytes &note = notes_[order[1]];
    note.resize(Module::kNoteBytes);
    Bytes reply = confirmation(Confirmation::ok);
    if (static_cast<Instruction>(order[0]) == Instruction::read_notepad) {
        reply.insert(reply.end(), note.begin(), note.end());
    } else {
        const ByteView given = order.subspan(2);
        note.assign(given.begin(), given.end());
    }
    return reply;
}

void Simulator::take_data(const Packet &packet) {
    if (downloading_ == 0) {
        return;
    }
    incoming_.insert(incoming_.end(), packet.payload.begin(), packet.payload.end());
    if (packet.kind == PacketKind::last_data) {
        buffers_[std::exchange(downloading_, 0)] = std::exchange(incoming_, {});
    }
}

void Simulator::send(const Packet &packet) {
    Bytes bytes;
    if (faults_.noise > 0) {
        --faults_.noise;
        bytes = {0x00, 0xef, 0xef, 0x01, 0x55, 0xff, 0xef, 0x01}; // headers that begin nothing, too
    }
    if (faults_.doubled) {
        const Bytes older = write_packet({options_.address, PacketKind::data, {0x01, 0x02}});
        bytes.insert(bytes.end(), older.begin(), older.end());
    }
    Bytes own = write_packet(packet);
    int &spoilt = packet.kind == PacketKind::answer ? faults_.wrong_sum : faults_.spoilt_data;
    if (spoilt > 0) {
        --spoilt;
        own.back() = static_cast<std::uint8_t>(own.back() ^ 0x5aU);
    }
    bytes.insert(bytes.end(), own.begin(), own.end());
    if (!faults_.in_bytes) {
        write_all(bytes);
        return;
    }
    for (const std::uint8_t byte : bytes) {
        write_all({&byte, 1});
        std::this_thread::yield();
    }
}

void Simulator::write_all(ByteView bytes) const {
    while (!bytes.empty()) {
        const auto written = ::write(line_.get(), bytes.data(), bytes.size());
        if (written <= 0) {
            return;
        }
        bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
}

} // namespace xueshi::fingerprint::uart
