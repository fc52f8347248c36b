"""What the state publishes about all its districts together, for comparison."""

import numpy as np

from include.demo.writers import Writer, dates, frame

# A school year's rates are out on this day of autumn.
RELEASED = "10-15"
# Massachusetts, attendance by school of 2009-10 to 2013-14, weighted by enrolment: the share of students absent 10 %
# or more of their days; years before and after repeat the ends.
CHRONIC = (0.135, 0.131, 0.122, 0.124, 0.119)
# The state's test is invented, and so are its rates: a little above the district's, and rising slowly.
PROFICIENT = {"proficiency_ela": (0.60, 0.605, 0.61, 0.615, 0.62), "proficiency_math": (0.56, 0.565, 0.57, 0.575, 0.58)}
# Massachusetts, enrolment by school, 2009-10 to 2013-14: 954,000 to 957,000 students.
STUDENTS = 955_000
TESTED_SHARE = 7 / 13
# Massachusetts, student race by school, 2013-14, weighted by enrolment; those of other races are a group of their own.
RACE_SHARE = {
    "hispanic": 0.170, "black": 0.087, "white": 0.649, "asian": 0.061, "two_or_more": 0.029, "american_indian": 0.002,
    "pacific_islander": 0.002,
}  # fmt: skip
# An assumption: shares of the programmes' students, and how a group's odds differ from those of all students. States
# publish gaps of this order; the direction is the same everywhere.
PROGRAM_SHARE = {"el": 0.079, "swd": 0.170, "low_income": 0.383}
ODDS = {
    "chronic_absence": {
        "hispanic": 1.9, "black": 1.35, "white": 0.8, "asian": 0.45, "two_or_more": 1.1, "american_indian": 1.9,
        "pacific_islander": 1.3, "el": 1.5, "swd": 1.6, "low_income": 1.9,
    },
    "proficiency": {
        "hispanic": 0.45, "black": 0.45, "white": 1.25, "asian": 1.9, "two_or_more": 1.0, "american_indian": 0.5,
        "pacific_islander": 0.8, "el": 0.25, "swd": 0.22, "low_income": 0.5,
    },
}  # fmt: skip
NAMES = ("Indicator", "Year", "Group Type", "Group", "Rate", "Students", "Released")


def _of_groups(overall: float, odds: np.ndarray, share: np.ndarray, adds_up: bool) -> np.ndarray:
    """Rates of groups with such odds against all students [groups]; adds_up: so that they average to the overall."""
    base = overall / (1 - overall)
    if not adds_up:
        return base * odds / (1 + base * odds)
    low, high = base / 10, base * 10
    for _ in range(60):
        middle = (low + high) / 2
        rates = middle * odds / (1 + middle * odds)
        low, high = (middle, high) if rates @ share / share.sum() < overall else (low, middle)
    return rates


def rates(years: list[int]) -> list[tuple[str, int, str, str, float, int]]:
    """Indicator, school year, kind and name of the group, rate and students, of every year."""
    rows = []
    for indicator, published in {"chronic_absence": CHRONIC, **PROFICIENT}.items():
        odds = ODDS["chronic_absence" if indicator == "chronic_absence" else "proficiency"]
        students = STUDENTS * (1.0 if indicator == "chronic_absence" else TESTED_SHARE)
        for index, year in enumerate(years):
            overall = published[max(len(published) - len(years) + index, 0)]
            rows.append((indicator, year, "all", "all_students", overall, round(students)))
            for kind, share in (("race", RACE_SHARE), ("program", PROGRAM_SHARE)):
                size = np.array(list(share.values()))
                found = _of_groups(overall, np.array([odds[name] for name in share]), size, kind == "race")
                rows += [
                    (indicator, year, kind, name, float(rate), round(students * part))
                    for name, rate, part in zip(share, found, size.tolist(), strict=True)
                ]
    return rows


def write(writer: Writer, years: list[int], as_of: np.datetime64) -> None:
    """The state's rates of the years before the history's last, and of one more, as published by the day."""
    listed = [years[0] - 1, *years]
    known = [row for row in rates(listed) if np.datetime64(f"{row[1]}-{RELEASED}") <= as_of]
    columns = list(zip(*known, strict=True))
    table = frame(
        {
            "Indicator": columns[0],
            "Year": [f"{year - 1}-{year % 100:02d}" for year in columns[1]],
            "Group Type": columns[2],
            "Group": columns[3],
            "Rate": [f"{100 * rate:.1f}" for rate in columns[4]],
            "Students": [str(students) for students in columns[5]],
            "Released": dates([np.datetime64(f"{year}-{RELEASED}") for year in columns[1]]),
        }
    )
    writer.csv("state.benchmark_rate", "state/benchmark_rates.csv", table)
