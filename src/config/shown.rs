//! The settings in force, for people.

use super::environment;
use super::keys;
use super::load::{Layer, Loaded, Origin};

/// All settings as TOML, with where each comes from; secrets as `(set)`.
#[must_use]
pub fn shown(loaded: &Loaded) -> String {
    let mut text = match &loaded.origin {
        Origin::File(path) => format!("# from {}\n", path.display()),
        Origin::Defaults => "# there is no settings file: these are the defaults\n".into(),
    };
    let table = toml::Table::try_from(&loaded.settings).unwrap_or_default();
    for section in keys::SECTIONS {
        text.push_str(&format!("\n[{section}]\n"));
        for key in keys::KEYS.iter().filter(|key| key.section == *section) {
            let value = table.get(*section).and_then(|section| section.get(key.name));
            let layer = match loaded.layers.get(&key.path()) {
                Some(Layer::Environment) => format!(" # from {}", environment::variable(key)),
                Some(Layer::File) => " # from the file".into(),
                None => String::new(),
            };
            match value {
                Some(value) => text.push_str(&format!("{} = {}{layer}\n", key.name, inline(value))),
                // A key that may not be in a file is no help in what can be copied to one.
                None if key.kind == keys::Kind::EnvironmentOnly => {}
                None => text.push_str(&format!("# {} is not set\n", key.name)),
            }
        }
    }
    let rules = &loaded.settings.rules;
    let of_the_file = rules.len() - loaded.rules_file.as_ref().map_or(0, |file| file.count.min(rules.len()));
    for (at, rule) in rules.iter().enumerate() {
        if let Some(file) = loaded.rules_file.as_ref().filter(|_| at == of_the_file) {
            text.push_str(&format!("\n# from {}\n", file.path.display()));
        }
        text.push_str("\n[[rules]]\n");
        text.push_str(&toml::to_string(rule).unwrap_or_default());
    }
    text
}

fn inline(value: &toml::Value) -> String {
    match value {
        toml::Value::Table(inner) => {
            let parts: Vec<_> =
                inner.iter().map(|(key, value)| format!("{key} = {}", inline(value))).collect();
            format!("{{ {} }}", parts.join(", "))
        }
        other => other.to_string(),
    }
}
