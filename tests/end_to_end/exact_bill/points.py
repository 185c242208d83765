"""Every point of the checklist that one call can show; those that take a story are in the tests themselves."""

from end_to_end.exact_bill.points_grounding import GROUNDING
from end_to_end.exact_bill.points_models import MODELS
from end_to_end.exact_bill.points_tiers import TIERS_AND_DATES
from end_to_end.exact_bill.points_tokens import TOKENS

POINTS = TOKENS | TIERS_AND_DATES | MODELS | GROUNDING
