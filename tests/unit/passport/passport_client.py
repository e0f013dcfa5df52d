"""Tables drawn by hand, so small that every figure can be counted on paper."""

from __future__ import annotations

import pandas as pd

# ten deals: 5 won, 2 lost, 3 open; deal 9 is made after the as-of day of the tests
DEALS = """
deal_id owner_id client_id lead_id semantic amount   created_at           closed_at
1       u1       c1        l1      won      1000     2024-01-10T09:15:00  2024-02-10T10:00:00
2       u1       c2        -       won      2500.5   2024-01-11T09:00:00  2024-01-11T09:04:00
3       u2       c1        l9      won      0        2024-02-01T12:00:00  2024-01-20T12:00:00
4       ghost    c3        -       lost     1        2024-02-02T00:00:00  2024-03-01T00:00:00
5       u2       -         -       lost     -        2024-02-03T15:30:00  2024-04-01T11:00:00
6       -        c2        -       open     5000     2022-12-01T10:00:00  -
7       u2       c2        -       open     -        2024-03-05T10:00:00  -
8       ghost    c9        l2      won      -        2024-03-06T10:00:00  2024-07-15T10:00:00
10      u1       c1        -       won      3000     2024-03-07T10:00:00  2024-03-20T10:00:00
14      u1       c1        l3      open     700      2024-07-02T10:00:00  -
"""


def table(text: str) -> pd.DataFrame:
    """A frame of a drawn table; `-` is an empty cell."""
    head, *rows = [line.split() for line in text.strip().splitlines()]
    return pd.DataFrame(rows, columns=head).replace("-", None)


def deals() -> pd.DataFrame:
    """The ten deals in their types."""
    frame = table(DEALS)
    return frame.assign(amount=pd.to_numeric(frame["amount"]), created_at=pd.to_datetime(frame["created_at"]), closed_at=pd.to_datetime(frame["closed_at"]))


def tables() -> dict[str, pd.DataFrame]:
    """Deals with two of three sellers, three of four clients and two of three leads known."""
    return {
        "deals": deals(),
        "users": pd.DataFrame({"user_id": ["u1", "u2"], "name": ["A", "B"]}),
        "clients": pd.DataFrame({"client_id": ["c1", "c2", "c3"], "name": ["X", "Y", "Z"]}),
        "leads": pd.DataFrame({"lead_id": ["l1", "l2"], "created_at": pd.to_datetime(["2024-01-01T08:00", "2024-03-01T08:00"]), "deal_id": ["1", None]}),
    }


def doubled(frames: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    """Every row twice, the second time under other ids of its own and of its partners."""
    ids = {"deal_id", "owner_id", "client_id", "lead_id", "user_id", "entity_id", "activity_id"}
    return {name: pd.concat([frame, frame.assign(**{c: frame[c].map(lambda v: v if v is None or v != v else f"{v}b") for c in ids & set(frame.columns)})],
                            ignore_index=True) for name, frame in frames.items()}
