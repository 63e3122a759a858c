//! Writing the user's own rules file, with everything that is in it already left as it is.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use toml_edit::{ArrayOfTables, DocumentMut, Item, Table};

use super::error::ConfigError;
use super::file::ConfigFile;
use super::keys;
use crate::identify::Rule;

/// What a new file begins with.
const HEAD: &str = "\
# Rules that `discovr-scrobbler match --always` has written: what certain files are. Change and delete them as you like;
# of several that fit, the first wins, and those in config.toml come before these.
";

/// Where a rule goes in the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RulePlace {
    /// The rule that is taken out for it, counted from 0.
    pub replaces: Option<usize>,
    /// Its place among those that are left, counted from 0.
    pub at: usize,
}

/// The rules file could not be written; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum RulesFileError {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ConfigError),
    /// It is no TOML, or `rules` in it is no list of tables.
    #[error("cannot add a rule to {}: {why}; write its rules as [[rules]]", path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// What is wrong with it.
        why: String,
    },
    /// It cannot be written.
    #[error("cannot write the rules to {}", path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Writes `rule` into the rules file at `path`, with `note` as a comment above it. The file is replaced at once and as a
/// whole; its comments, its formatting and its mode stay. A new one is for this user alone.
///
/// # Errors
/// When the file cannot be read, understood or written.
pub fn write_rule(path: &Path, rule: &Rule, place: RulePlace, note: &str) -> Result<(), RulesFileError> {
    let found = ConfigFile::optional(path).read()?;
    let text = with_rule(found.as_ref().map(|found| found.text.as_str()), rule, place, note)
        .map_err(|why| RulesFileError::Unusable { path: path.into(), why })?;
    replace(path, &text).map_err(|source| RulesFileError::Unwritable { path: path.into(), source })
}

/// Writes `rules` behind those in the rules file at `path`, in their order, each with a note as a comment above it: all of them
/// at once, as [`write_rule`] does it with one.
///
/// # Errors
/// When the file cannot be read, understood or written.
pub fn add_rules(path: &Path, rules: &[(Rule, String)]) -> Result<(), RulesFileError> {
    let found = ConfigFile::optional(path).read()?;
    let mut text = found.map(|found| found.text);
    for (rule, note) in rules {
        let end = RulePlace { replaces: None, at: usize::MAX };
        let added = with_rule(text.as_deref(), rule, end, note)
            .map_err(|why| RulesFileError::Unusable { path: path.into(), why })?;
        text = Some(added);
    }
    match text.filter(|_| !rules.is_empty()) {
        None => Ok(()),
        Some(text) => {
            replace(path, &text).map_err(|source| RulesFileError::Unwritable { path: path.into(), source })
        }
    }
}

/// `text` with `rule` in it; `None` is a file that is not there yet.
pub(super) fn with_rule(
    text: Option<&str>,
    rule: &Rule,
    place: RulePlace,
    note: &str,
) -> Result<String, String> {
    let mut document: DocumentMut =
        text.unwrap_or_default().parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let mut rules = match document.as_table_mut().remove(keys::RULES) {
        None => ArrayOfTables::new(),
        Some(item) if item.as_array().is_some_and(toml_edit::Array::is_empty) => ArrayOfTables::new(),
        Some(item) => item.into_array_of_tables().map_err(|_| "its `rules` are no tables".to_owned())?,
    };
    let mut new = table(rule)?;
    let note = format!("# {}\n", note.replace(char::is_control, " "));
    let old = place.replaces.filter(|&index| index < rules.len()).map(|index| rules.remove(index));
    let at = place.at.min(rules.len());
    match old {
        Some(old) if place.replaces == Some(at) => {
            *new.decor_mut() = old.decor().clone();
            let above = old.decor().prefix().and_then(toml_edit::RawString::as_str).unwrap_or_default();
            new.decor_mut().set_prefix(with_note(above, &note));
            new.set_position(old.position());
        }
        _ if at < rules.len() => {
            new.decor_mut().set_prefix(format!("\n{note}"));
            new.set_position(rules.get(at).and_then(Table::position));
        }
        _ => {
            // What stands at the end of the file stays above what is new.
            let end = document.trailing().as_str().unwrap_or_default().to_owned();
            let head = if text.is_none() { HEAD } else { "" };
            new.decor_mut().set_prefix(format!("{head}{end}\n{note}"));
            document.set_trailing("");
            new.set_position(rules.iter().filter_map(Table::position).max());
        }
    }
    rules.insert(at, new);
    document.as_table_mut().insert(keys::RULES, Item::ArrayOfTables(rules));
    Ok(document.to_string())
}

/// What stands above a rule, with `note` for the comment that is next to it: that was of the rule before.
fn with_note(above: &str, note: &str) -> String {
    let before = above.strip_suffix('\n').unwrap_or(above);
    let last = before.rfind('\n').map_or(0, |end| end + 1);
    match before.get(last..) {
        Some(line) if line.trim_start().starts_with('#') => {
            format!("{}{note}", above.get(..last).unwrap_or_default())
        }
        _ => format!("{above}{note}"),
    }
}

