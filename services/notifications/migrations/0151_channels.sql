-- Channels of messages that an operator has stopped.
CREATE TABLE paused_channels (
    channel   TEXT    NOT NULL PRIMARY KEY,
    paused_at INTEGER NOT NULL
) STRICT;

-- How many messages were given up, by channel.
CREATE INDEX deliveries_failed ON deliveries (channel) WHERE state = 'failed';
