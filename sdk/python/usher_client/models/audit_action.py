from enum import StrEnum


class AuditAction(StrEnum):
    API_KEYS_REVOKED = "api_keys_revoked"
    API_KEY_CREATED = "api_key_created"
    API_KEY_REVOKED = "api_key_revoked"
    EMAIL_VERIFIED = "email_verified"
    PASSWORD_CHANGED = "password_changed"
    PASSWORD_RESET = "password_reset"
    PASSWORD_RESET_REQUESTED = "password_reset_requested"
    PASSWORD_RESET_SENT = "password_reset_sent"
    REFRESH_TOKEN_REUSED = "refresh_token_reused"
    ROLE_CREATED = "role_created"
    ROLE_DELETED = "role_deleted"
    ROLE_UPDATED = "role_updated"
    SESSIONS_REVOKED = "sessions_revoked"
    SESSION_REVOKED = "session_revoked"
    SIGNED_IN = "signed_in"
    SIGNING_KEYS_REVOKED = "signing_keys_revoked"
    SIGNING_KEY_ROTATED = "signing_key_rotated"
    SIGN_IN_REFUSED = "sign_in_refused"
    THROTTLE_LIFTED = "throttle_lifted"
    USER_CREATED = "user_created"
    USER_DELETED = "user_deleted"
    USER_IMPORTED = "user_imported"
    USER_REACTIVATED = "user_reactivated"
    USER_REGISTERED = "user_registered"
    USER_SUSPENDED = "user_suspended"
    USER_UPDATED = "user_updated"
    VERIFICATION_REQUESTED = "verification_requested"

    def __str__(self) -> str:
        return str(self.value)
