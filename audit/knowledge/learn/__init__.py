"""Taggers learnt from labels, how far people agree, and labels reviewed in a workbook."""

from audit.knowledge.learn.learned import Enough, Learned, learn
from audit.knowledge.learn.predict import predict

__all__ = ["Enough", "Learned", "learn", "predict"]
