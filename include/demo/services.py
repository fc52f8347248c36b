"""Budget services of the district and the account segments that carry them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Service:
    """One budget service.

    function, object_: account segments. fund: its fund. share: dollars per pupil of the school (or of the
    district where it is central); 0 for services made of salaries, which follow the positions. is_central:
    held by the central office alone. is_benefit: a share of salaries instead of dollars.
    """

    name: str
    function: str
    object_: str
    share: float = 0.0
    fund: str = "01"
    is_central: bool = False
    is_benefit: bool = False


SALARY_SERVICES = (
    Service("classroom_teachers", "2305", "51100"),
    Service("special_education_teachers", "2310", "51110"),
    Service("english_learner_teachers", "2315", "51120"),
    Service("specialist_teachers", "2306", "51130"),
    Service("instructional_coaches", "2352", "51140"),
    Service("school_leadership", "2210", "51200"),
    Service("counselors", "2710", "51300"),
    Service("psychologists", "2800", "51310"),
    Service("related_services", "2320", "51320"),
    Service("paraprofessionals", "2330", "51400"),
    Service("nurses", "3200", "51500"),
    Service("school_secretaries", "2210", "51600"),
    Service("custodial", "4110", "51700"),
    Service("central_leadership", "1210", "51800", is_central=True),
)
# Of current expenditures of public schools, salaries are 57 % and benefits 23 % (U.S. Department of Education, NCES,
# Condition of Education, Public School Expenditures, 2018-19): together four dollars of five.
BENEFIT_SERVICES = (
    Service("health_insurance", "5200", "52100", 0.235, is_benefit=True),
    Service("retirement", "5100", "52200", 0.090, is_benefit=True),
    Service("payroll_taxes", "5150", "52300", 0.020, is_benefit=True),
)
OTHER_SERVICES = (
    Service("classroom_supplies", "2430", "53100", 165),
    Service("textbooks", "2410", "53200", 120),
    Service("instructional_technology", "2451", "53300", 190),
    Service("library", "2340", "53400", 60),
    Service("professional_development", "2357", "53500", 150, fund="26"),
    Service("arts_and_enrichment", "3520", "53600", 90),
    Service("athletics", "3510", "53700", 80),
    Service("family_engagement", "2440", "53800", 45, fund="26"),
    Service("extended_learning_time", "2440", "53900", 180, fund="26"),
    Service("transport", "3300", "54100", 780, is_central=True),
    Service("utilities", "4120", "54200", 420),
    Service("building_maintenance", "4220", "54300", 310, is_central=True),
    Service("special_education_tuition", "9300", "54400", 420, is_central=True),
    Service("food_service", "3400", "54500", 200, fund="22", is_central=True),
)
SERVICES = SALARY_SERVICES + BENEFIT_SERVICES + OTHER_SERVICES
