//! What letters are grouped by: the part of an error that does not differ from one event to the
//! next.

/// The part of an error that is the same for all events that fail alike: without ids, numbers and
/// quoted texts.
pub(crate) fn cause(error: &str) -> String {
    let mut cause = String::with_capacity(error.len().min(LONGEST_CAUSE));
    let mut words = error.split_inclusive(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    while cause.len() < LONGEST_CAUSE
        && let Some(word) = words.next()
    {
        if word.chars().any(|c| c.is_ascii_digit()) {
            cause.push('#');
            let separator = |c: &char| !(c.is_ascii_alphanumeric() || *c == '_');
            cause.extend(word.chars().last().filter(separator));
        } else {
            cause.push_str(word);
        }
    }
    cause
}

/// The most bytes of a cause, about.
const LONGEST_CAUSE: usize = 200;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_that_differ_in_ids_and_numbers_have_one_cause() {
        let of = |id: &str, no: u32| cause(&format!("the user {id} is unknown (line {no})"));
        let one = of("usr_01k9zv5rhcfb9s6yvp8g0vq3wb", 7);
        assert_eq!(one, "the user # is unknown (line #)");
        assert_eq!(one, of("usr_01k9zv5rhcfb9s6yvp8g0vq3wz", 12_345));
        assert!(cause(&"x ".repeat(10_000)).len() <= LONGEST_CAUSE + 2);
        assert!(cause(&"ü".repeat(10_000)).len() <= LONGEST_CAUSE + 2);
    }
}
