//! What the types alone cannot refuse.

use std::path::Path;
use std::time::Duration;

use globset::Glob;

use super::duration;
use super::settings::Settings;
use crate::identify::Rules;

/// A step on the way to a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Step {
    Key(String),
    Index(usize),
}

/// A value that has the right type and still cannot be.
#[derive(Debug, Clone)]
pub(crate) struct Impossible {
    pub(crate) path: Vec<Step>,
    pub(crate) what: String,
}

struct Findings(Vec<Impossible>);

impl Findings {
    fn add(&mut self, section: &str, name: &str, what: impl Into<String>) {
        let path = vec![Step::Key(section.into()), Step::Key(name.into())];
        self.0.push(Impossible { path, what: what.into() });
    }

    fn add_in_list(&mut self, section: &str, name: &str, index: usize, what: String) {
        let path = vec![Step::Key(section.into()), Step::Key(name.into()), Step::Index(index)];
        self.0.push(Impossible { path, what });
    }

    fn add_in_rule(&mut self, index: usize, name: Option<&str>, what: impl Into<String>) {
        let mut path = vec![Step::Key("rules".into()), Step::Index(index)];
        path.extend(name.map(|name| Step::Key(name.into())));
        self.0.push(Impossible { path, what: what.into() });
    }
}

/// Everything impossible in `settings`.
pub(crate) fn impossible(settings: &Settings) -> Vec<Impossible> {
    let mut findings = Findings(Vec::new());
    lengths(settings, &mut findings);
    texts(settings, &mut findings);
    lists(settings, &mut findings);
    // Any home will do: what `~/` stands for does not make a rule right or wrong.
    for error in Rules::compile(&settings.rules, Some(Path::new("/"))).err().into_iter().flatten() {
        findings.add_in_rule(error.number - 1, error.key, error.problem);
    }
    findings.0
}

fn lengths(settings: &Settings, findings: &mut Findings) {
    let playback = &settings.playback;
    let seconds = Duration::from_secs;
    for (name, value, least, most) in [
        ("min_duration", playback.min_duration, seconds(0), seconds(24 * 3600)),
        ("debounce", playback.debounce, seconds(0), seconds(30)),
        ("progress_interval", playback.progress_interval, seconds(10), seconds(3600)),
    ] {
        if value < least {
            findings.add("playback", name, format!("it must be at least {}", duration::text(least)));
        } else if value > most {
            findings.add("playback", name, format!("it must be at most {}", duration::text(most)));
        }
    }
}

fn texts(settings: &Settings, findings: &mut Findings) {
    let discovr = &settings.discovr;
    for (section, name, value) in [
        ("discovr", "client_id", &discovr.client_id),
        ("discovr", "profile", &discovr.profile),
        ("trakt", "client_id", &settings.trakt.client_id),
    ] {
        let Some(value) = value else { continue };
        if value.is_empty() {
            findings.add(section, name, "it is empty: leave the line out instead");
        } else if value.len() > 200 || value.chars().any(|c| c.is_control() || c.is_whitespace()) {
            findings.add(section, name, "it is an id of at most 200 characters, without spaces");
        }
    }
    for (section, name, value) in [
        ("discovr", "refresh_token_file", &discovr.refresh_token_file),
        ("trakt", "client_secret_file", &settings.trakt.client_secret_file),
        ("tmdb", "token_file", &settings.tmdb.token_file),
    ] {
        if value.as_deref().is_some_and(|path| !is_anchored(path)) {
            findings.add(section, name, "it must be a whole path, beginning with / or ~/");
        }
    }
    if !is_language(&settings.tmdb.language) {
        findings.add("tmdb", "language", "it must be a language such as \"en-US\" or \"de\"");
    }
}

fn lists(settings: &Settings, findings: &mut Findings) {
    for (section, name, globs, anchored) in [
        ("players", "mpv_sockets", &settings.players.mpv_sockets, true),
        ("paths", "only", &settings.paths.only, false),
        ("paths", "ignore", &settings.paths.ignore, false),
    ] {
        for (index, glob) in globs.iter().enumerate() {
            let wrong = if anchored && !is_anchored(glob) {
                Some("it must be a whole path, beginning with / or ~/".into())
            } else {
                glob_fault(glob)
            };
            if let Some(wrong) = wrong {
                findings.add_in_list(section, name, index, wrong);
            }
        }
    }
    for (name, players) in [("only", &settings.players.only), ("ignore", &settings.players.ignore)] {
        for (index, player) in players.iter().enumerate() {
            if player.is_empty() || player.chars().any(|c| c.is_whitespace() || c == '/' || c == '*') {
                let what = "it must be a player's short name, such as \"vlc\"".into();
                findings.add_in_list("players", name, index, what);
            }
        }
    }
}

fn glob_fault(glob: &str) -> Option<String> {
    if glob.is_empty() {
        return Some("it is empty".into());
    }
    let error = Glob::new(glob).err()?;
    Some(format!("it is no glob: {}", error.kind()))
}

fn is_anchored(path: &str) -> bool {
    path.starts_with('/') || path.starts_with("~/")
}

fn is_language(text: &str) -> bool {
    let (language, region) = text.split_once('-').map_or((text, None), |(one, two)| (one, Some(two)));
    (2..=3).contains(&language.len())
        && language.bytes().all(|byte| byte.is_ascii_lowercase())
        && region.is_none_or(|region| {
            (2..=4).contains(&region.len()) && region.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}
