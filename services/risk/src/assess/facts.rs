//! What is known of a transaction, as rules ask for it. Pure: what is not known says why.

use contracts::identity::UserId;
use contracts::risk::ProposedTransaction;
use risk_core::facts::Facts;
use risk_core::field::Field;
use risk_core::seen::{Seen, Unknown};
use values::{DAY, SECOND};

use crate::memory::contacts::Email;
use crate::memory::subjects::Subject;

/// What was found out about a transaction.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// The amount in the base currency; none where there is no rate.
    pub(crate) amount: Option<i64>,
    /// Who gives.
    pub(crate) giver: Option<OfParty>,
    /// Who receives.
    pub(crate) receiver: Option<OfParty>,
    /// Whether one has paid the other before; none where one of them is not here.
    pub(crate) has_paid_before: Option<bool>,
    /// Whether a case about who gives has ended as confirmed; none where nobody gives.
    pub(crate) confirmed_before: Option<bool>,
}

/// What was found out about somebody who takes part.
#[derive(Debug)]
pub(crate) struct OfParty {
    /// Who.
    pub(crate) user: UserId,
    /// What is known of them; none where that could not be found out.
    pub(crate) subject: Option<Subject>,
    /// Their address, where it was asked for and found out.
    pub(crate) email: Option<Email>,
}

/// The fields of a side.
struct OfSide {
    user: Field,
    kyc: Field,
    age: Field,
    email: Field,
    email_verified: Field,
    country: Field,
    sanctions_match: Field,
    sanctions_score: Field,
}

const PAYER: OfSide = OfSide {
    user: Field::Payer,
    kyc: Field::KycOfPayer,
    age: Field::AccountAgeOfPayer,
    email: Field::EmailOfPayer,
    email_verified: Field::EmailVerifiedOfPayer,
    country: Field::CountryOfPayer,
    sanctions_match: Field::SanctionsMatchOfPayer,
    sanctions_score: Field::SanctionsScoreOfPayer,
};
const PAYEE: OfSide = OfSide {
    user: Field::Payee,
    kyc: Field::KycOfPayee,
    age: Field::AccountAgeOfPayee,
    email: Field::EmailOfPayee,
    email_verified: Field::EmailVerifiedOfPayee,
    country: Field::CountryOfPayee,
    sanctions_match: Field::SanctionsMatchOfPayee,
    sanctions_score: Field::SanctionsScoreOfPayee,
};

/// Microseconds in an hour.
const HOUR: i64 = 3_600 * SECOND;

/// What is known of a transaction.
pub(crate) fn facts(proposed: &ProposedTransaction, known: &Known) -> Facts {
    let mut facts = Facts::new();
    let at = proposed.at;
    facts
        .set(Field::Amount, known.amount.ok_or(Unknown::Error))
        .set(Field::OwnAmount, proposed.amount_minor)
        .set(Field::Currency, proposed.currency)
        .set(Field::TransactionType, proposed.kind.as_str())
        .set(Field::HourOfDay, at.micros().rem_euclid(DAY) / HOUR)
        // The first day of 1970 was a Thursday.
        .set(Field::DayOfWeek, (at.day() + 3).rem_euclid(7) + 1);
    for (side, party) in [(PAYER, &known.giver), (PAYEE, &known.receiver)] {
        of_side(&mut facts, proposed, &side, party.as_ref());
    }
    let owners = proposed.from.zip(proposed.to);
    let to_self = owners.map(|(from, to)| from.owner == to.owner);
    let instrument = proposed.instrument.as_deref();
    // Whether it is a card or a bank account its token does not tell.
    let kind = instrument.map_or(Unknown::NotApplicable, |_| Unknown::Error);
    let first = known.has_paid_before.map(|before| !before);
    let confirmed = known.confirmed_before;
    facts
        .set(Field::ToSelf, to_self.ok_or(Unknown::NotApplicable))
        .set(Field::FirstPayment, first.ok_or(Unknown::NotApplicable))
        .set(Field::Instrument, instrument.ok_or(Unknown::NotApplicable))
        .set(Field::InstrumentKind, kind)
        .set(
            Field::ConfirmedBefore,
            confirmed.ok_or(Unknown::NotApplicable),
        )
        // Of levels of customers nothing is known yet.
        .set(Field::RiskLevelOfPayer, Unknown::NotApplicable);
    facts
}

