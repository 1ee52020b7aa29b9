//! One spelling for all JSON that says the same: what "the same body" means for an idempotency key.
//! It reads what was parsed before, and never decides whether a body may be used.
//!
//! As in RFC 8785 the fields of an object are sorted, nothing stands between tokens, and texts are
//! escaped in one way. Numbers differ from it: RFC 8785 rounds them to floats, and two amounts
//! could then become one. Here a number is its digits, without zeros at either end, and an
//! exponent.

use std::borrow::Cow;
use std::io::Write;

/// What is nested deeper is left as it came. Nothing that deep is accepted anywhere.
const DEEPEST: usize = 128;

/// The canonical spelling of a JSON text. `decimals` names the fields of the body itself that take
/// a decimal as a text or as a number: there `"12.50"`, `12.5` and `1.25e1` are one. What is no
/// JSON is left as it came.
#[must_use]
pub fn canonical<'a>(json: &'a [u8], decimals: &[&str]) -> Cow<'a, [u8]> {
    let mut writer = Writer {
        json,
        at: 0,
        out: Vec::with_capacity(json.len()),
        fields: Vec::new(),
        sorted: Vec::new(),
        decimals,
    };
    match writer.document() {
        Some(()) => Cow::Owned(writer.out),
        None => Cow::Borrowed(json),
    }
}

struct Writer<'a> {
    json: &'a [u8],
    /// The first byte that was not read.
    at: usize,
    out: Vec<u8>,
    /// The fields of all objects that are open, each with the comma after it.
    fields: Vec<Field>,
    /// Room to sort fields in.
    sorted: Vec<u8>,
    decimals: &'a [&'a str],
}

/// Where a field lies in what was written.
#[derive(Clone, Copy)]
struct Field {
    begin: usize,
    name_end: usize,
    end: usize,
}

impl<'a> Writer<'a> {
    fn document(&mut self) -> Option<()> {
        self.value(0)?;
        self.next().is_none().then_some(())
    }

    /// The next byte that is no space; it is not read yet.
    fn next(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.json.get(self.at) {
            self.at += 1;
        }
        self.json.get(self.at).copied()
    }

    fn value(&mut self, depth: usize) -> Option<()> {
        match self.next()? {
            _ if depth > DEEPEST => None,
            b'{' => self.object(depth),
            b'[' => self.list(depth),
            b'"' => self.text(),
            b'-' | b'0'..=b'9' => {
                let number = self.take(|byte| {
                    byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E')
                });
                spell_number(number, &mut self.out)
            }
            _ => {
                let word = self.take(|byte| byte.is_ascii_lowercase());
                self.out.extend_from_slice(word);
                (!word.is_empty()).then_some(())
            }
        }
    }

