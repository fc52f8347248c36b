"""The fixed facts of the generated district: subjects, courses, names and source codes."""

from dataclasses import dataclass

DISTRICT_ID = "lakeside"
DISTRICT_NAME = "Lakeside Public Schools"


GRADES = ("KG", *(f"{grade:02d}" for grade in range(1, 13)))
# The flat extracts of the student system write grades its own way.
SIS_GRADES = ("K", *(str(grade) for grade in range(1, 13)))
FIRST_MARKED_GRADE = 6
FIRST_ADVANCED_GRADE = 9
MAPLE_HIGHEST_GRADE = 10
STATE_GRADES = (3, 4, 5, 6, 7, 8, 10)

RACES = (
    "hispanic",
    "black",
    "white",
    "asian",
    "two_or_more",
    "american_indian",
    "pacific_islander",
    "unknown",
)
# Massachusetts, student race and ethnicity by school, 2013-14, Lowell's schools weighted by enrolment: Hispanic
# 29.4 %, African American 6.6, White 31.0, Asian 29.9, multi-race 3.1, others 0.1. Some families state nothing: 0.5.
STUDENT_RACE_SHARE = (0.293, 0.066, 0.308, 0.297, 0.030, 0.0008, 0.0002, 0.005)
# Staff of Lowell's schools, full-time equivalents, 2010 to 2014: white 90.3 to 90.6 %, Hispanic 4.6 to 5.2, Asian 2.9
# to 3.3, Black 0.7 to 1.1, others 0.5 to 0.7 (Massachusetts, staff race by job group). Applicants are less often
# white (an assumption), so that the share falls by a point or two over the history.
STAFF_RACE_SHARE = (0.048, 0.020, 0.892, 0.030, 0.006, 0.001, 0.001, 0.002)
APPLICANT_RACE_SHARE = (0.080, 0.065, 0.805, 0.030, 0.009, 0.002, 0.001, 0.008)
STAFF_RACE_CODES = {
    "black": "B",
    "white": "W",
    "asian": "A",
    "two_or_more": "M",
    "american_indian": "I",
    "pacific_islander": "P",
}

# Codes of the attendance system and their order in the day matrix; 0 is an ordinary present day.
ATTENDANCE_CODES = ("", "AU", "AE", "HD", "HE", "TD", "OSS", "P")
AU, AE, HD, HE, TD, OSS, PRESENT = range(1, 8)
ABSENT_FRACTION = (0.0, 1.0, 1.0, 0.5, 0.5, 0.0, 1.0, 0.0)


@dataclass(frozen=True)
class Course:
    """One course of the catalogue; `aptitude` names the assessment subject it leans on."""

    course_id: str
    title: str
    subject: str
    grade: int
    is_core: bool
    aptitude: str
    is_advanced: bool = False


def _catalogue() -> tuple[Course, ...]:
    subjects = (
        ("ELA", "English Language Arts", "ela", True, "ela"),
        ("MAT", "Mathematics", "math", True, "math"),
        ("SCI", "Science", "science", True, "math"),
        ("SOC", "Social Studies", "social studies", True, "ela"),
        ("ART", "Arts", "arts", False, "ela"),
        ("PHE", "Physical Education and Health", "physical education", False, "math"),
    )
    return tuple(
        Course(f"{code}{grade:02d}", f"{title}, grade {grade}", subject, grade, is_core, aptitude)
        for grade in range(FIRST_MARKED_GRADE, 13)
        for code, title, subject, is_core, aptitude in subjects
    )


COURSES = _catalogue()
COURSES_PER_GRADE = 6
# One for each of the highest grades, beside the six that everyone takes; none is a core course.
ADVANCED_COURSES = tuple(
    Course(f"ADV{grade:02d}", f"{title}, grade {grade}", "seminar", grade, False, "ela", is_advanced=True)
    for grade, title in enumerate(
        ("Honors Seminar", "Honors Research", "Advanced Placement Seminar", "Dual Credit Seminar"), FIRST_ADVANCED_GRADE
    )
)
CATALOGUE = COURSES + ADVANCED_COURSES
HOMEROOM_COURSE = "HOME"

MARKS = (
    (93, "A"),
    (90, "A-"),
    (87, "B+"),
    (83, "B"),
    (80, "B-"),
    (77, "C+"),
    (73, "C"),
    (70, "C-"),
    (67, "D+"),
    (63, "D"),
    (60, "D-"),
    (0, "F"),
)
STATE_LEVELS = ("Not Meeting", "Partially Meeting", "Meeting", "Exceeding")

PROGRAM_CODES = {
    "el": "ELL",
    "swd": "SPED",
    "low_income": "FRL",
    "homeless": "MKV",
    "foster": "FOST",
    "gifted": "GT",
}
# Of the families of a race: how many speak another language than English first, and which (an assumption, but that
# together they are the 39.6 % whose first language is not English: state district profile of Lowell, 2013-14).
SPEAKS_ANOTHER = {"hispanic": 0.62, "asian": 0.60, "black": 0.36, "white": 0.05, "two_or_more": 0.06}
HOME_LANGUAGES = {
    "hispanic": {"es": 1.0},
    "asian": {"km": 0.68, "vi": 0.12, "lo": 0.08, "gu": 0.06, "zh": 0.06},
    "black": {"sw": 0.36, "fr": 0.34, "ar": 0.18, "pt": 0.12},
    "white": {"pt": 0.72, "ar": 0.18, "pl": 0.10},
    "two_or_more": {"es": 0.5, "pt": 0.5},
}

GIVEN_NAMES = (
    "Amara", "Bastien", "Calla", "Dario", "Elowen", "Fenna", "Gideon", "Halima", "Ilse", "Joaquim",
    "Kestrel", "Liora", "Mateus", "Nadia", "Orin", "Perla", "Quill", "Rosalba", "Soren", "Thandi",
    "Umberto", "Vesna", "Wren", "Xiomara", "Yusra", "Zeno", "Anaïs", "Benoît", "Chloë", "Désirée",
    "Íñigo", "Jürgen", "Lúcia", "Måns", "Núria", "Óscar", "Søren", "Zoë", "Tomás", "Renée",
)  # fmt: skip
FAMILY_NAMES = (
    "Abernel", "Brookvale", "Castanho", "Dunmarsh", "Everholt", "Fairlock", "Greywater", "Hollister",
    "Inverley", "Jarnsund", "Kettleby", "Lindqvale", "Marchetta", "Northrip", "Oakhurst", "Pendrake",
    "Quarrell", "Ravenmoor", "Stellwick", "Thornaby", "Underhay", "Valdoro", "Westerlin", "Yarrowby",
    "Zellman", "Araújo", "Brändle", "Céspedes", "Drøbak", "Échevin", "Fjällby", "Gonçalo", "Hübschen",
    "Ibáñez", "Larsén", "Muñiz", "Núñar", "Öberlin", "Peñalosa", "Sjöwick",
)  # fmt: skip
