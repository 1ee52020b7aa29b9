//! How many messages of the network an SMS is (3GPP TS 23.038 and 23.040): each is paid for. Pure.

/// The basic alphabet of GSM, each in 7 bits.
const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";
/// What takes two of them.
const EXTENDED: &str = "\u{c}^{}\\[~]|€";

/// How much of each fits: into one message, and into each of several.
struct Room {
    alone: usize,
    of_several: usize,
}

const GSM_7: Room = Room {
    alone: 160,
    of_several: 153,
};
const UCS_2: Room = Room {
    alone: 70,
    of_several: 67,
};

/// How many units of 7 bits a character takes; none where the alphabet lacks it.
fn gsm_7(character: char) -> Option<usize> {
    if BASIC.contains(character) {
        Some(1)
    } else {
        EXTENDED.contains(character).then_some(2)
    }
}

/// How many messages of the network a text is.
pub(crate) fn count(text: &str) -> usize {
    let (units, room): (Vec<usize>, Room) = match text.chars().map(gsm_7).collect() {
        Some(units) => (units, GSM_7),
        None => (text.chars().map(char::len_utf16).collect(), UCS_2),
    };
    if units.iter().sum::<usize>() <= room.alone {
        return 1;
    }
    // No character is in two of them.
    let (mut segments, mut used) = (1, 0);
    for unit in units {
        if used + unit > room.of_several {
            (segments, used) = (segments + 1, 0);
        }
        used += unit;
    }
    segments
}

/// The text, cut where it would be more than so many.
pub(crate) fn cut(text: &str, most: usize) -> String {
    if count(text) <= most {
        return text.to_owned();
    }
    // Three points are of the basic alphabet.
    let with_points = |text: &str| format!("{}...", text.trim_end());
    let mut ends: Vec<usize> = text.char_indices().map(|(at, _)| at).collect();
    let fits = ends.partition_point(|end| {
        let head = text.get(..*end).unwrap_or_default();
        count(&with_points(head)) <= most
    });
    ends.truncate(fits);
    let head = ends.last().and_then(|end| text.get(..*end));
    with_points(head.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_of_the_basic_alphabet_have_160_characters_or_153_of_several() {
        for (text, segments) in [
            (String::new(), 1),
            ("a".repeat(160), 1),
            ("a".repeat(161), 2),
            ("a".repeat(306), 2),
            ("a".repeat(307), 3),
            ("ä".repeat(160), 1),
            ("€".repeat(80), 1),
            ("€".repeat(81), 2),
            // The euro does not fit into the last place of the first.
            (format!("{}€{}", "a".repeat(152), "a".repeat(152)), 3),
            (format!("{}€{}", "a".repeat(151), "a".repeat(153)), 2),
        ] {
            assert_eq!(count(&text), segments, "{text}");
        }
    }

    #[test]
    fn one_other_character_makes_it_70_or_67() {
        for (text, segments) in [
            ("ч".repeat(70), 1),
            ("ч".repeat(71), 2),
            ("ч".repeat(134), 2),
            ("ч".repeat(135), 3),
            (format!("{}ч", "a".repeat(69)), 1),
            (format!("{}ч", "a".repeat(70)), 2),
            ("\u{1f4b8}".repeat(35), 1),
            ("\u{1f4b8}".repeat(36), 2),
            // Both halves of a character are in one of them.
            ("\u{1f4b8}".repeat(66), 2),
            ("\u{1f4b8}".repeat(67), 3),
        ] {
            assert_eq!(count(&text), segments, "{text}");
        }
    }

    #[test]
    fn what_is_too_long_is_cut_and_says_so() {
        assert_eq!(cut("short", 1), "short");
        for text in ["a".repeat(500), "ч".repeat(500), "\u{1f4b8}".repeat(500)] {
            for most in 1..4 {
                let cut = cut(&text, most);
                assert_eq!(count(&cut), most);
                assert!(cut.ends_with("..."), "{cut}");
            }
        }
    }
}
