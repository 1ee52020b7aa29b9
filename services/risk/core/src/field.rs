//! The catalogue of what rules may ask about a transaction: name, type, words, example. It never
//! finds a value out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// What kind of value a field has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FieldType {
    /// Minor units of the base currency.
    Amount,
    /// Minor units of the transaction's own currency.
    OwnAmount,
    /// A whole number.
    Number,
    /// Yes or no.
    Flag,
    /// A text in small letters.
    Lower,
    /// A text in capital letters.
    Upper,
    /// A text as it is.
    Text,
    /// One of a few names, the least first where they have an order.
    Choice,
}

/// A field as the catalogue has it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
pub struct FieldSpec {
    /// The name in rules.
    pub name: &'static str,
    /// What kind of value it has.
    #[serde(rename = "type")]
    pub kind: FieldType,
    /// The names, where it is one of a few.
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    pub choices: &'static [&'static str],
    /// Whether the names are in order, so that one may be less than another.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub ordered: bool,
    /// The field in a sentence: "the amount". A flag is a statement: "the payee matches a sanctions
    /// list".
    pub label: &'static str,
    /// A flag that is not set, in a sentence.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub not_label: &'static str,
    /// What it is, and when there is none.
    pub doc: &'static str,
    /// A value.
    pub example: &'static str,
}

macro_rules! fields {
    ($($variant:ident $name:literal $kind:ident $([$($choice:literal),+])? $($ordered:ident)?,
        $label:literal $(/ $not:literal)?, $doc:literal, $example:literal;)+) => {
        /// What rules may ask about.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum Field {
            $(#[doc = $doc] #[serde(rename = $name)] $variant,)+
        }

        impl Field {
            /// All fields, in the order of the catalogue.
            pub const ALL: &[Self] = &[$(Self::$variant),+];

            /// The field's entry in the catalogue.
            #[must_use]
            pub const fn spec(self) -> FieldSpec {
                match self {
                    $(Self::$variant => FieldSpec {
                        name: $name,
                        kind: FieldType::$kind,
                        choices: &[$($($choice),+)?],
                        ordered: fields!(@ordered $($ordered)?),
                        label: $label,
                        not_label: fields!(@text $($not)?),
                        doc: $doc,
                        example: $example,
                    },)+
                }
            }
        }
    };
    (@ordered ordered) => { true };
    (@ordered) => { false };
    (@text $text:literal) => { $text };
    (@text) => { "" };
}

