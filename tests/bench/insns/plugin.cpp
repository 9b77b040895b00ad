// A TCG plugin of QEMU's user mode: counts the instructions a program executes between its functions counted_from and
// counted_to and writes each sum as a line to QEMU's log (-d plugin -D FILE).
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

// Debian packs no qemu-plugin.h; this is what is used of its interface (version 1, QEMU 4.2 and later).
extern "C" {
struct qemu_info_t;
struct qemu_plugin_tb;
struct qemu_plugin_insn;
using qemu_plugin_id_t = std::uint64_t;
enum qemu_plugin_cb_flags { QEMU_PLUGIN_CB_NO_REGS };
enum qemu_plugin_op { QEMU_PLUGIN_INLINE_ADD_U64 };
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t, void (*)(qemu_plugin_id_t, qemu_plugin_tb *));
void qemu_plugin_register_vcpu_tb_exec_cb(qemu_plugin_tb *, void (*)(unsigned, void *), qemu_plugin_cb_flags, void *);
void qemu_plugin_register_vcpu_tb_exec_inline(qemu_plugin_tb *, qemu_plugin_op, void *, std::uint64_t);
std::size_t qemu_plugin_tb_n_insns(const qemu_plugin_tb *);
qemu_plugin_insn *qemu_plugin_tb_get_insn(const qemu_plugin_tb *, std::size_t);
const char *qemu_plugin_insn_symbol(const qemu_plugin_insn *);
void qemu_plugin_outs(const char *);

[[gnu::visibility("default")]] int qemu_plugin_version = 1;
}

namespace {

std::uint64_t g_executed = 0, g_from = 0; // one thread: what is counted starts no other

void note_from(unsigned, void *) {
    g_from = g_executed;
}
void report(unsigned, void *) {
    qemu_plugin_outs((std::to_string(g_executed - g_from) + "\n").c_str());
}

/// QEMU translates code by blocks that run from their first to their last instruction.
void translated(qemu_plugin_id_t, qemu_plugin_tb *block) {
    const char *symbol = qemu_plugin_insn_symbol(qemu_plugin_tb_get_insn(block, 0));
    const std::string_view name = symbol != nullptr ? symbol : "";
    if (name == "counted_to") {
        qemu_plugin_register_vcpu_tb_exec_cb(block, report, QEMU_PLUGIN_CB_NO_REGS, nullptr);
    } else if (name == "counted_from") {
        qemu_plugin_register_vcpu_tb_exec_cb(block, note_from, QEMU_PLUGIN_CB_NO_REGS, nullptr);
    } else {
        qemu_plugin_register_vcpu_tb_exec_inline(block, QEMU_PLUGIN_INLINE_ADD_U64, &g_executed,
                                                 qemu_plugin_tb_n_insns(block));
    }
}

} // namespace

extern "C" [[gnu::visibility("default")]] int qemu_plugin_install(qemu_plugin_id_t id, const qemu_info_t *, int,
                                                                  char **) {
    qemu_plugin_register_vcpu_tb_trans_cb(id, translated);
    return 0;
}
