//! NFO and `.plexmatch` files beside a video and in the folders above it: which of them speak of it.

use std::ffi::{OsStr, OsString};
use std::path::Path;

use super::clue::{Clue, Id, Target, evidence};
use super::folder::Folder;
use super::identity::EvidenceKind;
use super::nfo::{self, Nfo, NfoKind};
use super::plexmatch::{self, PlexMatch};
use super::release_name::{Reading, ReadingKind, is_disc_folder};
use super::titles;

/// How many folders upward the files of a series are looked for.
const MAX_FOLDERS: usize = 3;

/// What the files beside a video say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Sidecars {
    /// Ids, the strongest first.
    pub(crate) clues: Vec<Clue>,
    /// What they say in words, which can be looked up.
    pub(crate) reading: Option<Reading>,
    /// The reading is what a `.plexmatch` file says.
    pub(crate) is_by_plexmatch: bool,
}

/// Reads what lies beside `path` and above it. Blocks on the file system; what cannot be read is not there.
pub(crate) fn read(path: &Path, reading: Option<&Reading>) -> Sidecars {
    let Some(folder) = path.parent() else { return Sidecars::default() };
    let folders: Vec<Folder> = folder.ancestors().take(MAX_FOLDERS).map(Folder::list).collect();
    among(path, &folders, reading)
}

/// The same of what is in `folders`: the one of `path`, and those above it.
pub(super) fn among(path: &Path, folders: &[Folder], reading: Option<&Reading>) -> Sidecars {
    let mut found = Sidecars::default();
    let own = path.file_stem().and_then(|stem| load(folders.first()?, &with_nfo(stem)));
    let told = Told::read(path, folders);
    let by_name = reading.filter(|reading| reading.kind == ReadingKind::Episode);

    let own_episode = own.as_ref().filter(|nfo| nfo.kind == Some(NfoKind::Episode));
    if let Some(nfo) = own.as_ref().filter(|nfo| nfo.kind != Some(NfoKind::Episode)) {
        found.add_own(nfo);
    }
    let season = told.season.or_else(|| season_of_folder(folders));
    // `07.mkv` is an episode where something says that its folder is a season.
    let counted = season.and(path.file_stem()).and_then(|stem| leading_number(&stem.to_string_lossy()));
    let counted = counted.filter(|_| by_name.is_none());
    let of_series = own_episode.is_some() || by_name.is_some() || told.numbers.is_some() || counted.is_some();
    let is_known = found.clues.iter().any(|clue| matches!(clue.target, Target::Movie | Target::Series));
    if of_series && !is_known {
        let numbers = numbers(own_episode, &told, season, by_name);
        let numbers = numbers.or_else(|| Some((season?, vec![counted?])));
        found.add_series(own_episode, &told, folders, numbers, by_name);
    }
    // A number that may be part of a title does not make a series of a movie.
    let may_be_movie = !of_series || by_name.is_some_and(|reading| !reading.certain);
    if found.clues.is_empty() && own.is_none() && may_be_movie {
        found.add_movie_of_folder(path, folders, reading);
    }
    found
}

/// Season and episodes, if anything but the file's name states them. `season` is the one that all of the folder is of.
fn numbers(
    own: Option<&Nfo>,
    told: &Told,
    season: Option<u32>,
    by_name: Option<&Reading>,
) -> Option<(u32, Vec<u32>)> {
    let season_by_name = by_name.and_then(|reading| reading.season);
    if let Some(nfo) = own.filter(|nfo| !nfo.episodes.is_empty()) {
        return Some((nfo.season.or(season_by_name).or(season)?, nfo.episodes.clone()));
    }
    if let Some((its, episodes)) = &told.numbers {
        return Some((its.or(season_by_name).or(season)?, episodes.clone()));
    }
    let reading = by_name.filter(|reading| reading.season.is_none() && !reading.numbers().is_empty())?;
    Some((season?, reading.numbers().to_vec()))
}

fn season_of_folder(folders: &[Folder]) -> Option<u32> {
    let nfo = load(folders.first()?, OsStr::new("season.nfo"))?;
    nfo.season.filter(|_| nfo.kind == Some(NfoKind::Season))
}

