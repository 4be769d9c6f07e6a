"""Says what `tests/run.sh` ran: a line for each suite, and the sum last. Fails if a test or a whole step failed."""

import re
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path


def cargo(log: Path) -> list[tuple[str, int, int, int]]:
    """(suite, passed, failed, skipped) of each test binary in cargo's output."""
    rows, suite = [], "?"
    for line in log.read_text(errors="replace").splitlines():
        if found := re.search(r"Running (?:unittests )?(\S+)|(Doc-tests \S+)", line):
            suite = found[1] or found[2]
        if found := re.match(r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", line):
            rows.append((suite, *map(int, found.groups())))
    return rows


def pytest(report: Path) -> list[tuple[str, int, int, int]]:
    """The same of pytest's JUnit report, by file."""
    rows: dict[str, list[int]] = {}
    for case in ElementTree.parse(report).getroot().iter("testcase") if report.exists() else ():
        row = rows.setdefault((case.get("classname") or case.get("name") or "?").split(".")[-1], [0, 0, 0])
        tags = {child.tag for child in case}
        row[1 if tags & {"failure", "error"} else 2 if "skipped" in tags else 0] += 1
    return [(f"pytest {name}", *row) for name, row in sorted(rows.items())]


def main() -> int:
    rows = cargo(Path(sys.argv[1])) + pytest(Path(sys.argv[2]))
    for suite, passed, failed, skipped in rows:
        if passed + failed + skipped:
            print(f"{suite:<44} {passed:>5} passed {failed:>3} failed {skipped:>3} skipped")
    passed, failed, skipped = (sum(row[i] for row in rows) for i in (1, 2, 3))
    for step in sys.argv[3:]:
        print(f"the step `{step}` failed")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed or sys.argv[3:] else 0


if __name__ == "__main__":
    sys.exit(main())
