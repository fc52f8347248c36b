"""The generated district's files of students as plain frames: read with pandas alone, none of the project's code."""

import zipfile
from pathlib import Path

import pandas as pd

# As district.yml says of the codes: the absent part of a day, the federal roll-up, the programmes.
FRACTION = {"AU": 1.0, "AE": 1.0, "OSS": 1.0, "HD": 0.5, "HE": 0.5, "TD": 0.0, "P": 0.0}
PROGRAMS = {"ELL": "el", "SPED": "swd", "FRL": "low_income", "MKV": "homeless", "FOST": "foster", "GT": "gifted"}
RACES = {
    "americanIndianOrAlaskaNative": "american_indian",
    "asian": "asian",
    "blackOrAfricanAmerican": "black",
    "nativeHawaiianOrOtherPacificIslander": "pacific_islander",
    "white": "white",
}


def year_of(written: pd.Series) -> pd.Series:
    """2024-25 is the school year 2025."""
    return (written.str[:4].astype(int) + 1).rename("school_year")


def year_of_day(day: pd.Series) -> pd.Series:
    """The school year of a day ends in the next summer."""
    return day.dt.year + (day.dt.month >= 7)


def schools(files: Path) -> pd.DataFrame:
    """school_id, level, and network as the directory names it today."""
    with zipfile.ZipFile(files / "sis/oneroster.zip") as rosters:
        orgs = pd.read_csv(rosters.open("orgs.csv"), dtype=str)
    own = orgs[orgs["type"] == "school"]
    return own.rename(columns={"sourcedId": "school_id", "parentSourcedId": "network", "metadata.level": "level"})[
        ["school_id", "network", "level"]
    ]


def networks(files: Path, as_of: pd.Timestamp) -> pd.DataFrame:
    """school_id, school_year, network: the one of the last day of each year, or of the day while the year lasts.

    It is the one that the school's autonomies name, and the directory's where they name none.
    """
    listed = pd.read_csv(files / "sis/autonomies.csv", dtype=str).rename(columns={"School": "school_id"})
    begins, ends = (pd.to_datetime(listed[name]) for name in ("From", "To"))
    today = schools(files)
    found = []
    for year in range(2020, as_of.year + 2):
        at = min(pd.Timestamp(year, 6, 30), as_of)
        named = listed[(begins <= at) & ~(ends < at)].drop_duplicates("school_id").set_index("school_id")["Network"]
        network = today["school_id"].map(named).fillna(today["network"])
        found.append(pd.DataFrame({"school_id": today["school_id"], "school_year": year, "network": network}))
    return pd.concat(found, ignore_index=True)


def network_of(files: Path, as_of: pd.Timestamp) -> dict[tuple[str, int], str]:
    """The network of each school and year."""
    rows = networks(files, as_of)
    return dict(zip(zip(rows["school_id"], rows["school_year"], strict=True), rows["network"], strict=True))


def spells(files: Path, as_of: pd.Timestamp) -> pd.DataFrame:
    """student_id, school_id, school_year, grade, entered, exited: the end of the year where nobody left."""
    rows = pd.read_csv(files / "sis/entry_exit.csv", dtype=str)
    year = year_of(rows["School Year"])
    exited = pd.to_datetime(rows["Exit Date"], format="%m/%d/%Y")
    exited = exited.fillna(pd.to_datetime(year.astype(str) + "-06-30"))
    return pd.DataFrame(
        {
            "student_id": rows["Student Number"],
            "school_id": rows["School Code"],
            "school_year": year,
            "grade": rows["Grade Level"].replace("K", "KG").map(lambda grade: grade.zfill(2)),
            "entered": pd.to_datetime(rows["Entry Date"], format="%m/%d/%Y"),
            "exited": exited.where(exited <= as_of, as_of),
        }
    )


def own_schools(spells: pd.DataFrame) -> pd.DataFrame:
    """The last spell of each student and year: student_id, school_year, school_id, grade."""
    began = spells[spells["exited"] >= spells["entered"]]
    last = began.sort_values(["entered", "school_id"], ascending=[False, True])
    return last.drop_duplicates(["student_id", "school_year"])[["student_id", "school_year", "school_id", "grade"]]


