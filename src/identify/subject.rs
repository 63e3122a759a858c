//! What is to be identified, and what its name says before anyone is asked.

use std::path::Path;
use std::time::Duration;

use super::identity::EvidenceKind;
use super::release_name::{self, Reading, ReadingKind, is_disc_folder};
use super::titles;
use crate::player::{Location, Media};

/// What the chain is asked about.
#[derive(Debug, Clone, Copy)]
pub struct Subject<'a> {
    /// What the player said of it.
    pub media: &'a Media,
    /// How long it is, when that is known: zero is as good as nothing.
    pub duration: Option<Duration>,
}

impl Subject<'_> {
    /// Its length, if it can be one.
    pub(crate) fn length(&self) -> Option<Duration> {
        self.duration.filter(|duration| !duration.is_zero())
    }
}

/// Folders of what comes with a movie or a series and is neither.
const EXTRAS: [&str; 8] = [
    "extras",
    "featurettes",
    "trailers",
    "behind the scenes",
    "deleted scenes",
    "interviews",
    "samples",
    "sample",
];
/// Ends of the names of such files.
const EXTRA_ENDS: [&str; 6] =
    ["-trailer", "-sample", "-featurette", "-behindthescenes", "-deleted", "-interview"];

/// A name to show for `media`, without its folder.
pub(crate) fn label(media: &Media) -> String {
    let title = media.title.as_deref().map(str::trim).filter(|title| !title.is_empty());
    let label = match &media.location {
        Location::File(path) => path.file_name().map(|name| name.to_string_lossy().into_owned()),
        // An address may hold credentials.
        Location::Url(url) => title.map(str::to_owned).or_else(|| last_segment(url)),
        Location::Unknown => title.map(str::to_owned),
    };
    label.unwrap_or_else(|| "unnamed media".to_owned())
}

/// What the name of `media` says: its path's, and only without one its title's. With where it was found; the best first.
pub(crate) fn readings(media: &Media) -> (EvidenceKind, Vec<Reading>) {
    // Any text may be a title: only what looks like a video's name is worth reading.
    let marked = |name: &str| {
        let mut readings = release_name::read(name);
        readings.retain(|reading| reading.marked);
        readings
    };
    let by_place = match &media.location {
        Location::File(path) => release_name::read(&path.to_string_lossy()),
        Location::Url(url) => last_segment(url).map(|name| marked(&name)).unwrap_or_default(),
        Location::Unknown => Vec::new(),
    };
    if !by_place.is_empty() {
        return (EvidenceKind::ReleaseName, by_place);
    }
    let by_title = media.title.as_deref().and_then(name_in).map(|name| marked(&name));
    (EvidenceKind::Player, by_title.unwrap_or_default())
}

/// Whether `path` is a trailer, a sample or another extra.
pub(crate) fn is_extra(path: &Path) -> bool {
    let lower = |name: Option<&std::ffi::OsStr>| name.map(|name| name.to_string_lossy().to_lowercase());
    let folder = lower(path.parent().and_then(Path::file_name)).unwrap_or_default();
    let stem = lower(path.file_stem()).unwrap_or_default();
    EXTRAS.contains(&folder.as_str())
        || stem == "sample"
        || stem == "trailer"
        || EXTRA_ENDS.iter().any(|end| stem.ends_with(end))
        || path.file_name().is_some_and(|name| release_name::is_extra(&name.to_string_lossy()))
}

/// Whether an id in the folder `above` levels up must mean this file as a movie, and not a series or a
/// collection that it lies in: only a disc's folders stand between, and the names do not contradict.
pub(crate) fn is_movie_of_folder(path: &Path, above: usize) -> bool {
    let name =
        |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    if above == 0 {
        return true;
    }
    let between = path.ancestors().skip(1).take(above - 1).all(|folder| is_disc_folder(&name(folder)));
    let Some(folder) = path.ancestors().nth(above) else { return false };
    let read = |name: &str| release_name::read(name).into_iter().next();
    let agrees = match (read(&name(path)), read(&name(folder))) {
        (None, _) => true,
        (Some(own), Some(folder)) => {
            own.kind == ReadingKind::Movie && titles::likeness(&own.title, &folder.title) >= 0.8
        }
        (Some(_), None) => false,
    };
    between && (agrees || above > 1)
}

/// The name in what a player shows as a title: some show a path or an address, which is nobody's business.
fn name_in(title: &str) -> Option<String> {
    if title.contains("://") {
        last_segment(title)
    } else if title.starts_with(['/', '\\', '~']) || title.get(1..3) == Some(":\\") {
        title.rsplit(['/', '\\']).next().map(str::to_owned)
    } else {
        Some(title.replace('/', " "))
    }
}

/// The last part of an address, decoded and without its query. What it holds may be a path again, of which only the
/// last part is anybody's business.
pub(crate) fn last_segment(url: &str) -> Option<String> {
    let path = url.split(['?', '#']).next()?;
    let (_, path) = path.split_once("://")?;
    let (_, path) = path.split_once('/')?;
    let name = path.rsplit('/').next()?;
    let name = percent_encoding::percent_decode_str(name).decode_utf8_lossy();
    name.rsplit('/').next().filter(|name| !name.is_empty()).map(str::to_owned)
}
