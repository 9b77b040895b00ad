#include <doctest/doctest.h>

#include "daemon/registry/filing/text.hpp"
#include "tests/daemon/registry/filing/filed.hpp"

using namespace filed;
using registry::filing::to_utf8;

namespace {

const std::string kText = "编号,姓名\n1,张三\n2,阿依·买买提\n";
const std::string kGbk =
    "\xB1\xE0\xBA\xC5,\xD0\xD5\xC3\xFB\n1,\xD5\xC5\xC8\xFD\n2,\xB0\xA2\xD2\xC0\xA1\xA4\xC2\xF2\xC2\xF2\xCC\xE1\n";

/// Basic plane only.
std::string utf16(std::u16string_view text, bool little) {
    std::string bytes = little ? "\xFF\xFE" : "\xFE\xFF";
    for (const char16_t unit : text) {
        const char low = static_cast<char>(unit & 0xFF), high = static_cast<char>(unit >> 8);
        bytes += little ? low : high;
        bytes += little ? high : low;
    }
    return bytes;
}

} // namespace

TEST_CASE("F22: UTF-8 with and without a byte order mark") {
    CHECK(to_utf8(kText).value() == kText);
    CHECK(to_utf8("\xEF\xBB\xBF" + kText).value() == kText);
    CHECK(to_utf8("number,name\n").value() == "number,name\n");
    CHECK(to_utf8("").value().empty());
}

TEST_CASE("F22: GBK is read exactly") {
    CHECK(to_utf8(kGbk).value() == kText);
}

TEST_CASE("F22: GB18030 with four bytes a character is read exactly") {
    CHECK(to_utf8("\xB1\xE0\xBA\xC5\n\x95\x32\x82\x36\xC8\xFD\n").value() == "编号\n\xF0\xA0\x80\x80三\n");
}

TEST_CASE("F22: UTF-16 of either byte order, surrogates included") {
    const std::u16string text = u"编号\n\xD840\xDC00三\n";
    CHECK(to_utf8(utf16(text, true)).value() == "编号\n\xF0\xA0\x80\x80三\n");
    CHECK(to_utf8(utf16(text, false)).value() == "编号\n\xF0\xA0\x80\x80三\n");
}

TEST_CASE("F22: what cannot be read exactly is an error with the line") {
    CHECK(contains(refusal(to_utf8(kGbk + "3,\xFF\xFF\n")), "line 4"));
    CHECK(contains(refusal(to_utf8(kGbk + "3,\xD5")), "line 4"));
    CHECK(contains(refusal(to_utf8(kText + "3,\xE5\xBC\n")), "line 4"));
    CHECK(contains(refusal(to_utf8("\xEF\xBB\xBF" + kText + "\xC8\xFD")), "line 4"));
    CHECK(contains(refusal(to_utf8(utf16(u"a\nb\n\xDC00", true))), "line 3"));
    CHECK(contains(refusal(to_utf8(utf16(u"a\nb", true) + "x")), "line 2"));
}

TEST_CASE("F22: never a silent U+FFFD, and no guess between UTF-8 and GBK") {
    CHECK(contains(refusal(to_utf8("编号\n张\xEF\xBF\xBD\n")), "line 2"));
    // In GBK one rare name, in UTF-8 one Latin letter.
    CHECK(contains(refusal(to_utf8("number,name\n1,\xC4\xA3\n")), "line 2: could be UTF-8 or GBK"));
    CHECK(to_utf8("\xEF\xBB\xBFnumber,name\n1,\xC4\xA3\n").value() == "number,name\n1,\xC4\xA3\n");
}

TEST_CASE("F21: a NUL is refused with its line") {
    using namespace std::string_literals;
    CHECK(contains(refusal(to_utf8("a\nb\0c"s)), "line 2: a NUL"));
    CHECK(contains(refusal(to_utf8("\xEF\xBB\xBFx\nb\0c"s)), "line 2: a NUL"));
    CHECK(contains(refusal(to_utf8("\xFF\xFEx\0\n\0\0\0"s)), "line 2: a NUL"));
}
