from enum import StrEnum


class UserSort(StrEnum):
    CREATED_AT = "created_at"
    CREATED_AT_DESCENDING = "-created_at"
    EMAIL = "email"
    EMAIL_DESCENDING = "-email"
    LAST_LOGIN_AT = "last_login_at"
    LAST_LOGIN_AT_DESCENDING = "-last_login_at"
    UPDATED_AT = "updated_at"
    UPDATED_AT_DESCENDING = "-updated_at"
    USERNAME = "username"
    USERNAME_DESCENDING = "-username"

    def __str__(self) -> str:
        return str(self.value)
