//! What rules ask and what was seen, in plain English. Amounts are written exactly, with the
//! currency's decimals; nothing is rounded.

use contracts::risk::RiskOutcome;
use money::{Amount, Currency};

use crate::field::{Field, FieldType};
use crate::rules::{
    Comparison, Key, Literal, Measure, Operand, Predicate, TextComparison, Velocity, Window,
};

/// How values are written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Words {
    /// The currency in which amounts are compared.
    pub(crate) base: Currency,
    /// The transaction's own currency, where it is known.
    pub(crate) own: Option<Currency>,
}

/// What is known of an operand, in words; nothing, while a rule is only described.
pub(crate) type Value<'a> = &'a dyn Fn(&Operand) -> Option<String>;

/// 12,345.00 USD.
pub(crate) fn money(minor: i64, currency: Currency) -> String {
    let text = Amount::from_minor(minor, currency).to_decimal_string();
    format!("{} {}", grouped(&text), currency.code())
}

/// A decimal number with its thousands set apart.
fn grouped(text: &str) -> String {
    let (sign, digits) = text
        .strip_prefix('-')
        .map_or(("", text), |rest| ("-", rest));
    let (whole, decimals) = digits
        .find('.')
        .map_or((digits, ""), |point| digits.split_at(point));
    let mut result = String::from(sign);
    for (index, digit) in whole.chars().enumerate() {
        let left = whole.len().saturating_sub(index);
        if index > 0 && left.is_multiple_of(3) {
            result.push(',');
        }
        result.push(digit);
    }
    result.push_str(decimals);
    result
}

/// The first letter in capitals, a full stop at the end.
pub(crate) fn as_sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(letters).chain(['.']).collect()
}

/// What follows from an outcome, as an instruction.
pub(crate) const fn outcome(outcome: RiskOutcome) -> &'static str {
    match outcome {
        RiskOutcome::Approve => "let it pass",
        RiskOutcome::StepUp => "ask for a code",
        RiskOutcome::Review => "hold it for a review",
        RiskOutcome::Decline => "decline it",
    }
}

const fn opposite(is: Comparison) -> Comparison {
    match is {
        Comparison::Equal => Comparison::NotEqual,
        Comparison::NotEqual => Comparison::Equal,
        Comparison::Less => Comparison::GreaterOrEqual,
        Comparison::LessOrEqual => Comparison::Greater,
        Comparison::Greater => Comparison::LessOrEqual,
        Comparison::GreaterOrEqual => Comparison::Less,
    }
}

const fn relation(is: Comparison) -> &'static str {
    match is {
        Comparison::Equal => "",
        Comparison::NotEqual => "not ",
        Comparison::Less => "below ",
        Comparison::LessOrEqual => "at most ",
        Comparison::Greater => "above ",
        Comparison::GreaterOrEqual => "at least ",
    }
}

impl Words {
    /// A number as what it is: an amount, or a plain number.
    pub(crate) fn number(self, number: i64, like: &Operand) -> String {
        let plain = || grouped(&number.to_string());
        match (kind(like), self.own) {
            (FieldType::Amount, _) => money(number, self.base),
            (FieldType::OwnAmount, Some(own)) => money(number, own),
            (FieldType::OwnAmount, None) => format!("{} minor units", plain()),
            (
                FieldType::Number
                | FieldType::Flag
                | FieldType::Lower
                | FieldType::Upper
                | FieldType::Text
                | FieldType::Choice,
                _,
            ) => plain(),
        }
    }

    fn literal(self, literal: &Literal, like: &Operand) -> String {
        match literal {
            Literal::Number(number) => self.number(*number, like),
            Literal::Flag(flag) => flag.to_string(),
            Literal::Text(text) => text.clone(),
        }
    }

    /// What an operand is; beside `like`, a number is written as that is.
    pub(crate) fn operand(self, operand: &Operand, like: &Operand) -> String {
        match operand {
            Operand::Value(literal) => self.literal(literal, like),
            Operand::Field(field) => field.spec().label.to_owned(),
            Operand::Velocity(velocity) => velocity_words(velocity),
            Operand::Percent(percent) => {
                let of = self.operand(&percent.of, like);
                format!("{} % of {of}", grouped(&percent.percent.to_string()))
            }
        }
    }

    /// A predicate that is no group, as a statement that it holds, or that it does not.
    pub(crate) fn statement(self, predicate: &Predicate, holds: bool, value: Value<'_>) -> String {
        match predicate {
            Predicate::Compare(compare) => {
                let is = if holds {
                    compare.is
                } else {
                    opposite(compare.is)
                };
                self.comparison(&compare.left, is, &compare.right, value)
            }
            Predicate::Between(between) => {
                let left = &between.left;
                let bounds = format!(
                    "{} to {}",
                    self.number(between.low, left),
                    self.number(between.high, left)
                );
                let within = if holds { "from" } else { "not from" };
                self.about(left, &format!("{within} {bounds}"), value)
            }
            Predicate::In(among) => {
                let shown = among.values.iter().take(5);
                let names: Vec<_> = shown.map(|one| self.literal(one, &among.left)).collect();
                let mut names = names.join(", ");
                let more = among.values.len().saturating_sub(5);
                if more > 0 {
                    names = format!("{names} and {more} more");
                }
                let within = if holds { "one of" } else { "none of" };
                self.about(&among.left, &format!("{within} {names}"), value)
            }
            Predicate::InList(listed) => {
                let within = if holds { "on" } else { "not on" };
                let relation = format!("{within} the list {}", listed.list);
                self.about(&Operand::Field(listed.field), &relation, value)
            }
            Predicate::Text(part) => {
                let field = Operand::Field(part.field);
                let seen = value(&field)
                    .map(|seen| format!(" {seen}"))
                    .unwrap_or_default();
                let does = match (part.is, holds) {
                    (TextComparison::Contains, true) => "contains",
                    (TextComparison::Contains, false) => "does not contain",
                    (TextComparison::StartsWith, true) => "begins with",
                    (TextComparison::StartsWith, false) => "does not begin with",
                    (TextComparison::EndsWith, true) => "ends with",
                    (TextComparison::EndsWith, false) => "does not end with",
                };
                format!("{}{seen} {does} “{}”", part.field.spec().label, part.text)
            }
            Predicate::All(_) | Predicate::Any(_) | Predicate::Not(_) => String::new(),
        }
    }

