#pragma once

#include <memory>

#include "firmware/fingerprint/reader.hpp"
#include "firmware/fingerprint/uart/module.hpp"

namespace xueshi::fingerprint::uart {

/// A serial module as a reader: it takes, keeps and matches the prints by itself. Waits for the module's first answers.
/// A place in the module is bound to its print by the template's SHA-256, which is read back and compared at each match
/// and before each erasure. The module gets a mark in its notepad, so that another one is told apart (`family`).
/// On a pseudo terminal it is virtual. Error: as Module::open.
Expected<std::unique_ptr<Reader>> open_uart_reader(const ModuleOptions &options);

} // namespace xueshi::fingerprint::uart