fn of_side(
    facts: &mut Facts,
    proposed: &ProposedTransaction,
    side: &OfSide,
    party: Option<&OfParty>,
) {
    // Nobody is screened yet, and no check of an identity tells a country.
    for field in [side.country, side.sanctions_match, side.sanctions_score] {
        facts.set(field, Unknown::NotApplicable);
    }
    let Some(party) = party else {
        for field in [
            side.user,
            side.kyc,
            side.age,
            side.email,
            side.email_verified,
        ] {
            facts.set(field, Unknown::NotApplicable);
        }
        return;
    };
    let user = party.user.to_string();
    let subject = party.subject.ok_or(Unknown::Error);
    let age = subject.map(|it| (proposed.at.micros() - it.created_at.micros()).max(0) / DAY);
    let email = party.email.as_ref().ok_or(Unknown::Error);
    facts
        .set(side.user, Seen::from(user.as_str()))
        .set(side.kyc, subject.map(|it| it.kyc))
        .set(side.age, age)
        .set(side.email, email.map(|it| it.address.as_str()))
        .set(side.email_verified, email.map(|it| it.verified));
}

#[cfg(test)]
mod tests {
    use contracts::identity::OrgId;
    use contracts::payments::{TransactionId, TransactionType, WalletId};
    use contracts::risk::Party;
    use uuid::Uuid;
    use values::Timestamp;

    use super::*;

    fn party(number: u128) -> Party {
        Party {
            wallet: WalletId(Uuid::from_u128(number)),
            owner: UserId(Uuid::from_u128(number)),
        }
    }

    fn proposed(from: Option<Party>, to: Option<Party>) -> ProposedTransaction {
        ProposedTransaction {
            org: OrgId::DEFAULT,
            id: TransactionId(Uuid::from_u128(9)),
            kind: TransactionType::Transfer,
            amount_minor: 1_250,
            currency: "EUR",
            from,
            to,
            instrument: None,
            by: UserId(Uuid::from_u128(1)),
            // Sunday, 2026-11-29T23:59:59Z.
            at: Timestamp(1_795_996_799 * SECOND),
        }
    }

    #[test]
    fn what_is_not_there_is_not_applicable_and_what_is_not_known_an_error() {
        let proposed = proposed(Some(party(1)), None);
        let giver = OfParty {
            user: UserId(Uuid::from_u128(1)),
            subject: None,
            email: None,
        };
        let known = Known {
            giver: Some(giver),
            ..Known::default()
        };
        let facts = facts(&proposed, &known);
        let (error, none) = (Unknown::Error, Unknown::NotApplicable);
        for (field, expected) in [
            (Field::Amount, Seen::from(error)),
            (Field::OwnAmount, Seen::from(1_250)),
            (Field::Currency, Seen::from("EUR")),
            (Field::HourOfDay, Seen::from(23)),
            (Field::DayOfWeek, Seen::from(7)),
            (Field::KycOfPayer, Seen::from(error)),
            (Field::KycOfPayee, Seen::from(none)),
            (Field::Payee, Seen::from(none)),
            (Field::ToSelf, Seen::from(none)),
            (Field::FirstPayment, Seen::from(none)),
            (Field::SanctionsMatchOfPayer, Seen::from(none)),
            (Field::Instrument, Seen::from(none)),
        ] {
            assert_eq!(facts.get(field), &expected, "{field:?}");
        }
    }

    #[test]
    fn what_is_known_of_both_sides_is_theirs() {
        let proposed = proposed(Some(party(1)), Some(party(1)));
        let side = |kyc, days: i64| OfParty {
            user: UserId(Uuid::from_u128(1)),
            subject: Some(Subject {
                created_at: proposed.at.plus(-days * DAY),
                kyc,
            }),
            email: Some(Email {
                address: "ann@example.com".to_owned(),
                verified: days > 1,
            }),
        };
        let known = Known {
            amount: Some(1_350),
            giver: Some(side("basic", 1)),
            receiver: Some(side("full", 2)),
            has_paid_before: Some(true),
            confirmed_before: Some(true),
        };
        let facts = facts(&proposed, &known);
        for (field, expected) in [
            (Field::Amount, Seen::from(1_350)),
            (Field::KycOfPayer, Seen::from("basic")),
            (Field::KycOfPayee, Seen::from("full")),
            (Field::AccountAgeOfPayer, Seen::from(1)),
            (Field::AccountAgeOfPayee, Seen::from(2)),
            (Field::EmailVerifiedOfPayer, Seen::from(false)),
            (Field::EmailVerifiedOfPayee, Seen::from(true)),
            (Field::EmailOfPayee, Seen::from("ann@example.com")),
            (Field::ToSelf, Seen::from(true)),
            (Field::FirstPayment, Seen::from(false)),
            (Field::ConfirmedBefore, Seen::from(true)),
        ] {
            assert_eq!(facts.get(field), &expected, "{field:?}");
        }
    }
}
