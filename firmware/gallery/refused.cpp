#include "firmware/gallery/gallery.hpp"

namespace xueshi::gallery {
namespace {

class RefusedGallery final : public Gallery {
public:
    explicit RefusedGallery(Error why) : why_(std::move(why)) {}

    Expected<void> replace(const PersonId &, const std::string &, const std::string &,
                           const std::vector<StoredTemplate> &) override {
        return tl::unexpected<Error>(why_);
    }
    Expected<std::vector<StoredTemplate>> load(const std::string &, const std::string &) override {
        return tl::unexpected<Error>(why_);
    }
    Expected<std::vector<StoredTemplate>> list(const std::string &) override { return tl::unexpected<Error>(why_); }
    Expected<std::int64_t> owe(const StoredTemplate &) override { return tl::unexpected<Error>(why_); }
    Expected<void> keep(std::int64_t) override { return tl::unexpected<Error>(why_); }
    Expected<std::vector<StoredTemplate>> owed(const std::string &) override { return tl::unexpected<Error>(why_); }
    Expected<void> settle(std::int64_t) override { return tl::unexpected<Error>(why_); }
    Expected<std::vector<PersonId>> outdated(const std::string &, const std::string &) override {
        return tl::unexpected<Error>(why_);
    }
    Expected<void> erase(const PersonId &) override { return tl::unexpected<Error>(why_); }
    Expected<void> erase(const PersonId &, const std::string &) override { return tl::unexpected<Error>(why_); }
    Expected<std::vector<PersonId>> people_with_wrong(const Right &) override { return tl::unexpected<Error>(why_); }
    Expected<void> withdraw(const Ledger &) override { return tl::unexpected<Error>(why_); }
    Expected<std::vector<Term>> terms() override { return tl::unexpected<Error>(why_); }
    Expected<void> set_terms(const std::map<PersonId, std::int64_t> &) override { return tl::unexpected<Error>(why_); }
    Expected<void> end_term(const PersonId &) override { return tl::unexpected<Error>(why_); }
    Expected<void> forget_term(const PersonId &) override { return tl::unexpected<Error>(why_); }
    Expected<void> set_consent(const PersonId &, const std::string &, bool) override {
        return tl::unexpected<Error>(why_);
    }
    Expected<bool> has_consent(const PersonId &, const std::string &) override { return tl::unexpected<Error>(why_); }

private:
    Error why_;
};

} // namespace

std::unique_ptr<Gallery> Gallery::refused(Error why) {
    return std::make_unique<RefusedGallery>(std::move(why));
}

} // namespace xueshi::gallery