/// A number of at most three digits that a name begins with.
fn leading_number(name: &str) -> Option<u32> {
    let end = name.find(|char: char| !char.is_ascii_digit()).unwrap_or(name.len());
    let (number, rest) = name.split_at(end);
    let stands_alone = !rest.starts_with(char::is_alphanumeric);
    number.parse().ok().filter(|&number| stands_alone && end <= 3 && number > 0)
}

/// What the `.plexmatch` files around a video say of it, the nearest overriding.
#[derive(Debug, Default)]
struct Told {
    title: Option<String>,
    year: Option<u16>,
    season: Option<u32>,
    /// Of this very file.
    numbers: Option<(Option<u32>, Vec<u32>)>,
    ids: Vec<Id>,
    /// How far above the file the ids are.
    above: usize,
}

impl Told {
    fn read(path: &Path, folders: &[Folder]) -> Self {
        let mut told = Self::default();
        for (at, folder) in folders.iter().enumerate() {
            let Some(bytes) = folder.beginning(OsStr::new(".plexmatch"), plexmatch::MAX_PLEXMATCH) else {
                continue;
            };
            told.add(path, folder, at + 1, plexmatch::read(&bytes));
        }
        told
    }

    fn add(&mut self, path: &Path, folder: &Folder, above: usize, found: PlexMatch) {
        if self.numbers.is_none() {
            let name = path.strip_prefix(folder.path()).map(|name| name.to_string_lossy().into_owned());
            let numbers = name.ok().and_then(|name| {
                let (season, episodes) = found.numbers_of(&name)?;
                Some((season, episodes.to_vec()))
            });
            self.numbers = numbers;
        }
        if self.title.is_none() && found.title.is_some() {
            (self.title, self.year) = (found.title, found.year);
        }
        self.season = self.season.or(found.season);
        if self.ids.is_empty() && !found.ids.is_empty() {
            (self.ids, self.above) = (found.ids, above);
        }
    }
}

impl Sidecars {
    /// The NFO beside the file, when it is no episode's.
    fn add_own(&mut self, nfo: &Nfo) {
        let target = match nfo.kind {
            Some(NfoKind::Movie) => Target::Movie,
            Some(NfoKind::Series) => Target::Series,
            Some(NfoKind::Season) => return,
            Some(NfoKind::Episode) | None => Target::Unsaid,
        };
        let numbers = nfo.season.zip(Some(nfo.episodes.clone())).filter(|(_, episodes)| !episodes.is_empty());
        self.add(&nfo.ids, &Place { target, numbers, above: 0, name: "the NFO beside the file" });
        if target == Target::Movie {
            self.reading = movie_reading(nfo);
        }
    }

    /// An episode's NFO has the numbers; the series' ids are in its own files.
    fn add_series(
        &mut self,
        own: Option<&Nfo>,
        told: &Told,
        folders: &[Folder],
        numbers: Option<(u32, Vec<u32>)>,
        by_name: Option<&Reading>,
    ) {
        if let Some(nfo) = own {
            let name = "the episode's NFO";
            let place = Place { target: Target::Series, numbers: numbers.clone(), above: 0, name };
            self.add(&nfo.series_ids, &place);
        }
        let show = folders.iter().enumerate().find_map(|(at, folder)| {
            let nfo = load(folder, OsStr::new("tvshow.nfo"))?;
            matches!(nfo.kind, Some(NfoKind::Series) | None).then_some((at + 1, nfo))
        });
        let of_series = |above, name| Place { target: Target::Series, numbers: numbers.clone(), above, name };
        let told_place = of_series(told.above, ".plexmatch");
        match &show {
            // Of two equally near ones the user's own word comes first.
            Some((above, nfo)) if *above < told.above => {
                self.add(&nfo.ids, &of_series(*above, "tvshow.nfo"));
                self.add(&told.ids, &told_place);
            }
            Some((above, nfo)) => {
                self.add(&told.ids, &told_place);
                self.add(&nfo.ids, &of_series(*above, "tvshow.nfo"));
            }
            None => self.add(&told.ids, &told_place),
        }
        if let Some(nfo) = own {
            // TMDB cannot be asked for an episode by its own number.
            let ids: Vec<Id> = nfo.ids.iter().filter(|id| !matches!(id, Id::Tmdb(_))).cloned().collect();
            let name = "the episode's NFO";
            self.add(&ids, &Place { target: Target::Episode, numbers: numbers.clone(), above: 0, name });
        }
        let show = show.as_ref().map(|(_, nfo)| nfo);
        let by_nfo = own.is_some_and(|nfo| nfo.series.is_some());
        self.is_by_plexmatch = !by_nfo && told.title.is_some();
        self.reading = series_reading(own, told, show, numbers, by_name);
    }

