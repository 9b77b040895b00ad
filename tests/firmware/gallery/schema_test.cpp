#include <doctest/doctest.h>

#include "firmware/gallery/migrations.hpp"
#include "tests/support/schema_objects.hpp"

using namespace xueshi;

TEST_CASE("gallery: schema.sql is what the migrations make") {
    test::check_schema("firmware/gallery/schema.sql", gallery::migrations());
}
