"""Waiting questions (待答查询): permitted questions whose provider could not be reached, kept sealed until a deadline.

The hub never asks for anybody: when the service is seen again, the consumer is told and asks again itself, everything checked anew. No answer
ever lies here, and of a question nothing but its row is left once it has ended.
"""
