//! What is kept of the values that a player sends: as much as may mean something. Values take far more room when they are
//! read than on their way, and some players put a whole picture in between.

use std::cell::Cell;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use zbus::zvariant::{Array, Dict, ObjectPath, Signature, Type, Value};

use super::reading::Properties;

/// The longest text that is kept whole, in bytes. Longer ones keep their beginning.
const MAX_TEXT: usize = 16 * 1024;
/// How many values of a list are kept.
const MAX_LIST: usize = 8;
/// How much is kept in all, in bytes; what comes later is passed over.
const ROOM: usize = 1024 * 1024;
/// How many bytes a value takes beside its text, at most.
const VALUE: usize = 256;

/// The properties that came, bounded.
#[derive(Debug)]
pub(crate) struct Bounded(pub(crate) Properties);

impl Type for Bounded {
    const SIGNATURE: &'static Signature = Properties::SIGNATURE;
}

impl<'de> Deserialize<'de> for Bounded {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let room = Cell::new(ROOM);
        let all = Piece { signature: Self::SIGNATURE, room: &room }.deserialize(deserializer)?;
        let Some(Value::Dict(all)) = all else { return Err(Error::custom("no properties")) };
        let named = all.iter().filter_map(|(name, value)| match (name, value) {
            (Value::Str(name), Value::Value(value)) => {
                Some((name.as_str().to_owned(), value.try_to_owned().ok()?))
            }
            _ => None,
        });
        Ok(Self(named.collect()))
    }
}

/// Reads the next value, which has this signature; `None` when it is not kept.
struct Piece<'a> {
    signature: &'a Signature,
    /// How many bytes may still be kept.
    room: &'a Cell<usize>,
}

impl Piece<'_> {
    /// Whether there is room for a value with so many bytes of text, which is taken then.
    fn has_room(&self, text: usize) -> bool {
        let left = self.room.get().checked_sub(VALUE + text);
        left.inspect(|&left| self.room.set(left)).is_some()
    }

    fn keep<'v, E>(&self, value: impl Into<Value<'v>>) -> Result<Option<Value<'v>>, E> {
        Ok(self.has_room(0).then(|| value.into()))
    }
}

