//! As much of YAML as a settings file has: tables, lists and texts. Aliases, by which a small file says something endless, are
//! refused.

use saphyr_parser::{Event, Parser, StrInput};

/// Deeper is no settings file.
const DEEPEST: usize = 32;

/// A value of a YAML file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Node {
    /// Any single value, as it is written.
    Scalar(String),
    /// A list.
    List(Vec<Node>),
    /// A table, in its order.
    Table(Vec<(String, Node)>),
}

impl Node {
    /// What a table has under `name`.
    pub(super) fn get(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Table(rows) => rows.iter().find(|(key, _)| key == name).map(|(_, value)| value),
            Self::Scalar(_) | Self::List(_) => None,
        }
    }
}

/// The value of the first document in `text`; `None` when there is none in it.
///
/// # Errors
/// What is wrong with it, with the line.
pub(super) fn parse(text: &str) -> Result<Option<Node>, String> {
    let mut events = Events { parser: Parser::new_from_str(text), line: 1 };
    while let Some(event) = events.next()? {
        match event {
            Event::Nothing | Event::StreamStart | Event::DocumentStart(_) | Event::DocumentEnd => {}
            Event::StreamEnd => break,
            begin => return events.node(begin, 0).map(Some),
        }
    }
    Ok(None)
}

struct Events<'a> {
    parser: Parser<'a, StrInput<'a>>,
    /// Where the last event was.
    line: usize,
}

impl<'a> Events<'a> {
    fn next(&mut self) -> Result<Option<Event<'a>>, String> {
        let Some(next) = self.parser.next_event() else { return Ok(None) };
        let (event, span) = next.map_err(|error| format!("it is no YAML: {error}"))?;
        self.line = span.start.line();
        Ok(Some(event))
    }

    /// The value that begins with `begin`.
    fn node(&mut self, begin: Event<'a>, depth: usize) -> Result<Node, String> {
        if depth > DEEPEST {
            return Err(self.wrong("it is nested too deeply"));
        }
        match begin {
            Event::Scalar(text, ..) => Ok(Node::Scalar(text.into_owned())),
            Event::SequenceStart(..) => {
                let mut items = Vec::new();
                loop {
                    match self.must()? {
                        Event::SequenceEnd => return Ok(Node::List(items)),
                        begin => items.push(self.node(begin, depth + 1)?),
                    }
                }
            }
            Event::MappingStart(..) => {
                let mut rows = Vec::new();
                loop {
                    let key = match self.must()? {
                        Event::MappingEnd => return Ok(Node::Table(rows)),
                        begin => self.node(begin, depth + 1)?,
                    };
                    let Node::Scalar(key) = key else {
                        return Err(self.wrong("a key is no plain text"));
                    };
                    let begin = self.must()?;
                    rows.push((key, self.node(begin, depth + 1)?));
                }
            }
            Event::Alias(_) => {
                Err(self.wrong("aliases (`*name`) are not read here: write out what is meant"))
            }
            Event::Nothing
            | Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd
            | Event::SequenceEnd
            | Event::MappingEnd => Err(self.wrong("a value is missing")),
        }
    }

    fn must(&mut self) -> Result<Event<'a>, String> {
        self.next()?.ok_or_else(|| self.wrong("it ends too early"))
    }

    fn wrong(&self, what: &str) -> String {
        format!("line {}: {what}", self.line)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Node {
        Node::Scalar(text.into())
    }

    #[test]
    fn tables_lists_and_texts_are_read() {
        let read = parse("# c\na:\n  b: [x, 'y z']\n  c:\n  - \"/q\\\\d\"\n  -   1\nd: {e: {}}\nf:\n")
            .unwrap()
            .unwrap();
        let a = read.get("a").unwrap();
        assert_eq!(a.get("b"), Some(&Node::List(vec![text("x"), text("y z")])));
        assert_eq!(a.get("c"), Some(&Node::List(vec![text("/q\\d"), text("1")])));
        assert_eq!(read.get("d").unwrap().get("e"), Some(&Node::Table(Vec::new())));
        assert!(matches!(read.get("f"), Some(Node::Scalar(_))));
        assert_eq!(parse("# nothing\n"), Ok(None));
    }

    proptest::proptest! {
        #[test]
        fn whatever_is_in_a_file_has_an_answer(text in "([a-z:\\-\\[\\]{}&*!|>'\"#%, \n\t?]|é){0,60}") {
            // That there is one is all: nothing panics, and nothing goes on for ever.
            let _ = parse(&text);
        }
    }

    #[test]
    fn what_is_endless_deep_or_broken_is_refused() {
        for (text, why) in [
            ("a: &x [1]\nb: *x\n".to_owned(), "line 2: aliases"),
            (format!("a: {}{}\n", "[".repeat(200), "]".repeat(200)), "nested"),
            ("a: [1\nb: 2\n".to_owned(), "no YAML"),
            ("\"a".to_owned(), "no YAML"),
            ("? [a]\n: 1\n".to_owned(), "no plain text"),
        ] {
            let error = parse(&text).unwrap_err();
            assert!(error.contains(why), "{error}");
        }
    }
}
