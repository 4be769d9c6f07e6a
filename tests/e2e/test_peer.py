"""Against another simulator: Ciw plays the same desk where there are no exact values, because nothing is exponential.

What is Markov is held against its equations in tests/theory.
"""

import math
import statistics

import ciw
import pytest
from conftest import ROOT, Day, holdline

PEER = ROOT / "tests" / "e2e" / "peer"
# As in overflow.yaml and urgent.yaml, in seconds.
HOUR, WARM_UP, LENGTH = 3600.0, 2 * 3600.0, 22 * 3600.0
RUNS_OF_CIW, RUNS = 32, 200
# Standard errors of the difference that two means may differ by.
Z = 4.0
# The largest standard error of a difference that still means something, relative to the figure.
SHARP = 0.035


def lognormal(mean: float, cv: float) -> ciw.dists.Lognormal:
    """Ciw wants the mean and standard deviation of the logarithm."""
    variance = math.log(1 + cv * cv)
    return ciw.dists.Lognormal(math.log(mean) - variance / 2, math.sqrt(variance))


def weibull(mean: float, shape: float) -> ciw.dists.Weibull:
    return ciw.dists.Weibull(mean / math.gamma(1 + 1 / shape), shape)


class Overflows(ciw.routing.NodeRouting):
    """To the specialists if one is free, else to the flexible, else out."""

    def __init__(self, *teams: tuple[int, int]):
        self.teams = teams

    def next_node(self, ind):
        nodes = self.simulation.nodes
        free = (nodes[node] for node, people in self.teams if nodes[node].number_of_individuals < people)
        return next(free, nodes[-1])


def played(network, seed: int):
    """The customers of one run, those of the warm-up left out, and all of their records."""
    ciw.seed(seed)
    simulation = ciw.Simulation(network)
    simulation.simulate_until_max_time(LENGTH + HOUR)
    for one in simulation.nodes[-1].all_individuals:
        came = one.data_records[0].arrival_date
        if WARM_UP <= came < LENGTH:
            yield one, one.data_records


def overflow(seed: int) -> dict[tuple[str, str], float]:
    """Overflow as Ciw says it: everybody passes a node that takes no time and decides."""
    handle = {"sales": lognormal(180, 1.2), "service": lognormal(300, 0.7)}
    rates = {"sales": 150 / HOUR, "service": 84 / HOUR}
    leave = ciw.routing.Leave()
    own = {"sales": (2, 6), "service": (3, 6)}
    network = ciw.create_network(
        arrival_distributions={name: [ciw.dists.Exponential(rate), None, None, None] for name, rate in rates.items()},
        service_distributions={name: [ciw.dists.Deterministic(0), *[handle[name]] * 3] for name in rates},
        number_of_servers=[float("inf"), 6, 6, 4],
        routing={name: ciw.routing.NetworkRouting([Overflows(own[name], (4, 4)), leave, leave, leave]) for name in rates},
    )
    offered, lost = dict.fromkeys(rates, 0), dict.fromkeys(rates, 0)
    for one, records in played(network, seed):
        offered[one.customer_class] += 1
        lost[one.customer_class] += len(records) == 1
    return {("abandonment", name): lost[name] / offered[name] for name in rates}


def urgent(seed: int) -> dict[tuple[str, str], float]:
    names = ("urgent", "normal")
    network = ciw.create_network(
        arrival_distributions={"urgent": [ciw.dists.Exponential(60 / HOUR)], "normal": [ciw.dists.Exponential(140 / HOUR)]},
        service_distributions={name: [lognormal(180, 1.2)] for name in names},
        reneging_time_distributions={"urgent": [weibull(120, 1.3)], "normal": [weibull(240, 0.7)]},
        priority_classes={"urgent": 0, "normal": 1},
        number_of_servers=[10],
        routing={name: ciw.routing.NetworkRouting([ciw.routing.Leave()]) for name in names},
    )
    waits = {name: [] for name in names}
    gave_up = dict.fromkeys(names, 0)
    for one, (record,) in played(network, seed):
        waits[one.customer_class].append(record.waiting_time)
        gave_up[one.customer_class] += record.record_type == "renege"
    mean_wait = {("wait", name): statistics.fmean(waits[name]) for name in names}
    return mean_wait | {("abandonment", name): gave_up[name] / len(waits[name]) for name in names}


OF_CIW = {"overflow": overflow, "urgent": urgent}


@pytest.fixture(scope="module", params=OF_CIW)
def peer(request) -> tuple[str, list[dict[tuple[str, str], float]]]:
    """A desk's name, and what each run of Ciw makes of it."""
    return request.param, [OF_CIW[request.param](seed) for seed in range(1, RUNS_OF_CIW + 1)]


def differences(peer, folder, *more: str) -> list[tuple[str, float, float, float]]:
    """(figure, Ciw's mean, ours, standard error of the difference)."""
    day, played = peer
    done = holdline("simulate", PEER / f"{day}.yaml", "--runs", RUNS, "--out", folder, *more)
    assert (folder / "run.json").exists(), done.said
    ours, found = Day(folder), []
    for kpi, channel in played[0]:
        values = [one[kpi, channel] for one in played]
        rows = ours.rows(kpi, "mean" if kpi == "wait" else "value", channel=channel)
        (row,) = (row for row in rows if row["plan"] == "written")
        assert row["runs"] == RUNS
        low, high = row["ci95"]
        error = math.hypot(statistics.stdev(values) / math.sqrt(len(values)), (high - low) / 2 / 1.96)
        found.append((f"{kpi} of {channel}", statistics.fmean(values), row["mean"], error))
    return found


def test_both_simulators_see_the_same_desk(peer, tmp_path):
    for what, theirs, ours, error in differences(peer, tmp_path):
        assert error < SHARP * theirs, f"{what}: ± {error} says little of {theirs}"
        assert abs(ours - theirs) < Z * error, f"{what}: {ours} for {theirs} ± {error}"


def test_longer_handling_is_seen(peer, tmp_path):
    """Else the test above could not fail."""
    reason = {"overflow": "order", "urgent": "any"}[peer[0]]
    found = differences(peer, tmp_path, "--set", f"reasons.{reason}.handle={{lognormal: {{mean: 198s, cv: 1.2}}}}")
    assert any(abs(ours - theirs) > 2 * Z * error for _, theirs, ours, error in found), found
