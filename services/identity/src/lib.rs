//! Who you are: users, sessions, tokens, roles.
