#pragma once

#include <string>

namespace xueshi::test::crash {

/// What the product asks for as `PRAGMA synchronous = FULL` becomes this level ("" : FULL, as asked). The program is
/// linked with --wrap=sqlite3_exec: the product knows nothing of it.
void override_synchronous(std::string level);

} // namespace xueshi::test::crash
