"""A data type for license plates, for the example `data-types-of-your-own.yml`."""

import re

from docassemble.base.util import CustomDataType, DAValidationError


class LicensePlate(CustomDataType):
    """Three letters and three digits, in any case, with or without a space."""

    name = "license_plate"
    container_class = "license-plate"
    input_class = "license-plate"

    @classmethod
    def validate(cls, item):
        """Whether it looks like one."""
        if re.fullmatch(r"[A-Za-z]{3} ?[0-9]{3}", item.strip()):
            return True
        raise DAValidationError("A plate has three letters and three digits.")

    @classmethod
    def transform(cls, item):
        """As it is written on the car."""
        return item.replace(" ", "").upper()
