//! The names of all keys. The test of `config.example.toml` holds this list against the types.

/// What a key holds, as far as the layers and the messages must know.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// One value that may be shown.
    Plain,
    /// A list of texts that may be shown.
    List,
    /// A number, or a table with a number per kind.
    Completed,
    /// A value that is never shown.
    Secret,
    /// A value that is never shown, and has no place in the file.
    EnvironmentOnly,
}

#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) section: &'static str,
    pub(crate) name: &'static str,
    pub(crate) kind: Kind,
}

impl Key {
    pub(crate) fn path(&self) -> String {
        format!("{}.{}", self.section, self.name)
    }

    pub(crate) fn is_secret(&self) -> bool {
        matches!(self.kind, Kind::Secret | Kind::EnvironmentOnly)
    }
}

const fn key(section: &'static str, name: &'static str, kind: Kind) -> Key {
    Key { section, name, kind }
}

/// The sections that are tables.
pub(crate) const SECTIONS: &[&str] = &["discovr", "trakt", "tmdb", "playback", "players", "paths"];

/// The section that is a list of tables.
pub(crate) const RULES: &str = "rules";

/// Every key of every section, in the order in which they are shown.
pub(crate) const KEYS: &[Key] = &[
    key("discovr", "enabled", Kind::Plain),
    key("discovr", "api_url", Kind::Plain),
    key("discovr", "client_id", Kind::Plain),
    key("discovr", "profile", Kind::Plain),
    key("discovr", "refresh_token_file", Kind::Plain),
    key("discovr", "refresh_token", Kind::EnvironmentOnly),
    key("trakt", "enabled", Kind::Plain),
    key("trakt", "api_url", Kind::Plain),
    key("trakt", "auth_url", Kind::Plain),
    key("trakt", "client_id", Kind::Plain),
    key("trakt", "client_secret_file", Kind::Plain),
    key("trakt", "client_secret", Kind::EnvironmentOnly),
    key("tmdb", "api_url", Kind::Plain),
    key("tmdb", "token", Kind::Secret),
    key("tmdb", "token_file", Kind::Plain),
    key("tmdb", "language", Kind::Plain),
    key("playback", "completed_percent", Kind::Completed),
    key("playback", "min_watched_percent", Kind::Plain),
    key("playback", "min_duration", Kind::Plain),
    key("playback", "debounce", Kind::Plain),
    key("playback", "progress_interval", Kind::Plain),
    key("players", "mpris", Kind::Plain),
    key("players", "mpv", Kind::Plain),
    key("players", "mpv_sockets", Kind::List),
    key("players", "only", Kind::List),
    key("players", "ignore", Kind::List),
    key("paths", "only", Kind::List),
    key("paths", "ignore", Kind::List),
];

/// The keys of one rule.
pub(crate) const RULE_KEYS: &[&str] =
    &["path", "regex", "title", "tmdb", "kind", "season", "episode", "episode_offset"];

/// The keys of `completed_percent` as a table.
pub(crate) const COMPLETED_KEYS: &[&str] = &["movie", "episode"];

pub(crate) fn find(section: &str, name: &str) -> Option<&'static Key> {
    KEYS.iter().find(|key| key.section == section && key.name == name)
}

/// The names a table may hold; `None` where nothing is known of it.
pub(crate) fn names_in(table: &[String]) -> Option<Vec<&'static str>> {
    let table: Vec<&str> = table.iter().map(String::as_str).collect();
    match table.as_slice() {
        [] => Some(SECTIONS.iter().copied().chain([RULES]).collect()),
        [RULES] => Some(RULE_KEYS.to_vec()),
        ["playback", "completed_percent"] => Some(COMPLETED_KEYS.to_vec()),
        [section] if SECTIONS.contains(section) => {
            Some(KEYS.iter().filter(|key| key.section == *section).map(|key| key.name).collect())
        }
        _ => None,
    }
}

/// The name among `names` that `written` was perhaps meant to be.
pub(crate) fn nearest<'a>(written: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = written.to_lowercase().replace('-', "_");
    names
        .into_iter()
        .map(|name| (strsim::damerau_levenshtein(&written, name), name))
        .filter(|(distance, name)| {
            *distance <= 1 + name.len() / 4 || written.starts_with(&format!("{name}_"))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name)
}
