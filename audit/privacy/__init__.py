"""Personal data, secrets and traces of a machine in text: found by form, by the CRM's own names and by how names are told; masked before anything leaves."""

from audit.privacy.mask import Masked, Masker, mask
from audit.privacy.patterns import clean, masked

__all__ = ["Masked", "Masker", "clean", "mask", "masked"]
