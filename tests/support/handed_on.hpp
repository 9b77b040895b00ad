#pragma once

#include <sqlite3.h>

namespace xueshi::test {

/// The operations of a file that hands every one on to another below it, which `Below` gives. A VFS of a test replaces
/// those that it is about.
template <sqlite3_file *(*Below)(sqlite3_file *)>
sqlite3_io_methods handed_on() {
    return {
        3,
        [](sqlite3_file *f) { return Below(f)->pMethods->xClose(Below(f)); },
        [](sqlite3_file *f, void *p, int n, sqlite3_int64 o) { return Below(f)->pMethods->xRead(Below(f), p, n, o); },
        [](sqlite3_file *f, const void *p, int n, sqlite3_int64 o) {
            return Below(f)->pMethods->xWrite(Below(f), p, n, o);
        },
        [](sqlite3_file *f, sqlite3_int64 size) { return Below(f)->pMethods->xTruncate(Below(f), size); },
        [](sqlite3_file *f, int flags) { return Below(f)->pMethods->xSync(Below(f), flags); },
        [](sqlite3_file *f, sqlite3_int64 *size) { return Below(f)->pMethods->xFileSize(Below(f), size); },
        [](sqlite3_file *f, int lock) { return Below(f)->pMethods->xLock(Below(f), lock); },
        [](sqlite3_file *f, int lock) { return Below(f)->pMethods->xUnlock(Below(f), lock); },
        [](sqlite3_file *f, int *out) { return Below(f)->pMethods->xCheckReservedLock(Below(f), out); },
        [](sqlite3_file *f, int op, void *arg) { return Below(f)->pMethods->xFileControl(Below(f), op, arg); },
        [](sqlite3_file *f) { return Below(f)->pMethods->xSectorSize(Below(f)); },
        [](sqlite3_file *f) { return Below(f)->pMethods->xDeviceCharacteristics(Below(f)); },
        [](sqlite3_file *f, int page, int size, int extend, void volatile **out) {
            return Below(f)->pMethods->xShmMap(Below(f), page, size, extend, out);
        },
        [](sqlite3_file *f, int offset, int n, int flags) {
            return Below(f)->pMethods->xShmLock(Below(f), offset, n, flags);
        },
        [](sqlite3_file *f) { Below(f)->pMethods->xShmBarrier(Below(f)); },
        [](sqlite3_file *f, int remove) { return Below(f)->pMethods->xShmUnmap(Below(f), remove); },
        [](sqlite3_file *f, sqlite3_int64 offset, int n, void **out) {
            return Below(f)->pMethods->xFetch(Below(f), offset, n, out);
        },
        [](sqlite3_file *f, sqlite3_int64 offset, void *p) {
            return Below(f)->pMethods->xUnfetch(Below(f), offset, p);
        },
    };
}

} // namespace xueshi::test
