from enum import StrEnum


class AuditSort(StrEnum):
    AT = "at"
    AT_DESCENDING = "-at"

    def __str__(self) -> str:
        return str(self.value)
