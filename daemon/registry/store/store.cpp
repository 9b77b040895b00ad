#include "daemon/registry/store/store.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <mutex>

#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include "daemon/registry/store/migrations.hpp"
#include "daemon/registry/store/on_thread.hpp"
#include "firmware/core/base/file.hpp"

namespace xueshi::registry::store {

namespace asio = boost::asio;

struct Store::Impl {
    soci::session sql;
    std::mutex mutex; ///< transact() may be called from any thread
    asio::thread_pool thread{1};
};

namespace {

constexpr std::string_view kSqlite = "sqlite3://";

void run_script(soci::session &sql, std::string_view script) {
    while (!script.empty()) {
        const auto end = script.find(";\n");
        const std::string_view statement = script.substr(0, end);
        if (statement.find_first_not_of(" \n") != std::string_view::npos) {
            sql << std::string(statement);
        }
        script.remove_prefix(end == std::string_view::npos ? script.size() : end + 2);
    }
}

void migrate(soci::session &sql) {
    sql << "CREATE TABLE IF NOT EXISTS schema_version (version BIGINT NOT NULL)";
    long long version = 0;
    sql << "SELECT COALESCE(MAX(version), 0) FROM schema_version", soci::into(version);
    const auto &all = migrations();
    if (version > static_cast<long long>(all.size())) {
        throw std::runtime_error("the database is of a newer version of this program");
    }
    for (auto next = static_cast<std::size_t>(version); next < all.size(); ++next) {
        soci::transaction transaction(sql);
        run_script(sql, all[next]);
        const auto number = static_cast<long long>(next + 1);
        sql << "INSERT INTO schema_version (version) VALUES (:version)", soci::use(number);
        transaction.commit();
    }
}

/// The database holds names and ID numbers: nobody but the registry's user reads it.
Expected<void> make_private(const std::string &file) {
    const UniqueFd fd(file_system().open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
    if (!fd || ::fchmod(fd.get(), 0600) != 0) {
        return tl::unexpected(error_from_errno(errno, "open " + file));
    }
    return {};
}

void open_sqlite(soci::session &sql, const std::string &file) {
    sql.open(*soci::factory_sqlite3(), "dbname=" + file + " timeout=10");
    std::string mode;
    sql << "PRAGMA journal_mode = WAL", soci::into(mode);
    if (mode != "wal") {
        throw std::runtime_error("the file system cannot hold a write-ahead log");
    }
    sql << "PRAGMA synchronous = FULL"; // an answer is given only for what survives a power cut
    sql << "PRAGMA foreign_keys = ON";
}

} // namespace

Store::Store(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}

Store::~Store() {
    impl_->thread.join();
}

Expected<std::unique_ptr<Store>> Store::open(const std::string &url) {
    if (!url.starts_with(kSqlite) || url.find_first_of(" '\"") != std::string::npos) {
        return fail(ErrorCode::unsupported, "database.url must be sqlite3://FILE (no spaces or quotes), not " + url);
    }
    const std::string file = url.substr(kSqlite.size());
    if (auto made = make_private(file); !made) {
        return tl::unexpected(made.error());
    }
    auto impl = std::make_unique<Impl>();
    try {
        open_sqlite(impl->sql, file);
        migrate(impl->sql);
    } catch (const std::exception &exception) {
        return fail(ErrorCode::io, "open the database " + url + ": " + exception.what());
    }
    return std::unique_ptr<Store>(new Store(std::move(impl)));
}

Expected<void> Store::execute(const std::function<Expected<void>(Session &)> &work) {
    const std::lock_guard lock(impl_->mutex);
    try {
        soci::transaction transaction(impl_->sql); // rolls back unless committed
        Session session{impl_->sql};
        if (auto done = work(session); !done) {
            return done;
        }
        transaction.commit();
        return {};
    } catch (const std::exception &exception) {
        const std::string what = exception.what();
        const bool full = what.find("full") != std::string::npos;
        return fail(full ? ErrorCode::no_space : ErrorCode::io, "database: " + what);
    }
}

asio::awaitable<void> Store::on_thread(std::function<void()> job) {
    return store::on_thread(impl_->thread, std::move(job));
}

} // namespace xueshi::registry::store
