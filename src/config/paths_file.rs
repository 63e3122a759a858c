//! Adding to `[paths]` in the settings' own file, with everything that is in it already left as it is.

use std::io;
use std::path::{Path, PathBuf};

use toml_edit::{Array, DocumentMut, Item, Table, TableLike, Value};

use super::diagnose::{self, Holds};
use super::error::ConfigError;
use super::file::{ConfigFile, Text};
use super::rules_file;
use super::settings::{PathsSettings, Settings};

/// The settings' file could not be added to; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum PathsFileError {
    /// It cannot be read.
    #[error(transparent)]
    Unreadable(#[from] ConfigError),
    /// What is in it cannot be added to.
    #[error("cannot add to [paths] in {}: {why}; add the globs by hand", path.display())]
    Unusable {
        /// Which file.
        path: PathBuf,
        /// Why not.
        why: String,
    },
    /// It cannot be written.
    #[error("cannot write the settings to {}", path.display())]
    Unwritable {
        /// Which file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// Adds globs to `paths.only` and `paths.ignore` in the settings at `path`, which may be missing. What stands there stays, with
/// its comments and its formatting, and the file's mode; it is checked that the new text says nothing else new, and replaced at
/// once and as a whole.
///
/// # Errors
/// When the file cannot be read, understood or written.
pub fn add_paths(path: &Path, more: &PathsSettings) -> Result<(), PathsFileError> {
    let found = ConfigFile::optional(path).read()?;
    let unusable = |why| PathsFileError::Unusable { path: path.into(), why };
    let (old, open_to_others) =
        found.map_or_else(Default::default, |found| (found.text, found.open_to_others));
    let new = with_paths(&old, more).map_err(unusable)?;
    let text = Text { text: new, open_to_others };
    diagnose::read(path, &text, Holds::Everything).map_err(ConfigError::Invalid)?;
    rules_file::replace(path, &text.text)
        .map_err(|source| PathsFileError::Unwritable { path: path.into(), source })
}

/// `text` with `more` in its `[paths]`.
fn with_paths(text: &str, more: &PathsSettings) -> Result<String, String> {
    let mut document: DocumentMut =
        text.parse().map_err(|error: toml_edit::TomlError| error.message().to_owned())?;
    let before: Settings = toml::from_str(text).map_err(|error| error.message().to_owned())?;
    let paths = document.as_table_mut().entry("paths").or_insert_with(|| {
        let mut table = Table::new();
        table.decor_mut().set_prefix(if text.trim().is_empty() { "" } else { "\n" });
        Item::Table(table)
    });
    let paths: &mut dyn TableLike = paths.as_table_like_mut().ok_or("its `paths` is no table")?;
    for (name, globs) in [("only", &more.only), ("ignore", &more.ignore)] {
        if globs.is_empty() {
            continue;
        }
        let list = paths.entry(name).or_insert_with(|| Item::Value(Value::Array(Array::new())));
        let list = list.as_array_mut().ok_or_else(|| format!("its `paths.{name}` is no list"))?;
        globs.iter().for_each(|glob| push(list, glob));
    }
    let new = document.to_string();
    let mut expected = before;
    expected.paths.only.extend(more.only.iter().cloned());
    expected.paths.ignore.extend(more.ignore.iter().cloned());
    match toml::from_str::<Settings>(&new) {
        Ok(after) if after == expected => Ok(new),
        Ok(_) => Err("more than that would change".into()),
        Err(error) => Err(error.message().to_owned()),
    }
}

/// Adds `glob` at the end of `list`, on a line of its own where the others have one.
fn push(list: &mut Array, glob: &str) {
    let indent = list.iter().last().and_then(|last| {
        let before = last.decor().prefix()?.as_str()?;
        before.rfind('\n').and_then(|line| before.get(line + 1..)).map(str::to_owned)
    });
    let Some(indent) = indent else {
        list.push(glob);
        return;
    };
    // A comment behind the last one stays behind it.
    let behind = list.trailing().as_str().unwrap_or("\n").trim_end_matches([' ', '\t']).to_owned();
    let behind = if behind.ends_with('\n') { behind } else { format!("{behind}\n") };
    let mut value = Value::from(glob);
    value.decor_mut().set_prefix(format!("{behind}{indent}"));
    list.push_formatted(value);
    list.set_trailing("\n");
    list.set_trailing_comma(true);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn more(only: &[&str], ignore: &[&str]) -> PathsSettings {
        let texts = |globs: &[&str]| globs.iter().map(|&glob| glob.to_owned()).collect();
        PathsSettings { only: texts(only), ignore: texts(ignore) }
    }

    #[test]
    fn what_is_there_stays_as_it_is() {
        let text = "# mine\n[paths] # p\nonly = [\"~/Videos\"] # o\n\n[discovr]\n# d\nenabled   = false\n";
        let new = with_paths(text, &more(&["/v/My Films"], &["**/*sample*"])).unwrap();
        assert_eq!(
            new,
            text.replace(
                "[\"~/Videos\"] # o\n",
                "[\"~/Videos\", \"/v/My Films\"] # o\nignore = [\"**/*sample*\"]\n"
            )
        );
    }

    #[test]
    fn a_list_of_lines_gets_lines_and_keeps_its_comments() {
        for comma in [",", ""] {
            let text = format!("[paths]\nignore = [\n    \"/a\", # one\n    \"/b\"{comma} # two\n] # end\n");
            let new = with_paths(&text, &more(&[], &["/c", "/d"])).unwrap();
            for kept in ["\"/a\", # one\n", "# two\n", "] # end\n"] {
                assert!(new.contains(kept), "{new}");
            }
            assert!(new.find("# two") < new.find("\"/c\""), "{new}");
            assert!(new.contains("    \"/c\",\n    \"/d\",\n]"), "{new}");
        }
    }

    #[test]
    fn a_file_that_is_new_has_nothing_else_and_a_table_on_one_line_is_added_to() {
        assert_eq!(with_paths("", &more(&["/a"], &[])).unwrap(), "[paths]\nonly = [\"/a\"]\n");
        let new = with_paths("paths = { only = [\"/a\"] }\n", &more(&["/b"], &["/c"])).unwrap();
        let read: Settings = toml::from_str(&new).unwrap();
        assert_eq!(read.paths, more(&["/a", "/b"], &["/c"]));
        let new = with_paths("paths.only = [\"/a\"]\n", &more(&["/b"], &[])).unwrap();
        assert_eq!(new, "paths.only = [\"/a\", \"/b\"]\n");
    }

    #[test]
    fn what_cannot_be_added_to_is_left_alone() {
        for text in ["paths = 3\n", "[paths]\nonly = \"/a\"\n", "[paths\n"] {
            assert!(with_paths(text, &more(&["/b"], &[])).is_err(), "{text}");
        }
    }

    #[test]
    fn a_wrong_glob_or_a_broken_file_changes_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        assert!(add_paths(&path, &more(&["/a["], &[])).is_err());
        assert!(!path.exists());
        add_paths(&path, &more(&["/a"], &[])).unwrap();
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(text, "[paths]\nonly = [\"/a\"]\n");
        std::fs::write(&path, "[discovr]\nenabled = 3\n").unwrap();
        assert!(add_paths(&path, &more(&["/a"], &[])).is_err());
    }
}
