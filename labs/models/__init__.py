"""Labs with their revisions, runs with their traces, and the audit log."""

from labs.models.audit import AuditEntry
from labs.models.lab import Lab, LabRecording, LabRevision
from labs.models.run import Run
from labs.models.trace import RunTrace

__all__ = ["AuditEntry", "Lab", "LabRecording", "LabRevision", "Run", "RunTrace"]
