"""Student information: schools, calendars, rosters, attendance, marks, assessments, discipline."""

from models.landing.contract import POINTS, bool_col, col, contract, date_col, int_col, text_col

LEVELS = ("elementary", "middle", "high", "k8", "other")

school = contract(
    "sis_school",
    "One row per school.",
    text_col("school_id", "The district's identifier of the school.", required=True),
    text_col("name", "The school's name.", required=True),
    text_col("level", "Elementary, middle, high, K-8 or other.", allowed=LEVELS),
    text_col("network_id", "The network that the school belongs to."),
    text_col("grades", "Grades offered, comma separated."),
    text_col("kind", "Public, charter, and the like, as the source says."),
    text_col("town", "Town."),
    date_col("opened_on", "First day the school existed."),
    date_col("closed_on", "Last day the school existed."),
    key=("school_id",),
)

school_autonomy = contract(
    "sis_school_autonomy",
    "One row per school and autonomy: what its network lets the school decide, and since when.",
    text_col("school_id", "The school.", required=True),
    text_col("network_id", "The network."),
    text_col("autonomy", "Staffing, budget, curriculum, calendar or schedule, as the source says.", required=True),
    date_col("begins_on", "First day.", required=True),
    date_col("ends_on", "Last day; null while it lasts."),
    key=("school_id", "autonomy", "begins_on"),
    references={"school_id": "sis.school.school_id"},
)

term = contract(
    "sis_term",
    "One row per school year, semester or marking period.",
    text_col("term_id", "Identifier of the term.", required=True),
    text_col("title", "Name of the term."),
    text_col(
        "kind",
        "Kind of term.",
        required=True,
        allowed=("school_year", "semester", "term", "marking_period"),
    ),
    date_col("starts_on", "First day.", required=True),
    date_col("ends_on", "Last day.", required=True),
    int_col("school_year", "Calendar year in which the school year ends.", required=True),
    text_col("parent_term_id", "The term that this one is part of."),
    key=("term_id",),
)

student = contract(
    "sis_student",
    "One row per student.",
    text_col("student_id", "The district's identifier of the student.", required=True),
    text_col("given_name", "Given name."),
    text_col("family_name", "Family name."),
    text_col("grade", "Current grade: PK, KG, 01 to 12."),
    text_col("primary_school_id", "School that owns the student's record."),
    text_col("home_language", "Language spoken at home, ISO 639-1 where the source has it."),
    bool_col("is_enabled", "Whether the source still shows the student."),
    key=("student_id",),
)

student_demographic = contract(
    "sis_student_demographic",
    "One row per student, and per school year where the source reports demographics by year.",
    text_col("student_id", "The student.", required=True),
    int_col("school_year", "Year that the row is for; null where it holds until changed."),
    date_col("birth_on", "Date of birth."),
    text_col("sex", "Sex as reported.", allowed=("female", "male", "other", "unspecified")),
    bool_col("is_hispanic", "Hispanic or Latino of any race."),
    bool_col("is_american_indian", "American Indian or Alaska Native."),
    bool_col("is_asian", "Asian."),
    bool_col("is_black", "Black or African American."),
    bool_col("is_pacific_islander", "Native Hawaiian or other Pacific Islander."),
    bool_col("is_white", "White."),
    bool_col("is_two_or_more", "Two or more races, where the source reports only that."),
    key=("student_id", "school_year"),
    references={"student_id": "sis.student.student_id"},
)

course = contract(
    "sis_course",
    "One row per course.",
    text_col("course_id", "Identifier of the course.", required=True),
    text_col("title", "Name of the course."),
    text_col("subject", "Subject."),
    bool_col("is_core", "Whether the course counts as a core course."),
    bool_col(
        "is_advanced",
        "Whether it counts as advanced course work: honours, AP, IB, dual credit; null where the source does not say.",
    ),
    key=("course_id",),
)

section = contract(
    "sis_section",
    "One row per class section, homerooms included.",
    text_col("section_id", "Identifier of the section.", required=True),
    text_col("school_id", "School that holds it.", required=True),
    text_col("course_id", "Course taught."),
    text_col("title", "Name of the section."),
    text_col("kind", "Homeroom or scheduled.", allowed=("homeroom", "scheduled")),
    text_col("grade", "Grade."),
    text_col("term_ids", "Terms in which it meets, comma separated."),
    key=("section_id",),
    references={"school_id": "sis.school.school_id", "course_id": "sis.course.course_id"},
)

section_enrollment = contract(
    "sis_section_enrollment",
    "One row per person in a section.",
    text_col("enrollment_id", "Identifier of the row.", required=True),
    text_col("section_id", "The section.", required=True),
    text_col("school_id", "The school."),
    text_col("person_id", "The student or member of staff.", required=True),
    text_col("role", "Role in the section.", required=True),
    date_col("begins_on", "First day in the section."),
    date_col("ends_on", "Last day in the section."),
    key=("enrollment_id",),
    event="begins_on",
    lag_days=1,
    references={"section_id": "sis.section.section_id"},
)

