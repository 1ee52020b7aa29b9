-- Operators, auditors and administrators are few among many users, and are told of what concerns them.
CREATE INDEX users_staff ON users (org, role, id) WHERE role IN ('operator', 'auditor', 'admin');