    fn comparison(
        self,
        left: &Operand,
        is: Comparison,
        right: &Operand,
        value: Value<'_>,
    ) -> String {
        if let (Operand::Field(field), Operand::Value(Literal::Flag(flag))) = (left, right) {
            let spec = field.spec();
            let set = *flag == (is == Comparison::Equal);
            return if set { spec.label } else { spec.not_label }.to_owned();
        }
        let mut other = self.operand(right, left);
        if !matches!(right, Operand::Value(_))
            && let Some(seen) = value(right)
        {
            other = format!("{other} ({seen})");
        }
        if is == Comparison::Equal && matches!(right, Operand::Value(_)) {
            return format!("{} is {other}", self.operand(left, left));
        }
        let relation = match is {
            Comparison::Equal => "the same as ",
            Comparison::NotEqual
            | Comparison::Less
            | Comparison::LessOrEqual
            | Comparison::Greater
            | Comparison::GreaterOrEqual => relation(is),
        };
        self.about(left, &format!("{relation}{other}"), value)
    }

    fn about(self, left: &Operand, relation: &str, value: Value<'_>) -> String {
        let name = self.operand(left, left);
        match value(left) {
            Some(seen) => format!("{name} is {seen}, {relation}"),
            None => format!("{name} is {relation}"),
        }
    }
}

/// What kind of number an operand is.
fn kind(operand: &Operand) -> FieldType {
    match operand {
        Operand::Value(_) => FieldType::Number,
        Operand::Field(field) => field.spec().kind,
        Operand::Velocity(velocity) => match velocity.measure {
            Measure::AmountSum | Measure::AmountAverage => FieldType::Amount,
            Measure::Count | Measure::DistinctCounterparties | Measure::DistinctInstruments => {
                FieldType::Number
            }
        },
        Operand::Percent(percent) => kind(&percent.of),
    }
}

fn velocity_words(velocity: &Velocity) -> String {
    let of = velocity
        .only
        .map_or_else(|| "transaction".to_owned(), |only| only.to_string());
    let what = match velocity.measure {
        Measure::Count => format!("the number of {of}s"),
        Measure::AmountSum => format!("the sum of {of}s"),
        Measure::AmountAverage => format!("the average amount of earlier {of}s"),
        Measure::DistinctCounterparties => {
            format!("the number of different counterparties of {of}s")
        }
        Measure::DistinctInstruments => {
            format!("the number of different cards and bank accounts of {of}s")
        }
    };
    let whose = match velocity.key {
        Key::Payer => "by the payer",
        Key::Payee => "to the payee",
        Key::Pair => "from the payer to the payee",
        Key::Instrument => "with the card or bank account",
        Key::Organisation => "in the organisation",
    };
    let window = match velocity.window {
        Window::Day => "on that day (UTC)".to_owned(),
        Window::Minutes(minutes) => format!("within {}", duration(minutes)),
    };
    format!("{what} {whose} {window}")
}

fn duration(minutes: u32) -> String {
    let (number, unit) = if minutes.is_multiple_of(24 * 60) {
        (minutes / (24 * 60), "day")
    } else if minutes.is_multiple_of(60) {
        (minutes / 60, "hour")
    } else {
        (minutes, "minute")
    };
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {unit}{plural}")
}

/// A field that could not be told, in words.
pub(crate) fn whether(field: Field) -> String {
    let spec = field.spec();
    match spec.kind {
        FieldType::Flag => format!("whether {}", spec.label),
        FieldType::Amount
        | FieldType::OwnAmount
        | FieldType::Number
        | FieldType::Lower
        | FieldType::Upper
        | FieldType::Text
        | FieldType::Choice => spec.label.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_exact_and_have_the_decimals_of_their_currency() {
        for (minor, currency, text) in [
            (0, Currency::USD, "0.00 USD"),
            (500_000, Currency::USD, "5,000.00 USD"),
            (-9_999_999, Currency::EUR, "-99,999.99 EUR"),
            (1_000, Currency::JPY, "1,000 JPY"),
            (123, Currency::JPY, "123 JPY"),
            (1_234_567, Currency::KWD, "1,234.567 KWD"),
            (i64::MAX, Currency::USD, "92,233,720,368,547,758.07 USD"),
            (i64::MIN, Currency::JPY, "-9,223,372,036,854,775,808 JPY"),
        ] {
            assert_eq!(money(minor, currency), text);
        }
    }

    #[test]
    fn durations_are_in_their_largest_unit() {
        for (minutes, text) in [
            (1, "1 minute"),
            (90, "90 minutes"),
            (60, "1 hour"),
            (2_880, "2 days"),
        ] {
            assert_eq!(duration(minutes), text);
        }
    }
}
