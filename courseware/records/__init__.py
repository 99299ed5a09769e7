"""A learner's record: progress through lessons, its page, its export, and what a guest brings along."""
