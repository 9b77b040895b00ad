#pragma once

#include <string>

#include "firmware/fingerprint/uart/module.hpp"
#include "firmware/fingerprint/uart/place.hpp"

/// What a reader asks of a module that keeps prints. Errors are the module's.
namespace xueshi::fingerprint::uart {

/// Tells this module from another of its kind: 16 hex digits that the first terminal wrote into its notepad; "0" for a
/// module without one.
Expected<std::string> mark_of(Module &module);

/// Does the module still hold, at this place, the print that was put there? Spends buffer 2.
Expected<bool> holds(Module &module, const Place &place);

/// The model that buffer 1 has, on a free page. Error: no_space when there is none, unsupported when the module does
/// not give back what it stored, in which case it is erased again. Spends buffer 2.
Expected<Place> keep_model(Module &module);

/// Erases the print and looks that it is gone. Nothing to do when something else, or nothing, lies at its place: then
/// the print is not in this module. Spends buffer 2.
Expected<void> forget(Module &module, const Place &place);

} // namespace xueshi::fingerprint::uart
