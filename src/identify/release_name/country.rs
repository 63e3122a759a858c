//! The country that tells series of one name apart.

/// The country at the end of a series' title, as ISO 3166-1 writes it.
pub(crate) fn country(word: &str) -> Option<&'static str> {
    Some(match word {
        "US" | "USA" => "US",
        "UK" | "GB" => "GB",
        "AU" | "AUS" => "AU",
        "NZ" => "NZ",
        "CA" | "CAN" => "CA",
        "IE" | "IRL" => "IE",
        "ZA" => "ZA",
        "DE" => "DE",
        "FR" => "FR",
        "ES" => "ES",
        "JP" => "JP",
        "KR" => "KR",
        "BR" => "BR",
        "MX" => "MX",
        "SE" => "SE",
        "NO" => "NO",
        "DK" => "DK",
        "FI" => "FI",
        "NL" => "NL",
        "BE" => "BE",
        "PL" => "PL",
        _ => return None,
    })
}

/// The same, where the word stands in brackets of its own and any way of writing will do.
pub(super) fn in_brackets(word: &str) -> Option<&'static str> {
    country(&word.to_ascii_uppercase())
}

/// The same for a bare word: only the codes that are no word or release mark of any language.
pub(super) fn bare(word: &str) -> Option<&'static str> {
    country(word).filter(|country| matches!(*country, "US" | "GB" | "AU" | "NZ" | "CA" | "IE"))
}
