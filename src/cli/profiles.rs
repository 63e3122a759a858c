//! The account's profiles: finding the one that is meant, and listing them.

use super::output::Output;
use super::text::line;
use crate::service::discovr::Profile;

/// How many profiles a hint names at most.
const MAX_NAMED: usize = 8;

/// Why no profile is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotFound {
    /// None fits.
    None,
    /// So many have that name.
    Several(usize),
}

impl NotFound {
    /// What is wrong with `which`.
    pub(crate) fn words(self, which: &str) -> String {
        match self {
            Self::None => format!("{which:?} is not the name of one of your profiles"),
            Self::Several(2) => format!("two of your profiles have the name {which:?}"),
            Self::Several(count) => format!("{count} of your profiles have the name {which:?}"),
        }
    }

    /// What to give instead.
    pub(crate) fn hint(self, profiles: &[Profile]) -> String {
        let known: Vec<String> = profiles.iter().take(MAX_NAMED).map(named).collect();
        match self {
            Self::Several(_) => {
                "give the id of the one that you mean: `discovr-scrobbler profile ID`".to_owned()
            }
            Self::None if known.is_empty() => {
                "your account has no profile yet: make one in a Discovr app".to_owned()
            }
            Self::None => format!(
                "your profiles: {}{}",
                known.join(", "),
                if profiles.len() > MAX_NAMED { " and more" } else { "" }
            ),
        }
    }
}

/// The profile that `which` names: by its id, its name, its name in another case, or its number in the list. Of several
/// with the same name, none. A blank one names none, not even a profile without a name.
pub(crate) fn find<'a>(profiles: &'a [Profile], which: &str) -> Result<&'a Profile, NotFound> {
    if which.trim().is_empty() {
        return Err(NotFound::None);
    }
    let fits: [&dyn Fn(&Profile) -> bool; 3] =
        [&|profile| profile.id == which, &|profile| profile.name == which, &|profile| {
            profile.name.to_lowercase() == which.to_lowercase()
        }];
    for fits in fits {
        let found: Vec<&Profile> = profiles.iter().filter(|profile| fits(profile)).collect();
        match found.as_slice() {
            [] => {}
            [profile] => return Ok(profile),
            several => return Err(NotFound::Several(several.len())),
        }
    }
    let number = which.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    number.and_then(|at| profiles.get(at)).ok_or(NotFound::None)
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
            profile("p6", ""),
        ];
        let found = |which: &str| find(&profiles, which).map(|profile| profile.id.as_str());
        for (which, id) in [
            ("p2", Ok("p2")),
            ("Kim", Ok("p1")),
            ("KIM", Err(NotFound::Several(2))),
            ("2", Ok("p3")),
            ("4", Ok("p4")),
            ("6", Ok("p6")),
            ("Alex", Err(NotFound::Several(2))),
            ("0", Err(NotFound::None)),
            ("7", Err(NotFound::None)),
            ("", Err(NotFound::None)),
            (" ", Err(NotFound::None)),
        ] {
            assert_eq!(found(which), id, "{which}");
        }
    }
}
