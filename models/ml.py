"""What the ML jobs write: features, the model registry, scores, evaluations, drift and release decisions.

No table carries the clock of the run: the same data gives the same rows, byte for byte.
"""

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Double,
    ForeignKey,
    Identity,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    Table,
    Text,
)
from sqlalchemy.dialects.postgresql import JSONB

SCHEMA = "ml"

metadata = MetaData(schema=SCHEMA)

RISK = Numeric(7, 6)

# Every feature a model may see, in the order of the table. Race, sex, language, address and meal status
# have no column here, so no configuration can bring them in.
FEATURES: dict[str, str] = {
    "grade_number": "Grade as a number: PK -1, KG 0, 01 to 12.",
    "enrolled_days": "Enrolled days of the year so far.",
    "absent_share_20": "Absent days over enrolled days, last 20 instructional days. Suspensions left out.",
    "absent_share_45": "The same over the last 45 instructional days.",
    "absent_share_year": "The same over the year so far.",
    "absent_share_change": "absent_share_20 less absent_share_year.",
    "unexcused_share_year": "Unexcused absent days over enrolled days, year so far.",
    "tardy_share_20": "Tardy days over enrolled days, last 20 instructional days.",
    "tardy_share_year": "The same over the year so far.",
    "core_failing": "Core courses failing in the latest marking period.",
    "core_low": "Core courses with a mark of D or below in the latest marking period.",
    "core_low_change": "core_low less that of the marking period before.",
    "core_points": "Mean points of core courses in the latest marking period.",
    "core_points_change": "core_points less that of the marking period before.",
    "course_load": "Courses with a mark in the latest marking period.",
    "score_z": "Mean standard score of the latest assessment, over subjects.",
    "math_z": "Standard score of the latest assessment in mathematics.",
    "reading_z": "Standard score of the latest assessment in reading.",
    "score_z_change": "score_z less that of the administration before.",
    "cut_margin": "Least distance above the cut over subjects, in standard deviations, latest assessment.",
    "below_cut": "Subjects below the cut in the latest assessment.",
    "below_cut_before": "Subjects below the cut in the administration before.",
    "schools_two_years": "Schools attended in this year and the last.",
    "is_retained": "1 where the grade is the one of the year before.",
    "is_el": "1 where an English-learner programme covers the date.",
    "is_swd": "1 where special education covers the date.",
    "prior_absent_share": "Absent days over enrolled days, whole year before.",
    "prior_core_failing": "Core courses failed at any marking period of the year before.",
    "mandatory_actions": "Disciplinary actions of the year that staff could not choose.",
    "discretionary_actions": "Discretionary actions of the year; null unless the district configured their use.",
}

# What reasons are made of: counts a person can check against the source rows.
COUNTS: dict[str, str] = {
    "days_20": "Enrolled days within the last 20 instructional days.",
    "absent_20": "Absent days within them.",
    "days_45": "Enrolled days within the last 45 instructional days.",
    "absent_45": "Absent days within them.",
    "absent_year": "Absent days of the year so far.",
    "tardy_20": "Tardy days within the last 20 instructional days.",
    "core_low_before": "Core courses with D or below in the marking period before.",
    "subjects_tested": "Subjects of the latest assessment with a score.",
}

feature_row = Table(
    "feature_row",
    metadata,
    Column("as_of", Date, primary_key=True),
    Column("student_id", Text, primary_key=True),
    Column("school_id", Text, nullable=False),
    Column("school_year", Integer, nullable=False),
    Column("grade", Text),
    *(Column(name, Double, comment=doc) for name, doc in FEATURES.items()),
    *(Column(name, Double, comment=doc) for name, doc in COUNTS.items()),
    comment="One row per student and as-of date: only facts known before that date.",
)

feature_set = Table(
    "feature_set",
    metadata,
    Column("as_of", Date, primary_key=True),
    Column("definition_sha256", Text, nullable=False, comment="Hash of the SQL, the columns and what they depend on."),
    Column("facts_sha256", Text, nullable=False, comment="Hash of every fact that was known before the date."),
    Column("rows_sha256", Text, nullable=False, comment="Hash of the date's rows of ml.feature_row."),
    comment="What the feature rows of an as-of date were made of: by the same, they are read and not built anew.",
)

