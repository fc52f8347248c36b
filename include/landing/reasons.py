"""Why rows were refused, by kind: reasons that differ in a number only are one."""

from dataclasses import dataclass

from sqlalchemy import Connection, text

# Of a whole row the reason may name a line, a day or a number of columns; "utf-8" and a name with a digit stay.
KIND = r"case when column_name is null then regexp_replace(reason, '(?<![\w-])\d[\d-]*', '#', 'g') else reason end"


@dataclass(frozen=True)
class Example:
    """One refused row: where it stands, and the cell at fault, which may be a person's."""

    file_name: str
    line: int
    value: str | None


@dataclass(frozen=True)
class Refusal:
    """Rows refused for one kind of reason. column: None where it is the whole row."""

    reason: str
    column: str | None
    rows: int
    examples: tuple[Example, ...]


def refusals_of(connection: Connection, load_ids: list[int], most_examples: int = 0) -> list[Refusal]:
    """What some loads refused, the most frequent reason first, each with its first examples."""
    found = connection.execute(
        text(
            f"select {KIND} as kind, column_name, count(*) as rows,"
            f" (array_agg(file_name order by quarantine_id))[1:{most_examples}] as files,"
            f" (array_agg(line order by quarantine_id))[1:{most_examples}] as lines,"
            f" (array_agg(value order by quarantine_id))[1:{most_examples}] as texts"
            " from ops.quarantine where load_id = any(:loads) group by 1, 2 order by 3 desc, 1, 2"
        ).bindparams(loads=load_ids)
    ).all()
    return [
        Refusal(
            row.kind,
            row.column_name,
            row.rows,
            tuple(Example(*cells) for cells in zip(row.files, row.lines, row.texts, strict=True)),
        )
        for row in found
    ]