    /// `movie.nfo` or the folder's NFO, if it must mean this file: the only video there, or of the same title.
    fn add_movie_of_folder(&mut self, path: &Path, folders: &[Folder], reading: Option<&Reading>) {
        let Some(folder) = folders.first() else { return };
        let is_disc =
            |folder: &Folder| name_of(folder).is_some_and(|name| is_disc_folder(&name.to_string_lossy()));
        let discs = folders.iter().take_while(|folder| is_disc(folder)).count();
        let found = folders.iter().take(discs + 1).find_map(|folder| {
            let of_disc = if is_disc(folder) { ["VIDEO_TS.nfo", "index.nfo"].as_slice() } else { &[] };
            let names = of_disc.iter().chain(&["movie.nfo"]).map(OsString::from);
            let mut names = names.chain(name_of(folder).map(with_nfo));
            names.find_map(|name| load(folder, &name))
        });
        let Some(nfo) = found.filter(|nfo| matches!(nfo.kind, Some(NfoKind::Movie) | None)) else { return };
        let same_title = reading.is_some_and(|reading| {
            [&nfo.title, &nfo.original_title]
                .into_iter()
                .flatten()
                .any(|title| titles::likeness(title, &reading.title) >= 1.0)
        });
        if same_title || discs > 0 || folder.has_only(path) {
            let place =
                Place { target: Target::Movie, numbers: None, above: discs + 1, name: "the folder's NFO" };
            self.add(&nfo.ids, &place);
            self.reading = self.reading.take().or_else(|| movie_reading(&nfo));
        }
    }

    fn add(&mut self, ids: &[Id], place: &Place) {
        for id in ids {
            // TVDB's numbers of movies cannot be looked up.
            if matches!(id, Id::Tvdb(_)) && place.target == Target::Movie {
                continue;
            }
            let kind = if place.name == ".plexmatch" { EvidenceKind::Plexmatch } else { EvidenceKind::Nfo };
            self.clues.push(Clue {
                id: id.clone(),
                target: place.target,
                numbers: place.numbers.clone(),
                above: place.above,
                evidence: evidence(kind, format!("{id} in {}", place.name)),
            });
        }
    }
}

/// Where some ids were found, and what they are of.
struct Place {
    target: Target,
    numbers: Option<(u32, Vec<u32>)>,
    above: usize,
    name: &'static str,
}

/// The series' name with the numbers; a name alone says no more than the file's.
fn series_reading(
    own: Option<&Nfo>,
    told: &Told,
    show: Option<&Nfo>,
    numbers: Option<(u32, Vec<u32>)>,
    by_name: Option<&Reading>,
) -> Option<Reading> {
    let by_show = show.and_then(|nfo| Some((nfo.title.clone()?, nfo.year)));
    let (title, year) = own
        .and_then(|nfo| Some((nfo.series.clone()?, None)))
        .or_else(|| Some((told.title.clone()?, told.year)))
        .or(by_show)
        .or_else(|| {
            by_name.filter(|_| numbers.is_some()).map(|reading| (reading.title.clone(), reading.year))
        })?;
    let base = Reading { year, certain: true, marked: true, ..Reading::new(ReadingKind::Episode, title) };
    match (numbers, by_name) {
        (Some((season, episodes)), _) => Some(Reading { season: Some(season), episodes, ..base }),
        (None, Some(reading)) => Some(Reading {
            season: reading.season,
            episodes: reading.episodes.clone(),
            absolute: reading.absolute.clone(),
            date: reading.date,
            part: reading.part,
            episode_title: reading.episode_title.clone(),
            certain: reading.certain,
            ..base
        }),
        (None, None) => None,
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

fn load(folder: &Folder, name: &OsStr) -> Option<Nfo> {
    nfo::read(&folder.beginning(name, nfo::MAX_NFO)?)
}

fn name_of(folder: &Folder) -> Option<&OsStr> {
    folder.path().file_name()
}

fn with_nfo(name: &OsStr) -> OsString {
    let mut name = name.to_owned();
    name.push(".nfo");
    name
}
