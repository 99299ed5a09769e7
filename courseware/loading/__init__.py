"""From the content folder to the database: one reader a file, checks across files, listings that run
in CI.
"""
