"""The experiment: `experiment.yml` with what the district overrides."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from include.districts import load_district
from include.errors import SchoolhouseError
from models.ml import FEATURES

EXPERIMENT = Path(__file__).with_name("experiment.yml")
OUTCOMES = ("absence", "course_failure", "benchmark")
# The band of every grade that the configuration puts in none.
ALL_GRADES = "all grades"
GRADE = r"PK|KG|\d\d"


@dataclass(frozen=True)
class Experiment:
    """The experiment as run. Each part is a mapping with the keys of `experiment.yml`."""

    seed: str
    cohort: dict[str, Any]
    label: dict[str, Any]
    features: dict[str, Any]
    training: dict[str, Any]
    evaluation: dict[str, Any]
    seats: dict[str, Any]
    drift: dict[str, Any]
    effect: dict[str, Any]

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for the registry and for hashing."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @property
    def weights(self) -> dict[str, float]:
        """Weight by outcome, only those above zero."""
        return {name: float(w) for name, w in self.label["weights"].items() if float(w) > 0}

    @property
    def uses_discretionary(self) -> bool:
        """Whether somebody answers for the use of discretionary discipline."""
        return bool(self.features["discretionary_discipline"]["use"])

    @property
    def feature_names(self) -> list[str]:
        """Features that the models may see, in the order of the table."""
        left_out = set(self.features["without"])
        if not self.uses_discretionary:
            left_out.add("discretionary_actions")
        return [name for name in FEATURES if name not in left_out]

    @property
    def bands(self) -> list[str]:
        """Names of the grade bands, in the configured order."""
        return [str(band["band"]) for band in self.training["grade_bands"]]

    @property
    def band_of_grade(self) -> dict[str, str]:
        """Band by grade, of the grades that have one."""
        return {grade: str(band["band"]) for band in self.training["grade_bands"] for grade in band["grades"]}

    def school_year(self, as_of: dt.date) -> int:
        """The school year that an as-of date belongs to: the calendar year in which it ends."""
        month, day = _month_day(self.cohort["school_year_starts"])
        return as_of.year + int((as_of.month, as_of.day) >= (month, day))

    def as_of_in(self, as_of: dt.date, school_year: int) -> dt.date:
        """The same release day in another school year; 29 February becomes the 28th."""
        year = as_of.year + school_year - self.school_year(as_of)
        if (as_of.month, as_of.day) == (2, 29):
            return dt.date(year, 2, 28)
        return as_of.replace(year=year)

    def window_ends_on(self, as_of: dt.date) -> dt.date:
        """Last day of the label window: never later than the day before the next year's as-of date."""
        year = self.school_year(as_of)
        month, day = _month_day(self.label["ends"])
        return min(dt.date(year, month, day), self.as_of_in(as_of, year + 1) - dt.timedelta(days=1))

    def elt_term(self, as_of: dt.date) -> str:
        """The ELT term that the seats are for."""
        return str(self.seats["elt_term"] or self.school_year(as_of))


def _month_day(text: Any) -> tuple[int, int]:
    month, _, day = str(text).partition("-")
    return int(month), int(day)


def _merge(base: dict[str, Any], over: Mapping[str, Any], place: str) -> dict[str, Any]:
    """`base` with the keys of `over`, level by level; a key that `base` lacks is a mistake."""
    merged = dict(base)
    for key, value in over.items():
        if key not in base:
            raise SchoolhouseError(f"{place}: there is no setting {key!r}. It has {', '.join(sorted(map(str, base)))}.")
        if isinstance(base[key], dict) and isinstance(value, Mapping):
            merged[key] = _merge(base[key], value, f"{place}.{key}")
        else:
            merged[key] = value
    return merged


def experiment_from(policy: Mapping[str, Any]) -> Experiment:
    """The experiment under a district's policy: `ml` overrides any key, `elt` the seats and weights.

    Raises SchoolhouseError where a key, an outcome or a feature is unknown, or where discretionary
    discipline is used and nobody answers for it; and where grade bands overlap.
    """
    given = yaml.safe_load(EXPERIMENT.read_text(encoding="utf-8"))
    elt = dict(policy.get("elt") or {})
    weights = elt.pop("weights", None)
    if "seats" in elt:
        elt["total"] = elt.pop("seats")
    merged = _merge(given, {"seats": elt}, "policy.elt")
    if weights:
        merged = _merge(merged, {"label": {"weights": weights}}, "policy.elt.weights")
    merged = _merge(merged, policy.get("ml") or {}, "policy.ml")
    experiment = Experiment(**merged)
    if unknown := sorted(set(experiment.label["weights"]) - set(OUTCOMES)):
        raise SchoolhouseError(f"label.weights: {unknown[0]!r} is no outcome: there are {', '.join(OUTCOMES)}.")
    if unknown := sorted(set(experiment.features["without"]) - set(FEATURES)):
        raise SchoolhouseError(f"features.without: {unknown[0]!r} is no feature.")
    _check_bands(experiment)
    discipline = experiment.features["discretionary_discipline"]
    if discipline["use"] and not (discipline["decided_by"] and discipline["reason"]):
        raise SchoolhouseError(
            "features.discretionary_discipline: to use it, say who decided so (decided_by) and why (reason)."
        )
    return experiment


def _check_bands(experiment: Experiment) -> None:
    place, found = "training.grade_bands", dict[str, str]()
    for band in experiment.training["grade_bands"]:
        if not isinstance(band, Mapping) or set(band) != {"band", "grades"} or not band["grades"]:
            raise SchoolhouseError(f"{place}: write each as {{band: elementary, grades: [KG, '01']}}, not {band}.")
        name = str(band["band"])
        if name in (*found.values(), ALL_GRADES):
            raise SchoolhouseError(f"{place}: the name {name!r} is taken.")
        for grade in band["grades"]:
            # YAML reads 01 as the number 1, which no student's grade is.
            if not re.fullmatch(GRADE, str(grade)):
                raise SchoolhouseError(f"{place}: {grade!r} of {name!r} is no grade: write PK, KG, '01' to '12'.")
            if grade in found:
                raise SchoolhouseError(f"{place}: grade {grade} is in {found[grade]!r} and in {name!r}.")
            found[grade] = name


def load_experiment() -> Experiment:
    """The experiment of the district that the environment names."""
    return experiment_from(load_district().policy)
