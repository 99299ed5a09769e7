"""The small languages in a question: expressions, parameters and variants, quantities, patterns, the
author's text. Pure.
"""
