#!/usr/bin/env bash
# The one test command. Installs what it lacks, runs every test, and ends by saying what ran.
#
#   tests/run.sh              everything
#   tests/run.sh -k rehearse  further arguments go to pytest
#
# What it installs stays below tests/.cache and in tests/sdk/node/node_modules, but for Debian packages, which need root;
# without root it stops and prints the exact line to run.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

cache="$PWD/tests/.cache"
venv="$cache/venv"
logs="$cache/logs"
mkdir -p "$logs"

say() { printf '\n== %s\n' "$*"; }

# need_packages PACKAGE...: Debian packages, installed as root or asked for.
need_packages() {
    local line="apt-get install -y --no-install-recommends $*"
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        say "installing $*"
        apt-get update -qq
        DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$@"
    else
        printf 'tests/run.sh: missing here: %s. Run this, then start again:\n\n    sudo %s\n\n' "$*" "$line" >&2
        exit 2
    fi
}

command -v cargo >/dev/null || { echo "tests/run.sh: cargo is missing; install Rust from https://rustup.rs" >&2; exit 2; }
command -v cc >/dev/null || need_packages gcc libc6-dev
command -v python3 >/dev/null || need_packages python3 python3-venv
python3 -c 'import ensurepip, venv' 2>/dev/null || need_packages python3-venv
# Any npm will do: the node that runs the SDKs comes with their packages.
command -v npm >/dev/null || need_packages npm
if [ -z "${HOLDLINE_CHROMIUM:-}" ]; then
    command -v chromium >/dev/null || need_packages chromium
    HOLDLINE_CHROMIUM="$(command -v chromium)"
fi
export HOLDLINE_CHROMIUM

# The venv is made anew when the pinned versions change, and left alone otherwise.
if ! cmp -s tests/requirements.txt "$venv/installed"; then
    say "Python packages (tests/requirements.txt)"
    rm -rf "$venv"
    python3 -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement tests/requirements.txt
    cp tests/requirements.txt "$venv/installed"
fi

# So are the packages for Node, which its scripts find only beside themselves.
node_sdks="$PWD/tests/sdk/node"
if ! cmp -s "$node_sdks/package-lock.json" "$node_sdks/node_modules/installed"; then
    say "Node packages (tests/sdk/node/package-lock.json)"
    (cd "$node_sdks" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
    cp "$node_sdks/package-lock.json" "$node_sdks/node_modules/installed"
fi

failed_steps=()

say "cargo test"
cargo test --locked --no-fail-fast 2>&1 | tee "$logs/cargo.log" || failed_steps+=("cargo test")

say "cargo build --release"
cargo build --release --locked || failed_steps+=("cargo build --release")

say "end to end: official SDKs, outside targets, pages"
rm -f "$logs/pytest.xml"
# The venv's python3 comes first, because the scenarios of tests/targets start `python3 bot.py`.
HOLDLINE_BIN="${CARGO_TARGET_DIR:-$PWD/target}/release/holdline" PATH="$venv/bin:$PATH" \
    "$venv/bin/pytest" tests/e2e tests/sdk --rootdir tests/e2e -ra --durations 10 -o cache_dir="$cache/pytest" \
    --junitxml "$logs/pytest.xml" "$@" || failed_steps+=("pytest")

say "what ran"
"$venv/bin/python" tests/count.py "$logs/cargo.log" "$logs/pytest.xml" "${failed_steps[@]}"
