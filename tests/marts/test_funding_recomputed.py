"""Funding figures worked out a second time, from the generated files alone, for every school."""

import csv
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from include.settings import ROOT
from tests.marts.lakeside import AS_OF, Lakeside

SEEDS = ROOT / "dbt_project" / "seeds"
CENT = Decimal("0.01")
GRADES = ("KG", *(f"{number:02d}" for number in range(1, 13)))
OFFICE = "0900"
YEARS = (2022, 2023, 2024, 2025, 2026)
LATEST = 2026
NEED = ("ELL", "SPED", "FRL")


def read(lakeside: Lakeside, name: str, delimiter: str = ",") -> pd.DataFrame:
    """A file of the source, every cell its text."""
    return pd.read_csv(
        lakeside.files / name,
        sep=delimiter,
        dtype=str,
        keep_default_na=False,
        encoding="utf-8-sig",
        compression="infer",
    )


def dollars(cells: pd.Series) -> pd.Series:
    return cells.str.replace(",", "").map(lambda cell: Decimal(cell or "0"))


def fiscal(cells: pd.Series) -> pd.Series:
    return cells.str.removeprefix("FY").astype(int)


def records(frame: pd.DataFrame) -> list[Any]:
    """Rows, their columns by name."""
    return list(frame.itertuples())


def day(cells: pd.Series, style: str = "%m/%d/%Y") -> pd.Series:
    return pd.to_datetime(cells.replace("", None), format=style)


def policy(seed: str, name: str, value: str, year: int) -> dict[str, str]:
    """Values of a seed by name, as on July 1 before the fiscal year ends."""
    first = f"{year - 1}-07-01"
    with (SEEDS / f"{seed}.csv").open(encoding="utf-8", newline="") as file:
        return {
            row[name]: row[value]
            for row in csv.DictReader(file)
            if row["valid_from"] <= first and (not row["valid_to"] or first <= row["valid_to"])
        }


def levels(lakeside: Lakeside) -> dict[str, str]:
    """Level of each school, as the marts know it."""
    schools = lakeside.frame("select school_id, level from marts.dim_school")
    return dict(zip(schools["school_id"], schools["level"], strict=True))


def ledger(lakeside: Lakeside) -> pd.DataFrame:
    """Spending lines of every year: fund, function, location and dollars."""
    lines = pd.concat([read(lakeside, f"finance/ledger_FY{year}.csv") for year in YEARS], ignore_index=True)
    lines[["fund", "function", "object", "program", "location"]] = lines["Account"].str.split(".", expand=True)
    return lines.assign(
        year=lines["FY"].astype(int),
        amount=dollars(lines["Debit"]) - dollars(lines["Credit"]),
        posted=day(lines["Post Date"]),
    )


def in_force(lakeside: Lakeside) -> pd.DataFrame:
    """The budget line of every account and year that is in force: version, dollars and the day it was posted."""
    budget = read(lakeside, "finance/budget.csv")
    budget = budget.assign(
        year=fiscal(budget["Fiscal Year"]), amount=dollars(budget["Amount"]), on=day(budget["Posted"])
    )
    rank = budget["Version"].map({"REVISED": 0, "ADOPTED": 1, "PROPOSED": 2})
    return budget.assign(rank=rank).sort_values("rank").drop_duplicates(["Account", "year"])


def pupils(lakeside: Lakeside) -> pd.DataFrame:
    """Pupils of each school and year on October 1, and those of them with need."""
    spells = read(lakeside, "sis/entry_exit.csv")
    spells["year"] = 2000 + spells["School Year"].str[-2:].astype(int)
    spells["on"] = pd.to_datetime((spells["year"] - 1).astype(str) + "-10-01")
    spells["from"], spells["to"] = day(spells["Entry Date"]), day(spells["Exit Date"])
    held = spells[(spells["from"] <= spells["on"]) & ~(spells["to"] < spells["on"])]
    held = held.sort_values(["from", "School Code"], ascending=[False, True])
    held = held.drop_duplicates(["Student Number", "year"])
    spans = read(lakeside, "programs/participation.txt", "|")
    spans = spans[spans["PROGRAM"].isin(NEED)]
    spans["begins"], spans["ends"] = day(spans["START"], "%Y%m%d"), day(spans["END"], "%Y%m%d")
    both = held.merge(spans, left_on="Student Number", right_on="STUDENT_NO")
    both = both[(both["begins"] <= both["on"]) & ~(both["ends"] < both["on"])]
    has_need = set(zip(both["Student Number"], both["year"], strict=True))
    held["need"] = [pair in has_need for pair in zip(held["Student Number"], held["year"], strict=True)]
    return held.groupby(["School Code", "year"]).agg(pupils=("need", "size"), need=("need", "sum"))


