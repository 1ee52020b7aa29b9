-- Which costs the hashes of bcrypt have that users brought from elsewhere and have not logged in with: a failing login takes as long as
-- one with the costliest of them. Empty where nothing was imported.
CREATE INDEX users_by_bcrypt_cost ON users (substr(password_hash, 5, 2)) WHERE substr(password_hash, 1, 2) = '$2';
