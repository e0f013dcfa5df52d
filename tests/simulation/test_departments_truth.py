"""Zones over the whole catalogue in made-up departments: silent where nobody differs, though rows are alike within a deal, a caller, a client."""

import pytest
from departments import Department, department

from audit.zones import find_zones


@pytest.mark.slow
def test_departments_where_nobody_differs_stay_silent():
    alarms = sum(bool(find_zones(department(Department(), seed)).findings) for seed in range(500, 506))
    assert alarms <= 2  # at a true rate of 10 % more than two of six have a chance of 2 %


@pytest.mark.slow
def test_what_is_planted_in_work_and_lately_is_found():
    for seed in (600, 601):
        zones = find_zones(department(Department(deals=10_000, untimely="u3", fallen="u5"), seed))
        found = {(one["metric"], tuple(one["slice"].items()), one["benchmark_kind"]) for one in zones.findings}
        assert ("tasks_on_time", (("owner", "seller 03"),), "peers") in found
        assert ("win_rate", (("owner", "seller 05"),), "past") in found
        # who does everything later also answers later; nobody else is named, but for one by chance
        assert len([one for one in zones.findings if one["slice"].get("owner") not in ("seller 03", "seller 05")]) <= 1
