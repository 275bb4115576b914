//! The tables as diesel sees them. Columns are in the order of the migrations.

diesel::table! {
    users (id) {
        id -> Uuid,
        username -> Text,
        username_key -> Text,
        email -> Text,
        email_key -> Text,
        email_verified -> Bool,
        pending_email -> Nullable<Text>,
        password_hash -> Nullable<Text>,
        role -> Text,
        status -> Text,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
        last_login_at -> Nullable<Timestamptz>,
        administers -> Bool,
        slowed_until -> Nullable<Timestamptz>,
        has_factors -> Bool,
        has_passkeys -> Bool,
        factors_version -> BigInt,
        second_factor_failures -> Integer,
        external_id -> Nullable<Text>,
    }
}

diesel::table! {
    roles (name) {
        name -> Text,
        description -> Text,
        permissions -> Array<Text>,
        reserved -> Bool,
        version -> BigInt,
        created_at -> Timestamptz,
        updated_at -> Timestamptz,
    }
}

diesel::table! {
    user_counts (shard, role, status) {
        shard -> SmallInt,
        role -> Text,
        status -> Text,
        n -> BigInt,
    }
}

diesel::table! {
    sessions (id) {
        id -> Uuid,
        user_id -> Uuid,
        created_at -> Timestamptz,
        last_used_at -> Timestamptz,
        expires_at -> Timestamptz,
        user_agent -> Nullable<Text>,
        address -> Nullable<Text>,
        methods -> SmallInt,
        authenticated_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    api_keys (id) {
        id -> Uuid,
        user_id -> Uuid,
        digest -> Bytea,
        name -> Text,
        hint -> Text,
        scopes -> Array<Text>,
        created_at -> Timestamptz,
        expires_at -> Timestamptz,
        last_used_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    factors (id) {
        id -> Uuid,
        user_id -> Uuid,
        #[sql_name = "type"]
        kind -> Text,
        name -> Text,
        version -> BigInt,
        created_at -> Timestamptz,
        confirmed_at -> Nullable<Timestamptz>,
        last_used_at -> Nullable<Timestamptz>,
        secret -> Nullable<Bytea>,
        last_step -> Nullable<BigInt>,
        credential_id -> Nullable<Bytea>,
        credential -> Nullable<Jsonb>,
        rp_id -> Nullable<Text>,
    }
}

diesel::table! {
    recovery_codes (user_id, digest) {
        user_id -> Uuid,
        digest -> Bytea,
    }
}

diesel::table! {
    passkey_handles (user_id) {
        user_id -> Uuid,
        handle -> Bytea,
    }
}

diesel::table! {
    mfa_tokens (digest) {
        digest -> Bytea,
        user_id -> Uuid,
        expires_at -> Timestamptz,
        proofs -> SmallInt,
        binding -> Bytea,
    }
}

diesel::table! {
    ceremonies (digest) {
        digest -> Bytea,
        user_id -> Uuid,
        session_id -> Uuid,
        purpose -> Text,
        state -> Jsonb,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    spent_ceremonies (digest) {
        digest -> Bytea,
        expires_at -> Timestamptz,
    }
}

diesel::table! {
    refresh_tokens (digest) {
        digest -> Bytea,
        session_id -> Uuid,
        generation -> BigInt,
        spent_at -> Nullable<Timestamptz>,
    }
}

diesel::table! {
    audit_events (id) {
        id -> Uuid,
        at -> Timestamptz,
        action -> Text,
        outcome -> Text,
        actor_id -> Nullable<Uuid>,
        actor_username -> Nullable<Text>,
        actor_is_admin -> Bool,
        target_id -> Nullable<Uuid>,
        changes -> Jsonb,
        address -> Nullable<Text>,
        request_id -> Nullable<Uuid>,
        version -> Nullable<BigInt>,
        queued -> Bool,
    }
}

diesel::table! {
    signing_keys (kid) {
        kid -> Text,
        wrapped -> Bytea,
        created_at -> Timestamptz,
        signs_from -> Timestamptz,
    }
}

diesel::table! {
    signing_key_set (id) {
        id -> Bool,
        revision -> BigInt,
    }
}

diesel::table! {
    outbox (id) {
        id -> Uuid,
        kind -> Text,
        user_id -> Nullable<Uuid>,
        address -> Text,
        address_key -> Text,
        created_at -> Timestamptz,
        due_at -> Nullable<Timestamptz>,
        attempts -> Integer,
        counted_at -> Nullable<Timestamptz>,
        origin -> Nullable<Text>,
        request_id -> Nullable<Uuid>,
        rights -> Nullable<Array<Text>>,
    }
}

diesel::table! {
    jobs (id) {
        id -> Uuid,
        kind -> Text,
        created_at -> Timestamptz,
        run_at -> Timestamptz,
        attempts -> Integer,
    }
}

diesel::table! {
    mailed_tokens (digest) {
        digest -> Bytea,
        purpose -> Text,
        user_id -> Uuid,
        address -> Text,
        expires_at -> Timestamptz,
        rights -> Nullable<Array<Text>>,
    }
}

diesel::table! {
    throttles (subject) {
        subject -> Bytea,
        account -> Nullable<Bytea>,
        failures -> Integer,
        blocked_until -> Nullable<Timestamptz>,
        forgotten_at -> Timestamptz,
        told -> Bool,
        audited -> Bool,
    }
}

diesel::table! {
    familiar_addresses (user_id, address) {
        user_id -> Uuid,
        address -> Bytea,
        last_used_at -> Timestamptz,
    }
}

diesel::joinable!(sessions -> users (user_id));
diesel::joinable!(api_keys -> users (user_id));
diesel::joinable!(factors -> users (user_id));
diesel::joinable!(passkey_handles -> users (user_id));
diesel::joinable!(refresh_tokens -> sessions (session_id));
diesel::allow_tables_to_appear_in_same_query!(
    users,
    roles,
    sessions,
    api_keys,
    factors,
    recovery_codes,
    passkey_handles,
    mfa_tokens,
    ceremonies,
    spent_ceremonies,
    refresh_tokens,
    user_counts,
    audit_events,
    signing_keys,
    signing_key_set
);
diesel::allow_tables_to_appear_in_same_query!(jobs, outbox);
