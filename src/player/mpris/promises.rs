//! What holds for whatever the properties of a player on the bus are.

use std::sync::Arc;
use std::time::Duration;

use zbus::zvariant::serialized::{Context, Data};
use zbus::zvariant::{Array, Dict, LE, ObjectPath, Signature, Value};

use super::bounded::Bounded;
use super::follow::Last;
use super::reading::{Properties, Reading};
use crate::clock::Moment;
use crate::player::{Interface, Observation, Source, SourceId};
use crate::promises::{Bytes, observation_holds};

/// So many answers are made out of one case at most.
const MAX_ANSWERS: usize = 16;
/// How deep values lie in each other, and how many side by side.
const MAX_DEPTH: u8 = 4;
const MAX_PARTS: u8 = 12;

/// Reads what `bytes` make of a player's answers and gives back what was observed.
pub(crate) fn observed(bytes: &[u8]) -> Vec<Observation> {
    let source = Arc::new(Source {
        id: SourceId(1),
        interface: Interface::Mpris,
        player: "vlc".into(),
        pid: Some(100),
        parent: None,
    });
    let mut bytes = Bytes::new(bytes);
    let (mut now, mut last, mut observations) = (Moment::default(), Last::default(), Vec::new());
    // The first byte says whether the rest is what is sent over the bus.
    let answers = if bytes.byte() == b'w' {
        on_the_wire(bytes.rest()).into_iter().collect()
    } else {
        value_by_value(&mut bytes)
    };
    for (pause, properties) in answers {
        now = now.after(pause);
        let observation = last.observe(Reading::of(&properties), &source, now);
        observation_holds(&observation);
        for changed in [false, true] {
            let pause = last.pause(changed);
            assert!(pause.is_none_or(|pause| pause >= Duration::from_millis(400)), "asked all the time");
        }
        observations.push(observation);
    }
    observations
}

type Answer = (Duration, Properties);

/// What comes as `a{sv}`, if it is that.
fn on_the_wire(bytes: &[u8]) -> Option<Answer> {
    let data = Data::new(bytes, Context::new_dbus(LE, 0));
    let (Bounded(properties), _) = data.deserialize::<Bounded>().ok()?;
    Some((Duration::ZERO, properties))
}

fn value_by_value(bytes: &mut Bytes<'_>) -> Vec<Answer> {
    let mut answers = Vec::new();
    let mut properties = Properties::new();
    while !bytes.is_empty() && answers.len() < MAX_ANSWERS {
        let name = match bytes.byte() % 8 {
            0 => "PlaybackStatus".to_owned(),
            1 => "Rate".to_owned(),
            2 => "Position".to_owned(),
            3 | 4 => "Metadata".to_owned(),
            5 => bytes.text(),
            // The answer is complete; what is not said anew in the next one is as it was.
            _ => {
                let pause = Duration::from_millis(100 * u64::from(bytes.byte()));
                let copy = properties.iter();
                let copy = copy.filter_map(|(name, value)| Some((name.clone(), value.try_clone().ok()?)));
                answers.push((pause, copy.collect()));
                continue;
            }
        };
        let value = match name.as_str() {
            "Metadata" if bytes.byte() < 200 => metadata(bytes),
            _ => value(bytes, 0),
        };
        // File descriptors are the only thing that cannot be kept, and none is made.
        properties.extend(value.try_to_owned().ok().map(|value| (name, value)));
    }
    answers.push((Duration::ZERO, properties));
    answers
}

/// A dictionary with the keys that players have.
fn metadata(bytes: &mut Bytes<'_>) -> Value<'static> {
    const KEYS: [&str; 10] = [
        "mpris:length",
        "mpris:trackid",
        "xesam:url",
        "xesam:title",
        "xesam:artist",
        "xesam:album",
        "SEASON_NUMBER",
        "show",
        "vlc:time",
        "xesam:a:b",
    ];
    let mut dict = Dict::new(&Signature::Str, &Signature::Variant);
    for _ in 0..bytes.byte() % 80 {
        let key = match bytes.byte() {
            at @ 0..240 => KEYS[usize::from(at) % KEYS.len()].to_owned(),
            240.. => bytes.text(),
        };
        let _ = dict.append(key.into(), Value::Value(Box::new(value(bytes, 1))));
        if bytes.is_empty() {
            break;
        }
    }
    dict.into()
}

/// Any value, also a nested one.
fn value(bytes: &mut Bytes<'_>, depth: u8) -> Value<'static> {
    match bytes.byte() % if depth < MAX_DEPTH { 16 } else { 12 } {
        0 => word(bytes).into(),
        1 => bytes.text().into(),
        2 => i64::from_le_bytes(bytes.array()).into(),
        3 => u64::from_le_bytes(bytes.array()).into(),
        4 => f64::from_le_bytes(bytes.array()).into(),
        5 => {
            (*bytes.choose(&[0.0, -0.0, 1.0, -1.0, f64::NAN, f64::INFINITY, f64::MIN, f64::MAX, 1e-310, 6e9]))
                .into()
        }
        6 => (1_000_000 * i64::from(u16::from_le_bytes(bytes.array()))).into(),
        7 => i32::from_le_bytes(bytes.array()).into(),
        8 => u32::from_le_bytes(bytes.array()).into(),
        9 => i16::from_le_bytes(bytes.array()).into(),
        10 => (bytes.byte() > 127).into(),
        11 => ObjectPath::try_from(bytes.text()).map_or_else(|_| bytes.byte().into(), Value::from),
        12 => Value::Value(Box::new(value(bytes, depth + 1))),
        13 => {
            let mut list = Array::new(&Signature::Variant);
            for _ in 0..bytes.byte() % MAX_PARTS {
                let _ = list.append(Value::Value(Box::new(value(bytes, depth + 1))));
            }
            list.into()
        }
        14 => (0..bytes.byte() % MAX_PARTS).map(|_| bytes.text()).collect::<Vec<_>>().into(),
        _ => {
            let mut dict = Dict::new(&Signature::Str, &Signature::Variant);
            for _ in 0..bytes.byte() % MAX_PARTS {
                let _ = dict.append(bytes.text().into(), Value::Value(Box::new(value(bytes, depth + 1))));
            }
            dict.into()
        }
    }
}

/// What players say, whole or repeated until it is long.
fn word(bytes: &mut Bytes<'_>) -> String {
    const WORDS: [&str; 14] = [
        "Playing",
        "Paused",
        "Stopped",
        "Unknown",
        "",
        "file:///films/A%20Film%20(2010).mkv",
        "file://host/films/%ff%00.mkv",
        "/films/A Film (2010).mkv",
        "https://host/films/A%20Film.mkv?key=1",
        "A Film",
        "A%20Film.mkv?key=1",
        "/music/song.flac",
        "\u{1b}[31m\u{202e}é",
        "file:///",
    ];
    let word = *bytes.choose(&WORDS);
    let times = match bytes.byte() {
        0..240 => 1,
        times @ 240.. => usize::from(times - 239) * 40,
    };
    word.repeat(times)
}
