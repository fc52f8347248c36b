"""How the columns of a feed's files change from one time to the next."""

from dataclasses import dataclass

from sqlalchemy import Connection, text


@dataclass(frozen=True)
class Columns:
    """new and gone: against the load before, both empty where there was none. unmapped: that nobody mapped."""

    new: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    unmapped: tuple[str, ...] = ()


def columns_of(connection: Connection, feed: str, load_ids: list[int]) -> Columns:
    """The columns of some loads of a feed, taken together, against the newest one before them."""
    loads = connection.execute(
        text("select columns, unmapped_columns from ops.load where load_id = any(:loads) order by load_id"),
        {"loads": load_ids},
    ).all()
    if not loads:
        return Columns()
    before = connection.scalar(
        text(
            "select columns from ops.load where feed = :feed and load_id < :first and columns <> '[]'"
            " order by load_id desc limit 1"
        ),
        {"feed": feed, "first": min(load_ids)},
    )
    now = dict.fromkeys(name for row in loads for name in row.columns)
    unmapped = tuple(dict.fromkeys(name for row in loads for name in row.unmapped_columns))
    if before is None:
        return Columns(unmapped=unmapped)
    return Columns(
        new=tuple(name for name in now if name not in before),
        gone=tuple(name for name in before if name not in now),
        unmapped=unmapped,
    )
