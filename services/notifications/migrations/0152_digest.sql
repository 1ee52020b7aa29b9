-- Mails to somebody in their order: those of a day are sent as one where they want that.
CREATE INDEX messages_of_user_in_order ON messages (org, user_id, id);
