from vetting.models.certificate import Certificate, CertificateLabel, ExpiryNotice
from vetting.models.document import PrivateDocument, Purpose
from vetting.models.identity import IdentityCheck
from vetting.models.state import State

__all__ = [
    "Certificate",
    "CertificateLabel",
    "ExpiryNotice",
    "IdentityCheck",
    "PrivateDocument",
    "Purpose",
    "State",
]
