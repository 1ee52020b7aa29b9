//! The rows of a file of card payments: read and checked; those that cannot be used come with the
//! reason.

use std::io::Read;

use anyhow::Context;
use money::{Amount, Currency};
use platform::text::{hides_nothing, is_invisible};
use values::Timestamp;
use web::csv::{Rows, StringRecord};

/// A payment as the file says it.
#[derive(Debug, Clone)]
pub struct Payment {
    /// The source's own id.
    pub id: String,
    /// Who paid.
    pub customer: String,
    /// Where.
    pub terminal: String,
    /// How much; above 0.
    pub amount: Amount,
    /// The time it happened and every other column, as a JSON object.
    pub metadata: String,
    /// Where it stands in the file.
    pub line: u64,
    /// As it stands in the file.
    pub raw: StringRecord,
}

/// Reads payments from CSV.
pub struct Reader<R> {
    rows: Rows<R>,
    columns: Columns,
    currency: Currency,
}

struct Columns {
    id: usize,
    time: usize,
    customer: usize,
    terminal: usize,
    amount: usize,
    others: Vec<(usize, String)>,
}

impl<R: Read> Reader<R> {
    /// Reads the header row.
    ///
    /// # Errors
    /// Names the column that is missing.
    pub fn new(input: R, currency: Currency) -> anyhow::Result<Self> {
        let rows = Rows::new(input).context("the header row cannot be read")?;
        let column = |name: &str| {
            rows.column(name)
                .with_context(|| format!("the header row has no column `{name}`"))
        };
        let [id, time, customer, terminal, amount] = [
            column("transaction_id")?,
            column("datetime")?,
            column("customer_id")?,
            column("terminal_id")?,
            column("amount")?,
        ];
        let named = [id, time, customer, terminal, amount];
        let others = rows
            .header()
            .iter()
            .enumerate()
            .filter(|(place, _)| !named.contains(place))
            .map(|(place, name)| (place, name.to_owned()))
            .collect();
        let columns = Columns {
            id,
            time,
            customer,
            terminal,
            amount,
            others,
        };
        Ok(Self {
            rows,
            columns,
            currency,
        })
    }

    /// The next row with its line number: a payment, or why it is none.
    pub fn next(&mut self) -> Option<(u64, Result<Payment, String>)> {
        let (line, read) = self.rows.advance()?;
        Some((line, read.and_then(|()| self.payment(line))))
    }

    /// The row read last, as it stands in the file.
    pub fn raw(&self) -> &StringRecord {
        self.rows.row()
    }

    fn payment(&self, line: u64) -> Result<Payment, String> {
        let field = |place: usize, name: &str| match self.rows.row().get(place).map(str::trim) {
            None => Err(format!("the row ends before `{name}`")),
            Some("") => Err(format!("`{name}` is empty")),
            Some(text) if text.chars().any(char::is_control) => {
                Err(format!("`{name}` holds control characters"))
            }
            Some(text) if text.chars().any(is_invisible) => {
                Err(format!("`{name}` holds characters that cannot be seen"))
            }
            Some(text) if text.len() > 100 => Err(format!("`{name}` is longer than 100 bytes")),
            Some(text) => Ok(text),
        };
        let columns = &self.columns;
        if self.rows.row().len() > columns.others.len() + 5 {
            return Err("the row has more fields than the header".to_owned());
        }
        let time: Timestamp = field(columns.time, "datetime")?
            .parse()
            .map_err(|error| format!("`datetime`: {error}"))?;
        let amount = Amount::parse(field(columns.amount, "amount")?, self.currency)
            .map_err(|error| format!("`amount`: {error}"))?;
        if !amount.is_positive() {
            return Err("`amount` must be above zero".to_owned());
        }
        let mut metadata = serde_json::Map::new();
        metadata.insert("occurred_at".to_owned(), time.to_string().into());
        for (place, name) in &columns.others {
            if let Some(text) = self.rows.row().get(*place) {
                if !hides_nothing(name) || !hides_nothing(text) {
                    return Err(format!(
                        "`{name}` holds control characters or some that cannot be seen"
                    ));
                }
                metadata.insert(name.clone(), text.into());
            }
        }
        let metadata = serde_json::Value::Object(metadata).to_string();
        if metadata.len() > 4_096 {
            return Err("the other columns are longer than 4,096 bytes".to_owned());
        }
        Ok(Payment {
            id: field(columns.id, "transaction_id")?.to_owned(),
            customer: field(columns.customer, "customer_id")?.to_owned(),
            terminal: field(columns.terminal, "terminal_id")?.to_owned(),
            amount,
            metadata,
            line,
            raw: self.rows.row().clone(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str = "transaction_id,datetime,customer_id,terminal_id,amount,fraud\n";

    fn read(rows: &str) -> Vec<(u64, Result<Payment, String>)> {
        let text = format!("{HEADER}{rows}");
        let mut reader = Reader::new(text.as_bytes(), Currency::USD).unwrap();
        std::iter::from_fn(|| reader.next()).collect()
    }

    #[test]
    fn a_row_becomes_a_payment_with_its_other_columns_as_metadata() {
        let rows = read("7,2018-07-30T00:00:41Z,3143,4686,41.29,1\n");
        let (line, row) = &rows[0];
        let payment = row.as_ref().unwrap();
        assert_eq!((*line, payment.amount.minor()), (2, 4_129));
        assert_eq!(
            payment.metadata,
            r#"{"fraud":"1","occurred_at":"2018-07-30T00:00:41.000000Z"}"#
        );
    }

    #[test]
    fn a_bad_row_names_its_line_and_reason_and_the_next_is_read() {
        let rows = read(concat!(
            "1,2018-07-30T00:00:41Z,1,2,0.00,0\n",
            "2,yesterday,1,2,1.00,0\n",
            "3,2018-07-30T00:00:41Z,,2,1.00,0\n",
            "4,2018-07-30T00:00:41Z,1,2,1.001,0\n",
            "5,2018-07-30T00:00:41Z,1\n",
            "6,2018-07-30T00:00:41Z,1,2,1.00,0,7,8\n",
            "7,2018-07-30T00:00:41Z,1\u{202e},2,1.00,0\n",
            "8,2018-07-30T00:00:41Z,1,2,1.00,no\u{202e}\n",
            "9,2018-07-30T00:00:41Z,1,2,1.00,0\n",
        ));
        let reasons: Vec<_> = rows
            .iter()
            .filter_map(|(line, row)| Some((line, row.as_ref().err()?)))
            .collect();
        let expected = [
            "above zero",
            "datetime",
            "customer_id",
            "amount",
            "ends before",
            "more fields",
            "`customer_id` holds characters",
            "`fraud` holds control characters",
        ];
        assert_eq!(reasons.len(), expected.len());
        for (((line, reason), expected), at) in reasons.iter().zip(expected).zip(2..) {
            assert_eq!(**line, at);
            assert!(reason.contains(expected), "{reason}");
        }
        assert!(rows[8].1.is_ok());
    }

    #[test]
    fn a_missing_column_is_named() {
        let error = Reader::new("transaction_id,datetime\n".as_bytes(), Currency::USD)
            .err()
            .unwrap();
        assert!(error.to_string().contains("customer_id"));
    }
}