def projected(lakeside: Lakeside) -> dict[tuple[str, int], dict[str, Decimal]]:
    inputs = read(lakeside, "finance/formula_inputs.csv")
    inputs["year"] = fiscal(inputs["Fiscal Year"])
    found: dict[tuple[str, int], dict[str, Decimal]] = {}
    for school, year, group, count in zip(
        inputs["School"], inputs["year"], inputs["Student Group"], inputs["Projected"], strict=True
    ):
        found.setdefault((school, year), {})[group] = Decimal(count)
    return found


def allocated(lakeside: Lakeside) -> dict[tuple[str, int, str], Decimal]:
    given = read(lakeside, "finance/allocations.csv")
    keys = zip(given["School"], fiscal(given["Fiscal Year"]), given["Line"], strict=True)
    return dict(zip(keys, dollars(given["Amount"]), strict=True))


def formula(lakeside: Lakeside) -> dict[tuple[str, int, str], Decimal]:
    """What the formula gives each school, year and line."""

    def cents(amount: Decimal) -> Decimal:
        return amount.quantize(CENT, ROUND_HALF_UP)

    level, given = levels(lakeside), allocated(lakeside)
    found: dict[tuple[str, int, str], Decimal] = {}
    for (school, year), counts in projected(lakeside).items():
        weight = {k: Decimal(v) for k, v in policy("formula_weight", "student_group", "weight", year).items()}
        amount = {k: Decimal(v) for k, v in policy("formula_amount", "name", "amount", year).items()}
        base = amount["base_per_pupil"]
        parts = {
            "foundation": amount[f"foundation_{level[school]}"],
            "base": base * sum(counts[grade] for grade in GRADES),
            "grade": cents(sum((base * weight[grade] * counts[grade] for grade in GRADES), Decimal())),
            "el": cents(base * weight["el"] * counts["el"]),
            "low_income": cents(base * weight["low_income"] * counts["low_income"]),
            "swd": cents(
                sum((base * weight[g] * counts[g] for g in counts if g.startswith("swd_")), Decimal()),
            ),
        }
        total = sum(parts.values(), Decimal())
        last = sum((given[key] for key in given if key[:2] == (school, year - 1)), Decimal())
        parts["hold_harmless"] = (
            max(cents(amount["hold_harmless_share"] * last) - total, Decimal()) if last else Decimal()
        )
        parts["transition"] = min(cents(amount["transition_share"] * last) - total, Decimal()) if last else Decimal()
        found |= {(school, year, line): dollars_ for line, dollars_ in parts.items()}
    return found


# ---------------------------------------------------------------- allocation


def test_allocation_of_every_school_by_line(lakeside: Lakeside) -> None:
    found = lakeside.frame(
        "select school_id, fiscal_year, line, formula_amount, allocated_amount, status from marts.fct_allocation_line"
    )
    assert set(found["status"]) == {"ok"}
    keys = list(zip(found["school_id"], found["fiscal_year"], found["line"], strict=True))
    assert dict(zip(keys, found["formula_amount"], strict=True)) == formula(lakeside)
    assert dict(zip(keys, found["allocated_amount"], strict=True)) == allocated(lakeside)


def test_lines_of_a_school_add_up_and_the_schools_to_the_pool(lakeside: Lakeside) -> None:
    found = lakeside.frame(
        "select school_id, fiscal_year, formula_amount, allocated_amount from marts.msr_school_allocation"
    )
    for column, lines in (("formula_amount", formula(lakeside)), ("allocated_amount", allocated(lakeside))):
        table = pd.Series(lines).groupby(level=[0, 1]).sum()
        assert found.set_index(["school_id", "fiscal_year"])[column].to_dict() == table.to_dict()
        assert found[column].sum() == sum(lines.values())


