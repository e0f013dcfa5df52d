"""Fields that a record must have filled, by table and by the state in which they are asked for (always, or of records in that state alone)."""

MANDATORY: dict[str, dict[str, tuple[str, ...]]] = {
    "deals": {
        "always": ("title", "client_id", "owner_id", "amount", "source", "product", "segment"),
        "open": ("expected_close_on", "next_activity_at"),
        "lost": ("loss_reason",),
    },
    "leads": {"always": ("source", "owner_id"), "junk": ("loss_reason",), "lost": ("loss_reason",)},
    "clients": {"always": ("name", "segment", "region", "tax_id", "owner_id")},
    "contacts": {"always": ("name", "phone", "email", "role")},
}


def mandatory_names() -> list[str]:
    """Every mandatory field as `table.field`.

    >>> mandatory_names()[:2]
    ['deals.title', 'deals.client_id']
    """
    return list(dict.fromkeys(f"{table}.{field}" for table, states in MANDATORY.items() for fields in states.values() for field in fields))
