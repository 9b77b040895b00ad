#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>

#include <unistd.h>

#include "daemon/upstream/archive/archive.hpp"

namespace xueshi::test {

/// An institution's archive in memory; fails when it is told to.
class FakeArchive final : public upstream::Archive {
public:
    std::map<std::string, std::string> objects;
    std::vector<std::string> requests;        ///< "PUT name", "GET name", "TEXT name"
    std::optional<upstream::Refusal> refusal; ///< of everything
    std::optional<upstream::Refusal> put_refusal, text_refusal;
    bool spoil = false; ///< keeps other bytes than it was sent
    std::int64_t most_bytes_per_s = -1;

    Result<void> put(Film film, std::int64_t max_bytes_per_s) override {
        requests.push_back("PUT " + film.name);
        most_bytes_per_s = max_bytes_per_s;
        if (refusal || put_refusal) {
            co_return tl::unexpected<upstream::Refusal>(refusal ? *refusal : *put_refusal);
        }
        std::string bytes(static_cast<std::size_t>(film.bytes), '\0');
        bytes.resize(static_cast<std::size_t>(::pread(film.file->get(), bytes.data(), bytes.size(), 0)));
        if (spoil) {
            bytes.back() = static_cast<char>(bytes.back() ^ 1);
        }
        objects[film.name] = std::move(bytes);
        co_return upstream::Answer<void>();
    }
    Result<Sha256> digest(std::string name, std::int64_t) override {
        requests.push_back("GET " + name);
        if (refusal) {
            co_return tl::unexpected<upstream::Refusal>(*refusal);
        }
        if (!objects.contains(name)) {
            co_return tl::unexpected<upstream::Refusal>(refusal_of(404, ErrorCode::not_found));
        }
        co_return sha256(as_bytes(objects.at(name)));
    }
    Result<void> put_text(std::string name, std::string text) override {
        requests.push_back("TEXT " + name);
        if (refusal || text_refusal) {
            co_return tl::unexpected<upstream::Refusal>(refusal ? *refusal : *text_refusal);
        }
        objects[name] = std::move(text);
        co_return upstream::Answer<void>();
    }
    void heed(const std::atomic<bool> &) override {}
    std::string describe() const override { return "the archive"; }

    static upstream::Refusal refusal_of(unsigned status, ErrorCode code) {
        upstream::Refusal out;
        out.status = status;
        out.error = Error{code, "told to refuse"};
        return out;
    }
};

} // namespace xueshi::test
