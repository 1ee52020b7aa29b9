-- What was sent of a payment, wherever it went.
CREATE INDEX webhook_deliveries_of_subject ON webhook_deliveries (org, subject, id);
CREATE INDEX messages_of_event ON messages (event) WHERE event IS NOT NULL;
