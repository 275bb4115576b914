"""Contains all the data models used in inputs/outputs"""

from .api_key import ApiKey
from .api_key_creation import ApiKeyCreation
from .api_key_links import ApiKeyLinks
from .api_key_page import ApiKeyPage
from .api_key_page_links import ApiKeyPageLinks
from .api_keys_of_page import ApiKeysOfPage
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
from .confirmed_factor import ConfirmedFactor
from .confirmed_factor_links import ConfirmedFactorLinks
from .counts_by_name import CountsByName
from .created_api_key import CreatedApiKey
from .created_api_key_links import CreatedApiKeyLinks
from .created_recovery_codes import CreatedRecoveryCodes
from .created_recovery_codes_links import CreatedRecoveryCodesLinks
from .day_counts import DayCounts
from .email_verification import EmailVerification
from .enrolled_totp import EnrolledTotp
from .enrolled_totp_links import EnrolledTotpLinks
from .event import Event
from .event_actor import EventActor
from .event_data import EventData
from .event_feed import EventFeed
from .event_feed_links import EventFeedLinks
from .event_links import EventLinks
from .event_target import EventTarget
from .events_of_feed import EventsOfFeed
from .exported_api_key import ExportedApiKey
from .exported_event import ExportedEvent
from .exported_factor import ExportedFactor
from .exported_link import ExportedLink
from .exported_mail import ExportedMail
from .exported_session import ExportedSession
from .exported_user import ExportedUser
from .factor import Factor
from .factor_changes import FactorChanges
from .factor_links import FactorLinks
from .factor_page import FactorPage
from .factor_page_links import FactorPageLinks
from .factors_of_page import FactorsOfPage
from .health import Health
from .input_fault import InputFault
from .introspection import Introspection
from .jwk import Jwk
from .jwks import Jwks
from .link import Link
from .link_method import LinkMethod
from .metadata import Metadata
from .mfa_grant import MfaGrant
from .o_auth_error import OAuthError
from .open_api_document import OpenApiDocument
from .passkey_creation_options import PasskeyCreationOptions
from .passkey_creation_options_links import PasskeyCreationOptionsLinks
from .passkey_creation_options_public_key import PasskeyCreationOptionsPublicKey
from .passkey_enrolment import PasskeyEnrolment
from .passkey_enrolment_credential import PasskeyEnrolmentCredential
from .passkey_grant import PasskeyGrant
from .passkey_options_request import PasskeyOptionsRequest
from .passkey_request_options import PasskeyRequestOptions
from .passkey_request_options_public_key import PasskeyRequestOptionsPublicKey
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
from .statistics import Statistics
from .statistics_links import StatisticsLinks
from .status import Status
from .step_up_options import StepUpOptions
from .step_up_options_links import StepUpOptionsLinks
from .step_up_options_public_key import StepUpOptionsPublicKey
from .step_up_proof import StepUpProof
from .step_up_proof_credential import StepUpProofCredential
from .template import Template
from .template_options import TemplateOptions
from .template_property import TemplateProperty
from .templates import Templates
from .token import Token
from .totp_confirmation import TotpConfirmation
from .totp_enrolment import TotpEnrolment
from .user import User
from .user_changes import UserChanges
from .user_counts import UserCounts
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
    "ConfirmedFactor",
    "ConfirmedFactorLinks",
    "CountsByName",
    "CreatedApiKey",
    "CreatedApiKeyLinks",
    "CreatedRecoveryCodes",
    "CreatedRecoveryCodesLinks",
    "DayCounts",
    "EmailVerification",
    "EnrolledTotp",
    "EnrolledTotpLinks",
    "Event",
    "EventActor",
    "EventData",
    "EventFeed",
    "EventFeedLinks",
    "EventLinks",
    "EventTarget",
    "EventsOfFeed",
    "ExportedApiKey",
    "ExportedEvent",
    "ExportedFactor",
    "ExportedLink",
    "ExportedMail",
    "ExportedSession",
    "ExportedUser",
    "Factor",
    "FactorChanges",
    "FactorLinks",
    "FactorPage",
    "FactorPageLinks",
    "FactorsOfPage",
    "Health",
    "InputFault",
    "Introspection",
    "Jwk",
    "Jwks",
    "Link",
    "LinkMethod",
    "Metadata",
    "MfaGrant",
    "OAuthError",
    "OpenApiDocument",
    "PasskeyCreationOptions",
    "PasskeyCreationOptionsLinks",
    "PasskeyCreationOptionsPublicKey",
    "PasskeyEnrolment",
    "PasskeyEnrolmentCredential",
    "PasskeyGrant",
    "PasskeyOptionsRequest",
    "PasskeyRequestOptions",
    "PasskeyRequestOptionsPublicKey",
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
    "Statistics",
    "StatisticsLinks",
    "Status",
    "StepUpOptions",
    "StepUpOptionsLinks",
    "StepUpOptionsPublicKey",
    "StepUpProof",
    "StepUpProofCredential",
    "Template",
    "TemplateOptions",
    "TemplateProperty",
    "Templates",
    "Token",
    "TotpConfirmation",
    "TotpEnrolment",
    "User",
    "UserChanges",
    "UserCounts",
    "UserCreation",
    "UserExport",
    "UserLinks",
    "UserPage",
    "UserPageLinks",
    "UserSort",
    "UsersOfPage",
)