fn table(rule: &Rule) -> Result<Table, String> {
    let text = toml::to_string(rule).map_err(|error| error.to_string())?;
    let document: DocumentMut = text.parse().map_err(|error: toml_edit::TomlError| error.to_string())?;
    let mut table = document.into_table();
    table.set_position(None);
    table.set_implicit(false);
    Ok(table)
}

/// Puts `text` in the place of the file at `path`, through a link if it is one.
pub(super) fn replace(path: &Path, text: &str) -> io::Result<()> {
    let path = match fs::canonicalize(path) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => path.to_owned(),
        Err(error) => return Err(error),
    };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    let mode = match fs::metadata(&path) {
        Ok(found) => found.permissions().mode() & 0o777,
        Err(error) if error.kind() == io::ErrorKind::NotFound => 0o600,
        Err(error) => return Err(error),
    };
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", std::process::id()));
    let new = folder.join(name);
    let written = write(&new, text, mode).and_then(|()| fs::rename(&new, &path));
    if written.is_err() {
        // What is left of it is of no use; that it cannot be deleted changes nothing.
        let _ = fs::remove_file(&new);
    }
    written?;
    File::open(folder)?.sync_all()
}

fn write(path: &Path, text: &str, mode: u32) -> io::Result<()> {
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    file.set_permissions(Permissions::from_mode(mode))?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identify::RuleKind;

    fn rule(path: &str, tmdb: u64) -> Rule {
        Rule {
            path: Some(path.into()),
            regex: None,
            title: None,
            tmdb,
            kind: RuleKind::Series,
            season: None,
            episode: None,
            episode_offset: None,
        }
    }

    const END: RulePlace = RulePlace { replaces: None, at: usize::MAX };

    #[test]
    fn a_new_file_says_what_it_is() {
        let text = with_rule(None, &rule("~/A/**", 1), END, "A\nB").unwrap();
        assert_eq!(
            text,
            format!("{HEAD}\n# A B\n[[rules]]\npath = \"~/A/**\"\ntmdb = 1\nkind = \"series\"\n")
        );
    }

    #[test]
    fn what_is_there_stays_as_it_is() {
        let mine = "# mine\n\n[[rules]] # one\npath   = '~/A/**'\ntmdb = 1\nkind = \"series\"\n# the end\n";
        let text = with_rule(Some(mine), &rule("~/B/**", 2), END, "B").unwrap();
        assert_eq!(text, format!("{mine}\n# B\n[[rules]]\npath = \"~/B/**\"\ntmdb = 2\nkind = \"series\"\n"));
        let third = with_rule(Some(&text), &rule("~/C/**", 3), END, "C").unwrap();
        assert_eq!(
            third,
            format!("{text}\n# C\n[[rules]]\npath = \"~/C/**\"\ntmdb = 3\nkind = \"series\"\n")
        );
    }

    #[test]
    fn a_rule_goes_before_another_or_in_its_place() {
        let two = "# a\n[[rules]]\npath = \"~/A/**\"\ntmdb = 1\nkind = \"series\"\n\n# b\n[[rules]]\npath = \"~/B/**\"\ntmdb = 2\nkind = \"series\"\n";
        let before = RulePlace { replaces: None, at: 1 };
        let text = with_rule(Some(two), &rule("~/B/x/**", 3), before, "x").unwrap();
        let order: Vec<usize> =
            ["# a", "~/A/**", "# x", "~/B/x/**", "# b", "~/B/**"].map(|part| text.find(part).unwrap()).into();
        assert!(order.is_sorted(), "{text}");
        let instead = RulePlace { replaces: Some(0), at: 0 };
        let text = with_rule(Some(two), &rule("~/A/**", 9), instead, "nine").unwrap();
        assert_eq!(text, two.replace("tmdb = 1", "tmdb = 9").replace("# a", "# nine"));
        let commented = two.replace("# b", "# mine\n\n# b");
        let second = RulePlace { replaces: Some(1), at: 1 };
        let text = with_rule(Some(&commented), &rule("~/B/**", 9), second, "nine").unwrap();
        assert_eq!(text, commented.replace("tmdb = 2", "tmdb = 9").replace("# b", "# nine"));
        let moved = RulePlace { replaces: Some(1), at: 0 };
        let text = with_rule(Some(two), &rule("~/B/**", 9), moved, "moved").unwrap();
        assert!(text.find("~/B/**").unwrap() < text.find("~/A/**").unwrap(), "{text}");
        assert_eq!(text.matches("[[rules]]").count(), 2, "{text}");
    }

    #[test]
    fn rules_on_one_line_become_tables_and_nonsense_is_refused() {
        let inline = "rules = [{ path = \"~/A/**\", tmdb = 1, kind = \"series\" }]\n";
        let text = with_rule(Some(inline), &rule("~/B/**", 2), END, "B").unwrap();
        assert_eq!(text.matches("[[rules]]").count(), 2, "{text}");
        assert!(toml::from_str::<crate::config::Settings>(&text).is_ok(), "{text}");
        assert!(with_rule(Some("rules = 3\n"), &rule("~/B/**", 2), END, "B").is_err());
        assert!(with_rule(Some("[[rules\n"), &rule("~/B/**", 2), END, "B").is_err());
        assert!(with_rule(Some("rules = []\n"), &rule("~/B/**", 2), END, "B").is_ok());
    }
}
