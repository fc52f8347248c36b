"""The written files of the generated district, as the tests about it read them."""

import datetime as dt
import gzip
import hashlib
import io
import zipfile
from pathlib import Path

import pandas as pd

AS_OF = dt.date(2026, 3, 2)
IN_SUMMER = dt.date(2026, 6, 30)
STUDENTS = 1200
YEARS = 5
SEED = 7
SHARE_ABSENT = {"AU": 1.0, "AE": 1.0, "OSS": 1.0, "HD": 0.5, "HE": 0.5, "TD": 0.0, "P": 0.0}


def checksums(out: Path) -> dict[str, str]:
    """SHA-256 of every file below a folder."""
    return {
        path.relative_to(out).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(out.rglob("*"))
        if path.is_file()
    }


def text_of(path: Path) -> str:
    raw = gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    return raw.decode("latin-1" if path.name == "staff.csv" else "utf-8-sig")


def read(path: Path, delimiter: str = ",") -> pd.DataFrame:
    """Every cell as text."""
    return pd.read_csv(io.StringIO(text_of(path)), sep=delimiter, dtype=str, keep_default_na=False)


def roster(folder: Path, file: str = "sis/oneroster.zip") -> dict[str, pd.DataFrame]:
    """The tables of a roster archive by member."""
    with zipfile.ZipFile(folder / file) as archive:
        return {name: pd.read_csv(archive.open(name), dtype=str, keep_default_na=False) for name in archive.namelist()}


def dollars(column: pd.Series) -> pd.Series:
    """Amounts in cents, exactly; empty cells are left out."""
    return column[column != ""].str.replace(",", "").str.replace(".", "").astype("int64")


def attendance_events(folder: Path, name: str) -> pd.DataFrame:
    """The exceptions of a school year, and every day of the schools that record each."""
    files = [folder / "sis" / f"{kind}_{name}.csv.gz" for kind in ("attendance", "daily_attendance")]
    return pd.concat([read(file) for file in files if file.exists()], ignore_index=True)


def attendance_by_student(folder: Path, name: str) -> pd.DataFrame:
    """Enrolled and absent days by student, worked out from enrolment, submissions and exceptions."""
    spells = read(folder / "sis" / "entry_exit.csv")
    spells = spells[spells["School Year"] == name]
    spells["from"] = pd.to_datetime(spells["Entry Date"], format="%m/%d/%Y")
    until = pd.to_datetime(spells["Exit Date"].replace("", None), format="%m/%d/%Y")
    spells["until"] = until.fillna(pd.Timestamp(AS_OF))
    submitted = read(folder / "sis" / f"submissions_{name}.txt", "|")
    submitted["day"] = pd.to_datetime(submitted["ATT_DATE"], format="%Y%m%d")
    days = spells.merge(submitted, left_on="School Code", right_on="SCHOOL")
    days = days[(days["day"] >= days["from"]) & (days["day"] <= days["until"])]
    enrolled = days.drop_duplicates(["Student Number", "day"]).groupby("Student Number").size()
    events = attendance_events(folder, name)
    absent = events["Att Code"].map(SHARE_ABSENT).groupby(events["Student Number"]).sum()
    return pd.DataFrame({"enrolled": enrolled, "absent": absent}).fillna({"absent": 0.0})
