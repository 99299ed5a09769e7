"""The process that claims queued runs and conducts each of them through the warden of its host."""
