"""Files damaged at random from a seed, and what a plain reading by lines says of them."""

import csv
import gzip
import io
import random
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

HEADER = ["year", "fund", "kind", "amount", "date", "memo"]
ENCODINGS = ("latin-1", "utf-16", "utf-16-le", "cp1252", "utf-8-sig", "cp037")


@dataclass
class Damaged:
    """A file. untouched: the sound lines that nothing has happened to, as (amount, memo); each must land where any
    row does. faults: what was done."""

    name: str
    content: bytes
    untouched: Counter[tuple[str, str]]
    faults: list[str]


@dataclass
class _Line:
    """A line as bytes. told: its amount and memo while it is as it was written."""

    content: bytes
    told: tuple[str, str] | None


def _sound(chance: random.Random, number: int) -> _Line:
    memo = chance.choice(["", "plain", "Peña", "with, comma", 'said "so"', "Łódź", f"m{number}"])
    amount = f"{number}.{chance.randrange(100):02}"
    text = io.StringIO()
    cells = ["2019", str(chance.choice([100, 255])), chance.choice("AB"), amount, f"{number % 12 + 1}/3/2019", memo]
    is_quoted = chance.random() < 0.2
    csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_ALL if is_quoted else csv.QUOTE_MINIMAL).writerow(cells)
    return _Line(text.getvalue().encode(), (amount, memo))


def _flip(chance: random.Random, lines: list[_Line]) -> None:
    for _ in range(chance.randint(1, 8)):
        place = chance.randrange(len(lines))
        line = lines[place]
        at = chance.randrange(len(line.content))
        # A line end that is gone joins two lines: both are damaged.
        new = bytes([chance.choice([chance.randrange(256), *b'"",\r\n\x00'])])
        if at == len(line.content) - 1:
            after = lines[(place + 1) % len(lines)]
            after.told = None
        line.content = line.content[:at] + new + line.content[at + 1 :]
        line.told = None


def _cut(chance: random.Random, lines: list[_Line]) -> None:
    for line in chance.sample(lines, min(3, len(lines))):
        whole = line.content.rstrip(b"\n")
        at = chance.randrange(len(whole) + 1)
        line.content = (whole[:at] if chance.random() < 0.5 else whole[at:]) + b"\n"
        line.told = None


def _swap(chance: random.Random, lines: list[_Line]) -> None:
    """Two columns change places in some lines: they may still land, and say something else."""
    for line in chance.sample(lines, min(4, len(lines))):
        cells = line.content.decode(errors="replace").rstrip("\r\n").split(",")
        if len(cells) > 3:
            a, b = chance.sample(range(len(cells)), 2)
            cells[a], cells[b] = cells[b], cells[a]
            text = io.StringIO()
            csv.writer(text, lineterminator="\n").writerow(cells)
            line.content, line.told = text.getvalue().encode(), None


def _mix(chance: random.Random, lines: list[_Line]) -> None:
    for line in chance.sample(lines, min(5, len(lines))):
        if not line.content.isascii():
            line.content = line.content.decode(errors="replace").encode(chance.choice(["latin-1", "cp1250"]), "replace")
            line.told = None


def _nul(chance: random.Random, lines: list[_Line]) -> None:
    line = chance.choice(lines)
    at = chance.randrange(len(line.content.rstrip(b"\n")) + 1)
    line.content, line.told = line.content[:at] + b"\x00" * chance.randint(1, 500) + line.content[at:], None


def _repeat_header(chance: random.Random, lines: list[_Line]) -> None:
    lines.insert(chance.randrange(len(lines)), _Line(",".join(HEADER).encode() + b"\n", None))


def _blank(chance: random.Random, lines: list[_Line]) -> None:
    for _ in range(3):
        lines.insert(chance.randrange(len(lines)), _Line(chance.choice([b"\n", b"\r\n", b",,,,,\n", b"  \n"]), None))


