//! The stand-in's sign-in: device codes, the tokens they are exchanged for, and the end of a sign-in.

use std::time::Duration;

use fast_qr::{ECL, QRBuilder};
use serde_json::{Map, Value, json};

/// The client id that the stand-in knows.
pub const CLIENT_ID: &str = "client_scrobbler_test";

/// What a code becomes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Nobody has looked at it yet.
    Pending,
    /// Approved: the next question gets the token, and any after it a 401.
    Approved,
    /// Denied, or expired: 401.
    Over,
}

/// An answer of the service, or a status with a code for what is wrong.
pub(crate) type Answer = Result<Value, (u16, &'static str)>;

/// The sign-ins under way, and the refresh tokens that came of them.
#[derive(Debug)]
pub(crate) struct SignIns {
    codes: Vec<Code>,
    tokens: Vec<String>,
    made: u64,
    /// What happens to the codes that are given out, the first first; the last stays.
    pub(crate) plan: Vec<Plan>,
    /// Which status the newer call answers, if the stand-in only knows the older one.
    pub(crate) without_newer: Option<u16>,
    /// When a token ends, in Unix seconds.
    pub(crate) tokens_end: i64,
    pub(crate) life: Duration,
    pub(crate) with_picture: bool,
    pub(crate) other_picture: Option<String>,
}

/// What happens to one code.
#[derive(Debug, Clone)]
pub struct Plan {
    /// What the user is shown.
    pub user_code: Value,
    /// How often a question is answered with "pending".
    pub pending: u32,
    /// And what then.
    pub then: Verdict,
}

impl Plan {
    /// A code of four digits that becomes `then` after `pending` questions.
    #[must_use]
    pub fn new(pending: u32, then: Verdict) -> Self {
        Self { user_code: json!("4071"), pending, then }
    }
}

#[derive(Debug)]
struct Code {
    device_code: String,
    pending: u32,
    then: Verdict,
}

impl Default for SignIns {
    fn default() -> Self {
        Self {
            codes: Vec::new(),
            tokens: Vec::new(),
            made: 0,
            plan: vec![Plan::new(0, Verdict::Approved)],
            without_newer: None,
            tokens_end: 4_102_444_800,
            life: Duration::from_secs(600),
            with_picture: true,
            other_picture: None,
        }
    }
}

impl SignIns {
    pub(crate) fn knows(&self, token: &str) -> bool {
        self.tokens.iter().any(|known| known == token)
    }

    /// Everything secret that was given out.
    pub(crate) fn secrets(&self) -> Vec<String> {
        let tokens = (1..=self.made).flat_map(|number| [token(number), device_code(number)]);
        tokens.collect()
    }

    pub(crate) fn revoke(&mut self, token: &str) {
        self.tokens.retain(|known| known != token);
    }

    /// Answers what needs no token; `None` is for the rest of the stand-in.
    pub(crate) fn answer(
        &mut self,
        method: &str,
        path: &[&str],
        query: &std::collections::BTreeMap<String, String>,
        authorised: bool,
        body: &[u8],
    ) -> Option<Answer> {
        let answer = match (method, path) {
            ("POST", ["auth", "device-codes"]) => {
                self.request(query, &serde_json::from_slice(body).unwrap_or_default())
            }
            ("POST", ["auth", "device-codes", code, "poll"]) => match self.without_newer {
                Some(status) => Err((status, "NO_SUCH_CALL")),
                None => self.poll(code, body),
            },
            ("GET", ["auth", "device-codes", code, "token"]) => self.poll(code, body),
            _ => return None,
        };
        // Whoever sends a token where none is wanted would leak it to whoever answers.
        Some(if authorised { Err((400, "TOKEN_NOT_WANTED")) } else { answer })
    }

    fn request(
        &mut self,
        query: &std::collections::BTreeMap<String, String>,
        body: &Map<String, Value>,
    ) -> Answer {
        let wrong_query = query.iter().any(|(key, value)| match key.as_str() {
            "format" => value != "json",
            "size" => !value.parse::<u32>().is_ok_and(|size| (100..=1000).contains(&size)),
            _ => true,
        });
        if wrong_query || body.keys().any(|key| key != "clientID") {
            return Err((422, "VALIDATION"));
        }
        if body.get("clientID").and_then(Value::as_str) != Some(CLIENT_ID) {
            return Err((401, "UNKNOWN_CLIENT"));
        }
        self.made += 1;
        let plan = if self.plan.len() > 1 { self.plan.remove(0) } else { self.plan[0].clone() };
        let device_code = device_code(self.made);
        self.codes.push(Code { device_code: device_code.clone(), pending: plan.pending, then: plan.then });
        let mut answer = json!({
            "deviceCode": device_code,
            "userCode": plan.user_code,
            "expiresIn": u64::try_from(self.life.as_millis()).unwrap_or(u64::MAX),
        });
        if self.with_picture {
            let code = plan.user_code.as_str().map_or_else(|| plan.user_code.to_string(), str::to_owned);
            answer["authQRCode"] = json!(match &self.other_picture {
                Some(picture) => picture.clone(),
                None => picture_of(&link_of(&code)),
            });
        }
        Ok(answer)
    }

    fn poll(&mut self, device_code: &str, body: &[u8]) -> Answer {
        if !body.is_empty() {
            return Err((422, "VALIDATION"));
        }
        let Some(at) = self.codes.iter().position(|code| code.device_code == device_code) else {
            return Err((401, "TOKEN_INVALID"));
        };
        let code = &mut self.codes[at];
        if code.pending > 0 {
            code.pending -= 1;
            return Ok(json!({"status": "pending"}));
        }
        match code.then {
            Verdict::Pending => Ok(json!({"status": "pending"})),
            Verdict::Over => Err((401, "AUTH_FAILED")),
            Verdict::Approved => {
                let number: u64 = device_code.rsplit('_').next().and_then(|n| n.parse().ok()).unwrap_or(0);
                self.codes.remove(at);
                self.tokens.push(token(number));
                Ok(json!({
                    "refreshToken": token(number),
                    "publicId": format!("pub_{number:04}"),
                    "expiresAt": self.tokens_end,
                }))
            }
        }
    }
}

/// The refresh token of the sign-in with this number, counted from 1.
#[must_use]
pub fn token(number: u64) -> String {
    format!("rt_c0ffee5ec2e7{number:08}")
}

fn device_code(number: u64) -> String {
    format!("dvc_5ec2e7_{number:08}")
}

/// The address that the picture of a code holds.
#[must_use]
pub fn link_of(user_code: &str) -> String {
    format!("https://activate.example.org/device?code={user_code}")
}

/// `text` as the picture of a QR code, as the service gives it.
///
/// # Panics
/// When it does not fit.
#[must_use]
pub fn picture_of(text: &str) -> String {
    const SCALE: usize = 6;
    const MARGIN: usize = 4;
    let code = QRBuilder::new(text).ecl(ECL::M).build().expect("a short text");
    let edge = (code.size + 2 * MARGIN) * SCALE;
    let mut pixels = vec![255_u8; edge * edge];
    for y in 0..code.size {
        for x in 0..code.size {
            if code[y][x].value() {
                for row in 0..SCALE {
                    let from = ((y + MARGIN) * SCALE + row) * edge + (x + MARGIN) * SCALE;
                    pixels[from..from + SCALE].fill(0);
                }
            }
        }
    }
    let mut png = Vec::new();
    let size = u32::try_from(edge).expect("a small picture");
    let mut encoder = png::Encoder::new(&mut png, size, size);
    encoder.set_color(png::ColorType::Grayscale);
    let mut writer = encoder.write_header().expect("memory can be written");
    writer.write_image_data(&pixels).expect("memory can be written");
    writer.finish().expect("memory can be written");
    format!("data:image/png;base64,{}", base64(&png))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let number = chunk
            .iter()
            .chain([&0, &0])
            .take(3)
            .fold(0_usize, |number, &byte| number << 8 | usize::from(byte));
        for place in 0..4 {
            let letter = char::from(LETTERS[number >> (18 - 6 * place) & 63]);
            text.push(if place <= chunk.len() { letter } else { '=' });
        }
    }
    text
}
