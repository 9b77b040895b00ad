#include <doctest/doctest.h>

#include "daemon/registry/filing/roster_file.hpp"
#include "tests/daemon/registry/filing/filed.hpp"

using namespace filed;
using registry::filing::RosterRow;

namespace {

Expected<std::vector<RosterRow>> read(std::string_view csv, bool may_exceed_60 = false) {
    return registry::filing::read_roster(csv, {may_exceed_60, false}, kNowMs);
}
std::string refused(std::string_view csv, bool may_exceed_60 = false) {
    return refusal(read(csv, may_exceed_60));
}
Expected<std::vector<RosterRow>> read_named(const std::string &name) {
    return read("number,name,id_number\n1," + name + "," + id_number(1) + "\n");
}

std::string repeated(std::string_view piece, int count) {
    std::string text;
    while (count-- > 0) {
        text += piece;
    }
    return text;
}

} // namespace

TEST_CASE("filing: a roster is read by the names of its columns, in English or Chinese, in any order") {
    const std::vector<RosterRow> expected{{"01", "张三", id_number(1)}};
    CHECK(read("number,name,id_number\n01,张三," + id_number(1) + "\n").value() == expected);
    CHECK(read("姓名,身份证号码,编号\n张三," + id_number(1) + ",01\n").value() == expected);
}

TEST_CASE("filing: only a confidential class may leave names and ID numbers blank, and numbers never") {
    const std::string csv = "number,name,id_number\n01,,\n02,\xE3\x80\x80,\n03,张三," + id_number(3) + "\n";
    CHECK(contains(refused(csv), "line 2: column 2 (name): is empty"));
    const auto confidential = [](std::string_view text) {
        return registry::filing::read_roster(text, {false, true}, kNowMs);
    };
    const std::vector<RosterRow> expected{{"01", "", ""}, {"02", "", ""}, {"03", "张三", id_number(3)}};
    CHECK(confidential(csv).value() == expected);
    CHECK(contains(refusal(confidential("number,name,id_number\n,,\n1,a,\n,b,\n")), "line 4: column 1 (number)"));
    CHECK(contains(refusal(confidential("number,name,id_number\n1,,123\n")), "line 2: column 3 (id_number)"));
}

TEST_CASE("F21: a missing, unknown or repeated column is refused") {
    CHECK(contains(refused("number,name\n1,a\n"), "line 1: column id_number is missing"));
    CHECK(contains(refused("number,name,id_number,phone\n"), "line 1: column 4 is none of"));
    CHECK(contains(refused("number,name,编号\n"), "line 1: column 3 (number) stands twice"));
    CHECK(contains(refused("number,name,id_number\n1,a\n"), "line 2: has 2 columns"));
    CHECK(contains(refused(""), "empty"));
    CHECK(contains(refused("number,name,id_number\n"), "no trainee"));
}

TEST_CASE("F21: an unclosed quote, a NUL and a line of 10 MB are refused whole") {
    using namespace std::string_literals;
    CHECK(contains(refused("number,name,id_number\n1,\"a," + id_number(1) + "\n"), "line 2, column 2"));
    CHECK(contains(refused("number,name,id_number\n1,a\0,x\n"s), "line 2"));
    CHECK(contains(refused("number,name,id_number\n1," + std::string(10 << 20, 'a') + ",x\n"), "line 2"));
    CHECK(read(std::string((16 << 20) + 1, 'a')).error().code == ErrorCode::too_large);
}

TEST_CASE("F21: a duplicate trainee is refused with both lines") {
    const auto message = refused(roster(2) + "9,李四," + id_number(1) + "\n");
    CHECK(contains(message, "line 4: column 3 (id_number): the trainee already stands in line 2"));
    CHECK(contains(refused(roster(2) + "2,李四," + id_number(9) + "\n"),
                   "line 4: column 1 (number): already used in line 3"));
}

TEST_CASE("F21: the 61st trainee without an approval number is refused") {
    CHECK(read(roster(60)).has_value());
    CHECK(contains(refused(roster(61)), "line 62: trainee 61"));
    CHECK(read(roster(61), true).value().size() == 61);
    CHECK(contains(refused(roster(501), true), "line 502: trainee 501"));
}

TEST_CASE("F23: names of one character, of 50, with a dot and with rare characters are kept exactly") {
    for (const auto &name : {std::string("张"), repeated("阿", 50), std::string("阿依古丽·买买提"),
                             std::string("\xF0\xA0\x80\x80\xF0\xB0\x80\x80"), std::string("O'Neil Mc Coy"),
                             std::string("=1+1"), std::string(" 张 ")}) {
        CHECK(read_named(name).value().at(0).name == name);
    }
}

TEST_CASE("F23: an empty name and one of controls is refused") {
    CHECK(contains(refusal(read_named("")), "line 2: column 2 (name): is empty"));
    CHECK(contains(refusal(read_named("  \xE3\x80\x80")), "is empty"));
    CHECK(contains(refusal(read_named("a\x07")), "no controls"));
    CHECK(contains(refusal(read_named(repeated("阿", 101))), "at most 100 characters"));
}

TEST_CASE("F24: an identity number that does not check is refused with line and column, not repeated") {
    auto bad = id_number(2);
    bad[16] = bad[16] == '1' ? '2' : '1';
    const auto message = refused(edited(roster(3), id_number(2), bad));
    CHECK(contains(message, "line 3: column 3 (id_number)"));
    CHECK(contains(message, "MOD 11-2"));
    CHECK_FALSE(contains(message, bad));
    CHECK(read("number,name,id_number\n1,a,11010519491231002x\n").value().at(0).id_number == "11010519491231002X");
}
