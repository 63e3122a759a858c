//! Keeping a token in a file: for its owner alone, whole or not at all.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use secrecy::zeroize::Zeroizing;
use secrecy::{ExposeSecret, SecretString};

use super::secrets::{self, SecretPlaces, TRAKT_CLIENT_SECRET};
use super::settings::Settings;
use crate::keyring::SignInTo;

/// A token cannot be kept.
#[derive(Debug, thiserror::Error)]
#[error("cannot keep the token in {}: make its folder writable for this user", path.display())]
pub struct KeepError {
    path: PathBuf,
    #[source]
    source: io::Error,
}

/// The file that a token, or another secret, is kept in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenFile {
    path: PathBuf,
}

impl TokenFile {
    /// The file that the settings name for what `sign_in` gave, or else the one in the state folder; `None` without one.
    #[must_use]
    pub fn of(sign_in: SignInTo, settings: &Settings, places: &SecretPlaces) -> Option<Self> {
        let named = match sign_in {
            SignInTo::Discovr => settings.refresh_token_file(places.home.as_deref()),
            SignInTo::Trakt => None,
        };
        named.map(|path| Self { path }).or_else(|| Self::in_state_folder(sign_in, places))
    }

    /// The file in the state folder for what `sign_in` gave; `None` without a folder.
    #[must_use]
    pub fn in_state_folder(sign_in: SignInTo, places: &SecretPlaces) -> Option<Self> {
        Some(Self { path: places.state.as_ref()?.join(secrets::state_file_of(sign_in)) })
    }

    /// The file in the state folder for the secret of the user's application at Trakt; `None` without a folder.
    #[must_use]
    pub fn for_trakt_client_secret(places: &SecretPlaces) -> Option<Self> {
        Some(Self { path: places.state.as_ref()?.join(TRAKT_CLIENT_SECRET) })
    }

    /// The token in it, if there is one that may be used.
    pub(crate) fn token(&self) -> Option<SecretString> {
        secrets::read_own(&self.path)
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Finds out whether a token could be kept, before anything depends on it. Makes the folder.
    ///
    /// # Errors
    /// When the folder cannot be made or written to.
    pub fn prepare(&self) -> Result<(), KeepError> {
        let target = self.target();
        self.explain(self.make_folder(&target).and_then(|()| {
            let new = beside(&target);
            drop(make(&new)?);
            fs::remove_file(new)
        }))
    }

    /// Puts `token` in place of what was there. It is on disk when this returns; a crash in the middle leaves the old one.
    ///
    /// # Errors
    /// When the file cannot be written. Then the old one is still there.
    pub fn keep(&self, token: &SecretString) -> Result<(), KeepError> {
        let target = self.target();
        let new = beside(&target);
        let kept = self.make_folder(&target).and_then(|()| write(&new, token)).and_then(|()| {
            fs::rename(&new, &target)?;
            File::open(folder_of(&target))?.sync_all()
        });
        if kept.is_err() {
            // What failed is said; half a token is of no use to anyone.
            let _ = fs::remove_file(&new);
        }
        self.explain(kept)
    }

    /// Removes the file; `false` when there was none.
    ///
    /// # Errors
    /// When it cannot be removed.
    pub fn forget(&self) -> Result<bool, KeepError> {
        match fs::remove_file(&self.path) {
            Ok(()) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
            Err(source) => Err(KeepError { path: self.path.clone(), source }),
        }
    }

    /// What a link leads to, so that the link stays.
    fn target(&self) -> PathBuf {
        self.path.canonicalize().unwrap_or_else(|_| self.path.clone())
    }

    fn make_folder(&self, target: &Path) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(folder_of(target))
    }

    fn explain<T>(&self, result: io::Result<T>) -> Result<T, KeepError> {
        result.map_err(|source| KeepError { path: self.path.clone(), source })
    }
}

fn folder_of(path: &Path) -> &Path {
    path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// The name under which a file is written before it takes its place. What a crash left under it is replaced.
fn beside(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".new");
    target.with_file_name(name)
}

fn make(path: &Path) -> io::Result<File> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

fn write(path: &Path, token: &SecretString) -> io::Result<()> {
    let mut line = Zeroizing::new(String::with_capacity(token.expose_secret().len() + 1));
    line.push_str(token.expose_secret());
    line.push('\n');
    let mut file = make(path)?;
    file.write_all(line.as_bytes())?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn file(folder: &Path) -> TokenFile {
        TokenFile { path: folder.join("state/refresh-token") }
    }

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    #[test]
    fn a_token_is_kept_for_its_owner_alone_and_nothing_else_is_left() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        file.prepare().unwrap();
        assert!(names(&folder.path().join("state")).is_empty());
        // As a crash, and a careless editor, may leave it.
        fs::write(folder.path().join("state/.refresh-token.new"), "half").unwrap();
        fs::write(file.path(), "old").unwrap();
        fs::set_permissions(file.path(), fs::Permissions::from_mode(0o644)).unwrap();
        file.keep(&SecretString::from("rt_new")).unwrap();
        assert_eq!(fs::read_to_string(file.path()).unwrap(), "rt_new\n");
        assert_eq!(fs::metadata(file.path()).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(names(&folder.path().join("state")), ["refresh-token"]);
        assert!(file.forget().unwrap());
        assert!(!file.forget().unwrap());
    }

    #[test]
    fn a_link_stays_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        fs::create_dir(folder.path().join("state")).unwrap();
        fs::write(folder.path().join("elsewhere"), "old").unwrap();
        std::os::unix::fs::symlink(folder.path().join("elsewhere"), file.path()).unwrap();
        file.keep(&SecretString::from("rt_new")).unwrap();
        assert_eq!(fs::read_to_string(folder.path().join("elsewhere")).unwrap(), "rt_new\n");
        assert!(file.path().is_symlink());
    }

    #[test]
    fn what_cannot_be_kept_leaves_the_old_token() {
        let folder = tempfile::tempdir().unwrap();
        let file = file(folder.path());
        fs::write(folder.path().join("state"), "a file where the folder should be").unwrap();
        assert!(file.prepare().is_err());
        let error = file.keep(&SecretString::from("rt_new")).unwrap_err();
        assert!(!format!("{error} {error:?}").contains("rt_new"));
        fs::remove_file(folder.path().join("state")).unwrap();
        fs::create_dir_all(folder.path().join("state/refresh-token/full")).unwrap();
        assert!(file.keep(&SecretString::from("rt_new")).is_err());
        assert_eq!(names(&folder.path().join("state")), ["refresh-token"]);
    }
}
