"""The export of the families' office: applications for a place at a school."""

import numpy as np

from include.demo.layout import Layout
from include.demo.population import Students
from include.demo.registration import NEVER, STEPS, Applications
from include.demo.vocabulary import GRADES
from include.demo.writers import Writer, dates, frame


def registrations(writer: Writer, layout: Layout, people: Students, drawn: Applications, as_of: np.datetime64) -> None:
    """Applications as known on `as_of`: a step of a later day is still open; posted when it was last touched."""
    here = np.flatnonzero(drawn.steps["submitted"] <= as_of)
    steps = {}
    for step in STEPS:
        day = drawn.steps[step][here]
        steps[step] = np.where(day <= as_of, day, NEVER)
    withdrawn = np.where(drawn.withdrawn[here] <= as_of, drawn.withdrawn[here], NEVER)
    posted = np.fmax.reduce([*steps.values(), withdrawn])
    placed = ~np.isnat(steps["placed"])
    # The student system has a record from the first day in school on.
    student = np.where(drawn.begins[here] <= as_of, drawn.student[here], -1)
    table = frame(
        {
            "Application": np.char.add("F", (200_001 + drawn.number[here]).astype(str)),
            "Student No": np.where(student >= 0, people.number[student], ""),
            "School": layout.ids[np.where(placed, drawn.school[here], drawn.asked[here])],
            "Grade": np.array(GRADES, dtype=object)[drawn.grade[here]],
            "Home Language": drawn.language[here],
            "Programme": drawn.program[here],
            **{step.capitalize(): dates(day, "us") for step, day in steps.items()},
            "Withdrawn": dates(withdrawn, "us"),
            "Updated": dates(posted, "us"),
        }
    )
    writer.csv("community.registration", "community/registrations.csv", table)
