"""The planted effects are in the sample world, nothing else is, and the decoys look bad for a fair reason."""

import pytest
from glm_scan import closed_deals, effect, expected, lowest_q, scan

from audit.samples import recipe as r
from audit.samples.things import exported
from audit.samples.truth import cheque_ratio, conversion, having, response_minutes, win_rate
from audit.samples.world import make_world, win_chance


@pytest.fixture(scope="module")
def world():
    return make_world()


@pytest.fixture(scope="module")
def deals(world):
    return closed_deals(world)


@pytest.mark.parametrize("term", ["seller", "cell"])
def test_planted_win_rate_is_there(deals, term):
    points, z = effect(deals, "won", term)
    assert z < -4.5
    assert points == pytest.approx(-0.12, abs=0.025)


def test_planted_cheque_is_there(deals, world):
    log_ratio, z = effect(deals[deals["won"] == 1], "cheque", "region")
    assert z < -4.5
    assert log_ratio == pytest.approx(-0.223, abs=0.04)
    assert cheque_ratio(world.deals, {"region": r.URAL}) == pytest.approx(0.80, abs=0.03)


def test_planted_requests_are_there(world):
    leads = exported(world)
    weak = [lead for lead in leads if lead.client.source == r.MARKET]
    others = [lead for lead in leads if lead.client.source not in (r.MARKET, r.CALL)]
    (low, n), (high, _) = conversion(weak), conversion(others)
    assert n > 500
    assert high - low == pytest.approx(0.16, abs=0.05)
    assert response_minutes(weak) > 5 * response_minutes(others)


def test_nothing_else_is_there(deals):
    won, lost = deals[deals["won"] == 1], deals[deals["won"] == 0]
    cheques = scan(won, "cheque")
    cheques = cheques[~cheques["slice"].isin(r.PRODUCTS)]  # a product's level is its price
    for table in (scan(deals, "won"), cheques, scan(won, "days"), scan(lost, "days")):
        assert len(table) > 300
        assert lowest_q(table["p"]) > 0.10


def test_the_scan_sees_a_planted_truth_that_it_is_not_told(deals):
    spoiled = deals.copy()
    spoiled.loc[(spoiled["region"] == "Москва") & (spoiled["segment"] == r.BUILD) & (spoiled["won"] == 1), "won"] = 0
    table = scan(spoiled, "won")
    assert lowest_q(table["p"]) < 1e-6
    assert table.loc[table["z"].idxmin(), "slice"] in (f"{r.BUILD} × Москва", r.BUILD, "Москва")


def test_seller_of_weak_requests_looks_bad_but_is_fair(deals):
    his = deals["owner"] == r.WEAK_MIX
    rest = deals.loc[~his & (deals["owner"] != r.WEAK_SELLER), "won"].mean()
    assert deals.loc[his, "won"].mean() < rest - 0.05
    mean, variance = expected(deals, "won", ["source", "segment", "region", "product", "repeat"])
    gap = (deals["won"] - mean)[his].sum() / variance[his].sum() ** 0.5
    assert abs(gap) < 1.5
    assert win_chance(r.WEAK_MIX, next(c for c in make_world().clients if c.source == r.SITE)) == r.BASE_WIN


def test_small_decoys_are_small_and_extreme(world):
    rate, n = win_rate(filter(having({"owner": r.NEW_SELLER}), world.deals))
    assert n < 30
    assert rate < 0.22
    tiny = [deal for deal in world.deals if deal.client.region == r.TINY]
    assert len(tiny) == r.TINY_DEALS
    assert sum(deal.semantic == "won" for deal in tiny) == r.TINY_WON


def test_segment_of_cheap_products_has_a_fair_cheque(world, deals):
    won = deals[deals["won"] == 1]
    retail = won["segment"] == r.RETAIL
    assert won.loc[retail, "cheque"].mean() < won.loc[~retail, "cheque"].mean() - 0.25
    assert cheque_ratio(world.deals, {"segment": r.RETAIL}) == pytest.approx(1, abs=0.05)


def test_the_world_is_plausible(world):
    rate, _ = win_rate(world.deals)
    assert 0.28 <= rate <= 0.35
    assert 6_000 < len(world.deals) < 8_000
    for deal in world.deals:
        moments = [moment for _, moment in deal.moves]
        assert moments == sorted(moments)
        assert moments[0] == deal.created
        assert deal.created.date() <= r.SAMPLE.as_of
        assert (deal.closed is None) == (deal.semantic == "open")
        assert deal.closed is None or deal.closed == moments[-1]
    for seller in r.SELLERS:
        mine = [deal.created.date() for deal in world.deals if deal.owner == seller.name and deal.semantic != "open"]
        assert mine
        if seller.left:
            assert max(deal.closed.date() for deal in world.deals if deal.owner == seller.name and deal.closed) <= seller.left
