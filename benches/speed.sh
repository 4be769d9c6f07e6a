#!/usr/bin/env bash
# Simulation speed on one thread, as a ratio to the C loop of benches/erlang_a.c, in pairs of runs that alternate so that a
# machine that gets slower meets both alike. The C loop is compiled with -O2 for the plain architecture, as the Rust build
# is: a portable binary against a portable binary. Times are whole processes, start and end included.
#
#   benches/speed.sh            5 pairs
#   PAIRS=9 RUNS=200 benches/speed.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

pairs="${PAIRS:-5}"
runs="${RUNS:-20}"
bin="${HOLDLINE_BIN:-${CARGO_TARGET_DIR:-target}/release/holdline}"
[ -x "$bin" ] || cargo build --release --locked

work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT
cc -O2 -o "$work/erlang_a" benches/erlang_a.c -lm

# A seed a pair, the same for both.
python3 - "$bin" "$work" "$pairs" "$runs" <<'PY'
import json, statistics, subprocess, sys, time

binary, work, pairs, runs = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])


def holdline(seed):
    """Contacts, seconds, abandonment."""
    out = f"{work}/out-{seed}"
    began = time.perf_counter()
    done = subprocess.run(
        [binary, "simulate", "benches/quiet-day.yaml", "--plan", "none", "--runs", str(runs), "--threads", "1",
         "--seed", str(seed), "--out", out],
        capture_output=True, text=True)
    seconds = time.perf_counter() - began
    if done.returncode not in (0, 1):
        sys.exit(f"holdline ended with {done.returncode}:\n{done.stderr}")
    with open(f"{out}/run.json") as file:
        report = json.load(file)
    # Every plan that was run counts: each is a simulation of its contacts, the undisturbed twin included.
    contacts = sum(plan["contacts"] for plan in report["plans"])
    gave_up = next(row["mean"] for row in report["measures"]
                   if row["kpi"] == "abandonment" and row["window"] == "whole" and row.get("channel") == "phone")
    return contacts, seconds, gave_up


def c_loop(contacts, seed):
    began = time.perf_counter()
    words = subprocess.run([f"{work}/erlang_a", str(contacts), str(seed)], capture_output=True, text=True, check=True).stdout.split()
    return contacts, time.perf_counter() - began, float(words[words.index("abandonment") + 1])


ratios = []
print(f"{'pair':>4} {'holdline/s':>14} {'C/s':>14} {'ratio':>7}   gave up: holdline, C")
for pair in range(1, pairs + 1):
    contacts, seconds, gave_up = holdline(pair)
    c_contacts, c_seconds, c_gave_up = c_loop(round(contacts), pair)
    ours, theirs = contacts / seconds, c_contacts / c_seconds
    ratios.append(ours / theirs)
    print(f"{pair:>4} {ours:>14,.0f} {theirs:>14,.0f} {ratios[-1]:>7.3f}   {gave_up:.4%}, {c_gave_up:.4%}")
print(f"median ratio {statistics.median(ratios):.3f} of {pairs} pairs (aim: at least 0.35)")
PY
