"""The fixed facts of the generated district: schools, subjects, courses, names and source codes."""

from dataclasses import dataclass

DISTRICT_ID = "lakeside"
DISTRICT_NAME = "Lakeside Public Schools"
CENTRAL_OFFICE = "0900"


@dataclass(frozen=True)
class School:
    """One school: grades are whole numbers, 0 for kindergarten."""

    school_id: str
    name: str
    level: str
    network: str
    lowest: int
    highest: int

    def offers(self, grade: int) -> bool:
        """Whether the school teaches the grade."""
        return self.lowest <= grade <= self.highest


SCHOOLS = (
    School("0101", "Alder Elementary", "elementary", "NET-NORTH", 0, 5),
    School("0102", "Birch Hill Elementary", "elementary", "NET-NORTH", 0, 5),
    School("0103", "Cedar Street Elementary", "elementary", "NET-SOUTH", 0, 5),
    School("0110", "Dogwood Community School", "k8", "NET-SOUTH", 0, 8),
    School("0201", "Elm Park Middle", "middle", "NET-NORTH", 6, 8),
    School("0202", "Fir Grove Middle", "middle", "NET-SOUTH", 6, 8),
    School("0301", "Lakeside High", "high", "NET-NORTH", 9, 12),
    School("0302", "Harbor Academy", "high", "NET-SOUTH", 9, 12),
)
NETWORKS = {"NET-NORTH": "North Network", "NET-SOUTH": "South Network"}
SCHOOL_IDS = tuple(school.school_id for school in SCHOOLS)

# Where a zone's children go: its school for the early grades, for the middle grades.
ZONE_EARLY = (0, 1, 2, 3)
ZONE_MIDDLE = (4, 4, 5, 3)
ZONE_SHARE = (0.28, 0.27, 0.27, 0.18)
ZONE_LOW_INCOME = (0.34, 0.50, 0.58, 0.70)
HIGH_SCHOOLS = (6, 7)
HIGH_SHARE = (0.62, 0.38)

GRADES = ("KG", *(f"{grade:02d}" for grade in range(1, 13)))
# The flat extracts of the student system write grades its own way.
SIS_GRADES = ("K", *(str(grade) for grade in range(1, 13)))
FIRST_MARKED_GRADE = 6
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
STUDENT_RACE_SHARE = (0.375, 0.195, 0.285, 0.080, 0.040, 0.007, 0.004, 0.014)
STAFF_RACE_SHARE = (0.050, 0.050, 0.855, 0.022, 0.010, 0.002, 0.001, 0.010)
APPLICANT_RACE_SHARE = (0.080, 0.100, 0.755, 0.035, 0.012, 0.002, 0.001, 0.015)
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
HOME_LANGUAGES = ("es", "pt", "ht", "vi", "ar")
HOME_LANGUAGE_SHARE = (0.56, 0.18, 0.12, 0.08, 0.06)

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
