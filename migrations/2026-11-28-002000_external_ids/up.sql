-- What an imported user is called in the system that the user comes from; null for all others. From now on imported users also
-- keep ids of other versions than 7, so the order of creation is (created_at, id) and no longer the primary key.
ALTER TABLE users ADD COLUMN external_id text COLLATE "C";
