"""Contains all the data models used in inputs/outputs"""

from .api_key import ApiKey
from .api_key_creation import ApiKeyCreation
from .api_key_links import ApiKeyLinks
from .api_key_page import ApiKeyPage
from .api_key_page_links import ApiKeyPageLinks
from .api_keys_of_page import ApiKeysOfPage
from .audit_action import AuditAction
from .audit_actor import AuditActor
from .audit_change import AuditChange
from .audit_event import AuditEvent
from .audit_event_links import AuditEventLinks
from .audit_event_page import AuditEventPage
from .audit_event_page_links import AuditEventPageLinks
from .audit_events_of_page import AuditEventsOfPage
from .audit_outcome import AuditOutcome
from .audit_sort import AuditSort
from .audit_target import AuditTarget
from .created_api_key import CreatedApiKey
from .created_api_key_links import CreatedApiKeyLinks
from .email_verification import EmailVerification
from .exported_api_key import ExportedApiKey
from .exported_event import ExportedEvent
from .exported_link import ExportedLink
from .exported_mail import ExportedMail
from .exported_session import ExportedSession
from .exported_user import ExportedUser
from .health import Health
from .input_fault import InputFault
from .introspection import Introspection
from .jwk import Jwk
from .jwks import Jwks
from .link import Link
from .link_method import LinkMethod
from .metadata import Metadata
from .o_auth_error import OAuthError
from .o_auth_error_code import OAuthErrorCode
from .open_api_document import OpenApiDocument
from .password_change import PasswordChange
from .password_grant import PasswordGrant
from .password_reset import PasswordReset
from .password_reset_request import PasswordResetRequest
from .permission import Permission
from .presented_token import PresentedToken
from .problem import Problem
from .problem_links import ProblemLinks
from .refresh_grant import RefreshGrant
from .registered_user import RegisteredUser
from .registered_user_links import RegisteredUserLinks
from .registration import Registration
from .role_changes import RoleChanges
from .role_creation import RoleCreation
from .role_details import RoleDetails
from .role_details_links import RoleDetailsLinks
from .role_page import RolePage
from .role_page_links import RolePageLinks
from .roles_of_page import RolesOfPage
from .root import Root
from .root_links import RootLinks
from .scope import Scope
from .session import Session
from .session_links import SessionLinks
from .session_page import SessionPage
from .session_page_links import SessionPageLinks
from .sessions_of_page import SessionsOfPage
from .status import Status
from .template import Template
from .template_options import TemplateOptions
from .template_property import TemplateProperty
from .templates import Templates
from .token import Token
from .user import User
from .user_changes import UserChanges
from .user_creation import UserCreation
from .user_export import UserExport
from .user_links import UserLinks
from .user_page import UserPage
from .user_page_links import UserPageLinks
from .user_sort import UserSort
from .users_of_page import UsersOfPage

__all__ = (
    "ApiKey",
    "ApiKeyCreation",
    "ApiKeyLinks",
    "ApiKeyPage",
    "ApiKeyPageLinks",
    "ApiKeysOfPage",
    "AuditAction",
    "AuditActor",
    "AuditChange",
    "AuditEvent",
    "AuditEventLinks",
    "AuditEventPage",
    "AuditEventPageLinks",
    "AuditEventsOfPage",
    "AuditOutcome",
    "AuditSort",
    "AuditTarget",
    "CreatedApiKey",
    "CreatedApiKeyLinks",
    "EmailVerification",
    "ExportedApiKey",
    "ExportedEvent",
    "ExportedLink",
    "ExportedMail",
    "ExportedSession",
    "ExportedUser",
    "Health",
    "InputFault",
    "Introspection",
    "Jwk",
    "Jwks",
    "Link",
    "LinkMethod",
    "Metadata",
    "OAuthError",
    "OAuthErrorCode",
    "OpenApiDocument",
    "PasswordChange",
    "PasswordGrant",
    "PasswordReset",
    "PasswordResetRequest",
    "Permission",
    "PresentedToken",
    "Problem",
    "ProblemLinks",
    "RefreshGrant",
    "RegisteredUser",
    "RegisteredUserLinks",
    "Registration",
    "RoleChanges",
    "RoleCreation",
    "RoleDetails",
    "RoleDetailsLinks",
    "RolePage",
    "RolePageLinks",
    "RolesOfPage",
    "Root",
    "RootLinks",
    "Scope",
    "Session",
    "SessionLinks",
    "SessionPage",
    "SessionPageLinks",
    "SessionsOfPage",
    "Status",
    "Template",
    "TemplateOptions",
    "TemplateProperty",
    "Templates",
    "Token",
    "User",
    "UserChanges",
    "UserCreation",
    "UserExport",
    "UserLinks",
    "UserPage",
    "UserPageLinks",
    "UserSort",
    "UsersOfPage",
)
