"""What small cells cost: cells and people withheld, beside two references, and the time: python -m bench.privacy.

python -m bench.privacy tables 200     # random hierarchical tables, against primary only and hypercubes
python -m bench.privacy district 5 10  # a synthetic district of 5 years and 10 indicators
"""

import sys
import time
from collections.abc import Callable

import numpy as np

from bench.district_tables import district_tables
from bench.hypercube import hypercubes
from bench.random_tables import RandomDistrict
from include.privacy.attack import attack
from include.privacy.figures import protect_release
from include.privacy.link import link
from include.privacy.policy import Policy
from include.privacy.release import publish
from include.privacy.tables import Table

POLICY = Policy()


def primary_only(table: Table) -> np.ndarray:
    """Withhold what is small, and nothing else."""
    value = table.frame[table.counts[0]].to_numpy(float)
    return (value >= 1) & (value < POLICY.min_cell)


def by_hypercubes(table: Table) -> np.ndarray:
    """The reference."""
    return hypercubes(table, POLICY.min_cell)


def schoolhouse(table: Table) -> np.ndarray:
    """What include/privacy withholds."""
    return protect_release([table], POLICY).tables[0][table.counts[0]].isna().to_numpy()


def compare(many: int) -> None:
    """Random tables of one count of people, since the references know no numerators or programmes."""
    methods: tuple[tuple[str, Callable[[Table], np.ndarray]], ...] = (
        ("primary only", primary_only),
        ("hypercubes", by_hypercubes),
        ("include/privacy", schoolhouse),
    )
    print(f"{many} random tables of 1 to 4 dimensions, one count\n")
    print(f"{'method':<16} {'cells %':>8} {'people %':>9} {'seconds':>8} {'leaking tables':>15} {'counts found':>13}")
    drawn = [RandomDistrict(seed, counts=("students",)).tables()[0] for seed in range(many)]
    linked = [link([table]) for table in drawn]
    for name, method in methods:
        cells = people = all_cells = all_people = seconds = leaking = found = 0.0
        for table, links in zip(drawn, linked, strict=True):
            begun = time.perf_counter()
            withheld = method(table)
            seconds += time.perf_counter() - begun
            value = table.frame[table.counts[0]].to_numpy(float)
            cells, all_cells = cells + withheld.sum(), all_cells + (value > 0).sum()
            people, all_people = people + value[withheld].sum(), all_people + value.sum()
            shown = np.zeros(len(links.cells), bool)
            shown[links.places[0][~withheld, 0]] = True
            narrow = len(attack(publish(links, shown), POLICY.min_cell))
            leaking, found = leaking + (narrow > 0), found + narrow
        print(
            f"{name:<16} {100 * cells / all_cells:>8.1f} {100 * people / all_people:>9.1f} {seconds:>8.1f} "
            f"{leaking:>15.0f} {found:>13.0f}",
            flush=True,
        )


def district(years: int, indicators: int) -> None:
    """Protect and attack a release of a whole synthetic district."""
    tables = district_tables(years, indicators, seed=1)
    figures = sum(len(table.frame) for table in tables)
    begun = time.perf_counter()
    protected = protect_release(tables, POLICY)
    decided = time.perf_counter()
    found = attack(protected.release, POLICY.min_cell)
    attacked = time.perf_counter()
    linked, decision = protected.known
    asked, value = linked.cells["is_asked"].to_numpy(bool), linked.value
    cells, hidden = asked & (value > 0), asked & ~decision.is_shown
    print(f"{figures:,} figures, {len(linked.cells):,} cells, of which {cells.sum():,} asked for and not zero")
    print(f"small: {100 * (asked & decision.is_sensitive).sum() / cells.sum():.1f} % of cells")
    share = 100 * value[hidden].sum() / value[asked].sum()
    print(f"withheld: {100 * hidden.sum() / cells.sum():.1f} % of cells, {share:.2f} % of people")
    print(f"decided in {decided - begun:.0f} s, attacked in {attacked - decided:.0f} s: {len(found)} findings")


def main() -> None:
    """Run what the command line names."""
    what, *numbers = sys.argv[1:] or ["tables", "100"]
    if what == "district":
        district(*(int(number) for number in numbers or ("5", "10")))
    else:
        compare(int(numbers[0]) if numbers else 100)


if __name__ == "__main__":
    main()
