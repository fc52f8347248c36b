"""A synthetic release of a whole district: schools, networks and the district × groups × years × indicators."""

import numpy as np
import pandas as pd

from include.privacy.tables import Dimension, Split, Sum, Table

RACES = ("hispanic", "black", "white", "asian", "two_or_more", "american_indian", "pacific_islander", "unknown")
RACE_SHARES = (0.42, 0.33, 0.13, 0.08, 0.025, 0.004, 0.002, 0.009)
SEXES = ("female", "male")
PROGRAMMES = {"el": 0.3, "swd": 0.22, "low_income": 0.7, "homeless": 0.05, "foster": 0.01, "gifted": 0.06}
GRADES_OF = {
    "elementary": ("KG", "01", "02", "03", "04", "05"),
    "middle": ("06", "07", "08"),
    "high": ("09", "10", "11", "12"),
}
SCHOOLS, NETWORKS = 52, 7
RATES = (0.25, 0.06, 0.4, 0.1, 0.85, 0.02, 0.5, 0.15, 0.3, 0.7)


def district_tables(years: int, indicators: int, seed: int) -> list[Table]:
    """One table per indicator: 60 organisations × up to 28 groups × years, students and the indicator's numerator."""
    random = np.random.default_rng(seed)
    schools = [f"s{at:02d}" for at in range(SCHOOLS)]
    level = dict(zip(schools, random.choice(list(GRADES_OF), SCHOOLS, p=[0.6, 0.2, 0.2]), strict=True))
    size = dict(zip(schools, np.exp(random.normal(6.0, 0.5, SCHOOLS)).astype(int), strict=True))
    network = {school: f"n{at % NETWORKS}" for at, school in enumerate(schools)}
    frames = []
    for year in range(2026 - years + 1, 2027):
        people = pd.DataFrame({"school": np.repeat(schools, [size[school] for school in schools])})
        count = len(people)
        people["race"] = random.choice(RACES, count, p=RACE_SHARES)
        people["sex"] = random.choice(SEXES, count)
        people["grade"] = [str(random.choice(GRADES_OF[level[school]])) for school in people["school"]]
        effect = dict(zip(schools, random.uniform(0.6, 1.5, SCHOOLS), strict=True))
        for programme, share in PROGRAMMES.items():
            people[programme] = random.random(count) < share * people["school"].map(effect)
        for at in range(indicators):
            rate = RATES[at % len(RATES)] * people["school"].map(effect)
            people[f"indicator_{at}"] = random.random(count) < rate
        frames.append(_figures(people, network, indicators).assign(school_year=str(year)))
    figures = pd.concat(frames, ignore_index=True)
    sums = [Sum(f"n{at}", tuple(one for one in schools if network[one] == f"n{at}")) for at in range(NETWORKS)]
    grades = tuple(grade for level_grades in GRADES_OF.values() for grade in level_grades)
    dimensions = (
        Dimension("org", top="district", sums=(*sums, Sum("district", tuple(f"n{at}" for at in range(NETWORKS))))),
        Dimension(
            "subgroup",
            top="all_students",
            sums=tuple(Sum("all_students", parts) for parts in (RACES, SEXES, grades)),
            splits=tuple(Split("all_students", programme) for programme in PROGRAMMES),
        ),
        Dimension("school_year"),
    )
    return [
        Table(
            figures[["org", "subgroup", "school_year", "students", f"indicator_{at}"]],
            dimensions,
            ("students", f"indicator_{at}"),
        )
        for at in range(indicators)
    ]


def _figures(people: pd.DataFrame, network: dict[str, str], indicators: int) -> pd.DataFrame:
    """Students and numerators by organisation and group."""
    outcomes = [f"indicator_{at}" for at in range(indicators)]
    counted = people.assign(students=1)
    frames = []
    orgs = (people["school"], people["school"].map(network), pd.Series("district", index=people.index))
    for org in orgs:
        at_org = counted.assign(org=org)
        groups = [at_org.assign(subgroup="all_students")]
        groups += [at_org.assign(subgroup=at_org[kind]) for kind in ("race", "sex", "grade")]
        groups += [at_org[at_org[programme]].assign(subgroup=programme) for programme in PROGRAMMES]
        every = pd.concat(groups, ignore_index=True)
        frames.append(every.groupby(["org", "subgroup"], as_index=False)[["students", *outcomes]].sum())
    return pd.concat(frames, ignore_index=True)