def test_the_misfunded_schools_are_found_and_no_others(lakeside: Lakeside) -> None:
    found = lakeside.frame(
        "select school_id, fiscal_year, line, allocated_amount, difference_amount"
        " from marts.fct_allocation_line where has_difference"
    )
    shown = {tuple(row) for row in found.itertuples(index=False)}
    assert shown == {
        (
            told["school_id"],
            told["fiscal_year"],
            told["line"],
            Decimal(told["allocated_cents"]) / 100,
            Decimal(told["too_much_cents"]) / 100,
        )
        for told in lakeside.truth["misfunded_schools"]
    }
    assert len(shown) == 2
    by_school = lakeside.frame("select school_id from marts.msr_school_allocation where lines_with_difference > 0")
    assert sorted(by_school["school_id"]) == sorted(told["school_id"] for told in lakeside.truth["misfunded_schools"])


# ---------------------------------------------------------------- locked and unlocked


def test_unlocked_shares_of_every_location(lakeside: Lakeside) -> None:
    service = read(lakeside, "finance/accounts.csv").set_index("Account")["Service"]
    force = in_force(lakeside)
    moved = read(lakeside, "finance/transfers.csv")
    moved = moved.assign(year=fiscal(moved["Fiscal Year"]), moved=dollars(moved["Amount"]), posted=day(moved["Posted"]))
    moved = moved.merge(force[["Account", "year", "Version", "on"]], on=["Account", "year"])
    # A revised budget holds what was transferred before it.
    moved = moved[(moved["Version"] != "REVISED") | (moved["posted"] >= moved["on"])]
    moved = moved[["Account", "year"]].assign(amount=moved["moved"])
    lines = pd.concat([force[["Account", "year", "amount"]], moved])
    lines["location"], lines["service"] = lines["Account"].str[-4:], lines["Account"].map(service)
    expected = {}
    for place, of_place in (("location", lines), ("district", lines.assign(location="district"))):
        for (location, year), rows in of_place.groupby(["location", "year"]):
            lock = policy("budget_service", "service", "lock_status", int(str(year)))
            by_service = rows.groupby("service")["amount"].sum()
            by_service = by_service[by_service != 0]
            is_unlocked = np.array([lock[name] == "unlocked" for name in by_service.index])
            expected[place, location, year] = (
                pytest.approx(is_unlocked.mean(), abs=1e-6),
                pytest.approx(float(by_service[is_unlocked].sum() / by_service.sum()), abs=1e-6),
            )
    found = lakeside.frame(
        "select org_kind, org_id, fiscal_year, unlocked_service_share, unlocked_dollar_share, status"
        " from marts.msr_unlocked_share"
    )
    assert set(found["status"]) == {"ok"}
    shown = {(r.org_kind, r.org_id, r.fiscal_year): (r[4], r[5]) for r in records(found)}
    assert shown.keys() == expected.keys()
    for key, (services, amounts) in shown.items():
        assert (float(services), float(amounts)) == expected[key], key


# ---------------------------------------------------------------- spending per pupil


def test_spending_per_pupil_of_every_school_fund_and_function(lakeside: Lakeside) -> None:
    lines, roll = ledger(lakeside), pupils(lakeside)
    weights = {}
    for (school, year), counts in projected(lakeside).items():
        weight = {k: Decimal(v) for k, v in policy("formula_weight", "student_group", "weight", year).items()}
        heads = sum(counts[grade] for grade in GRADES)
        weights[school, year] = float((heads + sum(weight[g] * n for g, n in counts.items())) / heads)
    found = lakeside.frame("select * from marts.msr_spending_per_pupil")
    schools = found[found["org_kind"] == "school"]
    # A year's totals, then its funds, its functions and both.
    for keys in ([], ["fund"], ["function"], ["fund", "function"]):
        spent = lines.groupby(["location", "year", *keys])["amount"].sum()
        mask = np.logical_and.reduce([(schools[k] != "all") == (k in keys) for k in ("fund", "function")])
        rows = schools[mask]
        assert len(rows) > 0
        for row in records(rows):
            rest = [getattr(row, key) for key in keys]
            own = spent.get((row.org_id, row.fiscal_year, *rest), Decimal())
            held = int(roll["pupils"].get((row.org_id, row.fiscal_year), 0))
            office = spent.get((OFFICE, row.fiscal_year, *rest), Decimal())
            everyone = int(roll.xs(row.fiscal_year, level="year")["pupils"].sum())
            assert (row.own_amount, row.n) == (own, held)
            assert float(row.value) == pytest.approx(float(own) / held, abs=0.0051)
            assert float(row.central_per_pupil) == pytest.approx(float(office) / everyone, abs=0.011)
            weighted = held * weights[row.org_id, row.fiscal_year]
            assert float(row.weighted_pupils) == pytest.approx(weighted, abs=1e-4)
            assert float(row.per_weighted_pupil) == pytest.approx(float(own) / weighted, abs=0.02)
        assert set(zip(rows["org_id"], rows["fiscal_year"], strict=True)) == set(roll.index)
    assert set(schools["status"]) == {"ok"}


