"""Where the members of a flat natural key stand in a resource, and which feeds changes alone keep right."""

from typing import Any

import pytest

from include.districts import EdfiFeed
from include.sources.edfi.keys import deletion, key_names
from include.sources.edfi.ods import _of_year

COLUMNS: dict[str, Any] = {
    "student_id": "studentReference.studentUniqueId",
    "program": {"value": "swd"},
    "begins_on": "beginDate",
}


def feed_of(**changed: Any) -> EdfiFeed:
    given = {
        "name": "edfi.feed",
        "source": "edfi",
        "connection": "ods",
        "contract": "programs.participation",
        "resource": "studentProgramAssociations",
        "columns": COLUMNS,
    }
    return EdfiFeed.model_validate({**given, **changed})


def test_a_deletion_has_the_old_key_where_the_mapping_reads_it() -> None:
    values = {"beginDate": "2021-08-30", "educationOrganizationId": 1, "studentUniqueId": "7"}
    named = key_names(feed_of(), values)
    assert named == {"studentReference.studentUniqueId": "studentUniqueId", "beginDate": "beginDate"}
    assert deletion(named, values) == {
        "_operation": "delete",
        "studentReference": {"studentUniqueId": "7"},
        "beginDate": "2021-08-30",
    }
    assert key_names(feed_of(), {"studentUniqueId": "7"}) is None
    assert key_names(feed_of(), {}) is None


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("programReference.educationOrganizationId", "programEducationOrganizationId"),
        ("educationOrganizationReference.educationOrganizationId", "educationOrganizationId"),
        ("gradingPeriodReference.periodSequence", "gradingPeriodSequence"),
        ("gradingPeriodReference.schoolYear", "gradingPeriodSchoolYear"),
        ("schoolYearTypeReference.schoolYear", "schoolYear"),
        ("studentUniqueId", "studentUniqueId"),
    ],
)
def test_a_reference_in_a_role_gives_its_role_to_the_name(path: str, name: str) -> None:
    """Of two education organisations in one key each is found by its own name."""
    values = {name: 1, "beginDate": "2021-08-30"}
    if name == "programEducationOrganizationId":
        values["educationOrganizationId"] = 2
    assert (key_names(feed_of(columns={**COLUMNS, "student_id": path}), values) or {})[path] == name


@pytest.mark.parametrize(
    ("changed", "is_kept"),
    [
        ({}, True),
        ({"where": {"beginDate": ["2021-08-30"]}}, False),
        ({"parameters": {"programName": "Bilingual"}}, False),
        ({"each": "services"}, False),
        ({"columns": {**COLUMNS, "begins_on": ["beginDate", "begins"]}}, False),
        ({"columns": {**COLUMNS, "ends_on": ["endDate", "ends"]}}, True),
    ],
)
def test_changes_keep_a_feed_only_where_rows_go_by_deletion(changed: dict[str, Any], is_kept: bool) -> None:
    if isinstance(changed.get("columns"), dict):
        named = {name: {"from": cell} if isinstance(cell, list) else cell for name, cell in changed["columns"].items()}
        changed = {"columns": named}
    assert feed_of(**changed).is_kept_by_changes is is_kept


def test_a_feed_knows_its_deletions_and_its_namespace() -> None:
    assert feed_of().deletes == {"_operation": ["delete"]}
    assert feed_of(deletes={"isDeleted": ["true"]}).deletes == {"isDeleted": ["true"], "_operation": ["delete"]}
    assert (feed_of().path, feed_of(resource="tpdm/candidates").path) == (
        "ed-fi/studentProgramAssociations",
        "tpdm/candidates",
    )


@pytest.mark.parametrize(
    ("address", "of_2024"),
    [
        ("https://h/data/v3/", "https://h/data/v3/2024/"),
        ("https://h/data/v3/2026", "https://h/data/v3/2024/"),
        ("https://h/{schoolYearFromRoute}/data/v3/", "https://h/2024/data/v3/"),
        ("https://h/oauth/token", "https://h/oauth/token"),
    ],
)
def test_the_address_of_a_school_year(address: str, of_2024: str) -> None:
    assert _of_year(address, None) == address
    assert _of_year(address, 2024) == of_2024
