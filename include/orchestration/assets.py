"""What one DAG leaves for the next. An event is a nudge: the facts are in the warehouse's audit."""

from airflow.sdk import Asset

LANDING = Asset(name="landing", uri="schoolhouse://landing")
MARTS = Asset(name="marts", uri="schoolhouse://marts")
SCORES = Asset(name="scores", uri="schoolhouse://scores")
LISTS = Asset(name="lists", uri="schoolhouse://lists")
RELEASE = Asset(name="release", uri="schoolhouse://release")
