-- Events of no transaction and no wallet: times that an operator accepted after the clock had been wrong. There are next to none,
-- and all reads by time ask for them.
CREATE INDEX events_of_nobody ON events (seq) WHERE transaction_no IS NULL AND account IS NULL;
