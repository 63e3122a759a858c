//! NFO files: XML after Kodi's fashion, an address of a catalogue, or both, in whatever state they are in.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::address::{self, Address};
use super::clue::Id;
use super::foreign_text;

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
/// How many attributes of an element are looked at.
const MAX_ATTRIBUTES: usize = 16;
/// The elements that an NFO begins with.
const ROOTS: [(&str, NfoKind); 4] = [
    ("movie", NfoKind::Movie),
    ("tvshow", NfoKind::Series),
    ("season", NfoKind::Season),
    ("episodedetails", NfoKind::Episode),
];

/// Reads an NFO. `None` when it says nothing of use.
pub(crate) fn read(bytes: &[u8]) -> Option<Nfo> {
    let text = foreign_text::decode(&bytes[..bytes.len().min(MAX_NFO)]);
    let mut nfo = from_xml(&text);
    if nfo.mixed {
        nfo.season = None;
        nfo.episodes.clear();
    }
    if nfo.ids.is_empty()
        && nfo.kind != Some(NfoKind::Season)
        && let Some(found) = address::find(&text)
    {
        nfo.add_address(found);
    }
    nfo.ids.sort_by_key(Id::rank);
    let useful = !nfo.ids.is_empty() || nfo.title.is_some() || nfo.series.is_some() || nfo.season.is_some();
    useful.then_some(nfo)
}

/// What the XML in `text` says, up to where it stops being XML. Only the root's own children count: actors
/// and sets have ids too.
fn from_xml(text: &str) -> Nfo {
    let mut nfo = Nfo::default();
    let Some(begin) = beginning(text) else { return nfo };
    let mut reader = Reader::from_str(&text[begin..]);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut depth = 0_usize;
    let mut field: Option<Field> = None;
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                // Whatever was left open before it ends where the next one begins.
                if depth > 1 && root(&start).is_some_and(|kind| kind != NfoKind::Season) {
                    depth = 0;
                    field = None;
                }
                match depth {
                    0 => nfo.begin(&start),
                    1 => field = Some(Field::new(&start)),
                    _ => {}
                }
                depth += 1;
            }
            Ok(Event::End(_)) => {
                depth = depth.saturating_sub(1);
                if depth == 1
                    && let Some(field) = field.take()
                {
                    nfo.take(&field);
                }
            }
            Ok(Event::Empty(empty)) if depth == 1 => nfo.take(&Field::new(&empty)),
            Ok(Event::Text(text)) if depth == 2 => push(&mut field, &text.xml10_content()),
            Ok(Event::CData(text)) if depth == 2 => push(&mut field, &text.xml10_content()),
            Ok(Event::GeneralRef(reference)) if depth == 2 => {
                let char = match reference.resolve_char_ref() {
                    Ok(Some(char)) => Some(char.to_string()),
                    _ => quick_xml::escape::resolve_predefined_entity(&reference.xml10_content())
                        .map(str::to_owned),
                };
                push(&mut field, char.as_deref().unwrap_or(" "));
            }
            Ok(Event::Eof) | Err(_) => return nfo,
            Ok(_) => {}
        }
    }
}

/// Where the XML begins: scene files have art before it.
fn beginning(text: &str) -> Option<usize> {
    text.match_indices('<').map(|(at, _)| at).find(|&at| {
        let starts = |name: &str| {
            let rest = text.as_bytes()[at + 1..].get(..name.len());
            rest.is_some_and(|rest| rest.eq_ignore_ascii_case(name.as_bytes()))
        };
        starts("?xml") || ROOTS.iter().any(|(name, _)| starts(name))
    })
}

fn root(start: &BytesStart<'_>) -> Option<NfoKind> {
    let name = start.local_name();
    ROOTS.iter().find(|(root, _)| name.as_ref().eq_ignore_ascii_case(root)).map(|&(_, kind)| kind)
}

fn push(field: &mut Option<Field>, text: &str) {
    if let Some(field) = field {
        field.text.push_str(text);
    }
}

/// One child of the root.
#[derive(Debug, Default)]
struct Field {
    name: String,
    attributes: Vec<(String, String)>,
    text: String,
}

impl Field {
    fn new(start: &BytesStart<'_>) -> Self {
        let mut attributes = start.attributes();
        attributes.with_checks(false);
        let attributes = attributes.take(MAX_ATTRIBUTES).flatten().map(|attribute| {
            (attribute.key.as_ref().to_ascii_lowercase(), attribute.value.trim().to_owned())
        });
        Self {
            name: start.local_name().as_ref().to_ascii_lowercase(),
            attributes: attributes.collect(),
            text: String::new(),
        }
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

impl Nfo {
    fn begin(&mut self, root: &BytesStart<'_>) {
        if let Some(kind) = self::root(root) {
            self.kind.get_or_insert(kind);
        }
    }

    fn take(&mut self, field: &Field) {
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
        let settled = self.settled.contains(&rank);
        if default && !settled && self.kind != Some(NfoKind::Episode) {
            self.ids.retain(|known| known.rank() != rank);
            self.settled.push(rank);
        } else if settled || self.ids.contains(&id) || self.ids.len() >= MAX_IDS {
            return;
        } else if self.kind == Some(NfoKind::Episode) && self.ids.iter().any(|known| known.rank() == rank) {
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
        *field = Some(text.to_owned());
    }
}
