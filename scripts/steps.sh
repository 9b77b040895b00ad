# shellcheck shell=bash
# For scripts/test and .ci/run: steps whose minutes are printed, and work that goes on beside them.
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

# Each in a process group of its own, which can be ended as a whole.
in_background() {
    set -m
    "$@" &
    set +m
    background+=("$!")
}
end_background() {
    local pid
    for pid in "${background[@]}"; do
        kill -- -"$pid" 2>/dev/null || true
    done
    rm -f "$beside_log"
}
background=() beside_log=""
trap end_background EXIT

# What goes on beside the next steps prints at its end, not between their lines.
beside() {
    beside_log=$(mktemp)
    in_background "$@" >"$beside_log" 2>&1
    beside_pid=$!
}
wait_beside() {
    local failed=0
    wait "$beside_pid" || failed=1
    cat "$beside_log"
    rm -f "$beside_log"
    return "$failed"
}

# meanwhile SECOND command ...: what is not done when the work beside is, and SECOND is past, is ended and is no failure;
# `ended_early` tells.
# shellcheck disable=SC2034 # .ci/run asks it
ended_early=""
meanwhile() {
    local until="$1" pid
    in_background "${@:2}"
    pid=$!
    while kill -0 "$pid" 2>/dev/null; do
        if [ "$SECONDS" -ge "$until" ] && ! kill -0 "$beside_pid" 2>/dev/null; then
            kill -- -"$pid" 2>/dev/null || true
            wait "$pid" || {
                echo "(ended before it was done: its time is over)"
                # shellcheck disable=SC2034
                ended_early=yes
            }
            return 0
        fi
        sleep 1
    done
    wait "$pid"
}