def _long(chance: random.Random, lines: list[_Line]) -> None:
    size = chance.choice([100_000, 1_000_000])
    filler = chance.choice([b"x", b",", b'""', b"\xff", b"a,b "]) * (size // 4)
    lines.insert(chance.randrange(len(lines)), _Line(filler + b"\n", None))


def _stray_quote(chance: random.Random, lines: list[_Line]) -> None:
    """The fault that swallows rows: a cell that opens a quote and never closes it."""
    line = chance.choice(lines)
    places = [place for place, byte in enumerate(line.content) if byte == ord(",")]
    if places:
        at = chance.choice(places) + 1
        line.content, line.told = line.content[:at] + b'"' + line.content[at:], None


def _line_ends(chance: random.Random, lines: list[_Line]) -> None:
    for line in lines:
        if line.content.endswith(b"\n") and not line.content.endswith(b"\r\n"):
            line.content = line.content[:-1] + chance.choice([b"\n", b"\r\n"])


def _marks(chance: random.Random, lines: list[_Line]) -> None:
    """A file glued to another brings its byte order mark along."""
    line = chance.choice(lines)
    line.content, line.told = b"\xef\xbb\xbf" + line.content, None


LINE_FAULTS: list[Callable[[random.Random, list[_Line]], None]] = [
    _flip, _cut, _swap, _mix, _nul, _repeat_header, _blank, _long, _stray_quote, _line_ends, _marks,
]  # fmt: skip


WHOLE_FAULTS = ["none"] * 8 + [
    "tail", "zip", "gzip", "cut zip", "cut gzip", "bytes", "encoding", "bomb", "mark", "noise",
]  # fmt: skip


def _whole_file(chance: random.Random, content: bytes) -> tuple[str, bytes, str, bool]:
    """The file's name and bytes after a fault of the whole, what it was, and whether its lines are still as told."""
    fault = chance.choice(WHOLE_FAULTS)
    packed = io.BytesIO()
    if fault == "tail":
        # A transfer that broke off: the last line is not whole.
        kept = content[: chance.randrange(len(content))]
        return "a.csv", kept, fault, False
    if fault in ("zip", "cut zip", "bytes"):
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("a.csv", content)
        data = packed.getvalue()
        if fault == "zip":
            return "a.zip", data, fault, True
        if fault == "cut zip":
            return "a.zip", data[: chance.randrange(len(data))], fault, False
        at = chance.randrange(len(data))
        return "a.zip", data[:at] + bytes([data[at] ^ (1 << chance.randrange(8))]) + data[at + 1 :], fault, False
    if fault in ("gzip", "cut gzip"):
        data = gzip.compress(content)
        return "a.csv.gz", data if fault == "gzip" else data[: chance.randrange(len(data))], fault, fault == "gzip"
    if fault == "encoding":
        encoding = chance.choice(ENCODINGS)
        data = content.decode("utf-8", "replace").encode(encoding, "replace")
        # With a byte order mark the file says itself how it is written.
        return "a.csv", data, f"{fault} {encoding}", encoding in ("utf-16", "utf-8-sig")
    if fault == "bomb":
        return "a.zip", bomb(chance.randint(1, 3)), fault, False
    if fault == "mark":
        return "a.csv", b"\xef\xbb\xbf" + content, fault, True
    if fault == "noise":
        return chance.choice(["a.csv", "a.zip", "a.csv.gz", "a.xlsx", "a.jsonl"]), chance.randbytes(5_000), fault, False
    return "a.csv", content, fault, True


def bomb(depth: int) -> bytes:
    """Zips within zips around 100 MB of zeros; some kilobytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("a.csv", "w") as member:
        for _ in range(100):
            member.write(bytes(1_000_000))
    for _ in range(depth - 1):
        outer = io.BytesIO()
        with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("inner.zip", packed.getvalue())
        packed = outer
    return packed.getvalue()


def damaged_file(seed: int) -> Damaged:
    """The file of this seed: some sound lines, one to four faults of lines, and perhaps one of the whole file."""
    chance = random.Random(seed)
    lines = [_sound(chance, number) for number in range(1, chance.randint(5, 60))]
    chosen = [chance.choice(LINE_FAULTS) for _ in range(chance.randint(1, 4))]
    for fault in chosen:
        fault(chance, lines)
    content = (",".join(HEADER) + "\n").encode() + b"".join(line.content for line in lines)
    name, data, whole, as_told = _whole_file(chance, content)
    untouched = Counter(line.told for line in lines if line.told is not None)
    if whole == "tail":
        # What is before the cut is as it was.
        left, untouched, as_told = len(data) - len((",".join(HEADER) + "\n").encode()), Counter(), True
        for line in lines:
            left -= len(line.content)
            if left >= 0 and line.told is not None:
                untouched[line.told] += 1
    faults = [fault.__name__.strip("_") for fault in chosen] + [whole]
    return Damaged(name, data, untouched if as_told else Counter(), faults)
