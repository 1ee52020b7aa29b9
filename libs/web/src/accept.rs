//! Which form of an answer a client likes best, by its `Accept` (RFC 9110, section 12.5.1). It
//! never makes an answer.

use http::header::ACCEPT;
use http::{HeaderMap, StatusCode};

use crate::problem::Problem;

/// The place in `offers` (`text/csv`, …) of what the client likes best; the first of those that it
/// likes as well.
///
/// # Errors
/// 406 `not_acceptable` where it takes none of them.
pub fn accepted(headers: &HeaderMap, offers: &[&str]) -> Result<usize, Problem> {
    if !headers.contains_key(ACCEPT) {
        return Ok(0);
    }
    let ranges: Vec<_> = headers
        .get_all(ACCEPT)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(media_range)
        .collect();
    // The most exact range that fits decides.
    let quality = |offer: &str| {
        let kind = offer.split('/').next().unwrap_or_default();
        [offer, &format!("{kind}/*"), "*/*"]
            .iter()
            .find_map(|wanted| ranges.iter().find(|(range, _)| range == wanted))
            .map_or(0, |(_, quality)| *quality)
    };
    let mut best = (0, None);
    for (place, offer) in offers.iter().enumerate() {
        let quality = quality(offer);
        if quality > best.0 {
            best = (quality, Some(place));
        }
    }
    best.1.ok_or_else(|| {
        let detail = format!(
            "This is sent as `{}`. Accept one of them.",
            offers.join("` or `")
        );
        Problem::new(StatusCode::NOT_ACCEPTABLE, "not_acceptable", detail).for_param("Accept")
    })
}

/// A media range in lower case, and its quality in thousandths.
fn media_range(text: &str) -> Option<(String, u16)> {
    let mut parts = text.split(';').map(str::trim);
    let range = parts.next().filter(|range| range.contains('/'))?;
    let quality = parts
        .filter_map(|part| part.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("q"))
        .map_or(Some(1_000), |(_, value)| thousandths(value.trim()))?;
    Some((range.to_ascii_lowercase(), quality))
}

/// `0`, `0.5`, `1.000`: at most three decimals, and not above 1.
fn thousandths(text: &str) -> Option<u16> {
    let (whole, decimals) = text.split_once('.').unwrap_or((text, ""));
    if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let decimals: u16 = format!("{decimals:0<3}").parse().ok()?;
    match whole {
        "0" => Some(decimals),
        "1" if decimals == 0 => Some(1_000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::HeaderValue;

    const OFFERS: [&str; 2] = ["application/json", "text/csv"];

    fn form(accept: &'static str) -> Option<usize> {
        let headers = HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]);
        accepted(&headers, &OFFERS).ok()
    }

    #[test]
    fn the_form_that_is_liked_best_is_sent() {
        let (json, csv) = (Some(0), Some(1));
        assert_eq!(accepted(&HeaderMap::new(), &OFFERS).ok(), json);
        for (accept, expected) in [
            ("*/*", json),
            ("text/csv", csv),
            ("Text/CSV; header=present", csv),
            ("text/*", csv),
            ("application/json, text/csv", json),
            ("application/json;q=0.5, text/csv;q=0.501", csv),
            ("text/csv, */*;q=0.1", csv),
            ("application/json;q=0, */*", csv),
            ("text/html,application/xhtml+xml,*/*;q=0.8", json),
            ("application/pdf", None),
            ("text/csv;q=0", None),
            ("text/csv;q=2", None),
            ("nonsense", None),
        ] {
            assert_eq!(form(accept), expected, "{accept}");
        }
    }
}
