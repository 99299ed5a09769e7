"""Taking an answer: the posted form, who may answer, one question on a page, quick checks, predictions."""
