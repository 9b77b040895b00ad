#include <doctest/doctest.h>

#include "daemon/registry/filing/id_number.hpp"
#include "tests/daemon/registry/filing/filed.hpp"

using namespace filed;

namespace {

std::string refused(std::string_view number) {
    return refusal(registry::filing::check_id_number(number, kNowMs));
}

} // namespace

TEST_CASE("filing: a number that checks is taken as it is") {
    CHECK(registry::filing::check_id_number("11010519491231002X", kNowMs).value() == "11010519491231002X");
    for (int sequence = 0; sequence < 200; ++sequence) {
        CHECK(refused(id_number(sequence)).empty());
    }
}

TEST_CASE("F24: a wrong check character is refused, whichever digit is wrong") {
    const auto good = id_number(17);
    for (std::size_t at = 14; at < good.size(); ++at) {
        auto bad = good;
        bad[at] = bad[at] == '1' ? '2' : '1';
        CHECK(contains(refused(bad), "MOD 11-2"));
    }
}

TEST_CASE("F24: 15 digits are refused with the reason") {
    CHECK(contains(refused("110105491231002"), "15 digits"));
}

TEST_CASE("F24: a lower-case x becomes X") {
    CHECK(registry::filing::check_id_number("11010519491231002x", kNowMs).value() == "11010519491231002X");
}

TEST_CASE("F24: full-width digits are refused with the reason") {
    CHECK(contains(refused("１１０１０５１９４９１２３１００２Ｘ"), "full-width"));
    CHECK(contains(refused("11010519491231002Ｘ"), "full-width"));
}

TEST_CASE("F24: a birth date in the future, of today and of no calendar") {
    CHECK(contains(refused(id_number(1, "20261125")), "future"));
    CHECK(refused(id_number(1, "20261124")).empty());
    CHECK(contains(refused(id_number(1, "20260230")), "no birth date"));
    CHECK(contains(refused(id_number(1, "19001301")), "no birth date"));
    CHECK(contains(refused(id_number(1, "18000101")), "no birth date"));
    CHECK(refused(id_number(1, "20000229")).empty());
    CHECK(contains(refused(id_number(1, "19000229")), "no birth date"));
}

TEST_CASE("F24: anything else is refused without repeating it") {
    for (const auto *text : {"", "1.10105E+17", "'11010519491231002X", "11010519491231002Y", "1101051949123100XX",
                             " 1010519491231002X", "01010519491231002X"}) {
        const auto message = refused(text);
        CHECK_FALSE(message.empty());
        CHECK_FALSE((text[0] != '\0' && contains(message, text)));
    }
}
