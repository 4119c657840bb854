"""The departments people have an appointment in, in one vocabulary, and the sets of them that hospitals have."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Department(models.TextChoices):
    """In the order in which they are offered. The keys are kept in rows: a label may change, a key may not."""

    CARDIOLOGY = "cardiology", _("Cardiology")
    RESPIRATORY = "respiratory", _("Respiratory medicine")
    GASTROENTEROLOGY = "gastroenterology", _("Gastroenterology")
    NEUROLOGY = "neurology", _("Neurology")
    ENDOCRINOLOGY = "endocrinology", _("Endocrinology")
    NEPHROLOGY = "nephrology", _("Nephrology")
    HAEMATOLOGY = "haematology", _("Haematology")
    RHEUMATOLOGY = "rheumatology", _("Rheumatology")
    INFECTIOUS = "infectious", _("Infectious diseases")
    HEPATOLOGY = "hepatology", _("Liver diseases")
    TUBERCULOSIS = "tuberculosis", _("Tuberculosis")
    GERIATRICS = "geriatrics", _("Geriatrics")
    GENERAL_SURGERY = "general_surgery", _("General surgery")
    ORTHOPAEDICS = "orthopaedics", _("Orthopaedics")
    NEUROSURGERY = "neurosurgery", _("Neurosurgery")
    THORACIC = "thoracic", _("Thoracic surgery")
    CARDIAC_SURGERY = "cardiac_surgery", _("Heart surgery")
    UROLOGY = "urology", _("Urology")
    BREAST = "breast", _("Breast surgery")
    HEAD_NECK = "head_neck", _("Head and neck surgery")
    PLASTIC = "plastic", _("Plastic surgery")
    BURNS = "burns", _("Burns")
    ANORECTAL = "anorectal", _("Anorectal surgery")
    GYNAECOLOGY = "gynaecology", _("Gynaecology")
    OBSTETRICS = "obstetrics", _("Obstetrics")
    REPRODUCTIVE = "reproductive", _("Reproductive medicine")
    PAEDIATRICS = "paediatrics", _("Paediatrics")
    PAEDIATRIC_SURGERY = "paediatric_surgery", _("Paediatric surgery")
    NEONATAL = "neonatal", _("Newborn babies")
    OPHTHALMOLOGY = "ophthalmology", _("Ophthalmology")
    CATARACT = "cataract", _("Cataract")
    GLAUCOMA = "glaucoma", _("Glaucoma")
    RETINA = "retina", _("Retina")
    OPTOMETRY = "optometry", _("Optometry")
    ENT = "ent", _("Ear, nose and throat")
    STOMATOLOGY = "stomatology", _("Dentistry")
    ENDODONTICS = "endodontics", _("Tooth and root treatment")
    PERIODONTICS = "periodontics", _("Gum diseases")
    ORTHODONTICS = "orthodontics", _("Orthodontics")
    PROSTHODONTICS = "prosthodontics", _("Dental prosthetics")
    ORAL_SURGERY = "oral_surgery", _("Oral and jaw surgery")
    DERMATOLOGY = "dermatology", _("Dermatology")
    ONCOLOGY = "oncology", _("Oncology")
    RADIOTHERAPY = "radiotherapy", _("Radiotherapy")
    PSYCHIATRY = "psychiatry", _("Psychiatry")
    PSYCHOLOGY = "psychology", _("Clinical psychology")
    SLEEP = "sleep", _("Sleep medicine")
    CHILD_PSYCHIATRY = "child_psychiatry", _("Child and adolescent psychiatry")
    TCM = "tcm", _("Chinese medicine")
    ACUPUNCTURE = "acupuncture", _("Acupuncture")
    TUINA = "tuina", _("Tuina massage")
    REHABILITATION = "rehabilitation", _("Rehabilitation")
    PAIN = "pain", _("Pain clinic")
    EMERGENCY = "emergency", _("Emergency department")


_MEDICINE = "cardiology respiratory gastroenterology neurology endocrinology nephrology haematology rheumatology"
_SURGERY = "general_surgery orthopaedics neurosurgery thoracic urology"
_OTHERS = "ophthalmology ent stomatology dermatology oncology tcm rehabilitation emergency"

# What people say for one of them, or for several at once.
SPOKEN = (
    *("内科", "外科", "心内科", "神内", "神外", "消化科", "消化内科", "呼吸科"),
    *("妇产科", "牙科", "口腔科", "五官科", "皮肤科", "骨科"),
)

# What a file of hospitals may say instead of each key: the departments hospitals of this sort have as a rule.
SETS: dict[str, list[str]] = {
    name: keys.split()
    for name, keys in {
        "general": f"{_MEDICINE} {_SURGERY} gynaecology obstetrics paediatrics {_OTHERS}",
        "tcm_hospital": "cardiology respiratory gastroenterology neurology endocrinology nephrology orthopaedics "
        "anorectal gynaecology dermatology tcm acupuncture tuina rehabilitation emergency",
        "children": "cardiology respiratory gastroenterology neurology endocrinology nephrology haematology "
        "orthopaedics urology paediatrics paediatric_surgery neonatal ophthalmology ent stomatology dermatology "
        "emergency",
        "women": "breast gynaecology obstetrics neonatal",
        "women_children": "breast gynaecology obstetrics paediatrics neonatal",
        "eye": "ophthalmology cataract glaucoma retina optometry",
        "dental": "endodontics periodontics orthodontics prosthodontics oral_surgery",
        "cancer": "general_surgery thoracic urology breast head_neck gynaecology oncology radiotherapy",
        "chest": "cardiology respiratory thoracic cardiac_surgery oncology",
        "mental": "psychiatry psychology sleep child_psychiatry",
        "infection": "infectious hepatology respiratory",
    }.items()
}