model = Table(
    "model",
    metadata,
    Column("model_id", Text, primary_key=True, comment="As-of date and hash of code, data and experiment."),
    Column("as_of", Date, nullable=False),
    Column("elt_term", Text, nullable=False),
    Column("code_sha256", Text, nullable=False),
    Column("data_sha256", Text, nullable=False),
    Column("artifact_sha256", Text, nullable=False),
    Column("artifact", LargeBinary, nullable=False),
    Column("shipped", Text, nullable=False, comment="What ranks the students: the model or the rule."),
    Column("algorithm", Text, nullable=False, comment="hist_gradient_boosting, logistic or abc_rule."),
    Column("first_as_of", Date, comment="First as-of date of the training rows."),
    Column("last_as_of", Date, comment="Last as-of date of the training rows."),
    Column("features", JSONB, nullable=False),
    Column("outcomes", JSONB, nullable=False, comment="Outcome, weight, labelled rows and share by year."),
    Column("metrics", JSONB, nullable=False),
    Column("groups", JSONB, nullable=False),
    Column("limits", JSONB, nullable=False, comment="What a reader must know before trusting it."),
    Column("experiment", JSONB, nullable=False, comment="The experiment as it was run."),
    Column("needs_review", JSONB, nullable=False, comment="Group gaps that send the list to a person."),
    Column("approver", Text, comment="Who approved it; null until somebody did."),
    Column("card_path", Text, nullable=False, comment="The model card, below the reports folder."),
    Column("card", Text, nullable=False, comment="The model card's HTML."),
    CheckConstraint("shipped in ('model', 'rule')", name="known_shipped"),
    comment="The registry: one row per training.",
)

score = Table(
    "score",
    metadata,
    Column("as_of", Date, primary_key=True),
    Column("elt_term", Text, primary_key=True),
    Column("student_id", Text, primary_key=True),
    Column("school_id", Text, nullable=False),
    Column("model_id", Text, ForeignKey(model.c.model_id), nullable=False),
    Column("status", Text, nullable=False),
    Column("risk", RISK, nullable=False, comment="Calibrated chance of an outcome after the as-of date."),
    Column("priority", Double, nullable=False, comment="What the list is ranked by."),
    Column("band", Text, nullable=False),
    Column("method", Text, nullable=False, comment="model, rule, or rule:<why not the model>."),
    Column("reasons", JSONB, nullable=False),
    CheckConstraint("status in ('scored', 'insufficient_history', 'no_outcome_in_grade')", name="known_status"),
    CheckConstraint("risk between 0 and 1", name="risk_is_a_share"),
    Index("ix_score_school", "as_of", "school_id"),
    comment="One row per student of the cohort: scored + rule-based = cohort, by school.",
)

evaluation = Table(
    "evaluation",
    metadata,
    Column("model_id", Text, ForeignKey(model.c.model_id, ondelete="CASCADE"), primary_key=True),
    Column("test_year", Integer, primary_key=True),
    Column("method", Text, primary_key=True, comment="A baseline or a model."),
    Column("metric", Text, primary_key=True),
    Column("subset", Text, primary_key=True, comment="all, or a kind and group such as race:black."),
    Column("value", Double, comment="Null where status is not ok."),
    Column("low", Double, comment="Lower end of the 95 % interval."),
    Column("high", Double, comment="Upper end of the 95 % interval."),
    Column("n", Integer, nullable=False, comment="Students behind the figure."),
    Column("status", Text, nullable=False),
    CheckConstraint("status in ('ok', 'insufficient')", name="known_status"),
    comment="Every figure of the evaluation on a later year, at the real seats.",
)

drift_check = Table(
    "drift_check",
    metadata,
    Column("as_of", Date, primary_key=True),
    Column("layer", Text, primary_key=True),
    Column("check", Text, primary_key=True),
    Column("feature", Text, primary_key=True, comment="Feature, feed, group or school; '' for the whole."),
    Column("value", Double),
    Column("threshold", Double),
    Column("verdict", Text, nullable=False),
    Column("message", Text, nullable=False),
    CheckConstraint("verdict in ('pass', 'warn', 'hold', 'block', 'no_reference')", name="known_verdict"),
    CheckConstraint("layer in ('feed', 'features', 'score', 'groups')", name="known_layer"),
    comment="One row per drift check of an as-of date.",
)

release_decision = Table(
    "release_decision",
    metadata,
    Column("as_of", Date, primary_key=True),
    Column("verdict", Text, nullable=False),
    Column("failing", JSONB, nullable=False),
    Column("inputs_sha256", Text, nullable=False, comment="Hash of everything that was compared."),
    Column("scores_sha256", Text, comment="Hash of the scores it is about; no other scores may go out behind it."),
    Column("model_id", Text, ForeignKey(model.c.model_id), nullable=False),
    Column("report_path", Text, nullable=False),
    Column("released_by", Text, comment="'gate' when every check passed, a person after a hold, or null."),
    Column("reason", Text, comment="Why a person released a held list."),
    CheckConstraint("verdict in ('pass', 'hold', 'block')", name="known_verdict"),
    # Whoever writes the row: a block is never released, and a hold only by somebody who says why.
    CheckConstraint(
        "released_by is null or verdict = 'pass'"
        " or (verdict = 'hold' and released_by <> 'gate' and length(trim(coalesce(reason, ''))) > 0)",
        name="released_rightly",
    ),
    comment="Whether the list of an as-of date may be released.",
)

