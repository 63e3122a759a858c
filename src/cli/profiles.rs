//! The account's profiles: finding the one that is meant, and listing them.

use super::output::Output;
use super::text::line;
use crate::service::discovr::Profile;

/// The profile that `which` names: by its id, its name, its name in another case, or its number in the list. Of several
/// with the same name, none.
pub(crate) fn find<'a>(profiles: &'a [Profile], which: &str) -> Option<&'a Profile> {
    let only = |fits: &dyn Fn(&Profile) -> bool| {
        let mut found = profiles.iter().filter(|profile| fits(profile));
        found.next().filter(|_| found.next().is_none())
    };
    only(&|profile| profile.id == which)
        .or_else(|| only(&|profile| profile.name == which))
        .or_else(|| only(&|profile| profile.name.to_lowercase() == which.to_lowercase()))
        .or_else(|| profiles.get(which.parse::<usize>().ok()?.checked_sub(1)?))
}

/// The list for people, with the active one marked.
pub(crate) fn listed(output: &Output, profiles: &[Profile], active: Option<&str>) -> String {
    output.table(
        &["", "NO", "NAME", "ID"],
        profiles.iter().enumerate().map(|(at, profile)| {
            let mark = if active == Some(profile.id.as_str()) { "*" } else { "" };
            vec![mark.to_owned(), (at + 1).to_string(), profile.name.clone(), profile.id.clone()]
        }),
    )
}

/// A profile as it is named in a sentence.
pub(crate) fn named(profile: &Profile) -> String {
    if profile.name.is_empty() { line(&profile.id) } else { format!("“{}”", line(&profile.name)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn profile(id: &str, name: &str) -> Profile {
        Profile { id: id.to_owned(), name: name.to_owned(), created_at: None }
    }

    #[test]
    fn a_profile_is_found_by_id_name_or_number_and_never_guessed() {
        let profiles = [
            profile("p1", "Kim"),
            profile("p2", "kim"),
            profile("p3", "2"),
            profile("p4", "Alex"),
            profile("p5", "Alex"),
        ];
        let found = |which: &str| find(&profiles, which).map(|profile| profile.id.as_str());
        for (which, id) in [
            ("p2", Some("p2")),
            ("Kim", Some("p1")),
            ("KIM", None),
            ("2", Some("p3")),
            ("4", Some("p4")),
            ("Alex", None),
            ("0", None),
            ("6", None),
            ("", None),
        ] {
            assert_eq!(found(which), id, "{which}");
        }
    }
}
