// Text of unknown origin, made fit for a terminal and for logs.
#include "mort/base/visible_text.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mort {
namespace {

using testing::ElementsAre;

TEST(VisibleText, WhatAPersonWritesIsKept) {
  for (const std::string text :
       {"", "plain", "a\ttab", "back\\slash \\x1b", "Grüße, 東京 \xf0\x9f\x98\x80", "\xc2\xa0"})
    EXPECT_EQ(visible_line(text), text);
}

TEST(VisibleText, WhatATerminalWouldObeyIsWrittenAsAnEscape) {
  const std::pair<std::string, std::string> cases[] = {
      {std::string("a\0b", 3), "a\\0b"},
      {"\x1b[2J\x1b]0;title\x07", "\\x1b[2J\\x1b]0;title\\x07"},
      {"50 %\r100 %", "50 %\\r100 %"},
      {"a\nb", "a\\nb"},
      {"\x7f", "\\x7f"},
      {"\xc2\x9b"
       "31m",
       "\\u009b31m"},                             // CSI as one character
      {"\xe2\x80\xa8", "\\u2028"},                // line separator
      {"\xe2\x80\xaegnp.exe", "\\u202egnp.exe"},  // right to left
      {"\xe2\x81\xa6 \xd8\x9c", "\\u2066 \\u061c"}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(visible_line(text), expected);
}

TEST(VisibleText, BytesThatAreNoUtf8AreWrittenAsEscapes) {
  const std::pair<std::string, std::string> cases[] = {
      {"\xff\xfe", "\\xff\\xfe"},
      {"\x9b"
       "31m",
       "\\x9b31m"},                                  // CSI of eight bits
      {"\xc3", "\\xc3"},                             // cut
      {"\xe6\x9d", "\\xe6\\x9d"},                    // cut
      {"\xc0\x9b", "\\xc0\\x9b"},                    // ESC in too long a form
      {"\xe0\x80\x9b", "\\xe0\\x80\\x9b"},           // the same
      {"\xed\xa0\x80", "\\xed\\xa0\\x80"},           // a surrogate
      {"\xf4\x90\x80\x80", "\\xf4\\x90\\x80\\x80"},  // above the last character
      {"\xc3(", "\\xc3("}};
  for (const auto& [text, expected] : cases) EXPECT_EQ(visible_line(text), expected);
}

TEST(VisibleText, OfManyLinesKeepsTheBreaks) {
  EXPECT_EQ(visible_text("a\nb\x1b\n"), "a\nb\\x1b\n");
}

TEST(VisibleText, IsCutIntoLines) {
  EXPECT_THAT(visible_lines(""), ElementsAre(""));
  EXPECT_THAT(visible_lines("one"), ElementsAre("one"));
  EXPECT_THAT(visible_lines("one\n"), ElementsAre("one"));
  EXPECT_THAT(visible_lines("one\r\ntwo\n\nfour\r"), ElementsAre("one", "two", "", "four"));
  EXPECT_THAT(visible_lines("\n"), ElementsAre(""));
}

TEST(VisibleText, IsShortenedBetweenCharactersAndSaysByHowMuch) {
  EXPECT_EQ(shortened("short", 5), "short");
  const std::string umlauts = [] {
    std::string text;
    for (int i = 0; i < 100; ++i) text += "\xc3\xbc";
    return text;
  }();
  for (std::size_t most = 60; most < 64; ++most) {
    const std::string cut = shortened(umlauts, most);
    EXPECT_LE(cut.size(), most);
    EXPECT_EQ(visible_line(cut), cut) << "no half character";
    const std::size_t kept = cut.find(" [");
    EXPECT_EQ(cut.substr(kept), " [" + std::to_string(200 - kept) + " more bytes]");
  }
}

}  // namespace
}  // namespace mort
