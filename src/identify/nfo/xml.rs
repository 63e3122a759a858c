//! The XML of an NFO, up to where it stops being XML.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::content::{Nfo, NfoKind};

/// How many attributes of an element are looked at.
const MAX_ATTRIBUTES: usize = 16;
/// How deep elements may lie in each other.
const MAX_DEPTH: usize = 64;
/// The elements that an NFO begins with.
const ROOTS: [(&str, NfoKind); 4] = [
    ("movie", NfoKind::Movie),
    ("tvshow", NfoKind::Series),
    ("season", NfoKind::Season),
    ("episodedetails", NfoKind::Episode),
];

/// What the XML in `text` says, up to where it stops being XML. Only the root's own children count: actors
/// and sets have ids too.
pub(super) fn read(text: &str) -> Nfo {
    let mut nfo = Nfo::default();
    let Some(begin) = beginning(text) else { return nfo };
    let mut reader = Reader::from_str(&text[begin..]);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    config.allow_dangling_amp = true;
    let mut open = Open::default();
    loop {
        match reader.read_event() {
            Ok(Event::Start(start)) => {
                // A stray bracket in a text swallows the end of its element.
                match start.rsplit_once('<').map(|(_, rest)| rest.trim()) {
                    Some(rest) => open.end(rest.trim_start_matches('/'), &mut nfo),
                    None => open.begin(&start, &mut nfo),
                }
                if open.names.len() > MAX_DEPTH {
                    return nfo;
                }
            }
            Ok(Event::End(end)) => open.end(end.name().as_ref(), &mut nfo),
            Ok(Event::Empty(empty)) if open.names.len() == 1 => nfo.take(&Field::new(&empty)),
            Ok(Event::Text(text)) => open.push(&text.xml10_content()),
            Ok(Event::CData(text)) => open.push(&text.xml10_content()),
            Ok(Event::GeneralRef(reference)) => {
                let char = match reference.resolve_char_ref() {
                    Ok(Some(char)) => Some(char.to_string()),
                    _ => quick_xml::escape::resolve_predefined_entity(&reference.xml10_content())
                        .map(str::to_owned),
                };
                open.push(char.as_deref().unwrap_or(" "));
            }
            Ok(Event::Eof) | Err(_) => return nfo,
            Ok(_) => {}
        }
    }
}

/// The elements that have begun and not ended.
#[derive(Debug, Default)]
struct Open {
    /// Their names, a root's first.
    names: Vec<String>,
    /// The root's child that is being read.
    field: Option<Field>,
}

impl Open {
    fn begin(&mut self, start: &BytesStart<'_>, nfo: &mut Nfo) {
        let root = root(start);
        // Whatever was left open before a root ends where it begins. `season` is a child's name, too.
        if root.is_some_and(|kind| kind != NfoKind::Season) {
            self.names.clear();
            self.field = None;
        }
        if self.names.is_empty() {
            // What is not in a root is nobody's.
            let Some(kind) = root else { return };
            nfo.kind.get_or_insert(kind);
        } else if self.names.len() == 1 {
            self.field = Some(Field::new(start));
        }
        self.names.push(start.name().as_ref().to_owned());
    }

    /// Ends the innermost element of that name, with all that was left open in it.
    fn end(&mut self, name: &str, nfo: &mut Nfo) {
        let Some(at) = self.names.iter().rposition(|open| open.eq_ignore_ascii_case(name)) else { return };
        self.names.truncate(at);
        if at <= 1
            && let Some(field) = self.field.take()
        {
            nfo.take(&field);
        }
    }

    fn push(&mut self, text: &str) {
        if let Some(field) = self.field.as_mut().filter(|_| self.names.len() == 2) {
            field.text.push_str(text);
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

/// One child of the root.
#[derive(Debug, Default)]
pub(super) struct Field {
    pub(super) name: String,
    pub(super) attributes: Vec<(String, String)>,
    pub(super) text: String,
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

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}
