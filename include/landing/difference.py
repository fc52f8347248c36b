"""What two nights' files of a feed do not share, record by record.

Records are compared as the text that COPY would read, never by a hash. Only what does not stand in the same place of
both files waits in memory for its twin.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from include.landing.copy import cells_text
from include.sources.files.block import Block
from include.sources.files.row import Row

# Characters that may wait, and what Python needs for a record beside its text.
MOST_WAITING = 200_000_000
COST = 350
BATCH = 5_000
# Of lines that differ from what stands in their place: from here on it is cheaper to look for all of them at once.
MANY_MOVED = 0.1


@dataclass(frozen=True)
class Difference:
    """Records of the later file alone, in its order, and those of the earlier one alone; and how many both hold."""

    new: list[Row | Block]
    gone: list[Row | Block]
    shared: int


@dataclass(frozen=True)
class _Batch:
    """Records that follow one another: their lines, and each as text; None stands for one that has no twin."""

    lines: Sequence[int] = ()
    texts: Sequence[str | None] = ()
    rows: Sequence[Row | None] = ()

    def part(self, begin: int, end: int | None) -> "_Batch":
        return _Batch(self.lines[begin:end], self.texts[begin:end], self.rows[begin:end])

    def record(self, place: int) -> Row | Block:
        row = self.rows[place] if self.rows else None
        return row or Block(self.lines[place], [str(self.texts[place])])


class _Waiting:
    """Records of one file by their text, until the other file has the same."""

    def __init__(self) -> None:
        self.apart: list[Row | Block] = []
        self.size = 0
        self._places: dict[str, list[tuple[int, Row | None]]] = {}

    def add(self, text: str, batch: _Batch, place: int) -> None:
        self._places.setdefault(text, []).append((batch.lines[place], batch.rows[place] if batch.rows else None))
        self.size += len(text) + COST

    def take(self, text: str) -> bool:
        """Whether one with this text has waited; it does no longer."""
        waiting = self._places.get(text)
        if waiting is None:
            return False
        waiting.pop(0)
        if not waiting:
            del self._places[text]
        self.size -= len(text) + COST
        return True

    def left(self) -> list[Row | Block]:
        """Those whose twin never came, by line."""
        records = [row or Block(line, [text]) for text, waiting in self._places.items() for line, row in waiting]
        return sorted([*records, *self.apart], key=lambda item: item.first if isinstance(item, Block) else item.line)


def difference(
    before: Iterator[Row | Block], after: Iterator[Row | Block], unmatched: Collection[int]
) -> Difference | None:
    """Compare two files. None where they share so little that what waits would not fit into the memory.

    unmatched: lines of the earlier file that have no twin, whatever the later one says.
    """
    gone, new = _Waiting(), _Waiting()
    olds, news = _batches(before), _batches(after)
    old, now = _Batch(), _Batch()
    earlier = 0
    while True:
        if not old.lines:
            old = next(olds, old)
            earlier += len(old.lines)
            if unmatched:
                old = _set_apart(old, unmatched, gone)
        if not now.lines:
            now = next(news, now)
        # Side by side, as long as both go on.
        size = min(len(old.lines), len(now.lines)) or max(len(old.lines), len(now.lines))
        if not size:
            alone = gone.left()
            return Difference(new.left(), alone, earlier - len(alone))
        for waiting, others, batch, places in _differing(old.part(0, size), now.part(0, size), gone, new):
            for place in places:
                text = batch.texts[place]
                if text is not None and not others.take(text):
                    waiting.add(text, batch, place)
        if gone.size + new.size > MOST_WAITING:
            return None
        old, now = old.part(size, None), now.part(size, None)


def _batches(items: Iterator[Row | Block]) -> Iterator[_Batch]:
    rows: list[Row] = []
    for item in items:
        if isinstance(item, Row):
            rows.append(item)
        if rows and (isinstance(item, Block) or len(rows) == BATCH):
            yield _of_rows(rows)
            rows = []
        if isinstance(item, Block):
            yield _Batch(range(item.first, item.first + item.count), item.lines)
    if rows:
        yield _of_rows(rows)


def _of_rows(rows: list[Row]) -> _Batch:
    # What is damaged is told apart by a sign that no sound text holds.
    texts = ["\0" if row.damage else cells_text(row.cells) for row in rows]
    return _Batch([row.line for row in rows], texts, rows)


def _set_apart(batch: _Batch, unmatched: Collection[int], waiting: _Waiting) -> _Batch:
    """The batch without the texts of lines that have no twin."""
    places = [place for place, line in enumerate(batch.lines) if line in unmatched]
    if not places:
        return batch
    texts = list(batch.texts)
    for place in places:
        waiting.apart.append(batch.record(place))
        texts[place] = None
    return _Batch(batch.lines, texts, batch.rows)


def _differing(
    old: _Batch, now: _Batch, gone: _Waiting, new: _Waiting
) -> list[tuple[_Waiting, _Waiting, _Batch, Sequence[int]]]:
    """For each side where its records wait, where their twins do, and its places that differ from the other's.

    A few that the other side has in another place may be among them.
    """
    if old.texts == now.texts:
        return []
    places = [place for place, (one, other) in enumerate(zip(old.texts, now.texts, strict=False)) if one != other]
    if not old.texts or not now.texts or len(places) <= MANY_MOVED * len(old.texts):
        every: Sequence[int] = places or range(max(len(old.texts), len(now.texts)))
        return [(gone, new, old, every if old.texts else ()), (new, gone, now, every if now.texts else ())]
    # A text that comes twice has to find as many twins.
    twice = _repeated(old.texts) | _repeated(now.texts)
    olds, news = set(old.texts) - twice, set(now.texts) - twice
    return [
        (gone, new, old, [place for place, text in enumerate(old.texts) if text not in news]),
        (new, gone, now, [place for place, text in enumerate(now.texts) if text not in olds]),
    ]


def _repeated(texts: Sequence[str | None]) -> set[str | None]:
    if len(set(texts)) == len(texts):
        return set()
    return {text for text, number in Counter(texts).items() if number > 1}
