#pragma once

/// A class as an institution files it: one lesson of two hours, one trainee. Of a year that no test's real clock
/// reaches: a class that is over leaves the roster.
namespace xueshi::test {

inline constexpr auto kPlan = R"([institution]
id = "institution-1"
name = "培训学校"
region = "220100"
[class]
id = "class-1"
name = "家政服务员"
[[lesson]]
id = "lesson-1"
title = "第1课"
teacher = "赵老师"
room = "room-1"
start = 2099-01-05T08:00:00+08:00
hours = 2
hour_seconds = 2700
break_seconds = 300
)";
inline constexpr auto kRoster = "编号,姓名,身份证号码\n01,甲,11010519491231002X\n"; // the standard's own sample number

} // namespace xueshi::test
