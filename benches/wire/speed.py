#!/usr/bin/env python3
"""How fast the mocks answer, as a ratio to a bare hyper reply: one core for who answers, one for wrk with 32 connections,
a chat completion of 1 KB, the journal on. All are measured in turn, round by round, so that a machine that gets slower meets
all alike; the ratio is the median of the rounds'.

    benches/wire/speed.py                     5 rounds of 5 seconds each
    ROUNDS=9 SECONDS=10 benches/wire/speed.py

Other mocks are measured too where they are on the PATH (`vidaimock`, `llmock`, `wiremock`); the last two come with
`npm install @copilotkit/aimock wiremock` and lie in node_modules/.bin. On a machine that is not quiet: nice -n -10.
"""

import os
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

import others
import rig

ASKED = 0.7


def bare(stack: ExitStack, like: str) -> str:
    """Starts plain hyper with the reply that this URL gives; its own URL."""
    with rig.post(like) as reply:
        body = reply.read().decode()
        # hyper writes these itself.
        own = {"connection", "content-length", "date"}
        headers = [f"{name}: {value}" for name, value in reply.getheaders() if name.lower() not in own]
    file = stack.enter_context(tempfile.NamedTemporaryFile("w", suffix=".reply"))
    file.write("\n".join(headers) + "\n\n" + body)
    file.flush()
    command = [*rig.on_core(rig.SERVER_CORE), rig.built("bare", "--example", "bare"), file.name]
    process = stack.enter_context(rig.ended(subprocess.Popen(command, stdout=subprocess.PIPE, text=True)))
    return f"http://{process.stdout.readline().strip()}{rig.CHAT}"


def main() -> int:
    rounds, seconds = int(os.environ.get("ROUNDS", 5)), float(os.environ.get("SECONDS", 5))
    wrk = rig.Wrk()
    with ExitStack() as stack:
        mocks = stack.enter_context(rig.mocks(core=rig.SERVER_CORE))
        places = {"holdline": mocks.openai + rig.CHAT}
        places = {"bare hyper": bare(stack, places["holdline"]), **places}
        for name, start in others.ALL.items():
            url = start(stack, Path(stack.enter_context(tempfile.TemporaryDirectory())))
            if url is None:
                print(f"{name}: not installed here, left out")
            elif rig.answers(url):
                places[name] = url
            else:
                print(f"{name}: started, but does not answer a chat request; left out")
        for url in places.values():
            wrk.run(url, 2)
        rates: dict[str, list[float]] = {name: [] for name in places}
        for _ in range(rounds):
            for name, url in places.items():
                rates[name].append(wrk.run(url, seconds)[1])
        left = len(mocks.control("GET", "/journal/openai")["entries"])
    for name, all_rates in rates.items():
        spread = f"{min(all_rates):,.0f} to {max(all_rates):,.0f}"
        print(f"{name:<12} {rig.median(all_rates):>10,.0f} requests a second ({spread})")
    ratio = {name: rig.median([ours / theirs for ours, theirs in zip(rates["holdline"], all_rates)])
             for name, all_rates in rates.items()}
    for name in list(places)[2:]:
        print(f"holdline to {name}: {ratio[name]:.2f}")
    print(f"the journal holds its newest {left:,} requests")
    fine = rig.row("holdline to bare hyper", f"{ratio['bare hyper']:.3f}", f"at least {ASKED}", ratio["bare hyper"] >= ASKED)
    return 0 if fine and left else 1


if __name__ == "__main__":
    sys.exit(main())
