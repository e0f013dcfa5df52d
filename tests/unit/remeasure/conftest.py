"""A made-up client with deals of twenty months and changes that were agreed."""

import pytest
from house_of_changes import START, House, row


@pytest.fixture
def house(tmp_path) -> House:
    """An empty workspace."""
    return House(tmp_path / "client")


def planted(deal) -> float:
    """What the changes do to the chance to win: 30 points for one seller."""
    return 0.3 * (deal["created_at"].date() >= START and deal["owner"] == "Seller A")


@pytest.fixture(scope="session")
def street(tmp_path_factory):
    """(house, results by month) of a client whose seller A was trained in March 2024 and whose prices changed in team one, without effect."""
    made = House(tmp_path_factory.mktemp("street") / "client").deals(seed=5, a_month=900, win=planted)
    made.agree(
        row("trained", scope={"owner": "Seller A"}, rank=1), row("prices", metric="avg_check", scope={"team": "one"}, rank=2, unit="money", baseline=3600.0, target=4000.0,
                                                                expected_gain=80_000.0, volume_per_month=100.0),
        row("summer", scope={"source": "fair"}, rank=3, start=START.replace(month=7)), row("autumn", scope={"source": "site"}, rank=4, start=START.replace(month=10)),
        row("own", metric=None, rank=5, expected_gain=None),
    )
    return made, {month: made.measure(month) for month in ("2024-04", "2024-08")}


@pytest.fixture(scope="session")
def house_of(tmp_path_factory):
    """Makes an empty workspace that a whole module shares."""
    return lambda: House(tmp_path_factory.mktemp("house") / "client")
