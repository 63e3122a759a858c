//! What was found before: for a file, and for the series that a folder holds. Only ids and numbers are kept.

use std::collections::BTreeMap;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::queries::is_season_folder;
use super::score::SAME_TITLE;
use crate::identify::identity::Identity;
use crate::identify::{AnswerCache, release_name, titles};

/// To be raised whenever names are read or judged otherwise, so that earlier answers are found anew.
const VERSION: u32 = 2;
/// How long an answer is kept. TMDB allows six months at most.
const KEEP: Duration = Duration::from_secs(170 * 24 * 3600);

/// What a file was found to be.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(crate) struct Remembered {
    pub(crate) identity: Identity,
    pub(crate) confidence: f64,
}

/// How often files of a folder were of a series.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Counts(BTreeMap<u64, u32>);

/// What a file is known by: the file system's numbers and its name. None for one that is not there. Blocks.
pub(crate) fn file_key(path: &Path) -> Option<String> {
    let facts = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
    let name = hash(path.as_os_str().as_bytes());
    Some(format!("file{VERSION}:{}:{}:{}:{name:016x}", facts.dev(), facts.ino(), facts.size()))
}

/// What the file of `key` was found to be.
pub(crate) async fn remembered_file(cache: &impl AnswerCache, key: &str) -> Option<Remembered> {
    serde_json::from_str(&cache.get(key).await?).ok()
}

/// Keeps what the file of `key` is.
pub(crate) async fn remember_file(cache: &impl AnswerCache, key: &str, remembered: &Remembered) {
    if let Ok(text) = serde_json::to_string(remembered) {
        cache.put(key, &text, KEEP).await;
    }
}

/// The series that most files of the folder of `path` are of, among those that go by `title`. Only a series' own folder
/// tells: in one for everything, what was found first must not decide for what comes later.
pub(crate) async fn remembered_series(cache: &impl AnswerCache, path: &Path, title: &str) -> Option<u64> {
    let Counts(counts) = serde_json::from_str(&cache.get(&series_key(path, title)?).await?).ok()?;
    let all: u32 = counts.values().fold(0, |sum, &count| sum.saturating_add(count));
    counts.into_iter().find(|&(_, count)| count.saturating_mul(2) > all).map(|(id, _)| id)
}

/// Counts a file of the folder of `path` that goes by `title` for the series `id`.
pub(crate) async fn remember_series(cache: &impl AnswerCache, path: &Path, title: &str, id: u64) {
    let Some(key) = series_key(path, title) else { return };
    let kept = cache.get(&key).await.and_then(|kept| serde_json::from_str(&kept).ok());
    let Counts(mut counts) = kept.unwrap_or_default();
    let count = counts.entry(id).or_insert(0);
    *count = count.saturating_add(1).min(1000);
    while counts.len() > 8 {
        counts.pop_first();
    }
    if let Ok(text) = serde_json::to_string(&Counts(counts)) {
        cache.put(&key, &text, KEEP).await;
    }
}

/// The folder of the series `title` that a file lies in, with the title: a folder may go by several.
fn series_key(path: &Path, title: &str) -> Option<String> {
    let folder = series_folder(path, title)?;
    let folder = hash(folder.as_os_str().as_bytes());
    let title = hash(titles::normal(title).as_bytes());
    Some(format!("folder{VERSION}:{folder:016x}:{title:016x}"))
}

/// The folder of a file if its name reads as `title`, or the one above its season's.
fn series_folder<'a>(path: &'a Path, title: &str) -> Option<&'a Path> {
    let name = |folder: &Path| folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let is_own = |folder: &Path| {
        let readings = name(folder).map(|name| release_name::read(&name)).unwrap_or_default();
        readings.iter().any(|reading| {
            let mut titles = std::iter::once(&reading.title).chain(&reading.other_titles);
            titles.any(|own| titles::likeness(own, title) >= SAME_TITLE)
        })
    };
    let folder = path.parent()?;
    if is_own(folder) {
        return Some(folder);
    }
    let is_season = name(folder).is_some_and(|name| is_season_folder(&name));
    folder.parent().filter(|above| is_season && is_own(above))
}

/// FNV-1a: the same in every release, and enough for names that nobody chooses against us.
fn hash(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identify::MemoryCache;

    #[tokio::test]
    async fn the_majority_of_a_folder_counts() {
        let cache = MemoryCache::new();
        let path = Path::new("/v/Harbour/Season 1/Harbour S01E01.mkv");
        assert_eq!(remembered_series(&cache, path, "Harbour").await, None);
        remember_series(&cache, path, "Harbour", 7).await;
        let beside = Path::new("/v/Harbour/Season 2/Harbour S02E01.mkv");
        assert_eq!(remembered_series(&cache, beside, "The Harbour").await, Some(7));
        assert_eq!(remembered_series(&cache, beside, "Lights").await, None);
        assert_eq!(
            remembered_series(&cache, Path::new("/v/Other/Harbour S01E01.mkv"), "Harbour").await,
            None
        );
        remember_series(&cache, beside, "Harbour", 8).await;
        assert_eq!(remembered_series(&cache, path, "Harbour").await, None);
        remember_series(&cache, beside, "Harbour", 8).await;
        assert_eq!(remembered_series(&cache, path, "Harbour").await, Some(8));
    }

    #[tokio::test]
    async fn a_folder_for_everything_has_no_majority() {
        let cache = MemoryCache::new();
        for folder in ["/home/somebody/Downloads", "/v", "/v/Season 1", "/v/Other Series/Season 1"] {
            let path = Path::new(folder).join("Harbour S01E01.mkv");
            remember_series(&cache, &path, "Harbour", 7).await;
            assert_eq!(remembered_series(&cache, &path, "Harbour").await, None, "{folder}");
        }
        for folder in ["/v/Harbour (2004)", "/v/Harbour.S01.1080p.WEB-GRP", "/v/Harbour/Staffel 2"] {
            let path = Path::new(folder).join("Harbour S01E01.mkv");
            remember_series(&cache, &path, "Harbour", 7).await;
            assert_eq!(remembered_series(&cache, &path, "Harbour").await, Some(7), "{folder}");
        }
    }

    #[test]
    fn another_file_of_the_same_name_has_another_key() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("Harbour.mkv");
        assert_eq!(file_key(&path), None);
        std::fs::write(&path, "1").expect("a file");
        let key = file_key(&path).expect("a key");
        assert_eq!(file_key(&path).as_ref(), Some(&key));
        std::fs::write(&path, "22").expect("a file");
        assert_ne!(file_key(&path), Some(key.clone()));
        assert!(!key.contains("Harbour"));
    }
}