school_enrollment = contract(
    "sis_school_enrollment",
    "One row per spell of a student in a school.",
    text_col("student_id", "The student.", required=True),
    text_col("school_id", "The school.", required=True),
    date_col("entered_on", "First day of the spell.", required=True),
    date_col("exited_on", "Last day of the spell; null while it lasts."),
    text_col("grade", "Grade during the spell.", required=True),
    int_col("school_year", "Calendar year in which the school year ends.", required=True),
    text_col("entry_code", "Why the spell began."),
    text_col("exit_code", "Why the spell ended."),
    date_col("posted_on", "Day the source posted the row."),
    key=("student_id", "school_id", "entered_on"),
    posted="posted_on",
    event="entered_on",
    lag_days=1,
    references={"student_id": "sis.student.student_id", "school_id": "sis.school.school_id"},
)

calendar_day = contract(
    "sis_calendar_day",
    "One row per school and scheduled day.",
    text_col("school_id", "The school.", required=True),
    date_col("on_date", "The day.", required=True),
    int_col("school_year", "Calendar year in which the school year ends.", required=True),
    bool_col("is_instructional", "Whether instruction was scheduled.", required=True),
    key=("school_id", "on_date"),
    references={"school_id": "sis.school.school_id"},
)

attendance_submission = contract(
    "sis_attendance_submission",
    "One row per school and day for which the school submitted attendance.",
    text_col("school_id", "The school.", required=True),
    date_col("on_date", "The day.", required=True),
    date_col("posted_on", "Day the submission was made."),
    key=("school_id", "on_date"),
    posted="posted_on",
    event="on_date",
    lag_days=1,
    references={"school_id": "sis.school.school_id"},
)

attendance_event = contract(
    "sis_attendance_event",
    "One row per student and day: every day, or only exceptions, as the feed in district.yml says.",
    text_col("student_id", "The student.", required=True),
    text_col("school_id", "The school that took attendance.", required=True),
    date_col("on_date", "The day.", required=True),
    text_col("code", "The source's own attendance code; the seed attendance_code maps it.", required=True),
    date_col("posted_on", "Day the source posted the row."),
    key=("student_id", "school_id", "on_date"),
    posted="posted_on",
    event="on_date",
    lag_days=1,
    references={"student_id": "sis.student.student_id", "school_id": "sis.school.school_id"},
)

course_grade = contract(
    "sis_course_grade",
    "One row per student, course and marking period.",
    text_col("student_id", "The student.", required=True),
    text_col("school_id", "The school.", required=True),
    text_col("course_id", "The course.", required=True),
    text_col("term_id", "The marking period.", required=True),
    int_col("school_year", "Calendar year in which the school year ends.", required=True),
    text_col("mark", "The mark as the source writes it.", required=True),
    col("points", POINTS, "The mark on the source's number scale.", minimum=0, maximum=110),
    date_col("posted_on", "Day the mark was posted.", required=True),
    key=("student_id", "course_id", "term_id"),
    posted="posted_on",
    references={
        "student_id": "sis.student.student_id",
        "school_id": "sis.school.school_id",
        "course_id": "sis.course.course_id",
    },
)

assessment_result = contract(
    "sis_assessment_result",
    "One row per student, assessment, subject and administration.",
    text_col("student_id", "The student.", required=True),
    text_col("assessment", "The assessment's code.", required=True),
    text_col("subject", "The subject's code.", required=True),
    int_col("school_year", "Calendar year in which the school year ends.", required=True),
    text_col("administration", "Fall, winter, spring, or the source's own name.", required=True),
    date_col("administered_on", "Day it was taken."),
    text_col("school_id", "School at the time."),
    text_col("district_id", "District at the time, where a file holds several."),
    text_col("grade", "Grade at the time: PK, KG, 01 to 12."),
    col("scale_score", POINTS, "Scale score; null where the student was not tested."),
    text_col("level", "The source's own achievement level; the seed achievement_level maps it."),
    date_col("posted_on", "Day the result was posted."),
    key=("student_id", "assessment", "subject", "school_year", "administration"),
    posted="posted_on",
    event="administered_on",
    lag_days=60,
    references={"student_id": "sis.student.student_id"},
)

discipline_action = contract(
    "sis_discipline_action",
    "One row per disciplinary action taken against a student.",
    text_col("action_id", "Identifier of the action.", required=True),
    text_col("student_id", "The student.", required=True),
    text_col("school_id", "The school.", required=True),
    date_col("on_date", "The day.", required=True),
    text_col("code", "The source's own code of the action.", required=True),
    col("days", POINTS, "Days out of class.", minimum=0, maximum=365),
    bool_col("is_discretionary", "Whether staff could have chosen otherwise."),
    date_col("posted_on", "Day the source posted the row."),
    key=("action_id",),
    posted="posted_on",
    event="on_date",
    lag_days=3,
    references={"student_id": "sis.student.student_id", "school_id": "sis.school.school_id"},
)
