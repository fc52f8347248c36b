"""The programme office's exports of extended learning time: requests, sessions and who came."""

import numpy as np

from include.demo.days import SchoolYear
from include.demo.elt import DECISIONS, NEVER, OFFERED, ORIGINS, Term
from include.demo.elt_sessions import Seats, Sessions
from include.demo.layout import Layout
from include.demo.population import Students, YearRoll
from include.demo.programs import PROGRAMMES, elt_term
from include.demo.writers import Writer, dates, frame

PROGRAM_NAMES = np.array([programme.name for programme in PROGRAMMES], dtype=object)
STREAMS = np.array([programme.stream for programme in PROGRAMMES], dtype=object)
MINUTES = np.array([str(programme.minutes) for programme in PROGRAMMES], dtype=object)


def requests(
    writer: Writer, layout: Layout, people: Students, rolls: list[YearRoll], terms: list[Term], as_of: np.datetime64
) -> None:
    """Requests of every term as known on `as_of`: what happens to one later is not told yet."""
    parts = []
    for roll, term in zip(rolls, terms, strict=True):
        asked = term.requests
        again = asked.again <= as_of
        decided = np.where(again, asked.again, np.where(asked.decided <= as_of, asked.decided, NEVER))
        decision = np.where(again, OFFERED, np.where(np.isnat(decided), -1, asked.decision))
        answered = np.where(asked.answered <= as_of, asked.answered, NEVER)
        answer = np.where(asked.accepts, "accepted", "declined").astype(object)
        score = np.array([f"{value:.1f}" for value in asked.score.tolist()], dtype=object)
        number = np.array([f"{term.year}-{value:06d}" for value in range(1, len(asked.row) + 1)], dtype=object)
        columns = (
            number, people.number[roll.student[asked.row]], layout.ids[asked.school],
            np.full(len(number), elt_term(term.year), object), PROGRAM_NAMES[asked.program], STREAMS[asked.program],
            np.array(ORIGINS, dtype=object)[asked.origin], np.where(np.isnan(asked.score), "", score),
            dates(asked.requested), np.array([*DECISIONS, ""], dtype=object)[decision], dates(decided),
            np.where(np.isnat(answered), "", answer), dates(answered),
            dates(np.fmax.reduce([asked.requested, decided, answered])),
        )  # fmt: skip
        parts.append(tuple(column[asked.requested <= as_of] for column in columns))
    names = ("Request", "Student", "School", "Term", "Program", "Stream", "Origin", "Screening Score", "Requested",
             "Decision", "Decided", "Answer", "Answered", "Updated")  # fmt: skip
    merged = [np.concatenate(values) for values in zip(*parts, strict=True)]
    writer.csv("programs.elt_request", "programs/elt_requests.csv", frame(dict(zip(names, merged, strict=True))))


def sessions(
    writer: Writer, layout: Layout, years: list[SchoolYear], held: list[Sessions], as_of: np.datetime64
) -> None:
    """Sessions of every term that were posted by the day."""
    parts = []
    for year, own in zip(years, held, strict=True):
        columns = (
            layout.ids[own.school], np.full(len(own.day), elt_term(year.year), object), PROGRAM_NAMES[own.program],
            dates(year.days[own.day]), MINUTES[own.program], dates(own.posted),
        )  # fmt: skip
        parts.append(tuple(column[own.posted <= as_of] for column in columns))
    names = ("School", "Term", "Program", "Date", "Minutes", "Posted")
    merged = [np.concatenate(values) for values in zip(*parts, strict=True)]
    writer.csv("programs.elt_session", "programs/elt_sessions.csv", frame(dict(zip(names, merged, strict=True))))


def attendance(
    writer: Writer,
    layout: Layout,
    people: Students,
    year: SchoolYear,
    roll: YearRoll,
    held: Sessions,
    seats: Seats,
    as_of: np.datetime64,
) -> None:
    """Who came to the sessions of one term, P or A, gzipped; nothing before the first is posted."""
    kept = held.posted[seats.session] <= as_of
    if not kept.any():
        return
    session = seats.session[kept]
    table = frame(
        {
            "Student": people.number[roll.student[seats.row[kept]]],
            "School": layout.ids[held.school[session]],
            "Term": np.full(len(session), elt_term(year.year), object),
            "Program": PROGRAM_NAMES[held.program[session]],
            "Date": dates(year.days[held.day[session]]),
            "Present": np.where(seats.is_present[kept], "P", "A"),
            "Posted": dates(held.posted[session]),
        }
    )
    writer.csv("programs.elt_attendance", f"programs/elt_attendance_{year.name}.csv.gz", table)
