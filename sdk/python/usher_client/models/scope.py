from enum import StrEnum


class Scope(StrEnum):
    ACCOUNT_READ = "account.read"
    ACCOUNT_WRITE = "account.write"
    API_KEYS_READ = "api-keys.read"
    API_KEYS_REVOKE = "api-keys.revoke"
    AUDIT_READ = "audit.read"
    EVENTS_READ = "events.read"
    FACTORS_READ = "factors.read"
    FACTORS_RESET = "factors.reset"
    ROLES_READ = "roles.read"
    ROLES_WRITE = "roles.write"
    SESSIONS_READ = "sessions.read"
    SESSIONS_REVOKE = "sessions.revoke"
    STATISTICS_READ = "statistics.read"
    USERS_ASSIGN_ROLE = "users.assign-role"
    USERS_CREATE = "users.create"
    USERS_DELETE = "users.delete"
    USERS_LIFT_THROTTLE = "users.lift-throttle"
    USERS_READ = "users.read"
    USERS_SEND_PASSWORD_RESET = "users.send-password-reset"
    USERS_SUSPEND = "users.suspend"
    USERS_UPDATE = "users.update"

    def __str__(self) -> str:
        return str(self.value)
