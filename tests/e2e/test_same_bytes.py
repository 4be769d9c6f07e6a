"""Same seed, same bytes: whatever the number of threads, the processor the build is for, or the machine's mathematics."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import BROKE, HELD_OR_BENT, ROOT, SCENARIOS, holdline

RUNS = 3


def run_json(folder: Path, scenario: str, *, seed: int | None = 7, threads: int = 1, **more: str) -> bytes:
    seeded = [] if seed is None else ["--seed", seed]
    done = holdline(
        "simulate", SCENARIOS / f"{scenario}.yaml", "--runs", RUNS, *seeded, "--threads", threads, "--out", folder, **more
    )
    assert done.code in (HELD_OR_BENT, BROKE), done.said
    return (folder / "run.json").read_bytes()


@pytest.fixture(scope="module", params=["triple-outage", "half-the-team-sick"])
def scenario(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def plain(scenario, tmp_path_factory) -> bytes:
    """What all others must equal."""
    written = run_json(tmp_path_factory.mktemp("plain"), scenario)
    assert len(json.loads(written)["measures"]) > 50
    return written


def test_twice_in_a_row(plain, scenario, tmp_path):
    assert run_json(tmp_path, scenario) == plain


def test_two_threads(plain, scenario, tmp_path):
    assert run_json(tmp_path, scenario, threads=2) == plain


def test_another_seed_is_another_day(plain, scenario, tmp_path):
    other, this = json.loads(run_json(tmp_path, scenario, seed=8)), json.loads(plain)
    assert other["measures"] != this["measures"]


def test_the_default_seed_is_one(scenario, tmp_path):
    assert run_json(tmp_path / "said", scenario, seed=1) == run_json(tmp_path / "not-said", scenario, seed=None)


@pytest.fixture(scope="session")
def off_by_one_ulp(tmp_path_factory) -> str:
    """The system's mathematics, wrong by one unit in the last place."""
    library = tmp_path_factory.mktemp("ulp") / "ulp.so"
    source = ROOT / "benches" / "ulp.c"
    subprocess.run(["cc", "-O2", "-fno-builtin", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    return str(library)


def test_the_wrong_mathematics_is_wrong(off_by_one_ulp):
    """Else the next test could not fail."""
    ask = [sys.executable, "-c", "import math; print(math.log(3).hex(), math.pow(3.1, 1.7).hex(), math.exp(0.3).hex())"]
    right = subprocess.run(ask, capture_output=True, text=True, check=True).stdout.split()
    wrong = subprocess.run(ask, capture_output=True, text=True, check=True, env={**os.environ, "LD_PRELOAD": off_by_one_ulp})
    assert all(a != b for a, b in zip(right, wrong.stdout.split(), strict=True))


def test_another_machines_mathematics(plain, scenario, off_by_one_ulp, tmp_path):
    assert run_json(tmp_path, scenario, LD_PRELOAD=off_by_one_ulp) == plain


def has_v3() -> bool:
    try:
        flags = set(Path("/proc/cpuinfo").read_text().split())
    except OSError:
        return False
    return {"avx2", "fma", "bmi2", "movbe"} <= flags


@pytest.mark.skipif(not has_v3(), reason="this processor is no x86-64-v3")
@pytest.mark.timeout(1800)
def test_a_build_for_a_newer_processor(plain, scenario, tmp_path):
    """Made without the link-time work of a release, which takes most of its time: other inlining must not matter either."""
    folder = ROOT / "target" / "x86-64-v3"
    quick = {"CARGO_PROFILE_RELEASE_LTO": "off", "CARGO_PROFILE_RELEASE_DEBUG": "0", "CARGO_PROFILE_RELEASE_CODEGEN_UNITS": "16"}
    subprocess.run(
        ["cargo", "build", "--release", "--locked", "--quiet", "--target-dir", folder],
        cwd=ROOT, env={**os.environ, **quick, "CARGO_ENCODED_RUSTFLAGS": "-Ctarget-cpu=x86-64-v3"}, check=True,
    )
    assert run_json(tmp_path, scenario, HOLDLINE_BIN=str(folder / "release" / "holdline")) == plain
