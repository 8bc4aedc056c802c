"""The servicers of who is who: departments and systems, and officers."""

from certs.service.identity import IdentityService
from certs.service.officers import OfficerService

__all__ = ["IdentityService", "OfficerService"]
