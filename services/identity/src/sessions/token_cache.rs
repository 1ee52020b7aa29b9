//! What this process remembers of access tokens: those whose signature it has checked, and the
//! sessions that have ended while their tokens may still live. Only a memory: forgetting the first
//! costs time, and the second is read from the database.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use access::Principal;
use contracts::identity::SessionId;
use values::Timestamp;

use crate::sessions::token::Verified;

/// The BLAKE3 hash of a token: the token itself is not kept in memory.
pub(crate) type TokenHash = [u8; 32];

/// Verified tokens, at most twice as many as a generation holds. Tokens that nobody uses
/// any more leave with their generation, without a list of who came when.
pub(crate) struct VerifiedTokens {
    generations: RwLock<Generations>,
    /// Until when each is remembered, by the steady clock: nobody sets that.
    ended: RwLock<HashMap<SessionId, i64>>,
    generation_size: usize,
}

#[derive(Default)]
struct Generations {
    young: HashMap<TokenHash, Verified>,
    old: HashMap<TokenHash, Verified>,
}

impl VerifiedTokens {
    pub(crate) fn new(generation_size: usize) -> Self {
        Self {
            generations: RwLock::default(),
            ended: RwLock::default(),
            generation_size,
        }
    }

    /// Whom a token belongs to, if it was verified before and has not expired.
    pub(crate) fn get(&self, token: &TokenHash, now: Timestamp) -> Option<Principal> {
        let generations = self
            .generations
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        let found = generations
            .young
            .get(token)
            .or_else(|| generations.old.get(token))?;
        (now < found.expires_at).then(|| found.principal.clone())
    }

    /// Remembers a token that was verified.
    pub(crate) fn insert(&self, token: TokenHash, verified: Verified) {
        let mut generations = self
            .generations
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        if generations.young.len() >= self.generation_size {
            generations.old = std::mem::take(&mut generations.young);
        }
        generations.young.insert(token, verified);
    }

    /// Forgets all tokens, so that each is verified again.
    pub(crate) fn forget_tokens(&self) {
        *self
            .generations
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Generations::default();
    }

    /// Refuses all tokens of a session until `forget_at` by the steady clock, when none of them
    /// lives any more.
    pub(crate) fn end(&self, session: SessionId, forget_at: i64) {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        ended.insert(session, forget_at);
    }

    /// Whether a session has ended.
    pub(crate) fn is_ended(&self, session: SessionId) -> bool {
        let ended = self.ended.read().unwrap_or_else(PoisonError::into_inner);
        ended.contains_key(&session)
    }

    /// Forgets sessions none of whose tokens lives any more; what it is by the steady clock.
    pub(crate) fn forget_ended(&self, steady: i64) {
        let mut ended = self.ended.write().unwrap_or_else(PoisonError::into_inner);
        ended.retain(|_, forget_at| steady < *forget_at);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contracts::identity::{OrgId, Role, UserId};
    use uuid::Uuid;

    const SESSION: SessionId = SessionId(Uuid::from_u128(2));

    fn verified(expires_at: i64) -> Verified {
        let user = UserId(Uuid::from_u128(1));
        let principal = Principal::of_session(OrgId::DEFAULT, user, Role::User, SESSION);
        Verified {
            principal,
            expires_at: Timestamp(expires_at),
        }
    }

    #[test]
    fn a_remembered_token_expires_to_the_microsecond() {
        let tokens = VerifiedTokens::new(4);
        tokens.insert([1; 32], verified(100));
        assert!(tokens.get(&[1; 32], Timestamp(99)).is_some());
        assert!(tokens.get(&[1; 32], Timestamp(100)).is_none());
        assert!(tokens.get(&[2; 32], Timestamp(99)).is_none());
    }

    #[test]
    fn never_more_than_two_generations_are_kept() {
        let tokens = VerifiedTokens::new(4);
        for number in 0..100 {
            tokens.insert([number; 32], verified(100));
            let generations = tokens.generations.read().unwrap();
            assert!(generations.young.len() + generations.old.len() <= 8);
        }
        assert!(tokens.get(&[99; 32], Timestamp(0)).is_some());
        assert!(tokens.get(&[0; 32], Timestamp(0)).is_none());
    }

    #[test]
    fn an_ended_session_is_refused_until_its_tokens_are_dead() {
        let tokens = VerifiedTokens::new(4);
        let session = SESSION;
        assert!(!tokens.is_ended(session));
        tokens.end(session, 100);
        tokens.forget_ended(99);
        assert!(tokens.is_ended(session));
        tokens.forget_ended(100);
        assert!(!tokens.is_ended(session));
    }
}
