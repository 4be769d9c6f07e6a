#!/usr/bin/env python3
"""What `holdline mocks` takes when nobody asks it anything, how soon it is ready, and whether its memory grows over many
requests, each with a prompt of its own and the journal on.

    benches/wire/memory.py                          a million requests behind a million to warm up
    benches/wire/memory.py 10000000                 ten million, as is asked: some minutes
    benches/wire/memory.py 200000 --warm 100000     to see that the script works; its figures mean little

What is compared is the memory behind the warm-up and behind everything: by then the journal (10,000 entries, 16 MB) and
every other table that has a bound have long been full and have turned over many times. Tolerance: resident memory of a
process that keeps nothing still moves by some hundred kB, as the allocator holds on to pages or gives them back, so
GROWTH is allowed in all, however many requests there are. A leak of one byte a request would be 9.5 MB over ten million.
"""

import argparse
import sys
import time

import rig

IDLE = 30.0  # megabytes
READY = 200.0  # milliseconds
GROWTH = 1.0  # megabytes
STARTS = 9
# So long wrk is asked at a time, in seconds.
PART = 5


def idle() -> tuple[list[float], list[float]]:
    """Megabytes a second after the start, and milliseconds until it was ready, of some starts."""
    resident, ready = [], []
    for _ in range(STARTS):
        with rig.mocks() as mocks:
            time.sleep(1)
            resident.append(mocks.resident())
            ready.append(mocks.ready_in * 1_000)
    return resident, ready


def growth(warm: int, requests: int) -> tuple[int, float, int, float]:
    """Requests of the warm-up, and the memory behind it; requests behind it, and the memory at the end."""
    wrk = rig.Wrk(anew=True)
    with rig.mocks(core=rig.SERVER_CORE) as mocks:
        began = time.monotonic()

        def ask(least: int) -> tuple[int, float]:
            done, said = 0, 0.0
            while done < least:
                done += wrk.run(mocks.openai + rig.CHAT, PART)[0]
                if done / least >= said:
                    took = time.monotonic() - began
                    print(f"  {done:>12,} of {least:,}, {mocks.resident():.2f} MB, {took:.0f} s", flush=True)
                    said += 0.1
            return done, mocks.resident()

        return *ask(warm), *ask(requests)


def main() -> int:
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("requests", nargs="?", type=int, default=1_000_000, help="requests behind the warm-up")
    asked.add_argument("--warm", type=int, default=1_000_000, help="requests of the warm-up")
    asked = asked.parse_args()
    resident, ready = idle()
    fine = [
        rig.row("memory when idle", f"{max(resident):.1f} MB", f"under {IDLE:.0f} MB", max(resident) < IDLE),
        rig.row("ready in (median)", f"{rig.median(ready):.0f} ms", f"under {READY:.0f} ms", rig.median(ready) < READY),
    ]
    warmed, before, requests, after = growth(asked.warm, asked.requests)
    print(f"{f'memory behind {warmed:,} requests':<52} {before:>11.2f} MB")
    print(f"{f'memory behind {requests:,} more':<52} {after:>11.2f} MB")
    grown = after - before
    fine.append(rig.row("growth", f"{grown:.2f} MB", f"none (within {GROWTH:.0f} MB)", grown <= GROWTH))
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
