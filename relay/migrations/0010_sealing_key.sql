-- The public key that the collector pushed with its projects; null: nothing is sealed.
alter table state add column sealing_key text;
