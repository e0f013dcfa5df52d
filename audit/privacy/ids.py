"""Checksums of numbers that name a person, a company or an account."""

import re


def inn_ok(text: str) -> bool:
    """Russian taxpayer number, 10 or 12 digits, with its control digits right.

    >>> inn_ok("7707083893"), inn_ok("7707083894")
    (True, False)
    """
    digits = [int(c) for c in text if c.isdigit()]
    weights = (3, 7, 2, 4, 10, 3, 5, 9, 4, 6, 8)

    def control(count: int) -> int:
        return sum(w * d for w, d in zip(weights[-count:], digits, strict=False)) % 11 % 10

    if len(digits) == 10:
        return control(9) == digits[9]
    return len(digits) == 12 and control(10) == digits[10] and control(11) == digits[11]


def egn_ok(text: str) -> bool:
    """Bulgarian personal number: a date of birth (months +20, +40 for centuries) and a control digit.

    >>> egn_ok("7523169263")
    True
    """
    digits = [int(c) for c in text if c.isdigit()]
    if len(digits) != 10:
        return False
    month, day = 10 * digits[2] + digits[3], 10 * digits[4] + digits[5]
    if not (1 <= month % 20 <= 12 and month <= 52 and 1 <= day <= 31):
        return False
    return sum(w * d for w, d in zip((2, 4, 8, 5, 10, 9, 7, 3, 6), digits, strict=False)) % 11 % 10 == digits[9]


def card_ok(text: str) -> bool:
    """Payment card number: Luhn's check over its digits."""
    digits = [int(c) for c in reversed(text) if c.isdigit()]
    doubled = (d if i % 2 == 0 else (2 * d - 9 if d > 4 else 2 * d) for i, d in enumerate(digits))
    return len(digits) >= 13 and sum(doubled) % 10 == 0


def iban_ok(text: str) -> bool:
    """International account number: ISO 13616, remainder 1 modulo 97."""
    bare = re.sub(r"\s", "", text)
    if not 15 <= len(bare) <= 34:
        return False
    return int("".join(str(int(c, 36)) for c in bare[4:] + bare[:4])) % 97 == 1