def groups(files: Path, own: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """student_id, school_year, kind, subgroup: long, with everyone in all_students."""
    with zipfile.ZipFile(files / "sis/oneroster.zip") as rosters:
        people = pd.read_csv(rosters.open("demographics.csv"), dtype=str).set_index("sourcedId")
    flags = people[list(RACES)] == "true"
    race = flags.rename(columns=RACES).idxmax(axis=1).where(flags.any(axis=1), "unknown")
    race = race.mask((flags.sum(axis=1) > 1) | (people["demographicRaceTwoOrMoreRaces"] == "true"), "two_or_more")
    race = race.mask(people["hispanicOrLatinoEthnicity"] == "true", "hispanic")
    keys = own[["student_id", "school_year"]]
    parts = [
        keys.assign(kind="all", subgroup="all_students"),
        keys.assign(kind="race", subgroup=keys["student_id"].map(race).fillna("unknown")),
        keys.assign(kind="sex", subgroup=keys["student_id"].map(people["sex"]).fillna("unspecified")),
        keys.assign(kind="grade", subgroup=own["grade"]),
    ]
    spell = pd.read_csv(files / "programs/participation.txt", sep="|", dtype=str, encoding="utf-8-sig")
    spell["begins"] = pd.to_datetime(spell["START"], format="%Y%m%d")
    spell["ends"] = pd.to_datetime(spell["END"], format="%Y%m%d").fillna(pd.Timestamp("2099-01-01"))
    spell["subgroup"] = spell["PROGRAM"].map(PROGRAMS)
    met = keys.merge(spell[spell["begins"] <= as_of], left_on="student_id", right_on="STUDENT_NO")
    year = met["school_year"].astype(str)
    begun = met["begins"] <= pd.to_datetime(year + "-06-30")
    here = begun & (met["ends"] >= pd.to_datetime((met["school_year"] - 1).astype(str) + "-07-01"))
    columns = ["student_id", "school_year", "subgroup"]
    ever = met.loc[begun & (met["subgroup"] == "el"), columns].assign(subgroup="ever_el")
    parts.append(pd.concat([met.loc[here, columns], ever]).drop_duplicates().assign(kind="program"))
    return pd.concat(parts, ignore_index=True)


def attendance(files: Path, spells: pd.DataFrame) -> pd.DataFrame:
    """student_id, school_year, enrolled, absent: days by walking through every day of every student."""
    calendar = pd.read_csv(files / "sis/calendar.csv", sep=";", dtype=str)
    calendar["day"] = pd.to_datetime(calendar["Calendar Date"], format="%Y%m%d")
    calendar["school_year"] = year_of(calendar["School Year"])
    taught = calendar[calendar["Day Type"] == "I"].rename(columns={"School": "school_id"})
    every = [pd.read_csv(path, sep="|", dtype=str) for path in sorted((files / "sis").glob("submissions_*.txt"))]
    sent = pd.concat(every).rename(columns={"SCHOOL": "school_id"})
    sent["day"] = pd.to_datetime(sent["ATT_DATE"], format="%Y%m%d")
    counted = taught.merge(sent[["school_id", "day"]].drop_duplicates(), on=["school_id", "day"])

    walked = spells.merge(calendar[["school_year", "day"]].drop_duplicates(), on="school_year")
    walked = walked[(walked["day"] >= walked["entered"]) & (walked["day"] <= walked["exited"])]
    # Where two schools claim a day, it belongs to the one entered last.
    walked = walked.sort_values(["entered", "school_id"], ascending=[False, True])
    walked = walked.drop_duplicates(["student_id", "school_year", "day"])
    enrolled = walked.merge(counted[["school_id", "school_year", "day"]], on=["school_id", "school_year", "day"])

    names = [*(files / "sis").glob("attendance_*.csv.gz"), *(files / "sis").glob("daily_attendance_*.csv.gz")]
    events = pd.concat([pd.read_csv(path, dtype=str) for path in sorted(names)])
    events["day"] = pd.to_datetime(events["Att Date"], format="%m/%d/%Y")
    events["posted"] = pd.to_datetime(events["Posted"], format="%m/%d/%Y")
    newest = events.sort_values("posted").drop_duplicates(["Student Number", "School", "day"], keep="last")
    newest = newest.assign(absent=newest["Att Code"].map(FRACTION), student_id=newest["Student Number"])
    absent = newest.groupby(["student_id", "day"], as_index=False)["absent"].max()
    joined = enrolled.merge(absent, on=["student_id", "day"], how="left")
    days = joined.groupby(["student_id", "school_year"], as_index=False).agg(
        enrolled=("day", "size"), absent=("absent", "sum")
    )
    return days


def discipline(files: Path, as_of: pd.Timestamp) -> pd.DataFrame:
    """student_id, school_year, actions, suspensions, suspension_days."""
    rows = pd.read_csv(files / "sis/discipline.csv", dtype=str)
    rows["day"] = pd.to_datetime(rows["Incident Date"], format="%m/%d/%Y")
    rows = rows[rows["day"] <= as_of]
    is_out = rows["Action"] == "OSS"
    rows = rows.assign(
        student_id=rows["Student"],
        school_year=year_of_day(rows["day"]),
        suspensions=is_out.astype(int),
        suspension_days=rows["Days"].astype(float).where(is_out, 0.0),
    )
    return rows.groupby(["student_id", "school_year"], as_index=False).agg(
        actions=("Action", "size"), suspensions=("suspensions", "sum"), suspension_days=("suspension_days", "sum")
    )


def marks(files: Path) -> pd.DataFrame:
    """student_id, school_year, marks, failing."""
    every = [pd.read_csv(path, sep="\t", dtype=str) for path in sorted((files / "sis").glob("grades_*.txt"))]
    rows = pd.concat(every)
    key = ["Student", "School", "Course", "Term"]
    rows = rows.drop_duplicates(key, keep="last")
    rows = rows.assign(student_id=rows["Student"], school_year=year_of(rows["Year"]), failing=rows["Mark"] == "F")
    return rows.groupby(["student_id", "school_year"], as_index=False).agg(
        marks=("Mark", "size"), failing=("failing", "sum")
    )


def advanced(files: Path, as_of: pd.Timestamp) -> pd.DataFrame:
    """student_id, school_year of everyone with a seat or a mark in an advanced course."""
    with zipfile.ZipFile(files / "sis/oneroster.zip") as rosters:
        courses, classes, seats = (
            pd.read_csv(rosters.open(f"{name}.csv"), dtype=str) for name in ("courses", "classes", "enrollments")
        )
    named = set(courses.loc[courses["metadata.isAdvanced"] == "true", "sourcedId"])
    held = classes.loc[classes["courseSourcedId"].isin(named), "sourcedId"]
    seats = seats[(seats["role"] == "student") & seats["classSourcedId"].isin(held)]
    begins = pd.to_datetime(seats["beginDate"])
    seated = pd.DataFrame({"student_id": seats["userSourcedId"], "school_year": year_of_day(begins)})[begins <= as_of]
    every = pd.concat([pd.read_csv(path, sep="\t", dtype=str) for path in sorted((files / "sis").glob("grades_*.txt"))])
    every = every[every["Course"].isin(named)]
    marked = pd.DataFrame({"student_id": every["Student"], "school_year": year_of(every["Year"])})
    return pd.concat([seated, marked]).drop_duplicates(ignore_index=True)


def results(files: Path) -> pd.DataFrame:
    """student_id, school_id, school_year, assessment, administration, subject, grade, score, tested, proficient."""
    maple = pd.concat([pd.read_csv(path, dtype=str) for path in sorted((files / "sis").glob("maple_*.csv"))])
    state = pd.concat([pd.read_csv(path, dtype=str) for path in sorted((files / "sis").glob("state_*.csv"))])
    window = {"BOY": "fall", "MOY": "winter", "EOY": "spring"}
    interim = pd.DataFrame(
        {
            "student_id": maple["StudentID"],
            "school_id": maple["SchoolID"],
            "school_year": year_of(maple["Year"]),
            "assessment": "MAPLE",
            "administration": maple["Window"].map(window),
            "subject": maple["Subject"].str.lower(),
            "grade": maple["Grade"],
            "score": maple["ScaleScore"].astype(float),
            "tested": maple["ScaleScore"].notna(),
            "proficient": maple["PerfLevel"].isin(["3", "4"]),
        }
    )
    statewide = pd.DataFrame(
        {
            "student_id": state["STUDENT_NUMBER"],
            "school_id": state["SCHOOL_CODE"],
            "school_year": state["TEST_YEAR"].astype(int),
            "assessment": "STATE",
            "administration": "spring",
            "subject": state["SUBJECT"].str.lower(),
            "grade": state["GRADE"],
            "score": state["SCALED_SCORE"].astype(float),
            "tested": state["ACHIEVEMENT_LEVEL"].notna(),
            "proficient": state["ACHIEVEMENT_LEVEL"].isin(["Meeting", "Exceeding"]),
        }
    )
    return pd.concat([interim, statewide], ignore_index=True)


def by_organisation(rows: pd.DataFrame, networks: pd.DataFrame) -> pd.DataFrame:
    """The rows once for their school, once for its network of the year and once for the district."""
    network = rows.merge(networks, on=["school_id", "school_year"])
    return pd.concat(
        [
            rows.assign(org_kind="school", org_id=rows["school_id"]),
            network.drop(columns="network").assign(org_kind="network", org_id=network["network"]),
            rows.assign(org_kind="district", org_id="district"),
        ],
        ignore_index=True,
    )