impl<'de> DeserializeSeed<'de> for Piece<'_> {
    type Value = Option<Value<'static>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Piece<'_> {
    type Value = Option<Value<'static>>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "a value of {}", self.signature)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Self::Value, E> {
        self.keep(value)
    }

    fn visit_u8<E: Error>(self, value: u8) -> Result<Self::Value, E> {
        self.keep(value)
    }

    fn visit_i16<E: Error>(self, value: i16) -> Result<Self::Value, E> {
        self.keep(value)
    }

    fn visit_u16<E: Error>(self, value: u16) -> Result<Self::Value, E> {
        self.keep(value)
    }

    fn visit_i32<E: Error>(self, value: i32) -> Result<Self::Value, E> {
        // A descriptor is no number.
        if *self.signature == Signature::I32 { self.keep(value) } else { Ok(None) }
    }

    fn visit_u32<E: Error>(self, value: u32) -> Result<Self::Value, E> {
        self.keep(value)
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Self::Value, E> {
        self.keep(value)
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Self::Value, E> {
        self.keep(value)
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Self::Value, E> {
        self.keep(value)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Self::Value, E> {
        let mut end = text.len().min(MAX_TEXT);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        let text = &text[..end];
        if !self.has_room(text.len()) {
            return Ok(None);
        }
        Ok(match self.signature {
            Signature::Str => Some(text.to_owned().into()),
            Signature::ObjectPath => ObjectPath::try_from(text.to_owned()).ok().map(Value::from),
            _ => None,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut values: A) -> Result<Self::Value, A::Error> {
        let room = self.room;
        let keeps = self.has_room(0);
        match self.signature {
            Signature::Variant => {
                let nothing = || Error::custom("a variant without a value");
                let signature = values.next_element::<Signature>()?.ok_or_else(nothing)?;
                let piece = Piece { signature: &signature, room };
                let value = values.next_element_seed(piece)?.ok_or_else(nothing)?;
                Ok(value.filter(|_| keeps).map(|value| Value::Value(Box::new(value))))
            }
            Signature::Array(child) => {
                let signature = child.signature();
                let mut list = Array::new(signature);
                let mut limit = MAX_LIST;
                let nowhere = Cell::new(0);
                loop {
                    // What is behind the last that is kept takes no room from others.
                    let room = if limit == 0 { &nowhere } else { room };
                    limit = limit.saturating_sub(1);
                    let Some(value) = values.next_element_seed(Piece { signature, room })? else { break };
                    if let Some(value) = value {
                        list.append(value).map_err(Error::custom)?;
                    }
                }
                Ok(keeps.then_some(Value::Array(list)))
            }
            Signature::Structure(fields) => {
                // Nothing that is looked at is one.
                let nowhere = Cell::new(0);
                for signature in fields.iter() {
                    values.next_element_seed(Piece { signature, room: &nowhere })?;
                }
                Ok(None)
            }
            _ => Err(Error::custom("no list")),
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Self::Value, A::Error> {
        let Signature::Dict { key, value } = self.signature else {
            return Err(Error::custom("no dictionary"));
        };
        let room = self.room;
        let keeps = self.has_room(0);
        let (key, value) = (key.signature(), value.signature());
        let mut kept = Dict::new(key, value);
        while let Some(entry) =
            entries.next_entry_seed(Piece { signature: key, room }, Piece { signature: value, room })?
        {
            if let (true, (Some(key), Some(value))) = (keeps, entry) {
                kept.append(key, value).map_err(Error::custom)?;
            }
        }
        Ok(keeps.then_some(Value::Dict(kept)))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use zbus::zvariant::serialized::Context;
    use zbus::zvariant::{LE, to_bytes};

    use super::*;

    /// What is kept of properties with this value among them.
    fn kept(name: &str, value: Value<'_>) -> Properties {
        let sent = HashMap::from([(name, value), ("PlaybackStatus", Value::from("Playing"))]);
        let bytes = to_bytes(Context::new_dbus(LE, 0), &sent).unwrap();
        bytes.deserialize::<Bounded>().unwrap().0.0
    }

    #[test]
    fn usual_properties_come_as_they_were_sent() {
        let metadata = HashMap::from([
            ("xesam:url", Value::from("file:///v/a.mkv")),
            ("xesam:artist", Value::from(vec!["one", "two"])),
            ("mpris:length", Value::from(3_600_000_000_i64)),
            ("mpris:trackid", Value::from(ObjectPath::from_static_str_unchecked("/a/b"))),
            ("nested", Value::Value(Box::new(Value::from(-1.5_f64)))),
            ("numbers", Value::from(HashMap::from([("a", 1_u8), ("b", 2)]))),
        ]);
        let metadata = Value::from(metadata);
        for (name, value) in
            [("Metadata", metadata), ("Rate", Value::from(1.0_f64)), ("CanSeek", Value::from(true))]
        {
            let sent = value.try_to_owned().unwrap();
            assert_eq!(kept(name, value).get(name), Some(&sent), "{name}");
        }
    }

    #[test]
    fn of_long_texts_and_lists_the_beginning_is_kept_and_nothing_behind_them_is_lost() {
        let picture = "é".repeat(2_000_000);
        let sent = Value::from(HashMap::from([
            ("a", Value::from(picture.as_str())),
            ("b", Value::from(vec![0_u8; 1_000_000])),
            ("c", Value::from((1_u32, "structure"))),
            ("d", Value::from("here")),
        ]));
        let kept = kept("Metadata", sent);
        let Value::Dict(metadata) = &*kept["Metadata"] else { panic!("{kept:?}") };
        let at = |wanted: &str| {
            let (_, value) = metadata.iter().find(|(key, _)| **key == Value::from(wanted))?;
            match value {
                Value::Value(value) => Some(&**value),
                _ => None,
            }
        };
        assert!(matches!(at("a"), Some(Value::Str(text)) if text.len() == MAX_TEXT));
        assert!(matches!(at("b"), Some(Value::Array(list)) if list.len() == MAX_LIST));
        assert_eq!(at("c"), None);
        assert_eq!(at("d"), Some(&Value::from("here")));
        assert_eq!(kept["PlaybackStatus"], Value::from("Playing").try_to_owned().unwrap());
    }

    #[test]
    fn no_number_of_values_takes_more_than_its_room() {
        let many: HashMap<String, Value<'_>> =
            (0..100_000).map(|number| (format!("key {number}"), Value::from(0_u8))).collect();
        let kept = kept("Metadata", Value::from(many));
        let Some(Value::Dict(metadata)) = kept.get("Metadata").map(|value| &**value) else {
            panic!("{kept:?}")
        };
        assert!((100..ROOM / VALUE).contains(&metadata.iter().count()));
    }
}
