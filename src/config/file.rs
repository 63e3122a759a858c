//! The file, before anyone looks at what it says.

use std::fs;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::error::ConfigError;
use super::places;

/// Nobody writes more than this by hand.
const MAX_BYTES: u64 = 1024 * 1024;
/// What the file with the user's own rules is called.
const RULES_FILE: &str = "rules.toml";

/// The file with the settings, which need not be there when nobody named it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConfigFile {
    path: Option<PathBuf>,
    named: bool,
}

/// What was found in it.
#[derive(Debug)]
pub(crate) struct Text {
    pub(crate) text: String,
    /// Whether others than the owner may read it.
    pub(crate) open_to_others: bool,
}

impl ConfigFile {
    /// The file that the user named: it must be there.
    #[must_use]
    pub fn named(path: &Path) -> Self {
        Self { path: Some(path.into()), named: true }
    }

    /// The file in its usual place, where it may be missing.
    #[must_use]
    pub fn usual() -> Self {
        Self { path: places::default_path(), named: false }
    }

    /// A file that may be missing, in a place of the caller's.
    #[must_use]
    pub fn optional(path: &Path) -> Self {
        Self { path: Some(path.into()), named: false }
    }

    /// Where it is, or would be; `None` for a user without a home.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// The file with the user's own rules beside it; `None` when this one has that name itself.
    #[must_use]
    pub fn rules(&self) -> Option<Self> {
        let path = self.path.as_ref()?.with_file_name(RULES_FILE);
        (self.path.as_ref() != Some(&path)).then(|| Self::optional(&path))
    }

    /// Its text; `None` when it is missing and may be.
    pub(crate) fn read(&self) -> Result<Option<Text>, ConfigError> {
        let Some(path) = &self.path else { return Ok(None) };
        let unreadable = |why: &str| ConfigError::Unreadable { path: path.clone(), why: why.into() };
        match read(path) {
            Ok((bytes, mode)) => Text::of(bytes, mode).map(Some).map_err(|why| unreadable(&why)),
            Err(error) if !self.named && is_missing(&error) => Ok(None),
            Err(error) => Err(unreadable(&why(&error))),
        }
    }
}

impl Text {
    /// What a file of this mode holds; the error says why it is no text.
    pub(crate) fn of(bytes: Vec<u8>, mode: u32) -> Result<Self, String> {
        if bytes.len() as u64 > MAX_BYTES {
            return Err("it is larger than 1 MiB, so it is not a settings file".into());
        }
        let text = String::from_utf8(bytes).map_err(|error| {
            let line = 1 + newlines(&error.as_bytes()[..error.utf8_error().valid_up_to()]);
            format!("line {line} is not UTF-8: save the file as UTF-8")
        })?;
        // A mark that some editors put at the beginning.
        let text = text.strip_prefix('\u{feff}').map_or_else(|| text.clone(), str::to_owned);
        Ok(Self { text, open_to_others: mode & 0o077 != 0 })
    }
}

fn read(path: &Path) -> io::Result<(Vec<u8>, u32)> {
    let meta = fs::metadata(path)?;
    if meta.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    if !meta.is_file() {
        // A pipe would keep us waiting.
        return Err(io::Error::other("it is not a regular file"));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    Ok((bytes, meta.permissions().mode()))
}

fn is_missing(error: &io::Error) -> bool {
    error.kind() == io::ErrorKind::NotFound
}

fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file: check the name".into(),
        io::ErrorKind::PermissionDenied => "permission denied: make it readable for you".into(),
        io::ErrorKind::IsADirectory => "it is a folder: name the file in it".into(),
        _ => error.to_string(),
    }
}

fn newlines(bytes: &[u8]) -> usize {
    bytes.iter().filter(|byte| **byte == b'\n').count()
}
