#!/usr/bin/env python3
"""What `holdline mocks` takes when nobody asks it anything, how soon it is ready, and whether its memory grows over many
requests, each with a prompt of its own and the journal on.

    benches/wire/memory.py               a million requests
    benches/wire/memory.py 10000000      ten million, as is asked: some minutes
"""

import sys
import time

import rig

IDLE = 30.0  # megabytes
READY = 200.0  # milliseconds
GROWTH = 1.0  # megabytes
STARTS = 9
# By then the journal and every table that has a bound are full.
WARM = 200_000


def idle() -> tuple[list[float], list[float]]:
    """Megabytes a second after the start, and milliseconds until it was ready, of some starts."""
    resident, ready = [], []
    for _ in range(STARTS):
        with rig.mocks() as mocks:
            time.sleep(1)
            resident.append(mocks.resident())
            ready.append(mocks.ready_in * 1_000)
    return resident, ready


def growth(requests: int) -> float:
    """Megabytes by which it grew."""
    wrk = rig.Wrk(anew=True)
    with rig.mocks(core=rig.SERVER_CORE) as mocks:
        done, began, warm, said = 0, time.monotonic(), None, 0.0
        while done < max(requests, 2 * WARM):
            done += wrk.run(mocks.openai + rig.CHAT, 5)[0]
            if done >= WARM and warm is None:
                warm = mocks.resident()
            if done / requests >= said:
                print(f"  {done:>12,} requests, {mocks.resident():.1f} MB, {time.monotonic() - began:.0f} s", flush=True)
                said += 0.1
        return mocks.resident() - warm


def main() -> int:
    requests = int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000
    resident, ready = idle()
    fine = [
        rig.row("memory when idle", f"{max(resident):.1f} MB", f"under {IDLE:.0f} MB", max(resident) < IDLE),
        rig.row("ready in (median)", f"{rig.median(ready):.0f} ms", f"under {READY:.0f} ms", rig.median(ready) < READY),
    ]
    grown = growth(requests)
    fine.append(rig.row(f"growth over {requests:,} requests", f"{grown:.1f} MB", f"none ({GROWTH:.0f} MB)", grown <= GROWTH))
    return 0 if all(fine) else 1


if __name__ == "__main__":
    sys.exit(main())