    fn object(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        self.out.push(b'{');
        if self.next()? == b'}' {
            self.at += 1;
            self.out.push(b'}');
            return Some(());
        }
        let first = self.fields.len();
        loop {
            let begin = self.out.len();
            if self.next()? != b'"' {
                return None;
            }
            self.text()?;
            let name_end = self.out.len();
            if self.next()? != b':' {
                return None;
            }
            self.at += 1;
            self.out.push(b':');
            if depth > 0 || !self.is_decimal(begin, name_end) || !self.decimal_text() {
                self.value(depth + 1)?;
            }
            self.out.push(b',');
            let end = self.out.len();
            self.fields.push(Field {
                begin,
                name_end,
                end,
            });
            match self.next()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return None,
            }
        }
        self.at += 1;
        self.sort(first);
        self.end_with(b'}')
    }

    fn list(&mut self, depth: usize) -> Option<()> {
        self.at += 1;
        self.out.push(b'[');
        if self.next()? == b']' {
            self.at += 1;
            self.out.push(b']');
            return Some(());
        }
        loop {
            self.value(depth + 1)?;
            self.out.push(b',');
            match self.next()? {
                b',' => self.at += 1,
                b']' => break,
                _ => return None,
            }
        }
        self.at += 1;
        self.end_with(b']')
    }

    /// A bracket in the place of the last comma.
    fn end_with(&mut self, bracket: u8) -> Option<()> {
        *self.out.last_mut()? = bracket;
        Some(())
    }

    /// Sorts the fields from the one of this number on. Two of one name stay in their order.
    fn sort(&mut self, first: usize) {
        let Some(fields) = self.fields.get_mut(first..) else {
            return;
        };
        let out = &self.out;
        let name = |field: &Field| out.get(field.begin..field.name_end);
        if !fields.is_sorted_by(|one, two| name(one) <= name(two)) {
            let start = fields.first().map_or(0, |field| field.begin);
            fields.sort_by(|one, two| name(one).cmp(&name(two)));
            self.sorted.clear();
            for field in fields.iter() {
                let written = out.get(field.begin..field.end).unwrap_or_default();
                self.sorted.extend_from_slice(written);
            }
            self.out.truncate(start);
            self.out.extend_from_slice(&self.sorted);
        }
        self.fields.truncate(first);
    }

    /// The bytes from here on of which this is true, read.
    fn take(&mut self, is: impl Fn(u8) -> bool) -> &'a [u8] {
        let rest = self.json.get(self.at..).unwrap_or_default();
        let length = rest.iter().take_while(|byte| is(**byte)).count();
        self.at += length;
        rest.get(..length).unwrap_or_default()
    }

    /// The text that begins here, with its quotes, and whether something in it is escaped; it is
    /// not read yet.
    fn quoted(&self) -> Option<(&'a [u8], bool)> {
        let (mut end, mut escaped) = (self.at + 1, false);
        loop {
            let mut rest = self.json.get(end..)?.iter();
            end += rest.position(|byte| matches!(byte, b'"' | b'\\'))? + 1;
            if self.json.get(end - 1) == Some(&b'"') {
                return Some((self.json.get(self.at..end)?, escaped));
            }
            escaped = true;
            end += 1;
        }
    }

    fn text(&mut self) -> Option<()> {
        let (text, escaped) = self.quoted()?;
        self.at += text.len();
        match plain(text, escaped) {
            Some(plain) => serde_json::to_writer(&mut self.out, &plain).ok()?,
            None => self.out.extend_from_slice(text),
        }
        Some(())
    }

    /// Whether the name that was written there is one of a decimal.
    fn is_decimal(&self, begin: usize, end: usize) -> bool {
        let name = self.out.get(begin + 1..end - 1);
        self.decimals.iter().any(|it| Some(it.as_bytes()) == name)
    }

    /// Reads a text as the number that it holds; nothing is read where it holds none.
    fn decimal_text(&mut self) -> bool {
        if self.next() != Some(b'"') {
            return false;
        }
        let Some((text, escaped)) = self.quoted() else {
            return false;
        };
        let plain = plain(text, escaped);
        let number = match &plain {
            Some(plain) => plain.as_bytes(),
            None => text.get(1..text.len() - 1).unwrap_or_default(),
        };
        let is_one = spell_number(number, &mut self.out).is_some();
        if is_one {
            self.at += text.len();
        }
        is_one
    }
}

/// What a text in quotes says, where something in it is escaped. Half of a surrogate pair is no
/// text, and stays as it is.
fn plain(text: &[u8], escaped: bool) -> Option<String> {
    let plain = escaped.then(|| serde_json::from_slice(text).ok());
    plain.flatten()
}

/// Writes a JSON number (RFC 8259, section 6) in one way: an integer without zeros at its end, and
/// the power of ten that it is multiplied by.
fn spell_number(number: &[u8], out: &mut Vec<u8>) -> Option<()> {
    let (sign, rest) = match number.strip_prefix(b"-") {
        Some(rest) => (b"-".as_slice(), rest),
        None => (b"".as_slice(), number),
    };
    let (mantissa, power) = split_at(rest, |byte| matches!(byte, b'e' | b'E'));
    let (whole, fraction) = split_at(mantissa, |byte| byte == b'.');
    let (leads, ends) = (whole.first()?, fraction.unwrap_or(b"0".as_slice()));
    let mut digits = whole.iter().chain(ends);
    if ends.is_empty() || !digits.all(u8::is_ascii_digit) || (*leads == b'0' && whole.len() > 1) {
        return None;
    }
    let power: i32 = match power {
        Some(power) => std::str::from_utf8(power).ok()?.parse().ok()?,
        None => 0,
    };
    let fraction = fraction.unwrap_or_default();
    let mut power = i64::from(power) - i64::try_from(fraction.len()).ok()?;
    let begin = out.len();
    out.extend_from_slice(sign);
    let first = out.len();
    let mut digits = whole.iter().chain(fraction).skip_while(|it| **it == b'0');
    out.extend(&mut digits);
    while out.len() > first && out.last() == Some(&b'0') {
        out.pop();
        power += 1;
    }
    if out.len() == first {
        out.truncate(begin);
        out.push(b'0');
    } else if power != 0 {
        write!(out, "e{power}").ok()?;
    }
    Some(())
}

