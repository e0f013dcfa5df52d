"""Taggers learnt from labels, how far people agree, and labels reviewed in a workbook."""

from audit.knowledge.learn.agreed import agreement
from audit.knowledge.learn.book import review_book
from audit.knowledge.learn.learned import Enough, Learned, learn
from audit.knowledge.learn.predicted import predict
from audit.knowledge.learn.quality import quality_of
from audit.knowledge.learn.reviewed import read_review

__all__ = ["Enough", "Learned", "agreement", "learn", "predict", "quality_of", "read_review", "review_book"]
