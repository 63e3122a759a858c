//! NFO files beside a video and in the folders above it: which of them speak of it.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use super::clue::{Clue, Id, Target, evidence};
use super::identity::EvidenceKind;
use super::nfo::{self, Nfo, NfoKind};
use super::release_name::{Reading, ReadingKind};
use super::titles;

/// How many folders upward a `tvshow.nfo` is looked for.
const MAX_FOLDERS: usize = 3;
/// How many entries of a folder are looked at to see whether a video is alone in it.
const MAX_ENTRIES: usize = 512;

/// What the files beside a video say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sidecars {
    /// Ids, the strongest first.
    pub(crate) clues: Vec<Clue>,
    /// What they say in words, which can be looked up.
    pub(crate) reading: Option<Reading>,
}

/// Reads what lies beside `path` and above it. Blocks on the file system; what cannot be read is not there.
pub(crate) fn read(path: &Path, reading: Option<&Reading>) -> Sidecars {
    let mut found = Sidecars::default();
    let Some(folder) = path.parent() else { return found };
    let own = path.file_stem().map(|stem| {
        let mut name = stem.to_owned();
        name.push(".nfo");
        folder.join(name)
    });
    let own = own.and_then(|own| load(&own));
    let names_episode = reading.is_some_and(|reading| reading.kind == ReadingKind::Episode);
    match own {
        Some(nfo) if nfo.kind == Some(NfoKind::Episode) => found.add_episode(&nfo, folder, reading),
        Some(nfo) => {
            let target = match nfo.kind {
                Some(NfoKind::Movie) => Target::Movie,
                Some(NfoKind::Series) => Target::Series,
                _ => Target::Unsaid,
            };
            found.add(&nfo, target, "the NFO beside the file");
            if target == Target::Movie {
                found.reading = movie_reading(&nfo);
            }
        }
        None => {}
    }
    if names_episode {
        if !found.clues.iter().any(|clue| matches!(clue.target, Target::Series | Target::Episode)) {
            found.add_series(folder, None);
        }
    } else if found.clues.is_empty() {
        found.add_movie_of_folder(path, folder, reading);
    }
    found
}

impl Sidecars {
    fn add(&mut self, nfo: &Nfo, target: Target, place: &str) {
        let numbers =
            nfo.season.filter(|_| !nfo.episodes.is_empty()).map(|season| (season, nfo.episodes.clone()));
        for id in &nfo.ids {
            // TVDB's numbers of movies cannot be looked up.
            if matches!(id, Id::Tvdb(_)) && target == Target::Movie {
                continue;
            }
            let says = format!("{} in {place}", spelt(id));
            self.clues.push(Clue {
                id: id.clone(),
                target,
                numbers: numbers.clone(),
                above: 0,
                evidence: evidence(EvidenceKind::Nfo, says),
            });
        }
    }

    /// An episode's NFO has the numbers; the series' ids are in its own.
    fn add_episode(&mut self, nfo: &Nfo, folder: &Path, reading: Option<&Reading>) {
        let season = nfo.season.or(reading.and_then(|reading| reading.season));
        let numbers =
            season.filter(|_| !nfo.episodes.is_empty()).map(|season| (season, nfo.episodes.clone()));
        let title = nfo.series.clone().or_else(|| {
            reading
                .filter(|reading| reading.kind == ReadingKind::Episode)
                .map(|reading| reading.title.clone())
        });
        if let (Some((season, episodes)), Some(title)) = (&numbers, title) {
            self.reading = Some(Reading {
                season: Some(*season),
                episodes: episodes.clone(),
                certain: true,
                marked: true,
                ..Reading::new(ReadingKind::Episode, title)
            });
        }
        self.add_series(folder, numbers.as_ref());
        // TMDB cannot be asked for an episode by its own number.
        let mut own = nfo.clone();
        own.season = season;
        own.ids.retain(|id| !matches!(id, Id::Tmdb(_)));
        self.add(&own, Target::Episode, "the episode's NFO");
    }

