from visits.models.plan import Patient, VisitPlan
from visits.models.stage import Stage, StageName

__all__ = ["Patient", "Stage", "StageName", "VisitPlan"]
