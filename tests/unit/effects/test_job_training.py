"""Grants for job training and scrap rates of 54 firms (Holzer et al. 1993; Wooldridge, Econometric Analysis, example 10.5) by linearmodels and by ours."""

import pytest

from audit.effects import compare

ASKED = {"outcome": "lscrap", "unit": "fcode", "time": "year", "kind": "value", "better": "lower"}


@pytest.fixture(scope="module")
def firms():
    """Firms seen in all three years; `on`: since the first grant. A grant is of one year, its effect of that year and of the next are two numbers in the book."""
    from linearmodels.datasets import jobtraining

    data = jobtraining.load().dropna(subset=["lscrap"])
    return data.assign(on=data.groupby("fcode")["grant"].cummax().astype(int))


def within(data):
    """The regression of the book: firm and year effects, the grant of the year and that of the year before."""
    from linearmodels import PanelOLS

    return PanelOLS(data.set_index(["fcode", "year"])["lscrap"], data.set_index(["fcode", "year"])[["d88", "d89", "grant", "grant_1"]], entity_effects=True).fit()


def test_the_published_figures_come_from_these_rows(firms):
    found = within(firms)
    assert found.nobs == 162
    assert found.params[["grant", "grant_1"]].round(3).tolist() == [-0.252, -0.422]
    assert found.std_errors[["grant", "grant_1"]].round(3).tolist() == [0.151, 0.210]


def test_with_one_start_ours_is_the_mean_of_both_figures_to_the_last_digit(firms):
    """Granted in 1988 against never: the effect a firm and year is the mean of the first year's and the second year's."""
    late = firms.loc[(firms["year"] == 1989) & (firms["grant"] == 1), "fcode"]
    once = firms[~firms["fcode"].isin(late)]
    found, theirs = compare(once, treated="on", **ASKED), within(once)
    assert found.method == "diff_in_diff"
    assert found.effect == pytest.approx(theirs.params[["grant", "grant_1"]].mean(), abs=1e-10)


def test_with_two_starts_ours_is_their_mean_by_the_cells_within_a_third_of_its_error(firms):
    """29 firms in their first year and 19 in their second. Ours takes the years from firms without a grant yet; the regression, which supposes that every
    firm gains alike, from all. So the figures differ by the weights, and the error, which leaves firms out, is wider than the book's, which takes rows as independent."""
    found, theirs = compare(firms, treated="on", **ASKED), within(firms)
    cells = firms[firms["on"] == 1]
    first, second = int(cells["grant"].sum()), int((cells["grant"] == 0).sum())
    assert (first, second, found.method) == (29, 19, "staggered_imputation")
    told = (first * theirs.params["grant"] + second * theirs.params["grant_1"]) / (first + second)
    error = (found.high - found.low) / 4
    assert told == pytest.approx(-0.319, abs=0.001)
    assert abs(found.effect - told) < error / 3
    assert found.low < told < found.high
    assert found.verdict == "no clear change"


def test_a_grant_that_is_marked_in_its_year_only_is_no_change_that_stays(firms):
    found = compare(firms, treated="grant", **ASKED, lang="en")
    assert "19 units are marked as changed and then not" in found.told()
