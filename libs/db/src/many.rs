//! Statements that insert many rows at once.

/// How many rows such a statement inserts.
pub const MANY: usize = 32;

/// An `INSERT … VALUES (…)` of one row, made to one of [`MANY`]: its group is repeated, and the
/// numbers of the parameters go on. For a consumer that is far behind and writes little else.
///
/// # Panics
/// Where it is no such statement.
#[must_use]
pub fn insert_many(insert: &str) -> String {
    const VALUES: &str = "VALUES ";
    let at = insert.find(VALUES).map(|at| at + VALUES.len());
    let (head, rest) = insert.split_at(at.unwrap_or_else(|| panic!("{insert} has no VALUES")));
    let end = rest.find(')').map(|end| end + 1);
    let (group, tail) = rest.split_at(end.unwrap_or_else(|| panic!("{insert} does not end")));
    // `($1, 'queued', $2)`: texts before parameters, then each parameter with the text after it.
    let mut parts = group.split('$');
    let begin = parts.next().unwrap_or_default();
    let parameters: Vec<(usize, &str)> = parts.map(numbered).collect();
    let columns = parameters.iter().map(|(number, _)| *number).max();
    let columns = columns.unwrap_or_else(|| panic!("{insert} has no parameters"));
    let mut groups = Vec::with_capacity(MANY);
    for row in 0..MANY {
        let shifted =
            |(number, after): &(usize, &str)| format!("${}{after}", number + row * columns);
        let shifted: String = parameters.iter().map(shifted).collect();
        groups.push(format!("{begin}{shifted}"));
    }
    format!("{head}{}{tail}", groups.join(", "))
}

/// `12, 'queued'` -> 12 and what follows.
fn numbered(part: &str) -> (usize, &str) {
    let end = part.find(|it: char| !it.is_ascii_digit());
    let (number, after) = part.split_at(end.unwrap_or(part.len()));
    (number.parse().unwrap_or_default(), after)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_repeated_and_their_parameters_numbered_on() {
        let one = "INSERT INTO t (a, b, c, d) VALUES ($1, 'x', $3, $2) ON CONFLICT DO NOTHING";
        let many = insert_many(one);
        let begin = "INSERT INTO t (a, b, c, d) VALUES ($1, 'x', $3, $2), ($4, 'x', $6, $5), (";
        assert!(many.starts_with(begin), "{many}");
        let end = "$94, 'x', $96, $95) ON CONFLICT DO NOTHING";
        assert!(many.ends_with(end), "{many}");
        assert_eq!(many.matches('(').count(), 1 + MANY);
    }
}
