#include <doctest/doctest.h>
#include <opencv2/core.hpp>

#include "tests/support/enrolment_desk.hpp"

using namespace xueshi;
using namespace xueshi::checkin;
using test::Desk;
using test::FakePipeline;
using Face = test::FakePipeline::Face;

namespace {

/// A desk before whose camera a document is held: the close-ups, one after the other; the last one again and again.
struct DocumentDesk : Desk {
    Expected<Bytes> photograph_document(const std::vector<std::vector<Face>> &shown) {
        return photograph_document([&, answered = std::size_t{0}]() mutable {
            if (static_cast<int>(answered) < close_ups_asked) {
                clock.advance(400);
                enrolment.offer_close_up(FakePipeline::close_up(shown[std::min(answered++, shown.size() - 1)]));
            }
        });
    }
    Expected<Bytes> photograph_document(const std::function<void()> &feed) {
        std::optional<Expected<Portrait>> portrait;
        boost::asio::co_spawn(
            context, enrolment.photograph_document(watcher()),
            [&](const std::exception_ptr &, Expected<Portrait> result) { portrait = std::move(result); });
        run_until([&] { return portrait.has_value(); }, feed);
        CHECK_FALSE(enrolment.wants_faces());
        return *portrait ? Expected<Bytes>((*portrait)->items()) : tl::unexpected(portrait->error());
    }
    std::vector<std::string> hints() const {
        std::vector<std::string> all;
        for (const auto &line : progress) {
            all.emplace_back(line.at("document").as_string());
        }
        return all;
    }
};

const std::vector<Face> nobody, person{Face{.side = 220}}, card{Face{.person = 2}},
    far_card{Face{.person = 2, .side = 50}};

} // namespace

TEST_CASE_FIXTURE(DocumentDesk,
                  "document: held up it is photographed once it was seen twice, and what is to be done is told") {
    const auto portrait = photograph_document({nobody, person, far_card, card, far_card, card, card});
    REQUIRE(portrait);
    CHECK(camera::decode_still(*portrait, {}));
    CHECK(hints() == std::vector<std::string>{"hold_it_up", "closer", "hold_still", "closer", "hold_still"});
    CHECK(sink.drafts().empty());
    CHECK(gallery.templates.empty());
}

TEST_CASE_FIXTURE(DocumentDesk, "document: whoever stands there instead of holding one up is never photographed") {
    const auto portrait = photograph_document({person});
    REQUIRE_FALSE(portrait);
    CHECK(portrait.error().code == ErrorCode::timeout);
    CHECK(hints() == std::vector<std::string>{"hold_it_up"});
}

TEST_CASE_FIXTURE(DocumentDesk, "document: while it is held up nobody checks in, and cancelled it ends") {
    CHECK_FALSE(photograph_document([&] {
        CHECK(enrolment.wants_faces());
        watched = close_ups_asked < 4;
        enrolment.offer_close_up(FakePipeline::close_up(nobody));
    }));
    CHECK(close_ups_asked == 4);
}

TEST_CASE_FIXTURE(DocumentDesk, "document: two looks at different places are two things, not one that is held still") {
    CHECK_FALSE(photograph_document([&] {
        watched = close_ups_asked < 8;
        enrolment.offer_close_up(FakePipeline::close_up(card, close_ups_asked % 2 == 0 ? 60 : 180));
    }));
}

TEST_CASE_FIXTURE(DocumentDesk, "document: a portrait that comes when nobody waits for it any more is not given away") {
    int looks = 0;
    const auto portrait = photograph_document([&] {
        enrolment.offer_close_up(FakePipeline::close_up(card));
        watched = ++looks < 2; // ended while the second one is looked at
    });
    CHECK_FALSE(portrait);
}

TEST_CASE_FIXTURE(DocumentDesk, "document: a close-up that comes after the end is wiped, not kept") {
    REQUIRE(photograph_document({card, card}));
    auto late = FakePipeline::close_up(card);
    const cv::Mat pixels = late.bgr; // the same ones
    enrolment.offer_close_up(std::move(late));
    CHECK(cv::countNonZero(pixels.reshape(1)) == 0);
}

TEST_CASE_FIXTURE(DocumentDesk, "document: a camera that is lost meanwhile ends it with a clear error") {
    const auto portrait = photograph_document([&] {
        enrolment.set_camera(std::nullopt);
        enrolment.offer_close_up(FakePipeline::close_up(nobody));
    });
    REQUIRE_FALSE(portrait);
    CHECK(portrait.error().code == ErrorCode::unavailable);
}

TEST_CASE_FIXTURE(DocumentDesk, "document: without a camera there is a clear error") {
    enrolment.set_camera(std::nullopt);
    const auto portrait = photograph_document({card});
    REQUIRE_FALSE(portrait);
    CHECK(portrait.error().code == ErrorCode::unavailable);
}

TEST_CASE_FIXTURE(DocumentDesk, "document: a camera that gives no picture is waited for, and asked again") {
    CHECK_FALSE(photograph_document([&] {
        clock.advance(1'100);
        watched = close_ups_asked < 3;
    }));
    CHECK(close_ups_asked == 3);
}