    /// The nearest `tvshow.nfo` upward.
    fn add_series(&mut self, folder: &Path, numbers: Option<&(u32, Vec<u32>)>) {
        let nfo = folder.ancestors().take(MAX_FOLDERS).find_map(|folder| load(&folder.join("tvshow.nfo")));
        let Some(mut nfo) = nfo.filter(|nfo| !matches!(nfo.kind, Some(NfoKind::Movie | NfoKind::Episode)))
        else {
            return;
        };
        (nfo.season, nfo.episodes) = match numbers {
            Some((season, episodes)) => (Some(*season), episodes.clone()),
            None => (None, Vec::new()),
        };
        self.add(&nfo, Target::Series, "tvshow.nfo");
    }

    /// `movie.nfo` or the folder's NFO, if it must mean this file: the only video there, or of the same title.
    fn add_movie_of_folder(&mut self, path: &Path, folder: &Path, reading: Option<&Reading>) {
        let folder_name = |folder: &Path| {
            let mut name = folder.file_name()?.to_owned();
            name.push(".nfo");
            Some(name)
        };
        let is_disc = folder.file_name().is_some_and(|name| name.eq_ignore_ascii_case("VIDEO_TS"));
        let mut places = Vec::new();
        if is_disc {
            places.push(folder.join("VIDEO_TS.nfo"));
        }
        for folder in folder.ancestors().take(if is_disc { 2 } else { 1 }) {
            places.push(folder.join("movie.nfo"));
            places.extend(folder_name(folder).map(|name| folder.join(name)));
        }
        let Some(nfo) = places.iter().find_map(|place| load(place)) else { return };
        if matches!(nfo.kind, Some(NfoKind::Series | NfoKind::Episode)) {
            return;
        }
        let same_title = reading.is_some_and(|reading| {
            [&nfo.title, &nfo.original_title]
                .into_iter()
                .flatten()
                .any(|title| titles::likeness(title, &reading.title) >= 1.0)
        });
        if same_title || is_disc || is_alone(path, folder) {
            self.add(&nfo, Target::Movie, "the folder's NFO");
            self.reading = self.reading.take().or_else(|| movie_reading(&nfo));
        }
    }
}

fn movie_reading(nfo: &Nfo) -> Option<Reading> {
    Some(Reading {
        year: nfo.year,
        certain: true,
        marked: true,
        ..Reading::new(ReadingKind::Movie, nfo.title.clone()?)
    })
}

fn spelt(id: &Id) -> String {
    match id {
        Id::Tmdb(number) => format!("TMDB {number}"),
        Id::Imdb(id) => format!("IMDb {id}"),
        Id::Tvdb(number) => format!("TVDB {number}"),
    }
}

fn load(path: &Path) -> Option<Nfo> {
    // Opening a pipe would wait for its writer.
    if !fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    let limit = u64::try_from(nfo::MAX_NFO).unwrap_or(u64::MAX);
    File::open(path).ok()?.take(limit).read_to_end(&mut bytes).ok()?;
    nfo::read(&bytes)
}

/// Whether no other video lies in `folder`; trailers and samples do not count.
fn is_alone(path: &Path, folder: &Path) -> bool {
    let Ok(entries) = fs::read_dir(folder) else { return false };
    let mut seen = 0;
    for entry in entries.take(MAX_ENTRIES + 1) {
        seen += 1;
        let Ok(entry) = entry else { return false };
        let name = entry.file_name();
        if Some(name.as_os_str()) == path.file_name() {
            continue;
        }
        let name = name.to_string_lossy().to_ascii_lowercase();
        let extra = name.contains("sample") || name.contains("trailer");
        if is_video(&name) && !extra {
            return false;
        }
    }
    seen <= MAX_ENTRIES
}

fn is_video(name: &str) -> bool {
    const VIDEOS: [&str; 12] =
        [".mkv", ".mp4", ".m4v", ".avi", ".mov", ".webm", ".ts", ".m2ts", ".mpg", ".mpeg", ".wmv", ".iso"];
    VIDEOS.iter().any(|extension| name.ends_with(extension))
}
