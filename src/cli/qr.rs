//! A QR code drawn with half blocks: two rows of it in each line of text.

use fast_qr::{ECL, QRBuilder};

/// How many modules of white a reader needs around it.
const MARGIN: usize = 4;

/// Black on white whatever the terminal's own colours are: these two of the 256 are the same everywhere.
const BLACK: u8 = 16;
const WHITE: u8 = 231;

/// `text` as a QR code, for a terminal at least `width` characters wide; `None` when it does not fit.
pub(crate) fn drawn(text: &str, width: usize) -> Option<String> {
    let code = QRBuilder::new(text).ecl(ECL::L).build().ok()?;
    let edge = code.size + 2 * MARGIN;
    if edge > width {
        return None;
    }
    let colour = |x: usize, y: usize| {
        let inside = |at: usize| at.checked_sub(MARGIN).filter(|&at| at < code.size);
        match (inside(x), inside(y)) {
            (Some(x), Some(y)) if code[y][x].value() => BLACK,
            _ => WHITE,
        }
    };
    let mut drawing = String::new();
    for y in (0..edge).step_by(2) {
        let mut now = None;
        for x in 0..edge {
            let wanted = (colour(x, y), colour(x, y + 1));
            if now != Some(wanted) {
                drawing.push_str(&format!("\u{1b}[38;5;{};48;5;{}m", wanted.0, wanted.1));
                now = Some(wanted);
            }
            drawing.push('▀');
        }
        drawing.push_str("\u{1b}[0m\n");
    }
    Some(drawing)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a camera sees: the brightness of each half of each character.
    fn seen(drawing: &str) -> (usize, Vec<u8>) {
        let mut rows: Vec<Vec<u8>> = Vec::new();
        for line in drawing.lines() {
            let (mut top, mut bottom) = (Vec::new(), Vec::new());
            let mut colours = (0, 0);
            for part in line.split('\u{1b}').skip(1) {
                let (codes, text) = part.strip_prefix('[').and_then(|part| part.split_once('m')).unwrap();
                let codes: Vec<u8> = codes.split(';').map(|code| code.parse().unwrap()).collect();
                if let [38, 5, fore, 48, 5, back] = codes.as_slice() {
                    colours = (*fore, *back);
                }
                for _ in text.chars() {
                    top.push(if colours.0 == WHITE { 255 } else { 0 });
                    bottom.push(if colours.1 == WHITE { 255 } else { 0 });
                }
            }
            rows.extend([top, bottom]);
        }
        (rows[0].len(), rows.concat())
    }

    #[test]
    fn what_is_drawn_can_be_read_again() {
        let link = "https://activate.example.org/device?code=WDJB-MJHT";
        let (edge, pixels) = seen(&drawn(link, 200).unwrap());
        let scale = 4;
        let pixel = |x: usize, y: usize| pixels[(y / scale) * edge + x / scale];
        let height = pixels.len() / edge * scale;
        let mut image = rqrr::PreparedImage::prepare_from_greyscale(edge * scale, height, pixel);
        assert_eq!(image.detect_grids()[0].decode().unwrap().1, link);
    }

    #[test]
    fn a_narrow_terminal_gets_none() {
        assert_eq!(drawn("https://example.org", 20), None);
        assert_eq!(drawn(&"x".repeat(5000), 500), None);
    }
}
