//! Step-up codes: by a code that came another way, the maker of a transaction shows that it is them
//! and that they mean these terms. Of a code only a keyed hash is kept, over the terms, too.

pub(crate) mod config;
pub(crate) mod store;

use contracts::notifications::{CodeChannel, CodeNotSent, CodeSent, OneTimeCode};
use contracts::risk::{CodeCheck, CodeState, Terms};
use platform::ids::Ids;
use serde_json::json;
use values::{DAY, SECOND, Timestamp};

use crate::error::Error;
use crate::service::Service;
use store::{NewCode, Whose};

/// How long a code is good (Commission Delegated Regulation (EU) 2018/389, article 4 (3) (d) allows
/// five minutes without activity).
const MINUTES: i64 = 5;
/// How often a code may be tried.
const TRIES: i64 = 5;
/// The time in which wrong codes of a user are counted together.
const WINDOW: i64 = 3_600 * SECOND;
/// How long codes and counts are kept: longer than any of them counts.
const KEPT: i64 = 2 * DAY;
/// The ways of a code, in this order.
const CHANNELS: [CodeChannel; 3] = [CodeChannel::Sms, CodeChannel::Email, CodeChannel::Push];
/// What keyed hashes are of.
const CODE: &str = "step_up_codes.code";
const TERMS: &str = "step_up_codes.terms";

/// A code of six digits, each as likely as any other.
fn six_digits(ids: &Ids) -> String {
    // No code is likelier than another by more than one part in 10^13.
    let number = u64::from_be_bytes(ids.secret::<8>()) % 1_000_000;
    format!("{number:06}")
}

/// The name of a way in the table.
const fn name_of(channel: CodeChannel) -> &'static str {
    match channel {
        CodeChannel::Sms => "sms",
        CodeChannel::Email => "email",
        CodeChannel::Push => "push",
    }
}

fn whose(terms: &Terms) -> Whose {
    Whose {
        org: terms.org,
        user: terms.user,
        transaction: terms.transaction,
    }
}

/// The terms as bytes, of which no two are the same for other terms, or for other credentials of
/// the user: what was asked for before a password changed is not good any more.
fn bytes(terms: &Terms, epoch: i64, code: &str) -> Vec<u8> {
    let Terms {
        org,
        transaction,
        user,
        amount,
        currency,
        payee,
    } = terms;
    let mut bytes = org.0.to_be_bytes().to_vec();
    bytes.extend(transaction.uuid().as_bytes());
    bytes.extend(user.uuid().as_bytes());
    bytes.extend(epoch.to_be_bytes());
    for text in [amount, currency, payee, code] {
        bytes.extend((text.len() as u64).to_be_bytes());
        bytes.extend(text.as_bytes());
    }
    bytes
}

/// Seconds until a time, rounded up, at least 1.
fn seconds_until(until: Timestamp, now: Timestamp) -> u32 {
    let left = (until.micros() - now.micros()).max(1);
    u32::try_from((left + SECOND - 1) / SECOND).unwrap_or(u32::MAX)
}

impl Service {
    /// Makes a code and sends it; the one before is good until it is sent.
    pub(crate) async fn send_step_up(&self, terms: &Terms) -> Result<CodeSent, CodeNotSent> {
        let (whose, now) = (whose(terms), self.clock.now());
        let fault = |error: Error| {
            tracing::error!(%error, transaction = %terms.transaction, "a code cannot be made");
            CodeNotSent::NotNow
        };
        let epoch = self.credential_epoch(terms).await.map_err(fault)?;
        let epoch = epoch.ok_or(CodeNotSent::NoWay)?;
        self.count_sent(whose, now).await?;
        let codes = self.codes.get().ok_or_else(|| {
            tracing::error!("nobody was named who sends codes");
            CodeNotSent::NotNow
        })?;
        let code = six_digits(&self.ids);
        let new = self.hashed((terms, epoch), &code, now.plus(MINUTES * 60 * SECOND));
        let new = new.map_err(fault)?;
        let sent = codes
            .send_code(&OneTimeCode {
                org: terms.org,
                user: terms.user,
                code: code.into(),
                minutes: MINUTES,
                facts: json!({
                    "amount": terms.amount, "currency": terms.currency, "counterparty": terms.payee,
                    "transaction": terms.transaction,
                }),
                channels: CHANNELS.to_vec(),
            })
            .await;
        match sent {
            Ok(sent) => {
                let went = (name_of(sent.channel), sent.hint.as_str());
                let put = store::put(&self.db, whose, new, went).await;
                put.map_err(|error| fault(error.into()))?;
                Ok(sent)
            }
            Err(refused) => {
                let then = now.plus(-self.resend_wait());
                let uncounted = store::uncount_sent(&self.db, whose, now, then).await;
                uncounted.map_err(|error| fault(error.into()))?;
                Err(refused)
            }
        }
    }

