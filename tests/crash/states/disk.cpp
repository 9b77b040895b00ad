#include "tests/crash/states/disk.hpp"

#include <algorithm>
#include <cstring>

namespace xueshi::test::crash {
namespace {

constexpr std::size_t kSector = 512;

bool is_content(const Op &op) {
    return op.kind == OpKind::write || op.kind == OpKind::truncate;
}

std::string directory_of(const std::string &path) {
    const auto slash = path.rfind('/');
    return slash == std::string::npos ? "" : path.substr(0, slash);
}

void put(std::string &content, std::uint64_t offset, std::string_view bytes) {
    if (content.size() < offset + bytes.size()) {
        content.resize(offset + bytes.size());
    }
    std::copy(bytes.begin(), bytes.end(), content.begin() + static_cast<std::ptrdiff_t>(offset));
}

std::string noise(std::size_t size, std::mt19937_64 &random) {
    std::string bytes(size, '\0');
    for (std::size_t i = 0; i < size; i += 8) {
        const std::uint64_t word = random();
        std::memcpy(bytes.data() + i, &word, std::min<std::size_t>(8, size - i));
    }
    return bytes;
}

void write_scattered(std::string &content, const Op &op, std::mt19937_64 &random) {
    const std::uint64_t end = op.offset + op.data.size();
    for (std::uint64_t at = op.offset; at < end;) {
        const std::uint64_t next = std::min<std::uint64_t>(end, (at / kSector + 1) * kSector);
        const std::string_view sector(op.data.data() + (at - op.offset), next - at);
        switch (random() % 3) {
        case 0:
            break;
        case 1:
            put(content, at, sector);
            break;
        default:
            put(content, at, noise(sector.size(), random));
        }
        at = next;
    }
}

void change_content(std::string &content, const Op &op, Fate fate, std::mt19937_64 &random) {
    if (fate == Fate::drop) {
        return;
    }
    if (op.kind == OpKind::truncate) {
        content.resize(op.offset);
        return;
    }
    switch (fate) {
    case Fate::torn:
        put(content, op.offset, std::string_view(op.data).substr(0, random() % (op.data.size() + 1)));
        return;
    case Fate::garbage:
        put(content, op.offset, noise(op.data.size(), random));
        return;
    case Fate::holes:
        put(content, op.offset, std::string(op.data.size(), '\0'));
        return;
    case Fate::scattered:
        write_scattered(content, op, random);
        return;
    default:
        put(content, op.offset, op.data);
    }
}

void change_names(std::map<std::string, int> &names, std::set<std::string> &directories, const Op &op, Fate fate) {
    if (fate == Fate::drop) {
        return;
    }
    switch (op.kind) {
    case OpKind::make_directory:
        directories.insert(op.path);
        return;
    case OpKind::unlink:
        names.erase(op.path);
        return;
    case OpKind::rename:
        names[op.to] = op.inode;
        if (fate != Fate::torn) {
            names.erase(op.path);
        }
        return;
    default:
        names[op.path] = op.inode;
    }
}

bool reachable(const std::string &path, const std::set<std::string> &directories) {
    const std::string parent = directory_of(path);
    return parent.empty() || (directories.contains(parent) && reachable(parent, directories));
}

} // namespace

std::vector<Fate> random_fates(std::size_t count, std::mt19937_64 &random) {
    std::vector<Fate> fates(count);
    for (Fate &fate : fates) {
        fate = static_cast<Fate>(random() % 6);
    }
    return fates;
}

Disk::Disk(const Image &image) : directories_(image.directories) {
    int inode = 0;
    for (const auto &[path, content] : image.files) {
        names_[path] = ++inode;
        content_[inode] = content;
    }
}

void Disk::apply(const Op &op) {
    switch (op.kind) {
    case OpKind::sync_file:
    case OpKind::sync_directory:
        sync(op);
        return;
    case OpKind::sync_failed:
        fail_sync(op);
        return;
    default:
        pending_.push_back({&op, State::loose});
    }
}

void Disk::sync(const Op &op) {
    std::mt19937_64 unused;
    const bool of_file = op.kind == OpKind::sync_file;
    const auto concerned = [&](const Op &other) {
        return of_file ? is_content(other) && other.inode == op.inode
                       : !is_content(other) && (directory_of(other.path) == op.path ||
                                                (other.kind == OpKind::rename && directory_of(other.to) == op.path));
    };
    if (of_file) {
        forget_before_emptied(op.inode);
    }
    // Behind a lost write the order matters, so nothing may move into the certain content past it.
    const bool blocked = std::ranges::any_of(
        pending_, [&](const Pending &each) { return concerned(*each.op) && each.state == State::lost; });
    for (Pending &each : pending_) {
        if (!concerned(*each.op) || each.state == State::lost) {
            continue;
        }
        if (blocked) {
            each.state = State::certain;
        } else if (of_file) {
            change_content(content_[op.inode], *each.op, Fate::keep, unused);
        } else {
            change_names(names_, directories_, *each.op, Fate::keep);
        }
    }
    if (!blocked) {
        std::erase_if(pending_, [&](const Pending &each) { return concerned(*each.op); });
    }
}

/// What was written before the file was emptied cannot come back once the emptying is synced.
void Disk::forget_before_emptied(int inode) {
    const auto of_inode = [&](const Pending &each) { return is_content(*each.op) && each.op->inode == inode; };
    const auto emptied = std::find_if(pending_.rbegin(), pending_.rend(), [&](const Pending &each) {
        return of_inode(each) && each.op->kind == OpKind::truncate && each.op->offset == 0;
    });
    if (emptied != pending_.rend()) {
        content_[inode].clear();
        pending_.erase(std::remove_if(pending_.begin(), emptied.base(), of_inode), emptied.base());
    }
}

void Disk::fail_sync(const Op &op) {
    for (Pending &each : pending_) {
        if (is_content(*each.op) && each.op->inode == op.inode && each.state == State::loose) {
            each.state = State::lost;
        }
    }
}

std::size_t Disk::uncertain() const {
    return static_cast<std::size_t>(
        std::ranges::count_if(pending_, [](const Pending &each) { return each.state != State::certain; }));
}

Image Disk::after_cut(const std::vector<Fate> &fates, std::mt19937_64 &random) const {
    std::map<int, std::string> changed;
    std::map<std::string, int> names = names_;
    Image image;
    image.directories = directories_;
    auto fate = fates.begin();
    for (const Pending &each : pending_) {
        const Fate its = each.state == State::certain ? Fate::keep : *fate++;
        if (is_content(*each.op)) {
            const auto known = content_.find(each.op->inode);
            auto &content =
                changed.try_emplace(each.op->inode, known == content_.end() ? "" : known->second).first->second;
            change_content(content, *each.op, its, random);
        } else {
            change_names(names, image.directories, *each.op, its);
        }
    }
    const auto made = image.directories;
    std::erase_if(image.directories, [&](const std::string &path) { return !reachable(path, made); });
    for (const auto &[path, inode] : names) {
        if (!reachable(path, image.directories)) {
            continue;
        }
        const auto now = changed.find(inode);
        const auto known = content_.find(inode);
        image.files[path] = now != changed.end() ? now->second : known != content_.end() ? known->second : "";
    }
    return image;
}

} // namespace xueshi::test::crash