fields! {
    Amount "amount" Amount, "the amount",
        "The amount in minor units of the base currency.", "500000";
    OwnAmount "amount_in_currency" OwnAmount, "the amount in its own currency",
        "The amount in minor units of the transaction's own currency; ask for the currency, too.",
        "500000";
    Currency "currency" Upper, "the currency",
        "The ISO 4217 code of the transaction's currency.", "EUR";
    TransactionType "transaction_type" Choice
        ["transfer", "deposit", "withdrawal", "payment", "refund"], "the type",
        "What the transaction does.", "withdrawal";
    HourOfDay "hour_of_day" Number, "the hour of the day (UTC)",
        "The hour in which it is made, 0 to 23, in UTC.", "3";
    DayOfWeek "day_of_week" Number, "the day of the week (UTC, 1 is Monday)",
        "The day on which it is made, 1 (Monday) to 7, in UTC.", "7";
    Payer "payer" Text, "the payer",
        "The id of the user who gives; a deposit has none.", "usr_01k9z6m3v8e4tb2x7q5n0c1d2f";
    Payee "payee" Text, "the payee",
        "The id of the user who receives; a withdrawal has none.",
        "usr_01k9z6m3v8e4tb2x7q5n0c1d2f";
    ToSelf "to_self" Flag, "payer and payee are the same person" / "payer and payee are different people",
        "Whether both wallets have the same owner. Not applicable where there is one wallet.",
        "false";
    KycOfPayer "kyc_of_payer" Choice ["none", "basic", "full"] ordered,
        "the payer's identity check",
        "How far the identity of who gives is verified.", "none";
    KycOfPayee "kyc_of_payee" Choice ["none", "basic", "full"] ordered,
        "the payee's identity check",
        "How far the identity of who receives is verified.", "basic";
    SanctionsMatchOfPayer "sanctions_match_of_payer" Flag,
        "the payer matches a sanctions list" / "the payer matches no sanctions list",
        "Whether who gives matches an entry of a sanctions list that nobody has cleared.", "true";
    SanctionsMatchOfPayee "sanctions_match_of_payee" Flag,
        "the payee matches a sanctions list" / "the payee matches no sanctions list",
        "Whether who receives matches an entry of a sanctions list that nobody has cleared.",
        "true";
    SanctionsScoreOfPayer "sanctions_score_of_payer" Number,
        "the payer's likeness to a sanctions list",
        "How much who gives is like the nearest entry of a sanctions list, 0 to 100.", "82";
    SanctionsScoreOfPayee "sanctions_score_of_payee" Number,
        "the payee's likeness to a sanctions list",
        "How much who receives is like the nearest entry of a sanctions list, 0 to 100.", "82";
    AccountAgeOfPayer "account_age_days_of_payer" Number, "the age of the payer's account in days",
        "Whole days since who gives has registered.", "7";
    AccountAgeOfPayee "account_age_days_of_payee" Number, "the age of the payee's account in days",
        "Whole days since who receives has registered.", "7";
    EmailOfPayer "email_of_payer" Lower, "the payer's e-mail",
        "The e-mail of who gives, in small letters.", "alice@example.org";
    EmailOfPayee "email_of_payee" Lower, "the payee's e-mail",
        "The e-mail of who receives, in small letters.", "bob@example.org";
    EmailVerifiedOfPayer "email_verified_of_payer" Flag, "the payer's e-mail is confirmed" / "the payer's e-mail is not confirmed",
        "Whether who gives has confirmed their e-mail.", "true";
    EmailVerifiedOfPayee "email_verified_of_payee" Flag, "the payee's e-mail is confirmed" / "the payee's e-mail is not confirmed",
        "Whether who receives has confirmed their e-mail.", "true";
    CountryOfPayer "country_of_payer" Upper, "the payer's country",
        "The ISO 3166-1 code of the country of who gives, as their identity check has it.", "DE";
    CountryOfPayee "country_of_payee" Upper, "the payee's country",
        "The ISO 3166-1 code of the country of who receives, as their identity check has it.",
        "DE";
    FirstPayment "first_payment_to_counterparty" Flag,
        "it is the first payment to this counterparty" / "there was a payment to this counterparty before",
        "Whether who gives has never before completed a payment to who receives.", "true";
    InstrumentKind "instrument_kind" Choice ["card", "bank_account"], "the kind of instrument",
        "Where the money of a deposit comes from, or that of a withdrawal goes to.", "card";
    Instrument "instrument" Text, "the card or bank account",
        "The acquirer's token of the card or bank account of a deposit or withdrawal.", "tok_ok";
    RiskLevelOfPayer "risk_level_of_payer" Choice ["low", "medium", "high"] ordered,
        "the payer's risk level",
        "How great a risk who gives is as a customer.", "high";
    ConfirmedBefore "confirmed_before" Flag, "a case against the payer was confirmed" / "no case against the payer was confirmed",
        "Whether a case about who gives has ended as confirmed.", "false";
}

// The derived schema has the names of the variants: it does not see names that come out of a macro.
impl utoipa::PartialSchema for Field {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        let names = Self::ALL.iter().map(|field| field.spec().name);
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(names))
            .into()
    }
}

impl ToSchema for Field {}

impl Field {
    /// The field with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|field| field.spec().name == name)
    }

    /// Whether it says that somebody is on a sanctions list. Rules that ask it are never lifted,
    /// snoozed or taken out of effect by their breaker.
    #[must_use]
    pub const fn is_sanctions(self) -> bool {
        matches!(
            self,
            Self::SanctionsMatchOfPayer
                | Self::SanctionsMatchOfPayee
                | Self::SanctionsScoreOfPayer
                | Self::SanctionsScoreOfPayee
        )
    }

    /// Its place in the catalogue.
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_of_the_api_names_fields_as_rules_do() {
        let schema = serde_json::to_value(<Field as utoipa::PartialSchema>::schema()).unwrap();
        let named: Vec<_> = Field::ALL.iter().map(|field| field.spec().name).collect();
        assert_eq!(schema["enum"], serde_json::json!(named));
        for field in Field::ALL {
            assert_eq!(serde_json::to_value(field).unwrap(), field.spec().name);
        }
    }
}
