ALTER TABLE users DROP COLUMN slowed_until;
DROP TABLE familiar_addresses;
DROP TABLE throttles;
