#include "firmware/core/identity/tpm_key.hpp"

#include <sys/stat.h>

#include <chrono>
#include <optional>
#include <thread>

#include <doctest/doctest.h>

#include "firmware/core/base/file.hpp"
#include "firmware/core/identity/secret_file.hpp"
#include "tests/support/openssl_command.hpp"
#include "tests/support/process.hpp"
#include "tests/support/temporary_directory.hpp"

using namespace xueshi;
using namespace xueshi::identity;

namespace {

bool installed() {
    const bool there =
        std::system("command -v swtpm >/dev/null && ls /usr/lib/*/ossl-modules/tpm2.so >/dev/null 2>&1") == 0;
    if (!there) {
        MESSAGE("skipped: swtpm or OpenSSL's tpm2 provider is not installed");
    }
    return there;
}

/// A software TPM of its own.
struct SoftwareTpm {
    test::TemporaryDirectory directory;
    std::optional<test::Process> process;
    std::string tcti = "swtpm:path=" + (directory / "tpm.sock").string();

    SoftwareTpm() {
        std::filesystem::create_directory(directory / "state");
        start();
    }
    void start() {
        const std::string socket = (directory / "tpm.sock").string();
        std::filesystem::remove(socket);
        process.emplace(std::vector<std::string>{"/usr/bin/swtpm", "socket", "--tpm2", "--tpmstate",
                                                 "dir=" + (directory / "state").string(), "--ctrl",
                                                 "type=unixio,path=" + socket + ".ctrl", "--server",
                                                 "type=unixio,path=" + socket, "--flags",
                                                 "not-need-init,startup-clear"},
                        directory / "swtpm.log");
        for (int i = 0; i < 500 && !std::filesystem::exists(socket); ++i) {
            std::this_thread::sleep_for(std::chrono::milliseconds(20));
        }
        REQUIRE(std::filesystem::exists(socket));
    }
};

} // namespace

TEST_CASE("tpm: a key that the TPM made signs, is found again after a restart, and its level is hardware") {
    if (!installed()) {
        return;
    }
    SoftwareTpm tpm;
    const auto path = tpm.directory / "signing.key";
    std::string pem;
    {
        const auto signer = open_or_create_tpm_signer(path, tpm.tcti);
        REQUIRE_MESSAGE(signer.has_value(), (signer ? "" : signer.error().message));
        CHECK((*signer)->key_level() == "hardware");
        CHECK((*signer)->suite() == 1);
        pem = (*signer)->public_key_pem();
        const auto key = PublicKey::from_pem(pem).value();
        for (const std::string &message : {std::string("prev || body"), std::string(40'000, 'x'), std::string()}) {
            const Bytes signature = (*signer)->sign(as_bytes(message)).value();
            CHECK(key.verify(as_bytes(message), signature).has_value());
            CHECK_FALSE(key.verify(as_bytes(message + "."), signature).has_value());
        }
        struct stat status{};
        REQUIRE(::stat(path.c_str(), &status) == 0);
        CHECK((status.st_mode & 0777U) == 0600);
        CHECK(read_file(path, 9000).value().find("TSS2 PRIVATE KEY") != std::string::npos);
    }
    tpm.process->end(SIGTERM);
    tpm.start();
    const auto again = open_or_create_tpm_signer(path, tpm.tcti);
    REQUIRE_MESSAGE(again.has_value(), (again ? "" : again.error().message));
    CHECK((*again)->public_key_pem() == pem);
}

TEST_CASE("tpm: another TPM cannot use the key, and a key from a file is not taken for the TPM's") {
    if (!installed()) {
        return;
    }
    SoftwareTpm tpm, other;
    const auto path = tpm.directory / "signing.key";
    REQUIRE(open_or_create_tpm_signer(path, tpm.tcti).has_value());
    const auto stolen = open_or_create_tpm_signer(path, other.tcti);
    CHECK((!stolen || !(*stolen)->sign(as_bytes("x"))));
    REQUIRE(open_or_create_signer(tpm.directory / "file.key").has_value());
    CHECK(open_or_create_tpm_signer(tpm.directory / "file.key", tpm.tcti).error().code == ErrorCode::unsupported);
    CHECK_FALSE(open_or_create_signer(path).has_value());
}

TEST_CASE("tpm: without a TPM nothing is made, and the error says what is missing") {
    const test::TemporaryDirectory directory;
    const auto signer =
        open_or_create_tpm_signer(directory / "signing.key", "swtpm:path=" + (directory / "no.sock").string());
    REQUIRE_FALSE(signer.has_value());
    CHECK(signer.error().code == ErrorCode::unavailable);
    CHECK(signer.error().message.find("tpm2-openssl") != std::string::npos);
    CHECK_FALSE(std::filesystem::exists(directory / "signing.key"));
    const auto key =
        open_or_create_tpm_sealing_key(directory / "sealing.key", "swtpm:path=" + (directory / "no.sock").string());
    CHECK(key.error().code == ErrorCode::unavailable);
    CHECK_FALSE(std::filesystem::exists(directory / "sealing.key"));
}

TEST_CASE("tpm: the data key lies wrapped on the disk, and is the same after a restart") {
    if (!installed()) {
        return;
    }
    SoftwareTpm tpm;
    const auto path = tpm.directory / "sealing.key";
    const auto key = open_or_create_tpm_sealing_key(path, tpm.tcti);
    REQUIRE_MESSAGE(key.has_value(), (key ? "" : key.error().message));
    CHECK(*key != SealingKey{});
    struct stat status{};
    REQUIRE(::stat(path.c_str(), &status) == 0);
    CHECK((status.st_mode & 0777U) == 0600);
    const std::string text = read_file(path, 9000).value();
    CHECK(text.find(as_text(*key)) == std::string::npos);
    CHECK(text.find(base64(*key)) == std::string::npos);
    tpm.process->end(SIGTERM);
    tpm.start();
    CHECK(open_or_create_tpm_sealing_key(path, tpm.tcti).value() == *key);
    CHECK_FALSE(open_or_create_sealing_key(path).has_value()); // never taken for an open one
}

TEST_CASE("tpm: neither another TPM nor a changed file gives the data key") {
    if (!installed()) {
        return;
    }
    SoftwareTpm tpm, other;
    const auto path = tpm.directory / "sealing.key";
    REQUIRE(open_or_create_tpm_sealing_key(path, tpm.tcti).has_value());
    CHECK_FALSE(open_or_create_tpm_sealing_key(path, other.tcti).has_value());
    const std::string text = read_file(path, 9000).value();
    std::string changed = text;
    changed[changed.size() - 20] = changed[changed.size() - 20] == 'A' ? 'B' : 'A';
    for (const std::string &bad : {changed, text.substr(0, text.size() / 2), text + "\n", std::string("x")}) {
        REQUIRE(write_secret_file(path, bad));
        CHECK_FALSE(open_or_create_tpm_sealing_key(path, tpm.tcti).has_value());
        CHECK(read_file(path, 9000).value() == bad); // and none is made in its place
    }
}

TEST_CASE("tpm: a data key that lay open is wrapped, and the templates under it stay readable") {
    if (!installed()) {
        return;
    }
    SoftwareTpm tpm;
    const auto path = tpm.directory / "sealing.key";
    const auto open = open_or_create_sealing_key(path).value();
    CHECK(open_or_create_tpm_sealing_key(path, tpm.tcti).value() == open);
    CHECK(read_file(path, 9000).value().find(as_text(open)) == std::string::npos);
    CHECK(open_or_create_tpm_sealing_key(path, tpm.tcti).value() == open);
}
