DROP INDEX CONCURRENTLY IF EXISTS users_international_addresses;
