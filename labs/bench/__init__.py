"""The pages on which a learner edits a lab, starts a run and reads its timeline."""
