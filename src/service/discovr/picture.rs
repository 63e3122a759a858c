//! What the QR picture of a sign-in says. It comes as `data:image/png;base64,…`.

use std::io::Cursor;
use std::time::Duration;

use png::{ColorType, Decoder, Limits, Transformations};
use tokio::sync::oneshot;
use url::Url;

/// The picture is asked for at 300 pixels; what is much larger is not what was asked for.
const MAX_EDGE: u32 = 2000;
/// How long a picture is looked at: what the service sends is read in a blink.
const LONGEST: Duration = Duration::from_secs(10);
/// What decoding may take, in bytes.
const MAX_MEMORY: usize = 32 * 1024 * 1024;

/// The http(s) address in the QR code of `picture`, a data URI or bare base64. `None` when it is no PNG, no QR code can be
/// read in it, or it says something else.
pub(crate) fn link(picture: &str) -> Option<Url> {
    let data = match picture.strip_prefix("data:") {
        Some(uri) => uri.split_once(";base64,")?.1,
        None => picture,
    };
    let says = qr_text(&base64(data)?)?;
    let link = Url::parse(says.trim()).ok()?;
    (matches!(link.scheme(), "http" | "https") && link.has_host()).then_some(link)
}

/// The same, given up after [`LONGEST`]: a picture can be made that is searched for hours, and one may yet be found that
/// the search cannot bear.
pub(crate) async fn link_in_time(picture: String) -> Option<Url> {
    in_time(move || link(&picture)).await
}

/// What `read` finds on a thread of its own, which nobody waits for when it takes too long.
async fn in_time(read: impl FnOnce() -> Option<Url> + Send + 'static) -> Option<Url> {
    let (tell, told) = oneshot::channel();
    // That nobody listens any more is no matter.
    std::thread::Builder::new().spawn(move || drop(tell.send(read()))).ok()?;
    tokio::time::timeout(LONGEST, told).await.ok()?.ok()?
}

fn qr_text(png: &[u8]) -> Option<String> {
    let (width, height, grey) = greyscale(png)?;
    let pixel = |x: usize, y: usize| grey.get(y * width + x).copied().unwrap_or(u8::MAX);
    let mut image = rqrr::PreparedImage::prepare_from_greyscale(width, height, pixel);
    image.detect_grids().iter().find_map(|grid| Some(grid.decode().ok()?.1))
}

/// Width, height and brightness of a PNG, with what is transparent as white.
fn greyscale(png: &[u8]) -> Option<(usize, usize, Vec<u8>)> {
    let mut decoder = Decoder::new_with_limits(Cursor::new(png), Limits { bytes: MAX_MEMORY });
    decoder.set_transformations(Transformations::normalize_to_color8());
    let mut reader = decoder.read_info().ok()?;
    let (width, height) = reader.info().size();
    if width > MAX_EDGE || height > MAX_EDGE {
        return None;
    }
    let mut pixels = vec![0; reader.output_buffer_size()?];
    let frame = reader.next_frame(&mut pixels).ok()?;
    let samples = frame.color_type.samples();
    let over_white = |value: u8, alpha: u8| {
        let (value, alpha) = (u32::from(value), u32::from(alpha));
        u8::try_from((value * alpha + 255 * (255 - alpha)) / 255).unwrap_or(u8::MAX)
    };
    let mean = |red: u8, green: u8, blue: u8| {
        u8::try_from((u32::from(red) + u32::from(green) + u32::from(blue)) / 3).unwrap_or(u8::MAX)
    };
    let grey = pixels
        .get(..frame.buffer_size())?
        .chunks_exact(samples)
        .map(|pixel| match (frame.color_type, pixel) {
            (ColorType::GrayscaleAlpha, [value, alpha]) => over_white(*value, *alpha),
            (ColorType::Rgb, [red, green, blue]) => mean(*red, *green, *blue),
            (ColorType::Rgba, [red, green, blue, alpha]) => over_white(mean(*red, *green, *blue), *alpha),
            (_, pixel) => pixel.first().copied().unwrap_or(u8::MAX),
        })
        .collect();
    Some((usize::try_from(width).ok()?, usize::try_from(height).ok()?, grey))
}

/// Decodes the ordinary and the URL-safe alphabet, with or without padding; white space is passed over.
fn base64(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0_u32, 0_u32);
    for byte in text.trim_end_matches(['=', '\n', '\r', ' ']).bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b' ' | b'\n' | b'\r' => continue,
            _ => return None,
        };
        bits = (bits << 6 | u32::from(value)) & 0xff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).ok()?);
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_is_decoded_with_and_without_padding() {
        for (text, bytes) in [
            ("", &b""[..]),
            ("Zg==", b"f"),
            ("Zg", b"f"),
            ("Zm9vYmFy", b"foobar"),
            ("Zm9v\nYmE=\n", b"fooba"),
            ("-_-_", &[0xfb, 0xff, 0xbf]),
            ("+/+/", &[0xfb, 0xff, 0xbf]),
        ] {
            assert_eq!(base64(text).as_deref(), Some(bytes), "{text}");
        }
        assert_eq!(base64("Zm9v*"), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_picture_that_takes_too_long_or_breaks_the_search_says_nothing() {
        let (_end, ends) = std::sync::mpsc::channel::<()>();
        let endless = move || {
            let _ = ends.recv();
            Url::parse("https://host/").ok()
        };
        assert_eq!(in_time(endless).await, None);
        assert_eq!(in_time(|| panic!("a test")).await, None);
    }

    #[test]
    fn what_is_no_picture_says_nothing() {
        for picture in
            ["", "data:image/png;base64,", "data:image/png,abc", "data:image/png;base64,iVBORw0KGgo=", "é"]
        {
            assert_eq!(link(picture), None, "{picture}");
        }
    }
}