def test_spending_adds_up_to_the_ledger_by_fund_and_year(lakeside: Lakeside) -> None:
    lines = ledger(lakeside)
    found = lakeside.frame(
        "select fund, fiscal_year, sum(own_amount) as own, sum(central_amount) as central,"
        " sum(own_amount) filter (where org_kind = 'office') as office from marts.msr_spending_per_pupil"
        " where org_kind <> 'district' and fund <> 'all' and function = 'all' group by 1, 2"
    )
    keys = list(zip(found["fund"], found["fiscal_year"], strict=True))
    assert dict(zip(keys, found["own"], strict=True)) == lines.groupby(["fund", "year"])["amount"].sum().to_dict()
    assert (found["central"] == found["office"].map(lambda office: office or Decimal())).all()


# ---------------------------------------------------------------- equity


def test_equity_of_every_level_and_year(lakeside: Lakeside) -> None:
    """Over every pair of schools and every pupil one by one, as nobody would at scale."""
    own = ledger(lakeside).groupby(["location", "year"])["amount"].sum().astype(float)
    table = pupils(lakeside).assign(own=own.rename_axis(["School Code", "year"]))
    table["level"] = table.index.get_level_values("School Code").map(levels(lakeside))
    found = lakeside.frame("select * from marts.msr_funding_equity where basis = 'pupil'")
    assert len(found) == sum(table.xs(year, level="year")["level"].nunique() + 1 for year in YEARS)
    for row in records(found):
        of_year = table.xs(row.fiscal_year, level="year")
        schools = of_year if row.school_level == "all_levels" else of_year[of_year["level"] == row.school_level]
        assert (row.schools, row.n) == (len(schools), schools["pupils"].sum())
        if len(schools) < 2:
            assert (row.status, row.gini, row.mcloone) == ("insufficient_n", None, None)
            continue
        x, n = (schools["own"] / schools["pupils"]).to_numpy(), schools["pupils"].to_numpy()
        each = np.sort(np.repeat(x, n))
        pairs = (n[:, None] * n[None, :] * abs(x[:, None] - x[None, :])).sum()
        p5, median, p95 = (np.quantile(each, share, method="inverted_cdf") for share in (0.05, 0.5, 0.95))
        expected = {
            "mean": each.mean(),
            "median": median,
            "p5": p5,
            "p95": p95,
            "coefficient_of_variation": each.std() / each.mean(),
            "mcloone": each[each <= median].sum() / (median * (each <= median).sum()),
            "verstegen": each[each >= median].sum() / (median * (each >= median).sum()),
            "gini": pairs / (2 * n.sum() ** 2 * each.mean()),
            "federal_range_ratio": (p95 - p5) / p5,
        }
        for name, value in expected.items():
            assert float(getattr(row, name)) == pytest.approx(value, rel=1e-5, abs=0.006 if value > 100 else 1e-6), name
        if len(schools) < 5:
            assert (row.slope_status, row.need_slope) == ("insufficient_n", None)
            continue
        design = np.column_stack([np.ones(len(x)), schools["need"] / schools["pupils"]]) * np.sqrt(n)[:, None]
        target = x * np.sqrt(n)
        (_, slope), (left,), *_ = np.linalg.lstsq(design, target, rcond=None)
        error = np.sqrt(left / (len(x) - 2) * np.linalg.inv(design.T @ design)[1, 1])
        half = stats.t.ppf(0.975, len(x) - 2) * error
        assert float(row.need_slope) == pytest.approx(slope, rel=1e-6, abs=0.01)
        # The quantile is an expansion: within 0.004 of the exact one.
        assert float(row.need_slope_high - row.need_slope_low) / 2 == pytest.approx(half, rel=2e-3)


