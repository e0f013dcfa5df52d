"""What a consultant does with a client's base of techniques: take talks in, hear, learn, judge, look up, hand out."""

from audit.knowledge.desk.hand_out import HandedOut, hand_out
from audit.knowledge.desk.hear import hear
from audit.knowledge.desk.judge import Judged, judge
from audit.knowledge.desk.masks import masker_of, queue
from audit.knowledge.desk.standing import Standing, standing
from audit.knowledge.desk.take import Taken, refresh, take, waiting
from audit.knowledge.desk.teach import learn_from, mark, questions, review

__all__ = [
    "HandedOut", "Judged", "Standing", "Taken", "hand_out", "hear", "judge", "learn_from", "mark", "masker_of", "questions", "queue", "refresh", "review", "standing", "take", "waiting",
]
