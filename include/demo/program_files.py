"""The programme office's exports: spells in programmes, and sites of extended learning time."""

import numpy as np

from include.demo.population import Students
from include.demo.programs import Participation, Sites
from include.demo.vocabulary import PROGRAM_CODES
from include.demo.writers import Writer, dates, frame


def participation(writer: Writer, people: Students, drawn: Participation, as_of: np.datetime64) -> None:
    """Spells as known on `as_of`; a byte-order mark, bars and compact dates."""
    kept = drawn.posted <= as_of
    ended = np.where(drawn.end <= as_of, drawn.end, np.datetime64("NaT", "D"))
    codes = [PROGRAM_CODES[name] for name in drawn.program[kept].tolist()]
    table = frame(
        {
            "STUDENT_NO": people.number[drawn.student[kept]],
            "PROGRAM": codes,
            "START": dates(drawn.begin[kept], "compact"),
            "END": dates(ended[kept], "compact"),
            "LEVEL": drawn.level[kept],
            "POSTED": dates(drawn.posted[kept], "compact"),
        }
    )
    writer.csv("programs.participation", "programs/participation.txt", table, delimiter="|", encoding="utf-8-sig")


def sites(writer: Writer, offered: Sites) -> None:
    """Sites of every term in the history."""
    table = frame(
        {
            "School": offered.school,
            "Term": offered.term,
            "Program": offered.program,
            "Stream": offered.stream,
            "Capacity": [str(value) for value in offered.capacity],
            "First Session": dates(offered.starts),
            "Last Session": dates(offered.ends),
        }
    )
    writer.csv("programs.elt_site", "programs/elt_sites.csv", table)