# ---------------------------------------------------------------- budget to actual


def test_projection_of_every_account(lakeside: Lakeside) -> None:
    lines = ledger(lakeside)
    since = lines["posted"] - pd.to_datetime((lines["year"] - 1).astype(str) + "-07-01")
    so_far = pd.Timestamp(AS_OF) - pd.Timestamp(f"{LATEST - 1}-07-01")
    lines["reached"] = lines["amount"].where(since <= so_far, Decimal())
    sums = lines.groupby(["Account", "year"])[["amount", "reached"]].sum().reset_index()
    earlier = sums[(sums["year"] < LATEST) & (sums["amount"] > 0)].groupby("Account")[["amount", "reached"]].sum()
    found = lakeside.frame(
        "select account_code, actual_amount, projected_amount, available_amount, budget_amount, transfer_amount,"
        f" encumbered_amount, projection_status from marts.msr_budget_to_actual where fiscal_year = {LATEST}"
    ).set_index("account_code")
    assert (
        found["available_amount"]
        == found["budget_amount"] + found["transfer_amount"] - found["actual_amount"] - found["encumbered_amount"]
    ).all()
    current = sums[sums["year"] == LATEST].set_index("Account")["amount"]
    reached_share = dict(zip(earlier.index, earlier["reached"] / earlier["amount"], strict=True))
    assert len(found) > 100
    for account, row in found.iterrows():
        assert row["actual_amount"] == current.get(account, Decimal())
        assert (account in reached_share) == (row["projection_status"] == "ok")
        if account in reached_share:
            share = reached_share[account]
            assert float(row["projected_amount"]) == pytest.approx(float(row["actual_amount"] / share), abs=0.01)


def test_every_open_commitment(lakeside: Lakeside) -> None:
    lines = read(lakeside, "finance/encumbrances.csv")
    expected = dict(zip(zip(lines["PO"], lines["Account"], strict=True), dollars(lines["Open Amount"]), strict=True))
    found = lakeside.frame("select * from marts.fct_encumbrance")
    key = zip(found["encumbrance_id"], found["account_code"], strict=True)
    assert dict(zip(key, found["amount"], strict=True)) == expected and len(found) == len(expected) > 10
    # What is committed is that of the accounts, to the cent.
    committed = lakeside.frame("select sum(encumbered_amount) as amount from marts.msr_budget_to_actual")["amount"]
    assert committed.tolist() == [sum(expected.values())]


def test_budget_variance_of_every_school(lakeside: Lakeside) -> None:
    """The scorecard's: of the accounts that have a budget, and only of years that are over."""
    spent = ledger(lakeside).groupby(["Account", "year"])["amount"].sum()
    force = in_force(lakeside)
    force = force[pd.to_datetime(force["year"].astype(str) + "-06-30") <= pd.Timestamp(AS_OF)]
    force = force.assign(
        school=force["Account"].str[-4:],
        spent=[spent.get(key, Decimal()) for key in zip(force["Account"], force["year"], strict=True)],
    )
    sums = force[force["school"].isin(levels(lakeside))].groupby(["school", "year"])[["amount", "spent"]].sum()
    found = lakeside.frame("select * from marts.msr_scorecard where indicator = 'budget_variance'")
    shown: Any = found[found["value"].notna()].set_index(["school_id", "school_year"])
    assert set(shown.index) == set(sums.index)
    assert len(shown) > 20
    for key, row in sums.iterrows():
        assert (shown.loc[key, "numerator"], shown.loc[key, "denominator"]) == (
            row["spent"] - row["amount"], row["amount"],
        ), key  # fmt: skip
        assert float(shown.loc[key, "value"]) == pytest.approx(float(row["spent"] / row["amount"] - 1), abs=1e-6), key


@pytest.mark.slow
def test_the_misfunded_schools_of_the_whole_district(whole_lakeside: Lakeside) -> None:
    test_the_misfunded_schools_are_found_and_no_others(whole_lakeside)
    test_allocation_of_every_school_by_line(whole_lakeside)
    test_spending_adds_up_to_the_ledger_by_fund_and_year(whole_lakeside)
    test_equity_of_every_level_and_year(whole_lakeside)
