//! Which folders must be watched, and for which names, so that no change of a file goes unseen.
//!
//! A path is followed step by step. Where a step is a symbolic link, the link may be swapped, so the folder that holds
//! it is watched for its name. Where a step is missing, the nearest folder that is there is watched for it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::ffi::OsString;
use std::fs;
use std::path::{Component, Path, PathBuf};

/// As many links as the kernel follows.
const MAX_LINKS: usize = 40;

/// The names to watch for, by folder.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Interest(BTreeMap<PathBuf, BTreeSet<OsString>>);

impl Interest {
    /// What bears on any of `files`.
    pub(crate) fn of<'a>(files: impl IntoIterator<Item = &'a Path>) -> Self {
        let mut interest = Self::default();
        for file in files {
            interest.follow(file);
        }
        interest
    }

    /// The folders to watch.
    pub(crate) fn folders(&self) -> impl Iterator<Item = &Path> {
        self.0.keys().map(PathBuf::as_path)
    }

    /// Whether something happening to `path` may matter.
    pub(crate) fn concerns(&self, path: &Path) -> bool {
        let named = path
            .parent()
            .zip(path.file_name())
            .is_some_and(|(folder, name)| self.0.get(folder).is_some_and(|names| names.contains(name)));
        named || self.0.contains_key(path)
    }

    fn follow(&mut self, file: &Path) {
        let Ok(file) = std::path::absolute(file) else { return };
        let mut steps: VecDeque<OsString> = VecDeque::new();
        let mut at = PathBuf::from("/");
        let mut links = 0;
        push(&mut steps, &file);
        while let Some(step) = steps.pop_front() {
            if step == ".." {
                at.pop();
                continue;
            }
            let next = at.join(&step);
            let meta = fs::symlink_metadata(&next);
            let is_link = meta.as_ref().is_ok_and(fs::Metadata::is_symlink);
            if is_link || meta.is_err() || steps.is_empty() {
                self.0.entry(at.clone()).or_default().insert(step);
            }
            if meta.is_err() {
                return;
            }
            if !is_link {
                at = next;
                continue;
            }
            links += 1;
            let Ok(target) = fs::read_link(&next) else { return };
            if links > MAX_LINKS {
                return;
            }
            if target.is_absolute() {
                at = PathBuf::from("/");
            }
            push(&mut steps, &target);
        }
    }
}

/// Puts the steps of `path` in front.
fn push(steps: &mut VecDeque<OsString>, path: &Path) {
    for component in path.components().rev() {
        match component {
            Component::Normal(name) => steps.push_front(name.into()),
            Component::ParentDir => steps.push_front("..".into()),
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    fn watched(root: &Path, file: &str) -> Vec<(String, Vec<String>)> {
        let shown = |path: &Path| path.strip_prefix(root).unwrap().display().to_string();
        let interest = Interest::of([root.join(file).as_path()]);
        let names =
            |names: &BTreeSet<OsString>| names.iter().map(|name| name.to_str().unwrap().to_owned()).collect();
        interest.0.iter().map(|(folder, of_it)| (shown(folder), names(of_it))).collect()
    }

    fn entry(folder: &str, names: &[&str]) -> (String, Vec<String>) {
        (folder.into(), names.iter().map(|&name| name.into()).collect())
    }

    #[test]
    fn only_the_folders_that_matter_are_watched() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        fs::create_dir_all(root.join("home/etc")).unwrap();
        fs::create_dir_all(root.join("dots")).unwrap();
        assert_eq!(watched(&root, "home/etc/file"), [entry("home/etc", &["file"])]);
        assert_eq!(watched(&root, "home/none/deeper/file"), [entry("home", &["none"])]);
        symlink("../../dots/file", root.join("home/etc/file")).unwrap();
        assert_eq!(watched(&root, "home/etc/file"), [entry("dots", &["file"]), entry("home/etc", &["file"])]);
        symlink(root.join("home/etc"), root.join("link")).unwrap();
        assert_eq!(
            watched(&root, "link/file"),
            [entry("", &["link"]), entry("dots", &["file"]), entry("home/etc", &["file"])]
        );
    }

    #[test]
    fn links_in_a_circle_end() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path().canonicalize().unwrap();
        symlink("two", root.join("one")).unwrap();
        symlink("one", root.join("two")).unwrap();
        assert_eq!(watched(&root, "one/file"), [entry("", &["one", "two"])]);
    }
}
