"""Search over the course's public text: what is indexed, the index, and queries to it.

Answer keys, feedback and explanations are never indexed: learners have to find them out.
"""