release_event = Table(
    "release_event",
    metadata,
    Column("event_id", BigInteger, Identity(always=True), primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("event", Text, nullable=False),
    Column("verdict", Text, nullable=False),
    Column("failing", JSONB, nullable=False),
    Column("inputs_sha256", Text, nullable=False),
    Column("model_id", Text, nullable=False),
    Column("version", Text, comment="lists.elt_list that went out; null for other events."),
    Column("by", Text, comment="Who released; 'gate' where every check passed."),
    Column("reason", Text),
    CheckConstraint("event in ('decided', 'released', 'published')", name="known_event"),
    CheckConstraint(
        "event <> 'released' or (\"by\" is not null and length(trim(coalesce(reason, ''))) > 0)", name="named_release"
    ),
    comment="Every decision, release and publication in order; rows are only ever added.",
)

model_role = Table(
    "model_role",
    metadata,
    Column("role_id", BigInteger, Identity(always=True), primary_key=True),
    Column("as_of", Date, nullable=False, comment="The day from which it holds."),
    Column("event", Text, nullable=False),
    Column("model_id", Text, nullable=False, comment="No foreign key, for this outlives it."),
    Column("by", Text, nullable=False, comment="A person, or 'gate' for a demotion."),
    Column("reason", Text, nullable=False),
    Column("evidence", JSONB, nullable=False, comment="The figures that it rests on."),
    CheckConstraint("event in ('challenged', 'promoted', 'demoted')", name="known_event"),
    # Whoever writes the row: nothing but a person's name puts a model forward.
    CheckConstraint(
        "(by <> 'gate' or event = 'demoted') and length(trim(by)) > 0 and length(trim(reason)) > 0", name="named"
    ),
    comment="Champion and challenger: who put a model in which place, and why. Rows are only ever added.",
)

shadow_score = Table(
    "shadow_score",
    metadata,
    Column("as_of", Date, primary_key=True),
    Column("elt_term", Text, primary_key=True),
    Column("model_id", Text, primary_key=True),
    Column("student_id", Text, primary_key=True),
    Column("risk", RISK, nullable=False),
    Column("priority", Double, nullable=False),
    CheckConstraint("risk between 0 and 1", name="risk_is_a_share"),
    comment="What a challenger would have said: kept for the comparison, and no list is made of it.",
)

realised = Table(
    "realised",
    metadata,
    Column("version", Text, primary_key=True, comment="The released list; no foreign key, for this outlives it."),
    Column("method", Text, primary_key=True, comment="What ranked it, the rule, or a challenger's model_id."),
    Column("metric", Text, primary_key=True),
    Column("subset", Text, primary_key=True, comment="all, a band, or a kind and group such as race:black."),
    Column("value", Double, comment="Null where status is not ok."),
    Column("low", Double, comment="Lower end of the 95 % interval."),
    Column("high", Double, comment="Upper end of the 95 % interval."),
    Column("n", Integer, nullable=False, comment="Students behind the figure."),
    Column("status", Text, nullable=False),
    CheckConstraint("status in ('ok', 'insufficient')", name="known_status"),
    comment="What came of a released list: its frozen scores against the outcomes that followed.",
)

effect = Table(
    "effect",
    metadata,
    Column("as_of", Date, primary_key=True),
    Column("program", Text, primary_key=True),
    Column("elt_term", Text, primary_key=True, comment="A term, or all for every term that is over."),
    Column("estimand", Text, primary_key=True),
    Column("value", Double, comment="Points of the outcome's scale; null where status is not ok."),
    Column("low", Double, comment="Lower end of the robust 95 % interval."),
    Column("high", Double, comment="Upper end of the robust 95 % interval."),
    Column("minimum_detectable", Double, comment="The least effect that such numbers find four times in five."),
    Column("below", Integer, nullable=False, comment="Students below the cut within the bandwidth."),
    Column("above", Integer, nullable=False, comment="Students above the cut within the bandwidth."),
    Column("bandwidth", Double),
    Column("status", Text, nullable=False),
    CheckConstraint("estimand in ('offer', 'seat', 'hour', 'before', 'density')", name="known_estimand"),
    CheckConstraint("status in ('ok', 'insufficient')", name="known_status"),
    comment="What extended learning time was worth, estimated at the cut of the seats.",
)
