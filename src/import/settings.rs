//! The settings of trakt-scrobbler: which files count there.
//!
//! `config.yaml`, at first `config.toml` with the same keys. Of interest is `fileinfo`: `whitelist` has folders, and since
//! 2021 patterns of addresses, whose files alone count; `exclude_patterns`, since 2021, has Python's regular expressions, and
//! what one fits from its beginning on does not count; `include_regexes.movie` and `.episode` have expressions whose groups are
//! the title, the season and the episode. Each is a list, or one text with spaces between its parts.

use std::path::{Path, PathBuf};

use super::error::ForeignError;
use super::foreign;
use super::yaml::{self, Node};

/// Nobody writes more than this by hand, in bytes.
const MAX_BYTES: u64 = 1 << 20;

/// Which files count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ForeignSettings {
    /// The file that they are in.
    pub file: PathBuf,
    /// Folders, and patterns of addresses: only these count; empty means all.
    pub whitelist: Vec<String>,
    /// Regular expressions of what does not count.
    pub exclude_patterns: Vec<String>,
    /// Regular expressions that read names.
    pub include_regexes: Vec<String>,
}

/// Reads the settings in the file at `path`, YAML or, by its name, TOML; `None` when there is none.
///
/// # Errors
/// When it cannot be read or is not what its name says.
pub fn settings(path: &Path) -> Result<Option<ForeignSettings>, ForeignError> {
    let wrong = |why: String| ForeignError { path: path.into(), why };
    let Some(text) = foreign::text(path, MAX_BYTES)? else { return Ok(None) };
    let node = if path.extension().is_some_and(|ending| ending == "toml") {
        let table: toml::Table = text
            .parse()
            .map_err(|error: toml::de::Error| wrong(format!("it is no TOML: {}", error.message())))?;
        Some(of_toml(&toml::Value::Table(table)))
    } else {
        yaml::parse(&text).map_err(wrong)?
    };
    let fileinfo = node.as_ref().and_then(|node| node.get("fileinfo"));
    let list = |node: Option<&Node>| node.map(texts).unwrap_or_default();
    let of = |name: &str| list(fileinfo.and_then(|fileinfo| fileinfo.get(name)));
    let regexes = fileinfo.and_then(|fileinfo| fileinfo.get("include_regexes"));
    let mut include_regexes = list(regexes.and_then(|regexes| regexes.get("movie")));
    include_regexes.extend(list(regexes.and_then(|regexes| regexes.get("episode"))));
    Ok(Some(ForeignSettings {
        file: path.into(),
        whitelist: of("whitelist"),
        exclude_patterns: of("exclude_patterns"),
        include_regexes,
    }))
}

/// The texts of a list, or of one text with spaces between.
fn texts(node: &Node) -> Vec<String> {
    let filled = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
    match node {
        Node::List(items) => items
            .iter()
            .filter_map(|item| match item {
                Node::Scalar(text) => filled(text),
                Node::List(_) | Node::Table(_) => None,
            })
            .collect(),
        Node::Scalar(text) if ["~", "null"].contains(&text.as_str()) => Vec::new(),
        Node::Scalar(text) => text.split_whitespace().filter_map(filled).collect(),
        Node::Table(_) => Vec::new(),
    }
}

fn of_toml(value: &toml::Value) -> Node {
    match value {
        toml::Value::String(text) => Node::Scalar(text.clone()),
        toml::Value::Array(items) => Node::List(items.iter().map(of_toml).collect()),
        toml::Value::Table(table) => {
            Node::Table(table.iter().map(|(key, value)| (key.clone(), of_toml(value))).collect())
        }
        other => Node::Scalar(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[expect(clippy::unwrap_in_result, reason = "the folder is the test's own")]
    fn of(name: &str, text: &str) -> Result<ForeignSettings, ForeignError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        settings(&path).map(Option::unwrap)
    }

    #[test]
    fn both_forms_say_the_same() {
        let yaml = "fileinfo:\n  whitelist:\n  - /v/My Films\n  - /v/b\n  exclude_patterns: ['.*sample.*']\n  \
                    include_regexes:\n    movie: []\n    episode: ['(?P<title>.*)']\nplayers: {monitored: [mpv]}\n";
        let toml = "[fileinfo]\nwhitelist = ['/v/My Films', '/v/b']\nexclude_patterns = ['.*sample.*']\n\
                    include_regexes = { movie = [], episode = ['(?P<title>.*)'] }\n[players]\nskip_interval = 5\n";
        let one = of("config.yaml", yaml).unwrap();
        let other = of("config.toml", toml).unwrap();
        assert_eq!(one.whitelist, ["/v/My Films", "/v/b"]);
        assert_eq!(one.exclude_patterns, [".*sample.*"]);
        assert_eq!(one.include_regexes.len(), 1);
        assert_eq!(
            ForeignSettings { file: PathBuf::new(), ..one },
            ForeignSettings { file: PathBuf::new(), ..other }
        );
    }

    #[test]
    fn what_is_missing_is_empty_and_what_is_broken_is_refused() {
        assert!(of("config.yaml", "").unwrap().whitelist.is_empty());
        assert!(of("config.yaml", "fileinfo:\n  whitelist:\n").unwrap().whitelist.is_empty());
        assert_eq!(of("config.yaml", "fileinfo:\n  whitelist: /a /b\n").unwrap().whitelist, ["/a", "/b"]);
        assert!(of("config.yaml", "a: [").is_err());
        assert!(of("config.toml", "a = [").is_err());
    }
}
