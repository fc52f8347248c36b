"""The built district itself."""

from tests.marts.lakeside import Lakeside


def test_every_row_of_clean_files_lands(lakeside: Lakeside) -> None:
    counts = lakeside.frame("select sum(quarantined) as refused, count(*) as loads from ops.load")
    assert counts["refused"].item() == 0
    assert counts["loads"].item() > 40
