"""Autoraters: language models that judge by a rubric, one behaviour and one text a call.

category ─▶ rubric ─▶ question ─▶ judge ─▶ reply ─▶ vote ─▶ judgement
                                   └ votes are kept: the same question is asked once
"""
