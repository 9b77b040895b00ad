#include "firmware/checkin/factor_table.hpp"

#include <doctest/doctest.h>

using namespace xueshi;
using namespace xueshi::checkin;
using record::Evidence;
using training::Factor;

namespace {

constexpr std::array kFactors{Factor::face, Factor::finger, Factor::face_or_finger, Factor::face_and_finger};

} // namespace

TEST_CASE("factor table: exactly one row for each policy, sensor and partner") {
    std::size_t found = 0;
    for (const auto factor : kFactors) {
        for (const auto sensor : {Sensor::face, Sensor::finger}) {
            for (const auto partner : {Partner::none, Partner::same_person}) {
                const auto &row = factor_row(factor, sensor, partner);
                CHECK(row.asked == factor);
                CHECK(row.sensor == sensor);
                CHECK(row.partner == partner);
                ++found;
            }
        }
    }
    CHECK(found == kFactorTable.size());
}

TEST_CASE("factor table: a class that wants both is content with nothing less, any other with what it names") {
    for (const auto &row : kFactorTable) {
        const auto alone = row.sensor == Sensor::face ? Evidence::face : Evidence::finger;
        if (row.asked == Factor::face_and_finger) {
            CHECK((row.need == Need::nothing) == (row.partner == Partner::same_person));
            CHECK(row.evidence == (row.need == Need::nothing ? Evidence::both : alone));
        } else {
            const bool named =
                row.asked == Factor::face_or_finger || (row.asked == Factor::face) == (row.sensor == Sensor::face);
            CHECK((row.need == Need::nothing) == named);
            CHECK(row.evidence == alone);
        }
    }
}

TEST_CASE(
    "factor table: an accommodated finger is enough alone in every class, and takes nothing away but the second") {
    for (const auto factor : kFactors) {
        CHECK(factor_row(eased(factor), Sensor::finger, Partner::none).need == Need::nothing);
        if (factor == Factor::face) {
            CHECK(factor_row(eased(factor), Sensor::face, Partner::none).need == Need::nothing);
        }
    }
}
