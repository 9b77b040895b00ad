# shellcheck shell=bash
# For scripts/test and .ci/run: steps whose minutes are printed, and one piece of work that goes on beside them.
# `steps_of` is the name that failures begin with.

# Prints how long each step took; the minutes decide what CI can hold.
step() {
    local name="$1" begun=$SECONDS
    shift
    echo "== $name"
    "$@" || {
        echo "${steps_of:?}: failed: $name" >&2
        exit 1
    }
    printf '== %s: %d min %02d s\n' "$name" $(((SECONDS - begun) / 60)) $(((SECONDS - begun) % 60))
}

# What goes on beside the next steps prints at its end, not between their lines.
beside() {
    beside_log=$(mktemp)
    set -m # a process group of its own, which can be ended as a whole
    "$@" >"$beside_log" 2>&1 &
    set +m
    beside_pid=$!
    trap 'kill -- -"$beside_pid" 2>/dev/null || true; rm -f "$beside_log"' EXIT
}
wait_beside() {
    local failed=0
    wait "$beside_pid" || failed=1
    cat "$beside_log"
    return "$failed"
}
