//! Text of unknown encoding. What a file declares of itself is often wrong: only its bytes are believed.

use crate::player::Media;

/// What `bytes` say: UTF-16 with its mark or by its zeroes, or else UTF-8 in which every byte that is none is taken
/// for Windows-1252, which Latin-1 is a part of. The art of scene files comes out as nonsense letters, its addresses
/// as they are. At most three times as long as `bytes`.
pub(crate) fn decode(bytes: &[u8]) -> String {
    match bytes {
        [0xFF, 0xFE, rest @ ..] => wide(rest, u16::from_le_bytes),
        [0xFE, 0xFF, rest @ ..] => wide(rest, u16::from_be_bytes),
        [0xEF, 0xBB, 0xBF, rest @ ..] => narrow(rest),
        _ => match zeroes(bytes) {
            Zeroes::Second => wide(bytes, u16::from_le_bytes),
            Zeroes::First => wide(bytes, u16::from_be_bytes),
            Zeroes::Neither => narrow(bytes),
        },
    }
}

/// As much of `text` as is kept of a title or a tag: [`Media::MAX_TEXT`] bytes.
pub(crate) fn cut(text: &str) -> &str {
    let mut end = text.len().min(Media::MAX_TEXT);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// Which byte of the pairs is zero nearly always, as in Latin text in UTF-16.
enum Zeroes {
    First,
    Second,
    Neither,
}

fn zeroes(bytes: &[u8]) -> Zeroes {
    let sample = &bytes[..bytes.len().min(512)];
    let pairs = sample.len() / 2;
    let count = |at: usize| sample.chunks_exact(2).filter(|pair| pair[at] == 0).count();
    let (first, second) = (count(0), count(1));
    let most = |zeroes: usize| pairs >= 2 && zeroes * 4 >= pairs * 3;
    if most(second) && first * 10 < pairs {
        Zeroes::Second
    } else if most(first) && second * 10 < pairs {
        Zeroes::First
    } else {
        Zeroes::Neither
    }
}

fn wide(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> String {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    char::decode_utf16(units).map(|char| char.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
}

fn narrow(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|&byte| windows_1252(byte)));
    }
    text
}

fn windows_1252(byte: u8) -> char {
    const HIGH: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
        '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
    ];
    match byte {
        0x80..=0x9F => HIGH[usize::from(byte - 0x80)],
        _ => char::from(byte),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_encoding_comes_out_as_the_same_text() {
        const TEXT: &str = "<movie><title>Amélie</title></movie>";
        let utf_16 = |unit: fn(u16) -> [u8; 2]| TEXT.encode_utf16().flat_map(unit).collect::<Vec<u8>>();
        let marked = |mark: &[u8], rest: &[u8]| [mark, rest].concat();
        let latin_1: Vec<u8> =
            TEXT.chars().map(|char| u8::try_from(u32::from(char)).expect("Latin-1")).collect();
        let (little, big) = (utf_16(u16::to_le_bytes), utf_16(u16::to_be_bytes));
        for (name, bytes) in [
            ("UTF-8", TEXT.as_bytes().to_vec()),
            ("UTF-8 with its mark", marked(&[0xEF, 0xBB, 0xBF], TEXT.as_bytes())),
            ("Latin-1", latin_1),
            ("UTF-16 LE", little.clone()),
            ("UTF-16 BE", big.clone()),
            ("UTF-16 LE with its mark", marked(&[0xFF, 0xFE], &little)),
            ("UTF-16 BE with its mark", marked(&[0xFE, 0xFF], &big)),
        ] {
            assert_eq!(decode(&bytes), TEXT, "{name}");
        }
    }

    #[test]
    fn a_stray_byte_spoils_only_itself() {
        assert_eq!(decode(b"It\x92s \xc3\xa9 \xff"), "It’s é ÿ");
        assert_eq!(decode(b"a\0b"), "a\0b");
        assert_eq!(decode(b""), "");
        assert_eq!(decode(&[0xFF, 0xFE, 0x00]), "");
    }
}