    /// Counts a code that is about to be sent, or refuses it.
    async fn count_sent(&self, whose: Whose, now: Timestamp) -> Result<(), CodeNotSent> {
        let fault = |error: db::DbError| {
            tracing::error!(%error, transaction = %whose.transaction, "codes cannot be counted");
            CodeNotSent::NotNow
        };
        let wait = self.resend_wait();
        let most = i64::from(self.config.step_up.codes_per_transaction);
        let counted = store::count_sent(&self.db, whose, now, (now.plus(-wait), most)).await;
        if counted.map_err(fault)? {
            return Ok(());
        }
        let (sent, at) = store::sent(&self.db, whose)
            .await
            .map_err(fault)?
            .ok_or(CodeNotSent::NotNow)?;
        let until = match sent < most {
            true => at.plus(wait),
            // There will be none: the transaction ends before.
            false => at.plus(DAY),
        };
        Err(CodeNotSent::TooMany {
            retry_after_s: seconds_until(until, now),
        })
    }

    fn resend_wait(&self) -> i64 {
        i64::from(self.config.step_up.resend_after_seconds) * SECOND
    }

    /// Of the credentials of who is to show a code; none of a closed account.
    async fn credential_epoch(&self, terms: &Terms) -> Result<Option<i64>, Error> {
        let contact = self.contacts.contact(terms.org, terms.user).await?;
        Ok(contact.map(|contact| contact.credential_epoch))
    }

    fn hashed(
        &self,
        (terms, epoch): (&Terms, i64),
        code: &str,
        expires_at: Timestamp,
    ) -> Result<NewCode, Error> {
        Ok(NewCode {
            code: self.vault.fingerprint(CODE, &bytes(terms, epoch, code))?,
            terms: self.vault.fingerprint(TERMS, &bytes(terms, epoch, ""))?,
            tries: TRIES,
            expires_at,
        })
    }

    /// What the maker of a transaction may know of the code that was last sent for it.
    pub(crate) async fn state_of_step_up(&self, terms: &Terms) -> Result<CodeState, Error> {
        let now = self.clock.now();
        let Some(last) = store::last(&self.db, whose(terms)).await? else {
            return Ok(CodeState {
                sent: None,
                expires_at: None,
                tries_left: 0,
                resend_at: Some(now),
            });
        };
        let channel = last.channel.and_then(|name| {
            let mut ways = CHANNELS.into_iter();
            ways.find(|way| name_of(*way) == name)
        });
        let sent = channel.zip(last.hint);
        let tries = u32::try_from(last.tries_left).unwrap_or_default();
        let (sent_at, end) = (Timestamp(last.sent_at), Timestamp(last.expires_at));
        let is_good = sent.is_some() && tries > 0 && end > now;
        let most = i64::from(self.config.step_up.codes_per_transaction);
        Ok(CodeState {
            sent: sent.map(|(channel, hint)| CodeSent { channel, hint }),
            expires_at: is_good.then_some(end),
            tries_left: if is_good { tries } else { 0 },
            resend_at: (last.sent < most).then(|| sent_at.plus(self.resend_wait())),
        })
    }

    /// Checks a code. Each try is counted before it is looked at, in one transaction with what it
    /// comes to.
    pub(crate) async fn check_step_up(
        &self,
        terms: &Terms,
        code: &str,
    ) -> Result<CodeCheck, Error> {
        let (whose, now) = (whose(terms), self.clock.now());
        // Somebody may have been confirmed to be on a sanctions list since: no code releases that.
        if self
            .is_party_confirmed(terms.org, terms.transaction)
            .await?
        {
            return Ok(CodeCheck::None);
        }
        let Some(epoch) = self.credential_epoch(terms).await? else {
            return Ok(CodeCheck::None);
        };
        let since = Timestamp(now.micros() - now.micros().rem_euclid(WINDOW));
        let mut tx = self.db.begin().await?;
        let wrong = store::count_wrong(&mut tx, whose, since).await?;
        if wrong > i64::from(self.config.step_up.wrong_codes_per_hour) {
            let retry_after_s = seconds_until(since.plus(WINDOW), now);
            return Ok(CodeCheck::TooMany { retry_after_s });
        }
        let Some(living) = store::living(&mut tx, whose, now).await? else {
            return Ok(CodeCheck::None);
        };
        // The master key may have changed since.
        let is = |what, text: &[u8], kept: &[u8]| {
            let mut known = self.vault.fingerprints(what, text);
            known.any(|hash| hash == kept)
        };
        if !is(TERMS, &bytes(terms, epoch, ""), &living.terms) {
            return Ok(CodeCheck::None);
        }
        let is_right = is(CODE, &bytes(terms, epoch, code), &living.code);
        let Some(left) = store::count_try(&mut tx, whose, living.code).await? else {
            return Ok(CodeCheck::None);
        };
        if !is_right {
            tx.commit().await?;
            let left = u32::try_from(left).unwrap_or_default();
            return Ok(CodeCheck::Wrong { left });
        }
        store::use_up(&mut tx, whose).await?;
        store::uncount_wrong(&mut tx, whose, since).await?;
        tx.commit().await?;
        Ok(CodeCheck::Right)
    }

    /// Forgets codes and counts that do not count any more.
    pub(crate) async fn delete_old_codes(&self) -> Result<(), Error> {
        let until = self.clock.now().plus(-KEPT);
        Ok(store::delete_old(&self.db, until).await?)
    }
}
