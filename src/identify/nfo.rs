//! NFO files: XML after Kodi's fashion, an address of a catalogue, or both, in whatever state they are in.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::clue::Id;

/// What an NFO says of the thing it lies beside.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Nfo {
    /// What its root is, or what the address in it is of; `None` when neither says.
    pub(crate) kind: Option<NfoKind>,
    /// Its ids, TMDB's first.
    pub(crate) ids: Vec<Id>,
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
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NfoKind {
    Movie,
    Series,
    Episode,
}

/// How much of an NFO is read, in bytes.
pub(crate) const MAX_NFO: usize = 64 * 1024;

/// Reads an NFO. `None` when it says nothing of use.
pub(crate) fn read(bytes: &[u8]) -> Option<Nfo> {
    let text = decode(&bytes[..bytes.len().min(MAX_NFO)]);
    let mut nfo = from_xml(&text);
    if nfo.mixed {
        nfo.season = None;
        nfo.episodes.clear();
    }
    if nfo.ids.is_empty()
        && let Some(found) = from_address(&text)
    {
        nfo.kind = nfo.kind.or(found.kind);
        nfo.ids = found.ids;
        if nfo.season.is_none() && nfo.episodes.is_empty() {
            nfo.season = found.season;
            nfo.episodes = found.episodes;
        }
    }
    nfo.ids.sort_by_key(Id::rank);
    let useful =
        !nfo.ids.is_empty() || nfo.title.is_some() || nfo.series.is_some() || !nfo.episodes.is_empty();
    useful.then_some(nfo)
}

/// UTF-16 with its mark, or UTF-8 with whatever else is in it replaced.
fn decode(bytes: &[u8]) -> String {
    let wide = |rest: &[u8], unit: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = rest.chunks_exact(2).map(|pair| unit([pair[0], pair[1]])).collect();
        String::from_utf16_lossy(&units)
    };
    match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => String::from_utf8_lossy(rest).into_owned(),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}

/// What the XML in `text` says, up to where it stops being XML. Only the root's own children count: actors
/// and sets have ids too.
fn from_xml(text: &str) -> Nfo {
    let mut nfo = Nfo::default();
    let Some(begin) = ["<?xml", "<movie", "<tvshow", "<episodedetails", "<video"]
        .iter()
        .filter_map(|start| text.find(start))
        .min()
    else {
        return nfo;
    };
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
        let attributes = start.attributes().flatten().map(|attribute| {
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
        let kind = match root.local_name().as_ref().to_ascii_lowercase().as_str() {
            "movie" => NfoKind::Movie,
            "tvshow" => NfoKind::Series,
            "episodedetails" => NfoKind::Episode,
            _ => return,
        };
        self.kind.get_or_insert(kind);
    }

    fn take(&mut self, field: &Field) {
        let text = field.text.trim();
        let number = || text.parse::<u32>().ok();
        match field.name.as_str() {
            "uniqueid" => self.keep(field.attribute("type").unwrap_or_default(), text),
            "tmdbid" => self.keep("tmdb", text),
            "imdbid" | "imdb_id" | "imdb" => self.keep("imdb", text),
            "tvdbid" => self.keep("tvdb", text),
            "id" => {
                for (key, value) in &field.attributes {
                    self.keep(key, value);
                }
                // A bare number is TVDB's or TMDB's, by the age of the writer: not to be told.
                self.keep("imdb", text);
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
            "episode" if self.kind == Some(NfoKind::Episode) => {
                if let Some(episode) = number().filter(|episode| !self.episodes.contains(episode)) {
                    self.episodes.push(episode);
                }
            }
            _ => {}
        }
    }

    /// Keeps an id of a catalogue, the first of each.
    fn keep(&mut self, catalogue: &str, value: &str) {
        let id = match catalogue.to_ascii_lowercase().as_str() {
            "tmdb" | "themoviedb" => Id::number(value).map(Id::Tmdb),
            "imdb" => Id::imdb(value),
            "tvdb" | "thetvdb" => Id::number(value).map(Id::Tvdb),
            _ => None,
        };
        if let Some(id) = id.filter(|id| self.ids.iter().all(|known| known.rank() != id.rank())) {
            self.ids.push(id);
        }
    }
}

fn set(field: &mut Option<String>, text: &str) {
    if field.is_none() && !text.is_empty() {
        *field = Some(text.to_owned());
    }
}

/// The address of a catalogue in `text`: in an NFO of its own, behind the XML, or among a release's art. Two
/// different ones of one catalogue say nothing.
fn from_address(text: &str) -> Option<Nfo> {
    let text = text.to_ascii_lowercase();
    let mut found: Vec<Nfo> = Vec::new();
    for (at, site) in text.match_indices("themoviedb.org/") {
        let mut segments = text[at + site.len()..].split(['/', '-', '?', '#', '&']);
        let kind = match segments.next() {
            Some("movie") => NfoKind::Movie,
            Some("tv") => NfoKind::Series,
            _ => continue,
        };
        let rest = &text[at + site.len()..];
        let Some(id) = leading_number(segments.next().unwrap_or_default()) else { continue };
        let mut nfo = Nfo { kind: Some(kind), ids: vec![Id::Tmdb(id)], ..Nfo::default() };
        let line =
            rest.split(|char: char| char.is_whitespace() || "\"'<>".contains(char)).next().unwrap_or("");
        let after = |word: &str| line.split_once(word).and_then(|(_, rest)| leading_number(rest));
        nfo.season = after("/season/").and_then(|number| u32::try_from(number).ok());
        nfo.episodes.extend(after("/episode/").and_then(|number| u32::try_from(number).ok()));
        found.push(nfo);
    }
    if found.is_empty() {
        for (at, site) in text.match_indices("imdb.com/title/") {
            let rest = &text[at + site.len()..];
            let end = rest.find(|char: char| !char.is_ascii_alphanumeric()).unwrap_or(rest.len());
            if let Some(id) = Id::imdb(&rest[..end]) {
                found.push(Nfo { ids: vec![id], ..Nfo::default() });
            }
        }
    }
    let first = found.first()?;
    found.iter().all(|nfo| nfo.ids == first.ids).then(|| first.clone())
}

fn leading_number(text: &str) -> Option<u64> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    Id::number(&text[..digits])
}
