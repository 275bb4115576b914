-- The addresses whose key an earlier version may have derived differently (persistence: address_keys). They are checked
-- each time that the database is migrated, which this index keeps from reading all users.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_international_addresses ON users (id)
    WHERE octet_length(email) <> char_length(email) OR email_key LIKE '%xn--%';
