//! What an NFO means, by its XML or by an address in it.

use super::address::{self, Address};
use super::xml::{self, Field};
use crate::identify::clue::Id;
use crate::identify::foreign_text;

/// What an NFO says of the thing it lies beside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Nfo {
    /// What its root is, or what the address in it is of; `None` when neither says.
    pub(crate) kind: Option<NfoKind>,
    /// Its ids, TMDB's first. Several of one catalogue when it contradicts itself.
    pub(crate) ids: Vec<Id>,
    /// Ids of an episode's series, from an address in it.
    pub(crate) series_ids: Vec<Id>,
    pub(crate) title: Option<String>,
    pub(crate) original_title: Option<String>,
    /// An episode's series.
    pub(crate) series: Option<String>,
    pub(crate) year: Option<u16>,
    pub(crate) season: Option<u32>,
    /// All episodes of the file.
    pub(crate) episodes: Vec<u32>,
    /// Its episodes are of several seasons, which no identity can say: then it has no numbers.
    mixed: bool,
    /// The catalogues whose id here is marked as the one to go by.
    settled: Vec<u8>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NfoKind {
    Movie,
    Series,
    /// Only its number is of use: its ids are the season's own.
    Season,
    Episode,
}

/// How much of an NFO is read, in bytes.
pub(crate) const MAX_NFO: usize = 64 * 1024;
/// How many different ids and how many episodes are kept of one NFO: more is no NFO.
const MAX_IDS: usize = 4;
const MAX_EPISODES: usize = 100;

/// Reads an NFO. `None` when it says nothing of use.
pub(crate) fn read(bytes: &[u8]) -> Option<Nfo> {
    let text = foreign_text::decode(&bytes[..bytes.len().min(MAX_NFO)]);
    let mut nfo = xml::read(&text);
    if nfo.mixed {
        nfo.season = None;
        nfo.episodes.clear();
    }
    if nfo.ids.is_empty()
        && nfo.kind != Some(NfoKind::Season)
        && let Some(found) = address_in(&text, nfo.kind.is_some())
    {
        nfo.add_address(found);
    }
    nfo.ids.sort_by_key(Id::rank);
    let useful = !nfo.ids.is_empty() || nfo.title.is_some() || nfo.series.is_some() || nfo.season.is_some();
    useful.then_some(nfo)
}

/// The address behind the XML, or else anywhere. Within it a bare id may be anyone's.
fn address_in(text: &str, is_xml: bool) -> Option<Address> {
    if !is_xml {
        return address::find(text, true);
    }
    let behind = text.rsplit_once('>').map(|(_, rest)| rest).unwrap_or_default();
    address::find(behind, true).or_else(|| address::find(text, false))
}

impl Nfo {
    /// Takes what one child of the root says.
    pub(super) fn take(&mut self, field: &Field) {
        let text = field.text.trim();
        let number = || text.parse::<u32>().ok();
        match field.name.as_str() {
            "uniqueid" => {
                let default =
                    field.attribute("default").is_some_and(|said| said.eq_ignore_ascii_case("true"));
                self.keep(field.attribute("type").unwrap_or_default(), text, default);
            }
            "tmdbid" => self.keep("tmdb", text, false),
            "imdbid" | "imdb_id" | "imdb" => self.keep("imdb", text, false),
            "tvdbid" => self.keep("tvdb", text, false),
            "id" => {
                for (key, value) in &field.attributes {
                    self.keep(key, value, false);
                }
                // A bare number is TVDB's or TMDB's, by the age of the writer: not to be told.
                self.keep("imdb", text, false);
            }
            "title" => set(&mut self.title, text),
            "originaltitle" => set(&mut self.original_title, text),
            "showtitle" => set(&mut self.series, text),
            "year" => self.year = self.year.or(text.parse().ok()),
            "premiered" | "releasedate" if self.kind != Some(NfoKind::Episode) => {
                self.year = self.year.or(text.get(..4).and_then(|year| year.parse().ok()));
            }
            "season" if self.kind == Some(NfoKind::Episode) => match (self.season, number()) {
                (Some(before), Some(now)) if before != now => self.mixed = true,
                (None, Some(now)) => self.season = Some(now),
                _ => {}
            },
            "seasonnumber" if self.kind == Some(NfoKind::Season) => self.season = self.season.or(number()),
            "episode" if self.kind == Some(NfoKind::Episode) && self.episodes.len() < MAX_EPISODES => {
                if let Some(episode) = number().filter(|episode| !self.episodes.contains(episode)) {
                    self.episodes.push(episode);
                }
            }
            _ => {}
        }
    }

    /// Keeps an id of a catalogue. One that is marked as the default stands for all of its catalogue; of several
    /// episodes in one file each has its own, and the first will do.
    fn keep(&mut self, catalogue: &str, value: &str, default: bool) {
        let id = match catalogue.to_ascii_lowercase().as_str() {
            "tmdb" | "themoviedb" => Id::number(value).map(Id::Tmdb),
            "imdb" => Id::imdb(value),
            "tvdb" | "thetvdb" => Id::number(value).map(Id::Tvdb),
            _ => None,
        };
        let Some(id) = id else { return };
        let rank = id.rank();
        let of_episode = self.kind == Some(NfoKind::Episode);
        let settled = self.settled.contains(&rank);
        let is_enough =
            self.ids.len() >= MAX_IDS || of_episode && self.ids.iter().any(|known| known.rank() == rank);
        if default && !settled && !of_episode {
            self.ids.retain(|known| known.rank() != rank);
            self.settled.push(rank);
        } else if settled || is_enough || self.ids.contains(&id) {
            return;
        }
        self.ids.push(id);
    }

    fn add_address(&mut self, found: Address) {
        // An address that leads to a series is not the episode's own, in whatever it stands.
        if self.kind == Some(NfoKind::Episode) && found.kind != Some(NfoKind::Movie) {
            let (series, own): (Vec<Id>, Vec<Id>) =
                [found.id].into_iter().partition(|_| found.kind == Some(NfoKind::Series));
            self.series_ids = series;
            self.ids = own;
        } else {
            self.kind = self.kind.or(found.kind);
            self.ids = vec![found.id];
        }
        if self.season.is_none() && self.episodes.is_empty() {
            self.season = found.season;
            self.episodes.extend(found.episode);
        }
    }
}

fn set(field: &mut Option<String>, text: &str) {
    if field.is_none() && !text.is_empty() {
        *field = Some(foreign_text::cut(text).to_owned());
    }
}
