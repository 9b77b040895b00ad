#pragma once

#include <cstdint>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

namespace xueshi::test::crash {

/// What a program did to the disk, in order. Paths are relative to the recorded directory.
enum class OpKind { create, make_directory, write, truncate, sync_file, sync_failed, sync_directory, rename, unlink };
struct Op {
    OpKind kind = OpKind::write;
    int inode = 0;
    std::string path, to;     ///< of what concerns a name; of sync_directory the directory
    std::uint64_t offset = 0; ///< of a write; the new size of a truncate
    std::string data;
};

/// What becomes of one operation that was not synced when the power went.
enum class Fate {
    drop,
    keep,
    torn,      ///< a write's first bytes only; of a rename the old name stays too
    garbage,   ///< the length is there, the content is not what was written
    holes,     ///< the length is there, the content is zeros
    scattered, ///< each sector of 512 bytes has a fate of its own
};

/// One of each by chance.
std::vector<Fate> random_fates(std::size_t count, std::mt19937_64 &random);

/// Everything that lies on the disk.
struct Image {
    std::map<std::string, std::string> files;
    std::set<std::string> directories;
};

/// A disk that promises as little as POSIX and SQLite's documentation let it: content is certain after fsync of the
/// file, a name after fsync of its directory; what is not certain may be there in part and in any order. One thing is
/// assumed, as SQLite assumes it ("powersafe overwrite"): a write cut short spoils no byte outside of it.
class Disk {
public:
    Disk() = default;
    /// All of it is certain; the files' inodes are 1, 2, ... in the image's order.
    explicit Disk(const Image &image);

    void apply(const Op &op); ///< `op` outlives the disk
    /// How many operations a cut now may drop.
    std::size_t uncertain() const;
    /// One fate for each uncertain operation, oldest first.
    Image after_cut(const std::vector<Fate> &fates, std::mt19937_64 &random) const;

private:
    enum class State {
        loose,
        lost,   ///< its fsync failed: no later fsync makes it certain, only writing it again
        certain ///< synced, but a lost one lies before it
    };
    struct Pending {
        const Op *op;
        State state;
    };
    void sync(const Op &op);
    void forget_before_emptied(int inode);
    void fail_sync(const Op &op);

    std::map<int, std::string> content_; ///< certain content
    std::map<std::string, int> names_;   ///< certain names
    std::set<std::string> directories_;
    std::vector<Pending> pending_; ///< in the order they were made
};

} // namespace xueshi::test::crash
