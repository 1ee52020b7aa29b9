//! Countries: the two letters of ISO 3166-1 that stand for the names in lists and forms.

use serde::{Serialize, Serializer};

/// A country.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Country([u8; 2]);

impl Country {
    /// Reads two letters or a name as the lists write it. Other names say nothing.
    #[must_use]
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim().trim_end_matches('.').to_lowercase();
        let text = text.as_str();
        if let [first, second] = text.as_bytes()
            && NAMES
                .iter()
                .any(|(_, code)| code.eq_ignore_ascii_case(text))
        {
            return Some(Self([
                first.to_ascii_uppercase(),
                second.to_ascii_uppercase(),
            ]));
        }
        let at = NAMES.binary_search_by(|(name, _)| (*name).cmp(text)).ok()?;
        let code = NAMES[at].1.as_bytes();
        Some(Self([code[0], code[1]]))
    }

    /// Its two letters.
    #[must_use]
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl Serialize for Country {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// Names in small letters, in order, and their codes.
#[rustfmt::skip]
const NAMES: &[(&str, &str)] = &[
    ("afghanistan", "AF"), ("albania", "AL"), ("algeria", "DZ"), ("andorra", "AD"),
    ("angola", "AO"), ("antigua and barbuda", "AG"), ("argentina", "AR"), ("armenia", "AM"),
    ("australia", "AU"), ("austria", "AT"), ("azerbaijan", "AZ"), ("bahamas", "BS"),
    ("bahamas, the", "BS"), ("bahrain", "BH"), ("bangladesh", "BD"), ("barbados", "BB"),
    ("belarus", "BY"), ("belgium", "BE"), ("belize", "BZ"), ("benin", "BJ"), ("bermuda", "BM"),
    ("bhutan", "BT"), ("bolivia", "BO"), ("bolivia (plurinational state of)", "BO"),
    ("bosnia and herzegovina", "BA"), ("botswana", "BW"), ("brazil", "BR"),
    ("british virgin islands", "VG"), ("brunei", "BN"), ("brunei darussalam", "BN"),
    ("bulgaria", "BG"), ("burkina faso", "BF"), ("burma", "MM"), ("burundi", "BI"),
    ("cabo verde", "CV"), ("cambodia", "KH"), ("cameroon", "CM"), ("canada", "CA"),
    ("cape verde", "CV"), ("cayman islands", "KY"), ("central african republic", "CF"),
    ("chad", "TD"), ("chile", "CL"), ("china", "CN"), ("china, people's republic of", "CN"),
    ("colombia", "CO"), ("comoros", "KM"), ("congo", "CG"), ("congo (democratic republic)", "CD"),
    ("congo, democratic republic of the", "CD"), ("congo, republic of the", "CG"),
    ("costa rica", "CR"), ("cote d ivoire", "CI"), ("cote d'ivoire", "CI"), ("croatia", "HR"),
    ("cuba", "CU"), ("cyprus", "CY"), ("czech republic", "CZ"), ("czechia", "CZ"),
    ("côte d’ivoire", "CI"), ("democratic people's republic of korea", "KP"),
    ("democratic republic of the congo", "CD"), ("denmark", "DK"), ("djibouti", "DJ"),
    ("dominica", "DM"), ("dominican republic", "DO"), ("dprk", "KP"), ("east timor", "TL"),
    ("ecuador", "EC"), ("egypt", "EG"), ("el salvador", "SV"), ("england", "GB"),
    ("equatorial guinea", "GQ"), ("eritrea", "ER"), ("estonia", "EE"), ("eswatini", "SZ"),
    ("ethiopia", "ET"), ("fiji", "FJ"), ("finland", "FI"), ("france", "FR"), ("gabon", "GA"),
    ("gambia", "GM"), ("gambia, the", "GM"), ("gaza", "PS"), ("georgia", "GE"), ("germany", "DE"),
    ("ghana", "GH"), ("gibraltar", "GI"), ("great britain", "GB"), ("greece", "GR"),
    ("grenada", "GD"), ("guatemala", "GT"), ("guernsey", "GG"), ("guinea", "GN"),
    ("guinea-bissau", "GW"), ("guyana", "GY"), ("haiti", "HT"), ("holy see", "VA"),
    ("honduras", "HN"), ("hong kong", "HK"), ("hungary", "HU"), ("iceland", "IS"), ("india", "IN"),
    ("indonesia", "ID"), ("iran", "IR"), ("iran (islamic republic of)", "IR"),
    ("iran, islamic republic of", "IR"), ("iraq", "IQ"), ("ireland", "IE"),
    ("islamic republic of iran", "IR"), ("isle of man", "IM"), ("israel", "IL"), ("italy", "IT"),
    ("ivory coast", "CI"), ("jamaica", "JM"), ("japan", "JP"), ("jersey", "JE"), ("jordan", "JO"),
    ("kazakhstan", "KZ"), ("kenya", "KE"), ("kiribati", "KI"),
    ("korea, democratic people's republic of", "KP"), ("korea, north", "KP"),
    ("korea, republic of", "KR"), ("korea, south", "KR"), ("kosovo", "XK"), ("kuwait", "KW"),
    ("kyrgyz republic", "KG"), ("kyrgyzstan", "KG"), ("lao people's democratic republic", "LA"),
    ("laos", "LA"), ("latvia", "LV"), ("lebanon", "LB"), ("lesotho", "LS"), ("liberia", "LR"),
    ("libya", "LY"), ("libyan arab jamahiriya", "LY"), ("liechtenstein", "LI"),
    ("lithuania", "LT"), ("luxembourg", "LU"), ("macao", "MO"), ("macau", "MO"),
    ("macedonia", "MK"), ("madagascar", "MG"), ("malawi", "MW"), ("malaysia", "MY"),
    ("maldives", "MV"), ("mali", "ML"), ("malta", "MT"), ("marshall islands", "MH"),
    ("mauritania", "MR"), ("mauritius", "MU"), ("mexico", "MX"), ("micronesia", "FM"),
    ("micronesia, federated states of", "FM"), ("moldova", "MD"), ("monaco", "MC"),
    ("mongolia", "MN"), ("montenegro", "ME"), ("morocco", "MA"), ("mozambique", "MZ"),
    ("myanmar", "MM"), ("namibia", "NA"), ("nauru", "NR"), ("nepal", "NP"), ("netherlands", "NL"),
    ("netherlands, the", "NL"), ("new zealand", "NZ"), ("nicaragua", "NI"), ("niger", "NE"),
    ("nigeria", "NG"), ("north korea", "KP"), ("north macedonia", "MK"),
    ("north macedonia, the republic of", "MK"), ("norway", "NO"),
    ("occupied palestinian territory", "PS"), ("oman", "OM"), ("pakistan", "PK"), ("palau", "PW"),
    ("palestine", "PS"), ("palestinian", "PS"), ("palestinian territories", "PS"),
    ("panama", "PA"), ("papua new guinea", "PG"), ("paraguay", "PY"),
    ("people's republic of china", "CN"), ("peru", "PE"), ("philippines", "PH"), ("poland", "PL"),
    ("portugal", "PT"), ("puerto rico", "PR"), ("qatar", "QA"), ("region: crimea", "UA"),
    ("region: gaza", "PS"), ("region: west bank", "PS"), ("republic of korea", "KR"),
    ("republic of moldova", "MD"), ("republic of the congo", "CG"), ("romania", "RO"),
    ("russia", "RU"), ("russian federation", "RU"), ("rwanda", "RW"),
    ("saint kitts and nevis", "KN"), ("saint lucia", "LC"),
    ("saint vincent and the grenadines", "VC"), ("samoa", "WS"), ("san marino", "SM"),
    ("sao tome and principe", "ST"), ("saudi arabia", "SA"), ("scotland", "GB"), ("senegal", "SN"),
    ("serbia", "RS"), ("seychelles", "SC"), ("sierra leone", "SL"), ("singapore", "SG"),
    ("slovakia", "SK"), ("slovenia", "SI"), ("solomon islands", "SB"), ("somalia", "SO"),
    ("south africa", "ZA"), ("south korea", "KR"), ("south sudan", "SS"), ("spain", "ES"),
    ("sri lanka", "LK"), ("st. kitts and nevis", "KN"), ("state of palestine", "PS"),
    ("sudan", "SD"), ("suriname", "SR"), ("swaziland", "SZ"), ("sweden", "SE"),
    ("switzerland", "CH"), ("syria", "SY"), ("syrian arab republic", "SY"), ("taiwan", "TW"),
    ("taiwan, china", "TW"), ("tajikistan", "TJ"), ("tanzania", "TZ"), ("thailand", "TH"),
    ("the bahamas", "BS"), ("the gambia", "GM"), ("the netherlands", "NL"), ("the sudan", "SD"),
    ("timor-leste", "TL"), ("togo", "TG"), ("tonga", "TO"), ("trinidad and tobago", "TT"),
    ("tunisia", "TN"), ("turkey", "TR"), ("turkiye", "TR"), ("turkmenistan", "TM"),
    ("tuvalu", "TV"), ("türkiye", "TR"), ("uae", "AE"), ("uganda", "UG"), ("ukraine", "UA"),
    ("united arab emirates", "AE"), ("united kingdom", "GB"),
    ("united kingdom of great britain and northern ireland", "GB"),
    ("united republic of tanzania", "TZ"), ("united states", "US"),
    ("united states of america", "US"), ("uruguay", "UY"), ("usa", "US"), ("ussr", "RU"),
    ("uzbekistan", "UZ"), ("vanuatu", "VU"), ("vatican city", "VA"), ("venezuela", "VE"),
    ("venezuela (bolivarian republic of)", "VE"), ("viet nam", "VN"), ("vietnam", "VN"),
    ("virgin islands, british", "VG"), ("west bank", "PS"), ("western sahara", "EH"),
    ("yemen", "YE"), ("zambia", "ZM"), ("zimbabwe", "ZW"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_in_order_so_that_each_is_found() {
        assert!(NAMES.is_sorted());
        for (name, code) in NAMES {
            assert_eq!(Country::read(name).unwrap().code(), *code, "{name}");
        }
    }

    #[test]
    fn codes_and_names_of_any_case_are_read() {
        for (text, expected) in [
            ("ru", Some("RU")),
            (" Korea, North ", Some("KP")),
            ("Democratic Republic of the Congo", Some("CD")),
            ("Türkiye", Some("TR")),
            ("zz", None),
            ("Atlantis", None),
            ("", None),
        ] {
            let read = Country::read(text);
            assert_eq!(read.as_ref().map(Country::code), expected, "{text}");
        }
    }
}