/// What is before the first byte of which this is true, and what is after it.
fn split_at(text: &[u8], is: impl Fn(u8) -> bool) -> (&[u8], Option<&[u8]>) {
    let Some(at) = text.iter().position(|byte| is(*byte)) else {
        return (text, None);
    };
    let (before, after) = text.split_at(at);
    (before, after.get(1..))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spelled(json: &str) -> String {
        String::from_utf8(canonical(json.as_bytes(), &["amount"]).into_owned()).unwrap()
    }

    #[test]
    fn order_space_escapes_and_spelling_of_numbers_make_no_difference() {
        for (canonical, same) in [
            (
                r#"{"a":1,"b":[true,null,{"c":"x","d":2}]}"#,
                vec![
                    "{ \"b\" : [ true , null , {\"d\":2,\"c\":\"x\"} ] ,\r\n\t\"a\" : 1 }",
                    r#"{"\u0061":1,"b":[true,null,{"c":"\u0078","d":2}]}"#,
                    r#"{"a":1.0,"b":[true,null,{"c":"x","d":0.02e2}]}"#,
                ],
            ),
            (
                r#"{"n":125e-1}"#,
                vec![
                    r#"{"n":12.5}"#,
                    r#"{"n":12.50}"#,
                    r#"{"n":1.25e1}"#,
                    r#"{"n":0.125E+2}"#,
                    r#"{"n":1250e-2}"#,
                ],
            ),
            (
                "[0,0,0,1e2,-3e2]",
                vec!["[0,-0,0.00,100,-300]", "[0e9,0,0,1e2,-3E2]"],
            ),
            (r#"{"a":{},"b":[]}"#, vec![r#"{"b":[ ],"a":{ }}"#]),
            (r#""a\"\n/ü""#, vec![r#""a\u0022\u000a\/\u00fc""#]),
        ] {
            assert_eq!(spelled(canonical), canonical);
            for json in same {
                assert_eq!(spelled(json), canonical, "{json}");
            }
        }
    }

    #[test]
    fn what_says_something_else_is_spelled_otherwise() {
        let all = [
            r#"{"a":1}"#,
            r#"{"a":"1"}"#,
            r#"{"a":1,"b":null}"#,
            r#"{"a":10}"#,
            r#"{"a":-1}"#,
            r#"{"a":[1]}"#,
            r#"{"b":1}"#,
            r#"{"a":[1,2]}"#,
            r#"{"a":[2,1]}"#,
            r#"{"a":true}"#,
            r#"{"a":0.1}"#,
            r#"{"a":0.10000000000000000001}"#,
            r#"{"a":"a b"}"#,
            r#"{"a":"ab"}"#,
            r#"{"a":1,"a":2}"#,
            r#"{"a":2,"a":1}"#,
            r#"{"a":"\ud800"}"#,
        ];
        let spellings: std::collections::BTreeSet<_> = all.iter().map(|it| spelled(it)).collect();
        assert_eq!(spellings.len(), all.len());
    }

    #[test]
    fn a_decimal_may_be_a_text_or_a_number_where_it_is_said_so() {
        for json in [
            r#"{"amount":"12.50"}"#,
            r#"{"amount":"12.5"}"#,
            r#"{"amount":12.5}"#,
            r#"{ "amount" : 12.500 }"#,
            r#"{"amount":"\u0031\u0032.5"}"#,
            r#"{"\u0061mount":"12\u002e50"}"#,
        ] {
            assert_eq!(spelled(json), r#"{"amount":125e-1}"#, "{json}");
        }
        for json in [
            r#"{"amount":"012"}"#,
            r#"{"amount":"12."}"#,
            r#"{"amount":".5"}"#,
            r#"{"amount":""}"#,
            r#"{"amount":"12 "}"#,
            r#"{"amount":"ten"}"#,
            r#"{"label":"12.50"}"#,
            r#"{"metadata":{"amount":"12.50"}}"#,
        ] {
            assert_eq!(spelled(json), json);
        }
    }

    #[test]
    fn what_is_no_json_or_nested_too_deep_is_left_as_it_came() {
        let deep = "[".repeat(200_000);
        let closed = format!("{}{}", "[".repeat(200), "]".repeat(200));
        for json in [
            "",
            " ",
            "{",
            r#"{"a"}"#,
            r#"{"a":}"#,
            r#"{"b":1,}"#,
            r#"{a:1}"#,
            "[1,",
            "[1 2]",
            "1 2",
            "\"",
            "\"\\",
            "01",
            "1e99999999999",
            "-",
            "{\"amount\":\"",
            &deep,
            &closed,
        ] {
            assert_eq!(spelled(json), json);
        }
    }
}
