"""Growth zones: where a slice falls short of its peers by more than chance, and what that is worth a month."""

from audit.zones.find import find_zones
from audit.zones.result import Zones

__all__ = ["Zones", "find_zones"]
